"""How what a run touched at Kii is taken back, and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ..live.accounts import Account, Cleaning
from ..live.paths import SEGMENT
from ..setup import Setup, told
from ..shown import json_or_none
from ..unavailable import Unavailable
from .made import LOGIN, as_app
from .principals import Row, bearer, drawn_name, password_of, token_of
from .touches import OWN_PASSWORD, VENDOR_ID

PENDING = "a code that was asked for may still be pending: it runs out by itself"
OWNERS = ("user", "group")
REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})
"""How a login is answered where there is no such user."""


class _Left(Exception):  # noqa: N818 - no error: what came of it
    """It is not gone, or not as it was."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.cleaning = Cleaning(why, for_good)


def clean(table: Row, account: Account, setup: Setup) -> Cleaning:
    """Take back what the account is about: remove what was made, and of a thing of a pool the owners. Unavailable, httpx.HTTPError."""
    app = next((app for app in table["apps"] if app["id"] == account.resource.scope), None)
    if app is None:
        return Cleaning(f"the target file has no app {account.resource.scope}")
    taking = _Taking(table, app, account, setup)
    try:
        return taking.back() if account.pooled else taking.away()
    except _Left as left:
        return left.cleaning


def owners(setup: Setup, app: Row, thing: str) -> list[str] | None:
    """Return the thing's owners, each as `user:ID` or `group:ID`; None where there is no such thing. Unavailable, httpx.HTTPError."""
    path = f"/api/apps/{_text(app['id'])}/things/{_text(thing)}/ownership"
    headers = bearer(token_of(app["admin"], setup.keys))
    answer = setup.ask("GET", path, headers)
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return None
    found = json_or_none(answer.content)
    lists = [found.get(f"{kind}s", []) if isinstance(found, dict) else None for kind in OWNERS]
    if not answer.is_success or not all(isinstance(listed, list) for listed in lists):
        raise Unavailable(f"nobody can tell who owns thing {thing}: {told(answer, headers)}")
    return [f"{kind}:{name}" for kind, listed in zip(OWNERS, lists, strict=True) for name in listed or ()]


class _Taking:
    """Takes back one thing, user or group."""

    def __init__(self, table: Row, app: Row, account: Account, setup: Setup) -> None:
        self.table = table
        self.app = app
        self.account = account
        self.setup = setup
        self.resource = account.resource
        self.below = f"/api/apps/{_text(app['id'])}/{account.resource.kind}s/"
        self.headers = bearer(token_of(app["admin"], setup.keys))

    def back(self) -> Cleaning:
        """Have what a pool lists be as it was: it had no owners when it was leased."""
        name = self.resource.name
        if self.resource.kind != "thing":
            raise _Left("nothing shows whether it is as it was, or there at all", for_good=True)
        found = owners(self.setup, self.app, name)
        if found is None:
            raise _Left("it was deleted, and cannot be made again with its id", for_good=True)
        for owner in found:
            self._asked("DELETE", name, f"/ownership/{_text(owner)}")
        still = owners(self.setup, self.app, name) if found else []
        if still != []:
            raise _Left(f"it was to have no owners, and has {', '.join(still)}" if still else "it is not there any more")
        return Cleaning(note=PENDING)

    def away(self) -> Cleaning:
        """Remove what was made."""
        names, pending = self.account.names, self.account.pending
        if self.resource.kind == "thing" and drawn_name(self.resource.name) and (pending or not (self.setup.later and names)):
            # By the name that we gave it, which nobody else has drawn: an answer could have told another's id.
            self._delete(self.resource.name)
            return Cleaning()
        for name in names:
            if self._is_ours(name):
                self._delete(name)
        if pending or not names:
            self._take_unanswered()
        return Cleaning()

    def _take_unanswered(self) -> None:
        """Remove a user of whose registration no answer came; of anything else nobody knows the id. _Left."""
        if self.resource.kind != "user":
            raise _Left("a request for it was not answered, so that nobody knows its id", for_good=True)
        for name in self._found():
            if self._is_ours(name):
                self._delete(name)

    def _delete(self, name: str) -> None:
        """Delete it, and read that back: there is no other way to ask for a user or a group than to delete it again."""
        answer = self._asked("DELETE", name)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return
        if not answer.is_success:
            raise _Left(told(answer, self.headers))
        again = self._asked("GET" if self.resource.kind == "thing" else "DELETE", name)
        if again.status_code != HTTPStatus.NOT_FOUND:
            raise _Left(f"it was deleted, and then {told(again, self.headers)}")

    def _found(self) -> list[str]:
        """Return the id of a user of whose registration no answer came; none where he is not there."""
        answer = self._login()
        if answer is None:
            why = "the request for him was not answered, and nobody can log in as him to learn whether he is there"
            raise _Left(why, for_good=OWN_PASSWORD in self.account.note)
        if answer.status_code in REFUSED:
            return []
        found = _id(answer)
        if found is None:
            raise _Left(f"nobody knows whether he is there: {told(answer, {})}")
        self.setup.note_made(self.resource, found)
        return [found]

    def _is_ours(self, name: str) -> bool:
        """Return whether what an answer told the id of is there. _Left: it is another's, as far as can be seen."""
        if name in _listed(self.table):
            raise _Left(f"the server calls it {name}, and the target file lists that")
        if self.resource.kind == "thing":
            return self._is_called_so(name)
        answer = self._login() if self.resource.kind == "user" and name not in self.setup.confirmed else None
        found = _id(answer) if answer is not None else None
        if found not in (None, name):
            raise _Left(f"the server calls him {name}, and who logs in as him is {found}")
        return True

    def _is_called_so(self, name: str) -> bool:
        """Return whether there is a thing of this id: by its own name it could be one that somebody has registered since. _Left."""
        answer = self._asked("GET", name)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return False
        if not answer.is_success:
            raise _Left(told(answer, self.headers))
        found = json_or_none(answer.content)
        called = found.get("_vendorThingID") if isinstance(found, dict) else None
        # Of one that was made by no name that is a text nothing more is known.
        if self.resource.name not in ("", f"{VENDOR_ID}{called}"):
            raise _Left(f"the server calls it {name}, and that is {called}")
        return True

    def _login(self) -> httpx.Response | None:
        """Return the answer to a login of the user's, None where his password is not known."""
        password = None if OWN_PASSWORD in self.account.note else password_of(self.table["apps"], self.resource.name)
        if password is None:
            return None
        body = {"username": self.resource.name, "password": password}
        return self.setup.ask("POST", "/api/oauth2/token", as_app(self.app, LOGIN), body, effect="none")

    def _asked(self, method: str, name: str, below: str = "") -> httpx.Response:
        return self.setup.ask(method, f"{self.below}{_text(name)}{below}", self.headers)


def _id(answer: httpx.Response) -> str | None:
    found = json_or_none(answer.content) if answer.is_success else None
    name = found.get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str) and name else None


def _listed(table: Mapping[str, Any]) -> Iterator[str]:
    return (row["id"] for app in table["apps"] for kind in ("users", "groups", "things") for row in app.get(kind, []))


def _text(name: str) -> str:
    return quote(name, safe=SEGMENT)
