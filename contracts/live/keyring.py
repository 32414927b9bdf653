"""The credentials that a run acts with: those of the target file, those that logins bring, and which of them are accepted no more."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from ..columns import column
from ..shown import masked
from ..target import Target
from ..unavailable import Unavailable
from .identity import TOKEN, Another, Asking, Held, Identity, NotAccepted, Refused, Unclear

LASTS = 5.0
"""Seconds for which it is believed that somebody is who he was."""
INSTEAD = "signed in instead: "
"""How that begins which is to be said of somebody whose credential of the file's is of no use, though his login is."""
_PIECES = re.compile(r"[ ;,]+")


@dataclass(eq=False)
class Key:
    """A principal's credential. value: None where he has to sign in first. lost: why it is of no use any more; empty where it is of use."""

    vendor: str
    identity: Identity
    value: str | None
    lost: str = ""
    good: float = float("-inf")
    signed_in: bool = False


class Keyring(Held):
    """Gives each principal of the target his credential, and signs him in where he has none and a login is known: once, when he is first wanted.

    clock: never goes back.
    """

    def __init__(self, target: Target, ask: Asking, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        found = [(vendor, identity) for vendor, table in target.tables.items() for identity in column(vendor).identities(table)]
        self.keys = [Key(vendor, identity, identity.row.get(identity.kind)) for vendor, identity in found]
        # By the row itself: equal ones may stand in two applications.
        self._by_row = {(id(key.identity.row), key.identity.kind): key for key in self.keys}
        self._outdated: dict[str, Key] = {}
        self._secrets = target.secrets

    def told(self, reason: Exception) -> str:
        """Return what an error says, without a secret."""
        return self.masked(str(reason))

    def masked(self, text: str) -> str:
        """Return the text without a secret."""
        return masked(text, {*self._secrets, *self._outdated, *(key.value for key in self.keys if key.value)})

    @property
    def dead(self) -> bool:
        """Whether any credential is of no use any more."""
        return any(key.lost for key in self.keys)

    def of_vendor(self, vendor: str) -> list[Key]:
        """Return those of the vendor's principals."""
        return [key for key in self.keys if key.vendor == vendor]

    def secrets(self) -> set[str]:
        """Return the credentials that logins have brought."""
        return {key.value for key in self.keys if key.signed_in and key.value}

    def of(self, row: Mapping[str, Any], kind: str = TOKEN) -> str | None:
        """Return the principal's credential. Unavailable: he cannot sign in. httpx.HTTPError: the login was not answered."""
        key = self._by_row.get((id(row), kind))
        if key is None:
            return super().of(row, kind)
        if key.value is None and not key.lost and key.identity.sign_in is not None:
            self._renew(key)
        if key.value is None and key.lost:
            raise Unavailable(key.lost)
        return key.value

    def require(self, headers: Mapping[str, str]) -> None:
        """Return if no credential in the headers is known to be accepted no more. Unavailable."""
        for key in self._shown([headers]):
            if key.lost:
                raise Unavailable(key.lost)

    def prove(self, key: Key) -> str:
        """Ask the deployment whether the principal is who the file says, and return what else is to be said. Refused, httpx.HTTPError.

        He signs in where he has no credential, or one that is not accepted; what is said then begins with INSTEAD. Who is refused is of no use any
        more.
        """
        try:
            return self._proved(key)
        except Unclear:
            raise
        except Refused as refused:
            key.lost = key.lost or f"{key.identity.who} is not accepted: {self.told(refused)}"
            raise

    def _proved(self, key: Key) -> str:
        identity, note = key.identity, ""
        if key.value is not None:
            try:
                return self._required(key, key.value)
            except NotAccepted as refused:
                if identity.sign_in is None:
                    raise
                note = f"{INSTEAD}the file's {identity.kind} is not accepted ({self.told(refused)})"
        if identity.sign_in is None:
            raise Refused("the file has no credential of his", f"give a {identity.kind}")
        try:
            value = identity.sign_in(self._ask)
            said = self._required(key, value)
        except Refused as refused:
            key.lost = f"nobody can sign in as {identity.who}: {self.told(refused)}"
            raise
        self._replace(key, value)
        return note or said or "signed in"

    def lost(self, shown: Iterable[Mapping[str, str]], since: float, ended: Container[str] = ()) -> list[tuple[Key, str]]:
        """Return who of those that showed these headers is not any more who he was, each with why.

        since: what was known before does not count. ended: the ids of those who are meant to be gone.
        """
        gone = []
        for key in self._shown(shown):
            if key.identity.row.get("id") in ended:
                continue
            if key.lost:
                gone.append((key, key.lost))
            elif key.good < since and key.value is not None:
                try:
                    self._required(key, key.value)
                except (NotAccepted, Another) as refused:
                    gone.append((key, self.told(refused)))
                except (Refused, httpx.HTTPError, Unavailable):
                    # It may be anything: what the row has come to stands.
                    continue
        return gone

    def renew(self, key: Key, why: str) -> bool:
        """Sign in again and return True; False where that cannot be: then nobody acts as him any more. why: what shows that he has to."""
        known = f"the credential of {key.identity.who} is no longer accepted ({why})"
        if key.identity.sign_in is None or key.lost:
            key.lost = key.lost or known
            return False
        try:
            self._renew(key)
        except (Unavailable, httpx.HTTPError) as error:
            key.lost = f"{known}, and to sign in again failed: {self.told(error)}"
        return not key.lost

    def _renew(self, key: Key) -> None:
        assert key.identity.sign_in is not None  # noqa: S101 - whoever asks for it has looked
        try:
            self._replace(key, key.identity.sign_in(self._ask))
        except Refused as refused:
            # Not tried again: a deployment may lock an account after some failures.
            key.lost = f"nobody can sign in as {key.identity.who}: {self.told(refused)}"
            raise Unavailable(key.lost) from None

    def _replace(self, key: Key, value: str) -> None:
        if key.value is not None and key.value != value:
            self._outdated[key.value] = key
        key.value, key.signed_in, key.good = value, True, self._clock()

    def _required(self, key: Key, value: str) -> str:
        said = key.identity.require(self._ask, value)
        key.good = self._clock()
        return said

    def _shown(self, headers: Iterable[Mapping[str, str]]) -> list[Key]:
        """Return whose credentials stand in the headers."""
        pieces = {piece for one in headers for value in one.values() for piece in _pieces(value)}
        return [key for key in self.keys if key.value in pieces or any(old in pieces for old, his in self._outdated.items() if his is key)]


def _pieces(value: str) -> set[str]:
    """Return what in a header's value may be a credential: each word of it, and what stands behind a cookie's name."""
    words = _PIECES.split(value)
    return {*words, *(word.partition("=")[2] for word in words)} - {""}
