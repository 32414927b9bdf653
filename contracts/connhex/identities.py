"""Who Connhex's users are, and how a deployment is asked whether they are: by calls that change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from ..live.identity import TOKEN, Another, Asking, Check, Identity, NotAccepted, Refused, answered, twice, unread
from ..targets.document import Path
from ..targets.urls import origin_of

COOKIE = "chx_auth_session"
ACCOUNTS = "accounts_url"
"""The field of the table with the base URL of the host where users sign in."""
BEGIN = "/auth/self-service/login/api"
WHOAMI = "/auth/sessions/whoami"
LOGIN = frozenset({"identifier", "password"})


def identities(table: Mapping[str, Any]) -> list[Identity]:
    """Return each user by his token, and by his cookie."""
    place = str(table.get(ACCOUNTS, "")).rstrip("/")
    return [identity for at, user in _listed(table, "users") for identity in _User(user, at, place).identities()]


def checks(table: Mapping[str, Any]) -> list[Check]:
    """Return what is listed twice, and what no published call can read."""
    found = [check for kind in ("users", "devices") for check in twice([(at, row["id"]) for at, row in _listed(table, kind)], kind[:-1])]
    if any("permission" in user for user in table["users"]):
        found.append(unread(("users",), "the users' permissions", "no published call reads them"))
    if table.get("devices"):
        found.append(unread(("devices",), "the devices", "no published call reads whether they are there and unclaimed"))
    return found


def _listed(table: Mapping[str, Any], kind: str) -> list[tuple[Path, Mapping[str, Any]]]:
    return [((kind, number), row) for number, row in enumerate(table.get(kind, []))]


@dataclass(frozen=True)
class _User:
    """A user of the table. at: where he stands. place: where users sign in, empty where that is the base URL."""

    row: Mapping[str, Any]
    at: Path
    place: str

    def identities(self) -> Iterator[Identity]:
        who = f"user {self.row['id']}"
        login = self._sign_in if self.row.keys() >= LOGIN else None
        if TOKEN in self.row or login is not None:
            yield Identity(self.at, who, self.row, by_token, partial(self._require, by_token), login)
        if "cookie" in self.row:
            yield Identity(self.at, f"{who} by his cookie", self.row, _by_cookie, partial(self._require, _by_cookie), kind="cookie")

    def _require(self, shows: Any, ask: Asking, credential: str) -> str:
        mend = "give the token or cookie of a session that has not ended, or an identifier and a password"
        found = answered(ask("GET", WHOAMI, shows(credential), at=self.place), mend)
        identity = found.get("identity")
        seen = identity.get("id") if isinstance(identity, dict) else None
        if seen != self.row["id"]:
            raise Another(f"the session is that of user {seen!r:.80}", "give the id of the user whose session it is, or another credential")
        if found.get("active") is False:
            raise NotAccepted("the session is not active any more", mend)
        return ""

    def _sign_in(self, ask: Asking) -> str:
        """Return the token of a new session."""
        begun = ask("GET", BEGIN, at=self.place)
        ui = answered(begun, "is this the host where users sign in? `accounts_url` names another").get("ui")
        action = ui.get("action") if isinstance(ui, dict) else None
        url = httpx.URL(self._own(action, begun.request.url, ask))
        body = {**{name: self.row[name] for name in sorted(LOGIN)}, "method": "password"}
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        mend = "are the identifier and the password right?"
        token = answered(ask("POST", url.raw_path.decode("ascii"), at=origin, body=body), mend).get("session_token")
        if not isinstance(token, str) or not token:
            raise Refused("the answer to the login has no session_token", mend)
        return token

    @staticmethod
    def _own(action: Any, begun: httpx.URL, ask: Asking) -> str:
        """Return where the login is to go, if that is one of the target's own hosts: a password goes nowhere else. Refused."""
        try:
            url = httpx.URL(action) if isinstance(action, str) else None
        except httpx.InvalidURL:
            url = None
        if url is None or not url.host:
            raise Refused("the login that was begun does not say where to go on (ui.action)", "is this the host where users sign in?")
        if origin_of(url) not in {origin_of(begun), origin_of(httpx.URL(ask.base_url))}:
            told = f"the login is to be sent to another host ({url.scheme}://{url.host}), and the password was not"
            raise Refused(told, "name the host where users sign in as `accounts_url`")
        return str(url)


def by_token(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def _by_cookie(cookie: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={cookie}"}
