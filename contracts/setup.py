"""The set-up calls of one row: what a target's lists lack is made with them; and after the row all that it touched is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

from .columns import column
from .live.accounts import Account, Cleaning, Standing
from .live.finishing import finishing
from .live.identity import Held
from .live.ledger import Ledger
from .live.resource import FIXTURE, MAKES, NONE, Resource, meaning
from .shown import credentials, json_or_none, masked, printable, secret_fields
from .unavailable import Unavailable
from .veil import cut


class Setup:
    """Sends set-up calls to the target. client: what they go out with. base_url: where the vendors' paths begin.

    ledger: where what is made is written, None where nothing is: in a world of the row's own. tables: the target's, by vendor.
    keys: the credentials of those whom they list.
    confirmed: the ids that are known to be those of what was made, and not only by the answer that made it. later: whether what is taken back
    was made by another process, so that others may have used its names since.
    """

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        ledger: Ledger | None = None,
        tables: Mapping[str, Mapping[str, Any]] | None = None,
        keys: Held | None = None,
    ) -> None:
        self.client = client
        self.base_url = base_url
        self.ledger = ledger
        self.tables = tables or {}
        self.keys = keys or Held()
        self.confirmed: set[str] = set()
        self.later = False

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Any] | None = None, *, effect: str = FIXTURE
    ) -> httpx.Response:
        """Return the answer to a request of our own. Unavailable, httpx.HTTPError."""
        effect = NONE if method == "GET" else effect
        return self.client.request(method, self.base_url + path, headers=headers, json=body, extensions=meaning(effect))

    def make(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any], *wanted: str) -> list[str]:
        """POST a set-up call and return the texts that its answer has under the wanted names; the first names what it made, if it makes something.

        Unavailable: it was refused, or answered without them. httpx.HTTPError: it was not answered.
        """
        answer = self.ask("POST", path, headers, body)
        told = masked(f"{answer.status_code} {cut(answer.text, 200)}".rstrip(), {*credentials(headers), *secret_fields(body), *_secrets(answer)})
        if not answer.is_success:
            raise Unavailable(f"a fixture could not be made: POST {path} was answered {told}")
        found = json_or_none(answer.content)
        values = [found.get(name) if isinstance(found, dict) else None for name in wanted]
        if not all(isinstance(value, str) and value for value in values):
            raise Unavailable(f"a fixture could not be made: POST {path} was answered without {' and '.join(wanted)}: {told}")
        self.note_made(answer.extensions.get(MAKES), str(values[0]))
        return [str(value) for value in values]

    def note_made(self, resource: Resource | None, name: str) -> None:
        """Write that it is there, and is called so by the server. What the target file lists is nothing that a request has made."""
        if self.ledger is not None and resource is not None and name not in _ids(self.tables):
            self.ledger.made(resource, name)

    def take_away(self, *, left: bool = False) -> list[str]:
        """Take back what the row made or used, and return a note for each that is not gone or as it was. What it has deleted itself is gone.

        left: what was left before, too.
        """
        if self.ledger is None:
            return []
        # What was left by another row is tried again by whoever cleans up after the run.
        with finishing():
            return self.take_back(account for account in self.ledger.held() if left or account.standing is not Standing.LEFT)

    def take_back(self, accounts: Iterable[Account]) -> list[str]:
        """Take these back, and return a note for each that is not gone or as it was."""
        return [printable(f"{left_behind(account)} {why}") for account in accounts if (why := self._taken_back(account))]

    def _taken_back(self, account: Account) -> str:
        """Write what comes of it. Return why it is left, empty where it is not."""
        assert self.ledger is not None  # noqa: S101 - it told of the account; said for the type checker
        resource = account.resource
        try:
            if account.standing is Standing.LEASED:
                self.ledger.release(resource)
                return ""
            self.ledger.about_to_clean(resource)
            done = self._cleaned(account)
            if done.why:
                self.ledger.left(resource, done.why, for_good=done.for_good)
            else:
                self.ledger.cleaned(resource, done.note)
        except Unavailable as error:
            # Neither tidied up nor written down: it stands in the ledger as it stood.
            return str(error)
        return done.why

    def _cleaned(self, account: Account) -> Cleaning:
        table = self.tables.get(account.resource.vendor)
        if table is None:
            return Cleaning(f"the target has no table for {account.resource.vendor}")
        try:
            return column(account.resource.vendor).clean(table, account, self)
        except Unavailable as error:
            return Cleaning(str(error))
        except httpx.HTTPError as error:
            return Cleaning(f"a request to take it back was not answered: {type(error).__name__}")
        except (httpx.InvalidURL, UnicodeError) as error:
            return Cleaning(f"no request can name what the server calls it: {type(error).__name__}")


def left_behind(account: Account) -> str:
    """Return how a note begins that tells of it."""
    return f"left behind: {account.resource}:"


def told(answer: httpx.Response, headers: Mapping[str, str]) -> str:
    """Return what was answered to a request of these headers, without a secret."""
    request = answer.request
    text = masked(cut(answer.text, 200), {*credentials(headers), *_secrets(answer)})
    return f"{request.method} {request.url.path} was answered {answer.status_code} {text}".rstrip()


def _ids(node: Any) -> Iterator[str]:
    """Yield the ids of what a table lists."""
    if isinstance(node, Mapping):
        yield from (value for name, value in node.items() if name == "id" and isinstance(value, str))
    for below in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _ids(below)


def _secrets(answer: httpx.Response) -> set[str]:
    return set(secret_fields(json_or_none(answer.content)))
