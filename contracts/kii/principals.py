"""Kii's credentials as request headers, and the values that are bound whatever a row needs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
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


def new(app: Row) -> dict[str, str]:
    """Return names and passwords that were never used before: names at random, so that runs and their workers cannot meet.

    The passwords follow from the names and from the administrator's credential: who has that can log in as what was made, and nobody else.
    """
    drawn = secrets.token_hex(8)
    name = drawn + _derived(app, drawn)[:_SIGN]
    return {
        "vendor_thing": f"thing-{name}",
        "thing_password": f"Thing-{_derived(app, f'thing-{name}')[:16]}",
        "login": f"user-{name}",
        "password": _password(app, name),
        "name": f"group-{name}",
    }


def token_of(row: Row, keys: Held) -> str:
    """Return the token of whom the row describes. Unavailable: he has none, or cannot log in. httpx.HTTPError: the login was not answered."""
    token = keys.of(row)
    if token is None:
        raise Unavailable(f"the target lists no token of {row.get('id', 'the administrator')}, and a login brought none")
    return token


def drawn_name(name: str) -> str | None:
    """Return what was drawn at random of a name that `new` gave, or that holds such a one; None where nothing was."""
    found = _DRAWN.search(name)
    return found[1] if found else None


def password_of(apps: Iterable[Row], login: str) -> str | None:
    """Return the password of the user whom a run registered with this login name of `new`; None where none of the apps' administrators can tell."""
    name = drawn_name(login)
    if name is None:
        return None
    return next((_password(app, name) for app in apps if _derived(app, name[:-_SIGN]).startswith(name[-_SIGN:])), None)


# So many letters of a name tell whether a credential is the one that its passwords follow from. They tell too little to find it out.
_SIGN = 4
_DRAWN = re.compile(rf"(?:thing|user|group)-([0-9a-f]{{{16 + _SIGN}}})")
PASSWORD = re.compile(r"User-[0-9a-f]{16}")
"""A password that follows from its user's name."""


def _password(app: Row, name: str) -> str:
    return f"User-{_derived(app, f'user-{name}')[:16]}"


def _derived(app: Row, text: str) -> str:
    # A token is another after each login; the secret is what the file has.
    admin = app["admin"]
    key = admin.get("client_secret") or admin["token"]
    return hmac.new(str(key).encode(), text.encode(), hashlib.sha256).hexdigest()


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
