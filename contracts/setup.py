"""The set-up calls of one row: what a target's lists lack is made with them, and taken away after the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from .live.ledger import Ledger
from .live.resource import MAKES, Resource
from .shown import credentials, json_or_none, masked, secret_fields
from .unavailable import Unavailable
from .veil import cut


class Setup:
    """Sends set-up calls to the target. client: what they go out with. base_url: where the vendors' paths begin.

    ledger: where what is made is written, None where nothing is: in a world of the row's own.
    """

    def __init__(self, client: httpx.Client, base_url: str, ledger: Ledger | None = None) -> None:
        self.client = client
        self.base_url = base_url
        self.ledger = ledger
        self._to_undo: list[tuple[str, Mapping[str, str]]] = []

    def make(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any], *wanted: str) -> list[str]:
        """POST a set-up call and return the texts that its answer has under the wanted names; the first names what it made, if it makes something.

        Unavailable: it was refused, or answered without them. httpx.HTTPError: it was not answered.
        """
        answer = self.client.post(self.base_url + path, headers=headers, json=body)
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
        """Write that it is there, and is called so by the server."""
        if self.ledger is not None and resource is not None:
            self.ledger.made(resource, name)

    def undo(self, path: str, headers: Mapping[str, str]) -> None:
        """Have what lies at this path deleted after the row."""
        self._to_undo.append((path, headers))

    def take_away(self) -> list[str]:
        """Delete what was made, the last first, and return a note for each that could not be. What the row has deleted itself is no failure."""
        notes = []
        while self._to_undo:
            path, headers = self._to_undo.pop()
            try:
                answer = self.client.delete(self.base_url + path, headers=headers)
            except httpx.HTTPError as error:
                notes.append(f"left behind: DELETE {path} was not answered: {type(error).__name__}")
                continue
            if not answer.is_success and answer.status_code != httpx.codes.NOT_FOUND:
                told = masked(cut(answer.text, 200), {*credentials(headers), *_secrets(answer)})
                notes.append(f"left behind: DELETE {path} was answered {answer.status_code} {told}".rstrip())
        return notes


def _secrets(answer: httpx.Response) -> set[str]:
    return set(secret_fields(json_or_none(answer.content)))
