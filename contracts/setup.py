"""The set-up calls of one row: what a target's lists lack is made with them, and taken away after the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from .shown import credentials, json_or_none, masked, secret_fields
from .unavailable import Unavailable


class Setup:
    """Sends set-up calls to the target. client: what they go out with. base_url: where the vendors' paths begin."""

    def __init__(self, client: httpx.Client, base_url: str) -> None:
        self.client = client
        self.base_url = base_url
        self._to_undo: list[tuple[str, Mapping[str, str]]] = []

    def make(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any], *wanted: str) -> list[str]:
        """POST a set-up call and return the texts that its answer has under the wanted names.

        Unavailable: it was refused, or answered without them. httpx.HTTPError: it was not answered.
        """
        answer = self.client.post(self.base_url + path, headers=headers, json=body)
        told = masked(f"{answer.status_code} {answer.text[:200]}".rstrip(), {*credentials(headers), *secret_fields(body), *_secrets(answer)})
        if not answer.is_success:
            raise Unavailable(f"a fixture could not be made: POST {path} was answered {told}")
        found = json_or_none(answer.content)
        values = [found.get(name) if isinstance(found, dict) else None for name in wanted]
        if not all(isinstance(value, str) and value for value in values):
            raise Unavailable(f"a fixture could not be made: POST {path} was answered without {' and '.join(wanted)}: {told}")
        return [str(value) for value in values]

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
                told = masked(answer.text[:200], {*credentials(headers), *_secrets(answer)})
                notes.append(f"left behind: DELETE {path} was answered {answer.status_code} {told}".rstrip())
        return notes


def _secrets(answer: httpx.Response) -> set[str]:
    return set(secret_fields(json_or_none(answer.content)))
