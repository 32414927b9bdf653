"""A secret of each kind, planted in the environment of a target file; a deployment that tells them back; and what is to be found nowhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import tomli_w

from tests.contracts.commands import Ended
from tests.contracts.stub import Reply, Request, Stub, stub

KINDS = (
    "app_key",
    "admin_token",
    "client_secret",
    "user_token",
    "user_password",
    "thing_token",
    "thing_password",
    "connhex_token",
    "connhex_cookie",
    "connhex_password",
    "header",
    "proxy",
)
SECRETS = {kind: f"Planted-{kind.replace('_', '-')}-7Qx/{number:02}+{number * 7919:05}=zK" for number, kind in enumerate(KINDS, 11)}
# A cookie or a URL takes less than a password does.
SECRETS |= {kind: SECRETS[kind].replace("/", "-").replace("+", "-").replace("=", "-") for kind in ("connhex_cookie", "proxy", "header")}
REPORTS = ("junit", "json", "csv", "markdown", "html")


def spellings(secret: str) -> Iterator[str]:
    """Yield each way in which it may come out; of one cut off, more than a few characters of it."""
    yield from (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), secret.encode().hex(), secret[:20], secret[-14:])
    yield "".join(f"\\u{ord(letter):04x}" for letter in secret[:12])
    yield "".join(f"&#{ord(letter)};" for letter in secret[:12])
    for before in ("", "x", "xx"):
        yield base64.b64encode(f"{before}{secret}".encode()).decode()[4:20]


def require_none(texts: Mapping[str, str], secrets: Mapping[str, str] = SECRETS) -> None:
    for where, text in texts.items():
        lower = text.lower()
        for kind, secret in secrets.items():
            for spelling in spellings(secret):
                place = lower.find(spelling.lower())
                assert place < 0, f"{kind} stands in {where}: {text[max(0, place - 200) : place + 100]}"


def planted(environment: pytest.MonkeyPatch) -> None:
    """Set the variables of the target file that `document` describes."""
    for kind, secret in SECRETS.items():
        environment.setenv(kind.upper(), secret)


def document(url: str) -> dict[str, Any]:
    held = {kind: f"${{{kind.upper()}}}" for kind in KINDS}
    user = {"id": "u-1", "token": held["user_token"], "login": "ann", "password": held["user_password"]}
    thing = {"id": "th-1", "vendor_id": "v-1", "token": held["thing_token"], "password": held["thing_password"]}
    admin = {"token": held["admin_token"], "client_id": "c-1", "client_secret": held["client_secret"]}
    app = {"id": "app-1", "key": held["app_key"], "require_password": False, "admin": admin, "users": [user], "things": [thing]}
    who = {"token": held["connhex_token"], "cookie": held["connhex_cookie"], "identifier": "ann@example.com", "password": held["connhex_password"]}
    return {
        "base_url": url,
        "mode": "fixtures",
        "headers": {"X-Environment": held["header"]},
        "kii": {"apps": [app]},
        "connhex": {"users": [{"id": "u-1", "permission": "allowed", **who}], "devices": [{"id": "d-1", "fresh": True}]},
    }


def written(folder: Path, ended: Ended) -> dict[str, str]:
    """Everything that came of the command: what it printed, and every file but the target's."""
    files = {str(file.relative_to(folder)): file.read_text("utf-8", "replace") for file in folder.rglob("*") if file.is_file()}
    files.pop("target.toml", None)
    return {"stdout": ended.out, "stderr": ended.err, **files}


def file_of(folder: Path, document: Mapping[str, Any]) -> str:
    file = folder / "target.toml"
    file.write_text(tomli_w.dumps(document))
    return str(file)


def echoed(request: Request, secret: str) -> Iterator[Reply]:
    """Yield answers that tell a secret back, each in another way."""
    long = "x" * 285
    for text in (secret, secret.upper(), secret.lower(), quote(secret, safe=""), base64.b64encode(f"u:{secret}".encode()).decode(), long + secret):
        body = json.dumps({"errorCode": "X", "message": f"{request.method}: {text} is wrong"}).encode()
        yield Reply(400, body)
        yield Reply(200, body, headers={"X-Echo": quote(text), "Location": f"/things/{quote(text)}"})
    every = "".join(f"\\u{ord(letter):04x}" for letter in secret)
    yield Reply(401, f'{{"message": "{every}", "errorCode": 1}}'.encode())
    yield Reply(500, f"<p>{secret[:150]} &amp; {''.join(f'&#{ord(letter)};' for letter in secret)}</p>".encode(), "text/html")


@contextmanager
def echoing() -> Iterator[Stub]:
    """A deployment that tells what it was shown, whatever it is asked."""
    count = 0

    def answer(request: Request) -> Reply:
        nonlocal count
        count += 1
        sent = [value for name, value in request.headers.items() if name in ("authorization", "cookie", "x-environment", "x-kii-appkey")]
        planted = [secret for secret in SECRETS.values() if any(secret in text for text in (*sent, request.body.decode("utf-8", "replace")))]
        ways = [reply for secret in planted or list(SECRETS.values())[count % 5 :][:1] for reply in echoed(request, secret)]
        return ways[count % len(ways)]

    with stub(answer) as server:
        yield server


def reports() -> list[str]:
    return [word for name in REPORTS for word in (f"--{name}", f"report.{name}")]
