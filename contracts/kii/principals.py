"""Kii's credentials as request headers, and the values that are bound whatever a row needs."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from ..live.identity import Held
from ..unavailable import Unavailable

Row = Mapping[str, Any]
# Well-formed, and nobody's: every deployment can be asked for them.
UNKNOWN = {
    "app": "0nosuchapp0",
    "user": "00000000-no-such-user",
    "group": "00000000-no-such-group",
    "thing": "th.000000000000-0000-0000-0000-00000000",
    "vendor_thing": "no-such-thing-0000",
    "code": "no-such-code-0000",
}


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def basic(text: str) -> dict[str, str]:
    """Return the header that carries APP_ID:APP_KEY."""
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def passwords(password: str) -> dict[str, str]:
    """Return the password, and what a sloppy comparison would take for it."""
    return {"password": password, "password_cut": password[:-1], "password_in_other_case": password.swapcase()}


def new() -> dict[str, str]:
    """Return names and passwords that were never used before: random, so that runs and their workers cannot meet."""
    name = secrets.token_hex(8)
    return {
        "vendor_thing": f"thing-{name}",
        "thing_password": f"Thing-{secrets.token_hex(8)}",
        "login": f"user-{name}",
        "password": f"User-{secrets.token_hex(8)}",
        "name": f"group-{name}",
    }


def token_of(row: Row, keys: Held) -> str:
    """Return the token of whom the row describes. Unavailable: he has none, or cannot log in. httpx.HTTPError: the login was not answered."""
    token = keys.of(row)
    if token is None:
        raise Unavailable(f"the target lists no token of {row.get('id', 'the administrator')}, and a login brought none")
    return token


def always(app: Row, keys: Held) -> dict[str, Mapping[str, str]]:
    """Return the principals that need no fixture of the application's. As token_of."""
    key = app.get("key", "")
    return {
        "admin": bearer(token_of(app["admin"], keys)),
        "anonymous": basic(f"{app['id']}:{key}"),
        "wrong_key": basic(f"{app['id']}:not-the-key-{key[:2]}"),
        "malformed_basic": {"Authorization": "Basic not*base64"},
        "nobody": {},
        "unknown_token": bearer("never-issued-to-anyone"),
        # Of characters that no token has.
        "malformed_token": bearer("never*issued*to*anyone"),
    }
