"""What is under test: a deployment, as a target file describes it."""

from __future__ import annotations

import ipaddress
import ssl
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from .. import specs
from .columns import column
from .live.mode import Limits, Mode
from .shown import masked, secret_fields


class TargetError(ValueError):
    """A target that cannot be used: the message says what, where in the file, and what to do."""


@dataclass(frozen=True)
class Target:
    """A deployment. base_url: where the vendors' paths begin, without a slash at its end. control: the URL of a control API, if it has one.

    control_token: what that API wants to be shown, if it wants anything; for it alone, and shown nowhere.
    tables: for each vendor its picks, credentials, fixtures and probes. ca: a PEM file of the CA to trust in place of the public ones.
    certificate, key: PEM files of what a client shows of itself. proxy: the URL of a proxy before the deployment. headers: go out with every request.
    ledger: the folder of what runs touched. secrets: what is shown nowhere.
    """

    base_url: str
    tables: Mapping[str, Mapping[str, Any]]
    control: str | None = None
    ca: str | None = None
    control_token: str | None = field(default=None, repr=False)
    mode: Mode = Mode.READ_ONLY
    limits: Limits = field(default_factory=Limits)
    certificate: str | None = None
    key: str | None = None
    proxy: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ledger: Path = Path(".ownership-contracts/ledger")
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


def load(file: Path) -> Target:
    """Return the target that the TOML file describes; its `ca` lies below the file's own folder unless its path is absolute. TargetError."""
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise TargetError(f"target {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"target {file}: not TOML: {error}") from None
    target = parse(document, str(file))
    return target if target.ca is None else replace(target, ca=_certificates(file.absolute().parent / target.ca, str(file)))


def parse(document: Mapping[str, Any], source: str) -> Target:
    """Return the target that the document describes. source: what to call it in a TargetError."""
    error = best_match(Draft202012Validator(_schema()).iter_errors(document))
    if error is not None:
        # A message shows the value that is wrong.
        if "control_token" in error.absolute_path:
            raise TargetError(f"target {source}: at $.control_token: it is to be a text of visible ASCII characters without blanks")
        raise TargetError(f"target {source}: at {error.json_path}: {masked(error.message, secret_fields(document))}")
    tables = {name: document[name] for name in specs.vendors() if name in document}
    if not tables:
        raise TargetError(f"target {source}: it has a table for none of {', '.join(specs.vendors())}: there is nothing to test")
    for name, table in tables.items():
        for pick, wrong in specs.ledger(name).complaints(table.get("picks", {})):
            raise TargetError(f"target {source}: at $.{name}.picks.{pick}: {wrong}")
    _check_url(document["base_url"], source)
    if "control" in document:
        _check_url(document["control"], source)
    others = {name: document.get(name) for name in ("control", "ca", "control_token")}
    mode = Mode.WORLDS if "control" in document else Mode(document.get("mode", Mode.READ_ONLY))
    return Target(base_url=document["base_url"].rstrip("/"), tables=tables, mode=mode, **others)


def choose(file: Path, url: str | None, vendors: Iterable[str]) -> Target:
    """Return the target that the file describes, its base URL replaced by url where that is given.

    TargetError: also where it is not on loopback, or has no table for one of the vendors.
    """
    target = load(file)
    for vendor in vendors:
        if vendor not in target.tables:
            raise TargetError(f"target {file} has no table for {vendor}: it describes {', '.join(target.tables)}")
    if url:
        _check_url(url, "--url")
        target = replace(target, base_url=url.rstrip("/"))
    probes = (probe["url"] for table in target.tables.values() for probe in table.get("probes", {}).values())
    for address in filter(None, (target.base_url, target.control, *probes)):
        require_loopback(address)
    return target


def require_loopback(url: str) -> None:
    """Return if the URL's host is this machine's own. TargetError: a remote deployment is not touched until targets have safety rules."""
    host = urlsplit(url).hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        raise TargetError(
            f"{url} is not on this machine. A run changes what it tests, and this version has no safety rules for remote deployments yet: "
            "only loopback addresses are accepted"
        )


def _certificates(file: Path, source: str) -> str:
    try:
        ssl.create_default_context(cafile=file)
    except (OSError, ValueError) as error:
        told = "it holds no certificate in PEM" if isinstance(error, ssl.SSLError) else getattr(error, "strerror", None) or error
        raise TargetError(f"target {source}: at $.ca: {file}: {told}") from None
    return str(file)


def _check_url(url: str, source: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise TargetError(f"target {source}: {url!r} is no http(s) URL of a host")


def _schema() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["base_url"],
        "dependentRequired": {"control_token": ["control"]},
        "properties": {
            "base_url": {"type": "string", "minLength": 1},
            "control": {"type": "string", "minLength": 1},
            "mode": {"enum": [Mode.READ_ONLY, Mode.FIXTURES]},
            # As a header can carry it.
            "control_token": {"type": "string", "pattern": "^[!-~]+$(?!\\n)"},
            "ca": {"type": "string", "minLength": 1},
            **{name: column(name).table_schema for name in specs.vendors()},
        },
    }
