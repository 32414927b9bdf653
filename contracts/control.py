"""A client of a mock server's control API (specs/control.yaml): its worlds, made, turned, read and deleted, over plain HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from operator import methodcaller
from typing import Any, Self, Unpack
from urllib.parse import quote

import httpx

from .reached import world_from_here
from .sent import LARGE, Anew, Asked, Document, Filters, Moment, as_json, as_texts, said
from .shown import cut, json_or_none, masked


class ControlError(Exception):
    """The control API did not do what it was asked: the message says what was asked, and what was answered. status: None without an answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class UnverifiedError(ControlError, AssertionError):
    """A world's journal does not hold what was to be verified; the message says what it holds."""


# pytest shows a test's own line where one of these is raised, and not how the client came to it.
__tracebackhide__ = methodcaller("errisinstance", ControlError)


class Control:
    """A server's control API. url: the API's own, such as http://127.0.0.1:8080/_mock/api. token: the one that it wants, if it wants one.

    client: what the requests go out with; without one, a client that asks no proxy. Whatever cannot be done is a ControlError.
    """

    def __init__(self, url: str, token: str | None = None, client: httpx.Client | None = None) -> None:
        if token and not (token.isascii() and token.isprintable() and " " not in token):
            # A client would show the header that it cannot send.
            raise ControlError("the control token cannot be sent: it is to be a text of visible ASCII characters without blanks")
        self.url = url.rstrip("/")
        self._token = token
        self._client = client or httpx.Client(timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        """Close the connections at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the block."""
        self.close()

    def close(self) -> None:
        """End the client's connections."""
        self._client.close()

    def health(self) -> Document:
        """Return what the server serves: its vendors and scenarios."""
        return _document(self.ask("GET", "/health"))

    def mutants(self) -> list[Document]:
        """Return the catalogue of mutants: name, vendor, says, operations, clauses, harmless of each."""
        return list(_document(self.ask("GET", "/mutants"), "mutants")["mutants"])

    def worlds(self) -> list[str]:
        """Return the names of the worlds, oldest first."""
        return list(_document(self.ask("GET", "/worlds"), "worlds")["worlds"])

    def world(  # noqa: PLR0913 - what the control API takes, by name
        self,
        name: str | None = None,
        scenario: str | Mapping[str, Any] | None = None,
        *,
        snapshot: Mapping[str, Any] | None = None,
        seed: str | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        clock: Mapping[str, Any] | None = None,
        mutants: Sequence[str] | None = None,
    ) -> World:
        """Make a world and return it. scenario: the name of one that the server has, or one itself. settings: picks by vendor.

        mutants: full names. Without a name one is drawn, without a scenario it is the server's first, without a seed ids and codes are random.
        """
        wanted = {"name": name, "scenario": scenario, "snapshot": snapshot, "seed": seed, "settings": settings, "clock": clock, "mutants": mutants}
        return self._made(self.ask("POST", "/worlds", json=said(wanted)))

    def _made(self, described: Any) -> World:
        return World(self, described)

    def admission(self, url: str) -> dict[str, str]:
        """Return the headers that let a request in at the control API, or at what lies below it; none for any other URL."""
        ours = url == self.url or url.startswith(f"{self.url}/")
        return {"Authorization": f"Bearer {self._token}"} if self._token and ours else {}

    def ask(self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """Send a request and return the JSON value of its answer, None where it has no body. path: below the API's URL."""
        asked, url = f"{method} {path}", self.url + path
        headers = {**self.admission(url), **({} if json is None else {"Content-Type": "application/json"})}
        try:
            content = None if json is None else as_json(json)
        except ValueError as error:
            raise ControlError(f"{asked} was not asked: {error}") from None
        try:
            answer = self._client.request(method, url, content=content, params=params, headers=headers, extensions=LARGE)
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:  # RuntimeError: the client was closed
            told = f"the control API at {self.url} did not answer: {type(error).__name__}: {error}"
            raise ControlError(masked(f"{asked}: {told}", [self._token or ""])) from None
        if not answer.is_success:
            raise ControlError(f"{asked} was answered {self._told(answer)}", answer.status_code)
        found = json_or_none(answer.content)
        if answer.content and found is None:
            raise ControlError(f"{asked} was answered {self._told(answer)}: that is no JSON", answer.status_code)
        return found

    def _told(self, answer: httpx.Response) -> str:
        problem = json_or_none(answer.content)
        if isinstance(problem, dict) and {"title", "detail"} <= problem.keys():
            told = f"{answer.status_code} {problem['title']}: {problem['detail']}"
        else:
            told = f"{answer.status_code} {cut(answer.text, 300)}".rstrip()
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            told += " (the token that it was given is not the server's)" if self._token else " (it wants a token, and was given none)"
        return "\n".join(masked(line, [self._token] if self._token else []) for line in told.splitlines())


class World:
    """A world of a server's. base_url: where its APIs begin. target: each vendor's table, as a target file has it: ids, tokens, passwords."""

    def __init__(self, control: Control, described: Any) -> None:
        self.control = control
        self._take(described)
        self._path = f"/worlds/{quote(self.name, safe='')}"

    def __enter__(self) -> Self:
        """Delete the world at the end of the block."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """End the block. What it failed with is told, rather than that the world could not be deleted then."""
        with suppress(*([ControlError] if kind else [])):
            self.delete()

    def __repr__(self) -> str:
        """Return what names the world, and no secret."""
        return f"World({self.name!r}, {self.base_url!r})"

    def _take(self, described: Any) -> None:
        try:
            tables = dict(described)
            self.name, self.base_url = str(tables.pop("name")), world_from_here(self.control.url, str(tables.pop("base_url")))
        except (TypeError, ValueError, KeyError):
            raise ControlError("the control API made a world and did not say which, or where it is") from None
        self.target: Document = tables

    def delete(self) -> None:
        """End the world."""
        self.control.ask("DELETE", self._path)

    def read(self, requests: int = 0) -> Document:
        """Return the world's state by vendor, its clock and script, and so many of its last requests in short."""
        return self._ask("GET", "", params={"requests": requests})

    # ------------------------------------------------------------------------------------------------ begin again

    def reset(self, **otherwise: Unpack[Anew]) -> None:
        """Begin again as the world was made, with the same ids. otherwise: scenario, snapshot, seed, settings, clock, mutants in place of its own."""
        self._take(self._ask("POST", "/reset", json=said(otherwise) or None))

    def snapshot(self) -> Document:
        """Return all that the world is, its journal excepted, as one JSON document."""
        return self._ask("GET", "/snapshot")

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Become what the snapshot says."""
        self._take(self._ask("PUT", "/snapshot", json=snapshot))

    # ------------------------------------------------------------------------------------------------ time

    def now(self) -> float:
        """Return the world's time, in seconds since the epoch."""
        return float(self._ask("GET", "/clock", "now")["now"])

    def freeze(self, at: Moment | None = None) -> None:
        """Stop the clock: where it stands, or at this moment."""
        self._ask("PUT", "/clock", json=said({"now": at, "frozen": True}))

    def run(self) -> None:
        """Let the clock go on from where it stands."""
        self._ask("PUT", "/clock", json={"frozen": False})

    def advance(self, seconds: float | timedelta) -> float:
        """Turn the clock forward, frozen or not, and return the world's time. What comes due on the way happens."""
        return float(self._ask("POST", "/clock/advance", "now", json={"seconds": seconds})["now"])

    # ------------------------------------------------------------------------------------------------ what came

    def journal(self, *, secrets: bool = False, **filters: Unpack[Filters]) -> Document:
        """Return `requests` and `happenings`, oldest first, and how many requests are `forgotten`.

        filters: vendor, operation, status, principal, line, clause, since, until, last; principal=None is nobody. secrets: show what is masked else.
        """
        return self._ask("GET", "/journal", params={**as_texts(filters), **({"secrets": "true"} if secrets else {})})

    def clear(self, **filters: Unpack[Filters]) -> None:
        """Forget the journal, or what of it fits the filters."""
        self.control.ask("DELETE", f"{self._path}/journal", params=as_texts(filters))

    def verify(self, *, at_least: int | None = None, at_most: int | None = None, exactly: int | None = None, **request: Unpack[Asked]) -> int:
        """Return how many requests came that fit, if that is as many as is said. UnverifiedError where it is not, with what came instead.

        request: vendor, operation, principal (None: nobody), path, query, body, status, line, clause, since, until. No count: one at least is to fit.
        """
        bounds = said({"at_least": at_least, "at_most": at_most, "exactly": exactly}) or {"at_least": 1}
        try:
            return int(self._ask("POST", "/journal/verify", "count", json={"request": dict(request), **bounds})["count"])
        except ControlError as error:
            if error.status == httpx.codes.CONFLICT:
                raise UnverifiedError(str(error), error.status) from None
            raise

    # ------------------------------------------------------------------------------------------------ what is to come

    def script(self) -> Document:
        """Return the script's `state` and its `lines`, with how often each fitted."""
        return self._ask("GET", "/script")

    def load(self, *lines: Mapping[str, Any]) -> Document:
        """Put lines before those of the script, in the order given, and return the script."""
        return self._ask("POST", "/script", json=list(lines))

    def drop(self, name: str | None = None) -> None:
        """Take a line off the script; without a name, all of them."""
        self.control.ask("DELETE", f"{self._path}/script" + ("" if name is None else f"/{quote(name, safe='')}"))

    def happen(self, event: str, **arguments: Any) -> Document:
        """Have an event happen now, VENDOR.EVENT with its arguments, and return the state after it, by vendor."""
        return self._ask("POST", "/events", json={event: arguments})

    def _ask(self, method: str, path: str, *wanted: str, **request: Any) -> Document:
        return _document(self.control.ask(method, self._path + path, **request), *wanted)


def _document(answer: Any, *wanted: str) -> Document:
    if not isinstance(answer, dict) or any(name not in answer for name in wanted):
        raise ControlError(f"the control API answered without {' and '.join(wanted) or 'a JSON object'}")
    return answer
