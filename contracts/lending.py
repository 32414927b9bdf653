"""Worlds lent to a user's own tests: each test has one of its own, whose journal is shown where the test fails."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from .control import Control, ControlError, World
from .mock import local_mock
from .reached import mounted_at
from .sent import Document
from .shown import printable
from .target import TargetError, load

TOKEN = "OWNERSHIP_CONTROL_TOKEN"  # noqa: S105 - the name of an environment variable
"""Holds the token of a mock that runs already."""
MARKER = "ownership_world"
MARKED = {"scenario", "settings", "seed", "clock", "snapshot", "mutants"}
SHOWN = 100
"""So many of a world's last requests are shown of a test that failed."""


Section = tuple[str, str]
"""Of a report: its heading and its text."""


@contextmanager
def lent_mock(config: pytest.Config) -> Iterator[Control]:
    """Yield a mock's control API: of the one that runs at --ownership-mock-url, else of one that is started, and ends with the block."""
    url, wrong = config.getoption("--ownership-mock-url"), ""
    with ExitStack() as stack:
        try:
            if url:
                lent = _reached(stack, url.rstrip("/").removesuffix(mounted_at()) + mounted_at(), os.environ.get(TOKEN))
            else:
                target = load(stack.enter_context(local_mock()))
                lent = _reached(stack, str(target.control), target.control_token)
        except TargetError as error:
            wrong = str(error)
        except ControlError as error:
            wrong = f"there is no mock to use{f' at {url}' if url else ''}: {error}" + (f" (--ownership-mock-url, {TOKEN})" if url else "")
        # Outside of the except: what pytest tells would begin with the error's own traceback.
        if wrong:
            pytest.fail(wrong, pytrace=False)
        lending = _lending(config)
        lent.lending = lending
        stack.callback(lending.close)
        yield lent


def _reached(stack: ExitStack, url: str, token: str | None) -> Lender:
    # The system's certificates, or those that SSL_CERT_FILE names.
    verify = ssl.create_default_context() if url.startswith("https:") else True
    lent = Lender(url, token, stack.enter_context(httpx.Client(timeout=30, trust_env=False, verify=verify)))
    lent.health()
    return lent


def _lending(config: pytest.Config) -> Lending:
    """Return the session's lending, begun with its mock."""
    found = config.pluginmanager.get_plugin(Lending.__name__)
    if found is None:
        config.pluginmanager.register(found := Lending(), Lending.__name__)
    return found


def lend(request: pytest.FixtureRequest, control: Control) -> World:
    """Return a fresh world for the request's test, made as its marker says."""
    return _lending(request.config).lend(request.node, control)


class Lender(Control):
    """A control API whose worlds are looked after: each is told of where its test fails, and none outlives the session."""

    lending: Lending

    def _made(self, described: Any) -> World:
        made = Lent(self, described)
        self.lending.begun(made)
        return made


class Lent(World):
    """A world that is told of where an exception ends its block: by the time of the report it is deleted."""

    control: Lender

    def __exit__(self, kind: object, *_: object) -> None:
        """End the block."""
        if kind:
            self.control.lending.keep(self)
        super().__exit__(kind)

    def delete(self) -> None:
        """End the world."""
        self.control.lending.ended(self)
        super().delete()


class Lending:
    """pytest's hooks once worlds are lent: the report of a test that failed has its worlds' journals, and the last one gives its own world back.

    A world outlives the test's fixtures, so that one of those that fails as it ends is told of too.
    """

    def __init__(self) -> None:
        self._lent: dict[pytest.Item, World] = {}
        self._told: dict[pytest.Item, list[Section]] = {}
        self._open: list[World] = []
        # Since the last test ended:
        self._new: list[World] = []
        self._kept: list[Section] = []

    def lend(self, item: pytest.Item, control: Control) -> World:
        """Return a fresh world for the test, made as its marker says."""
        marker = item.get_closest_marker(MARKER)
        wanted = dict(marker.kwargs) if marker else {}
        if marker and (marker.args or not wanted.keys() <= MARKED):
            pytest.fail(f"the marker {MARKER} takes {', '.join(sorted(MARKED))}, each by its name: {marker.args} {wanted}", pytrace=False)
        try:
            self._lent[item] = control.world(**wanted)
        except ControlError as error:
            wrong = f"no world could be made for {item.nodeid}: {error}"
        else:
            return self._lent[item]
        pytest.fail(wrong, pytrace=False)

    def begun(self, world: World) -> None:
        """Look after a world that was made."""
        self._open.append(world)
        self._new.append(world)

    def ended(self, world: World) -> None:
        """No longer look after a world."""
        for worlds in (self._open, self._new):
            if world in worlds:
                worlds.remove(world)

    def keep(self, world: World) -> None:
        """Keep what is to be told of a world that is about to be deleted, until this test's end."""
        self._kept.append(_section(world))

    def close(self) -> None:
        """Give every world back, before its server ends; what is to be told of it is kept."""
        for item in self._lent:
            self._told[item] = self._sections(item)
        for world in list(self._open):
            _delete(world)
        self._lent.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show the journals and, at the test's end, give its own world back."""
        report = yield
        if report.failed:
            report.sections += self._told.get(item) or self._sections(item)
        if call.when == "teardown":
            self._told.pop(item, None)
            self._new.clear()
            self._kept.clear()
            if (world := self._lent.pop(item, None)) is not None:
                _delete(world)
        return report

    def _sections(self, item: pytest.Item) -> list[Section]:
        """Return what is to be told of the test's own world, of those that its fixtures have, and of those that were made meanwhile."""
        own = [self._lent[item]] if item in self._lent else []
        shared = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, World) and value in self._open]
        return [_section(world) for world in dict.fromkeys([*own, *shared, *self._new])] + self._kept


def _delete(world: World) -> None:
    # The test may have deleted it, or ended its server.
    with suppress(ControlError):
        world.delete()


def _section(world: World) -> Section:
    return f"ownership world {world.name}", "\n".join(printable(line) for line in _journal(world))


def _journal(world: World) -> list[str]:
    """Return a line for each of the world's last requests and each happening, as the control API shows them: without a secret."""
    try:
        journal = world.journal(last=SHOWN)
        lines = [(entry["number"], _request(entry)) for entry in journal["requests"]]
        lines += [(entry["number"], _happening(entry)) for entry in journal["happenings"]]
    except (ControlError, LookupError, TypeError, ValueError) as error:
        return [f"its journal could not be read: {error}"]
    return [line for _, line in sorted(lines)] or ["no request came"]


def _request(entry: Document) -> str:
    line = f"{_time(entry)} {entry['principal'] or 'nobody'}: {entry['method']} {entry['path']} -> {entry['status']} {entry['decided']}"
    line += f", by line {entry['line']}" if entry["line"] else ""
    line += f", {entry['sent']}" if entry["sent"] != "whole" else ""
    return line + (f" ({entry['complaint']})" if entry["complaint"] else "")


def _happening(entry: Document) -> str:
    what = f"{entry['event']} {json.dumps(entry['arguments'])}" if entry["event"] else f"the state {entry['state']}"
    return f"{_time(entry)} {entry['by']}: {what}" + (f" did not happen: {entry['complaint']}" if entry["complaint"] else "")


def _time(entry: Document) -> str:
    return datetime.fromtimestamp(entry["at"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
