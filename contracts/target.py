"""What is under test: a deployment, as a target file describes it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import specs
from .live.mode import Limits, Mode
from .targets.document import HEADERS, Document, TargetError
from .targets.environment import replaced
from .targets.headers import require_headers
from .targets.pem import files
from .targets.schema import limits, require_fitting, require_known_contract, require_picks
from .targets.secrecy import require_references, secrets
from .targets.urls import loopback, require_secrecy, require_urls
from .veil import hide

__all__ = ["LEDGER", "Target", "TargetError", "choose", "load", "parse"]
LEDGER = Path(".ownership-contracts/ledger")
"""The folder of what runs touched, where no other is named."""


@dataclass(frozen=True)
class Target:
    """A deployment. base_url: where the vendors' paths begin, without a slash at its end. control: the URL of a control API, if it has one.

    control_token: what that API wants to be shown, if it wants anything; for it alone, and shown nowhere.
    tables: for each vendor its picks, credentials, fixtures and probes, in the order of vendors. ca: a PEM file of the CA to trust alone.
    certificate, key: PEM files of what a client shows of itself; the key may lie in the first. proxy: the URL of a proxy before the deployment.
    headers: go out with every request. ledger: the folder of what runs touched. secrets: what is shown nowhere.
    """

    base_url: str
    tables: Mapping[str, Mapping[str, Any]] = field(repr=False)
    control: str | None = None
    ca: str | None = None
    control_token: str | None = field(default=None, repr=False)
    mode: Mode = Mode.READ_ONLY
    limits: Limits = field(default_factory=Limits)
    certificate: str | None = None
    key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ledger: Path = LEDGER
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


def load(file: Path) -> Target:
    """Return the target that the TOML file describes, references to environment variables replaced.

    The files and the folder that it names lie below its own folder unless their paths are absolute. TargetError.
    """
    return _described(_read(file), file)


def parse(document: Mapping[str, Any], source: str) -> Target:
    """Return the target that the document describes, which knows no references, and whose files are not looked at.

    source: what to call it in a TargetError.
    """
    return _checked(Document(source, document, document))


def choose(file: Path, url: str | None, vendors: Iterable[str], mode: str | None = None, ledger: Path | None = None) -> Target:
    """Return the target that the file describes, its base URL, its mode and its ledger replaced by those that are given.

    TargetError: also where it has no table for one of the vendors.
    """
    document = _read(file)
    target = _described(document, file)
    if url:
        told, elsewhere = f"{document.source} with --url", {"base_url": url}
        target = _described(replace(document, source=told, raw={**document.raw, **elsewhere}, data={**document.data, **elsewhere}), file)
    for vendor in vendors:
        if vendor not in target.tables:
            raise TargetError(f"target {file} has no table for {vendor}: it describes {', '.join(target.tables)}")
    if mode:
        if target.control is not None:
            raise TargetError(f"--mode {mode}: target {file} has a control API, so that each row plays in a world of its own and any may be played")
        target = replace(target, mode=Mode(mode))
    return replace(target, ledger=ledger.absolute()) if ledger else target


def _read(file: Path) -> Document:
    source = str(file)
    try:
        text = file.read_text("utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise TargetError(f"target {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"target {file}: not TOML: {error}") from None
    except RecursionError:
        raise TargetError(f"target {file}: not TOML that can be read: it is nested too deeply") from None
    written = Document(source, raw, raw, text)
    return replace(written, data=replaced(written, os.environ))


def _described(document: Document, file: Path) -> Target:
    target = _checked(document)
    hide(target.secrets)
    require_secrecy(document)
    require_references(document)
    folder = file.absolute().parent
    pem = files(document, folder)
    lying = replace(target, ledger=folder / target.ledger)
    return replace(lying, ca=pem.get("ca"), certificate=pem.get("client_certificate"), key=pem.get("client_key"))


def _checked(document: Document) -> Target:
    require_fitting(document)
    data = document.data
    tables = {name: data[name] for name in specs.vendors() if name in data}
    require_picks(document)
    require_known_contract(document)
    require_urls(document)
    require_headers(document)
    if "control" in data and "mode" in data:
        told = "a deployment with a control API gives each row a world of its own, where any may be played: leave out mode or control"
        raise document.error(("mode",), told)
    mode = Mode.WORLDS if "control" in data else Mode(data.get("mode", Mode.READ_ONLY))
    plain = {name: data.get(name) for name in ("control", "ca", "control_token", "proxy")}
    return Target(
        base_url=data["base_url"].rstrip("/"),
        tables=tables,
        mode=mode,
        limits=limits(data, loopback=loopback(data["base_url"])),
        certificate=data.get("client_certificate"),
        key=data.get("client_key"),
        headers=data.get(HEADERS, {}),
        ledger=Path(data.get("ledger", LEDGER)),
        secrets=secrets(document),
        **plain,
    )
