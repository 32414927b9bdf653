"""The proxy subcommand."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from ... import specs
from ..target import Target, TargetError, load
from ..targets.urls import loopback, usable
from ..unable import RunError
from .judging import Bench
from .notes import Notes, open_journal
from .passing import Passing
from .rules import rules
from .serving import listen, origin, serve
from .upstream import Upstream


def proxy(options: argparse.Namespace) -> int:
    """Stand before the deployment until told to end, and return 1 where a clause was broken, else 0. options: see options. RunError."""
    with ExitStack() as stack:
        try:
            target = _target(options.target)
            upstream = Upstream(target)
            journal = stack.enter_context(open_journal(options.journal)) if options.journal else None
        except TargetError as error:
            raise RunError(str(error)) from None
        except OSError as error:
            raise RunError(f"--journal {options.journal}: {error.strerror}") from None
        _check_reach(options.host, target)
        vendors = _vendors(options.vendor, target)
        # What is wrong with a column's rules is said now, and not at the first exchange.
        for vendor in vendors:
            rules(vendor)
        listening = stack.enter_context(listen(options.host, options.port))
        notes = Notes(vendors, journal, target.secrets)
        bench = Bench(vendors, {vendor: table.get("picks", {}) for vendor, table in target.tables.items()})
        app = Passing(target, upstream, bench, notes, strict=options.strict)
        ready = f"ownership-contracts proxy ready at {origin(options.host, listening)}  (before {target.base_url})"
        serve(app, listening, ready, until_eof=options.until_eof)
        notes.told.close()
    for line in notes.summary(unseen=options.summary):
        print(line)
    return 1 if notes.broken else 0


def _target(given: str) -> Target:
    if "://" not in given:
        return load(Path(given))
    parts = usable(given)
    if parts is None or "@" in parts.netloc:
        raise TargetError("--target: that is no http(s) URL of a host: give one without user name, query and fragment, or a target file")
    if parts.scheme == "http" and not loopback(given):
        raise TargetError(f"--target {given}: credentials would go over the network in the clear; give an https URL")
    return Target(base_url=given.rstrip("/"), tables={})


def _check_reach(host: str, target: Target) -> None:
    """Return where nobody else could use what the target brings. RunError."""
    if (target.certificate or target.headers) and not loopback(f"http://[{host}]/" if ":" in host else f"http://{host}/"):
        raise RunError(f"--host {host}: whoever reaches it would call the deployment with the target's certificate and headers; listen on 127.0.0.1")


def _vendors(asked: list[str], target: Target) -> list[str]:
    return [vendor for vendor in specs.vendors() if vendor in (asked or target.tables or specs.vendors())]
