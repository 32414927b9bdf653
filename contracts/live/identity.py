"""Who a target file says that its principals are, and how a deployment is asked whether they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from ..shown import cut, json_or_none, printable
from ..targets.document import Path
from .resource import NONE, meaning

TOKEN = "token"  # noqa: S105 - a field's name


class Refused(Exception):  # noqa: N818 - what a deployment says of a principal
    """A principal is not who the file says, or his credential is not accepted: the message says how that shows. mend: what to do."""

    def __init__(self, says: str, mend: str = "") -> None:
        super().__init__(says)
        self.mend = mend


class NotAccepted(Refused):
    """A credential is that of nobody, or of nobody who may ask this."""


class Another(Refused):
    """A credential is accepted, and somebody else's."""


class Unclear(Refused):
    """The deployment did not say whether he is."""


class Asking:
    """Asks a deployment what changes nothing, and signs in. base_url: where the vendors' paths begin."""

    def __init__(self, client: httpx.Client, base_url: str) -> None:
        self.client = client
        self.base_url = base_url

    def __call__(self, method: str, path: str, headers: Mapping[str, str] | None = None, *, at: str = "", body: Any = None) -> httpx.Response:
        """Return the answer. at: the base URL, where it is another. httpx.HTTPError, Unavailable: there is none."""
        return self.client.request(method, (at or self.base_url) + path, headers=headers, json=body, extensions=meaning(NONE))


@dataclass(frozen=True, eq=False)
class Identity:
    """A principal of a target file, by one of his credentials.

    at: the field of the vendor's table that describes him. row: what stands there. kind: its field for the credential. who: as reports name him.
    shows: credential → the request headers that carry it. require: (ask, credential) → what else is to be known of him; it returns if he is
    that, and raises Refused or httpx.HTTPError. sign_in: ask → a new credential, raising the same; None where no login is known. of_many: one of so
    many that not all are looked at before a run.
    """

    at: Path
    who: str
    row: Mapping[str, Any] = field(repr=False)
    shows: Callable[[str], Mapping[str, str]]
    require: Callable[[Asking, str], str]
    sign_in: Callable[[Asking], str] | None = None
    kind: str = TOKEN
    of_many: bool = False


class Held:
    """Credentials as a target's table has them."""

    def of(self, row: Mapping[str, Any], kind: str = TOKEN) -> str | None:
        """Return the credential of this kind of the principal whom the row describes; None where he has none. Unavailable."""
        return row.get(kind)

    def require(self, headers: Mapping[str, str]) -> None:
        """Return if the credentials in the headers are accepted, as far as is known. Unavailable."""


@dataclass(frozen=True)
class Check:
    """What else of a vendor's table can be held against the deployment, or is to be said of it.

    run: (ask, credentials) → a note; raises as Identity's require.
    """

    at: Path
    what: str
    run: Callable[[Asking, Held], str]


_MEANS = {400: Refused, 401: NotAccepted, 403: NotAccepted, 404: Refused}


def answered(answer: httpx.Response, mend: str) -> Mapping[str, Any]:
    """Return the JSON object of an answer of 200. Refused; Unclear where the answer says nothing of who asks. mend: what to do."""
    asked = f"{answer.request.method} {answer.request.url.path} was answered {answer.status_code}"
    body = json_or_none(answer.content)
    if answer.status_code != httpx.codes.OK:
        code = body.get("errorCode") if isinstance(body, dict) else None
        told = f"{asked} {printable(cut(code, 100))}" if isinstance(code, str) else asked
        raise _MEANS.get(answer.status_code, Unclear)(told, mend)
    if not isinstance(body, dict):
        media = printable(answer.headers.get("content-type", "no Content-Type"))
        raise Unclear(f"{asked} with what is no JSON object ({media})", "does base_url lead to the API itself, and not to a page before it?")
    return body


def twice(rows: list[tuple[Path, str]], what: str) -> list[Check]:
    """Return a check for each row whose name another row before it has. rows: their fields and names."""
    first: dict[str, Path] = {}
    return [Check(at, f"{what} {name}", _double) for at, name in rows if first.setdefault(name, at) is not at]


def _double(_: Asking, __: Held) -> str:
    raise Refused("it is listed twice", "list it once: two rows would use up the same")


def unread(at: Path, what: str, why: str) -> Check:
    """Return what is to be said of a field that no published call can read."""
    return Check(at, what, lambda ask, held: f"not checked: {why}")  # noqa: ARG005 - there is nothing to ask
