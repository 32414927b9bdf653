"""Who Kii's principals are, and how an application is asked whether they are: by calls that change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from ..live.identity import Another, Asking, Check, Held, Identity, Refused, answered, twice, unread
from ..targets.document import Path
from ..unavailable import Unavailable
from .made import LOGIN
from .principals import UNKNOWN, Row, bearer
from .touches import VENDOR_ID

MOST = 25
"""So many things of an application are looked at: a pool may have thousands."""
_PAIR = frozenset({"client_id", "client_secret"})


def identities(table: Mapping[str, Any]) -> list[Identity]:
    """Return the administrator, the users and the things of each application."""
    return [identity for number, app in enumerate(table["apps"]) for identity in _App(app, ("apps", number)).identities()]


def checks(table: Mapping[str, Any]) -> list[Check]:
    """Return what else of the applications can be asked, and what cannot."""
    apps: list[tuple[Path, str]] = [(("apps", number), app["id"]) for number, app in enumerate(table["apps"])]
    return [*twice(apps, "app"), *(check for number, app in enumerate(table["apps"]) for check in _App(app, ("apps", number)).checks())]


@dataclass(frozen=True)
class _App:
    """An application of the table. at: where it stands."""

    row: Row
    at: Path

    def identities(self) -> Iterator[Identity]:
        admin, of = self.row["admin"], f"of app {self.row['id']}"
        login = partial(self._log_in, {name: admin[name] for name in sorted(_PAIR)}, "") if admin.keys() >= _PAIR else None
        yield Identity((*self.at, "admin"), f"the administrator {of}", admin, bearer, self._require_administrator, login)
        for at, user in self._listed("users"):
            known = {"login", "password"} <= user.keys()
            login = partial(self._log_in, {"username": user["login"], "password": user["password"]}, user["id"]) if known else None
            yield Identity(at, f"user {user['id']} {of}", user, bearer, partial(self._require_user, user["id"]), login)
        for number, (at, thing) in enumerate(self._listed("things")):
            body = {"username": VENDOR_ID + thing["vendor_id"], "password": thing["password"]}
            require = partial(self._require_thing, thing["id"])
            login = partial(self._log_in, body, thing["id"])
            yield Identity(at, f"thing {thing['id']} {of}", thing, bearer, require, login, of_many=number >= MOST)

    def checks(self) -> Iterator[Check]:
        for kind, field in (("users", "id"), ("groups", "id"), ("things", "id"), ("things", "vendor_id")):
            yield from twice([(at, row[field]) for at, row in self._listed(kind)], kind[:-1])
        if "key" in self.row:
            yield Check((*self.at, "key"), f"the key of app {self.row['id']}", self._require_key)
        for at, thing in self._listed("things")[:MOST]:
            yield Check((*at, "vendor_id"), f"both ids of thing {thing['id']}", partial(self._require_names, thing))
        if len(self.row.get("things", [])) > MOST:
            yield unread((*self.at, "things"), f"things of app {self.row['id']}", f"only the first {MOST} of {len(self.row['things'])} are looked at")
        if "require_password" in self.row:
            yield unread((*self.at, "require_password"), f"the password flag of app {self.row['id']}", "no published call reads it")
        if self.row.get("groups"):
            yield unread((*self.at, "groups"), f"groups of app {self.row['id']}", "no published call reads a group or its members")

    def _listed(self, kind: str) -> list[tuple[Path, Row]]:
        return [((*self.at, kind, number), row) for number, row in enumerate(self.row.get(kind, []))]

    def _path(self, *parts: str) -> str:
        return "/api/apps/" + "/".join(quote(part, safe=":") for part in (self.row["id"], *parts))

    def _log_in(self, body: Mapping[str, str], whose: str, ask: Asking, mend: str = "does the login belong to this application?") -> str:
        """Return a token. whose: the id that the answer is to have; empty where the file tells none."""
        headers = {"X-Kii-AppID": self.row["id"], "X-Kii-AppKey": self.row.get("key", "any"), "Content-Type": LOGIN}
        found = answered(ask("POST", "/api/oauth2/token", headers, body=body), mend)
        token = found.get("access_token")
        if not isinstance(token, str) or not token:
            raise Refused("the answer to the login has no access_token", mend)
        if whose and found.get("id", whose) != whose:
            raise Another(f"the login is that of {found['id']!r:.80}", "give the id of who signs in, or another login")
        return token

    def _require_administrator(self, ask: Asking, token: str) -> str:
        things = self.row.get("things", [])
        answer = ask("GET", self._path("things", things[0]["id"] if things else UNKNOWN["thing"], "ownership"), bearer(token))
        # He may hear that there is no such thing; then nobody else is known to be told so.
        if answer.status_code == 404 and "APP_NOT_FOUND" not in answer.text:  # noqa: PLR2004 - HTTP's
            return "accepted; that it is the administrator's shows only where a thing is listed" if not things else "accepted"
        answered(answer, "is this the administrator of this application? A thing's owners are shown to him and the thing alone")
        return ""

    def _require_user(self, user: str, ask: Asking, token: str) -> str:
        found = answered(ask("GET", self._path("users", "me"), bearer(token)), "give a token or a login of this user")
        if found.get("userID") != user:
            raise Another(f"the token is that of user {found.get('userID')!r:.80}", "give the id of the user whose token it is, or another token")
        return ""

    def _require_thing(self, thing: str, ask: Asking, token: str) -> str:
        answered(ask("GET", self._path("things", thing, "ownership"), bearer(token)), "give the id of the thing whose token it is, or another token")
        return ""

    def _require_key(self, ask: Asking, _: Held) -> str:
        self._log_in({"client_id": self.row["id"], "client_secret": self.row["key"]}, "", ask, "give the key of this application")
        return ""

    def _require_names(self, thing: Row, ask: Asking, held: Held) -> str:
        try:
            admin = held.of(self.row["admin"])
            held.require({} if admin is None else bearer(admin))
        except Unavailable:
            admin = None
        if admin is None:
            # That is told at the administrator himself.
            return "not checked: the administrator has no credential that is accepted"
        mend = "list things that are there; a thing that a run has used up is gone"
        found = answered(ask("GET", self._path("things", VENDOR_ID + thing["vendor_id"]), bearer(admin)), mend)
        if found.get("_thingID") != thing["id"]:
            raise Refused(f"the thing of this vendor_id has the id {found.get('_thingID')!r:.80}", "give the two ids of one thing")
        return ""
