"""Worlds lent to a user's own tests: each test has one of its own, whose journal is shown where the test fails."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

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
MARKED = {"scenario", "settings", "seed", "clock", "snapshot"}
SHOWN = 100
"""So many of a world's last requests are shown of a test that failed."""


@contextmanager
def lent_mock(config: pytest.Config) -> Iterator[Control]:
    """Yield a mock's control API: of the one that runs at --ownership-mock-url, else of one that is started, and ends with the block."""
    url = config.getoption("--ownership-mock-url")
    try:
        if url:
            with _reached(config, url.rstrip("/").removesuffix(mounted_at()) + mounted_at(), os.environ.get(TOKEN)) as control:
                yield control
            return
        with local_mock() as file:
            target = load(file)
            with _reached(config, str(target.control), target.control_token) as control:
                yield control
    except TargetError as error:
        pytest.fail(str(error), pytrace=False)


@contextmanager
def _reached(config: pytest.Config, url: str, token: str | None) -> Iterator[Control]:
    # The system's certificates, or those that SSL_CERT_FILE names.
    verify = ssl.create_default_context() if url.startswith("https:") else True
    with httpx.Client(timeout=30, trust_env=False, verify=verify) as client:
        control = Control(url, token, client)
        try:
            control.health()
        except ControlError as error:
            pytest.fail(f"there is no mock to use: {error} (--ownership-mock-url, {TOKEN})", pytrace=False)
        try:
            yield control
        finally:
            lending(config).close()


def lending(config: pytest.Config) -> Lending:
    """Return the session's lending, begun with the first world."""
    found = config.pluginmanager.get_plugin(Lending.__name__)
    if found is None:
        config.pluginmanager.register(found := Lending(), Lending.__name__)
    return found


class Lending:
    """pytest's hooks once worlds are lent: the report of a test that failed has its world's journal, and the last one gives the world back.

    A world outlives the test's fixtures, so that one of those that fails as it ends is told of too.
    """

    def __init__(self) -> None:
        self._lent: dict[pytest.Item, World] = {}
        self._told: dict[pytest.Item, tuple[str, str]] = {}

    def lend(self, item: pytest.Item, control: Control) -> World:
        """Return a fresh world for the test, made as its marker says."""
        marker = item.get_closest_marker(MARKER)
        wanted = dict(marker.kwargs) if marker else {}
        if marker and (marker.args or not wanted.keys() <= MARKED):
            pytest.fail(f"the marker {MARKER} takes {', '.join(sorted(MARKED))}, each by its name: {marker.args} {wanted}", pytrace=False)
        try:
            self._lent[item] = control.world(**wanted)
        except (TypeError, ValueError, ControlError) as error:
            wrong = f"no world could be made for {item.nodeid}: {error}"
        else:
            return self._lent[item]
        pytest.fail(wrong, pytrace=False)

    def close(self) -> None:
        """Give every world back, before its server ends; what is to be told of it is kept."""
        for item, world in self._lent.items():
            self._told[item] = _section(world)
            _delete(world)
        self._lent.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show the journal and, at the test's end, give the world back."""
        report = yield
        world = self._lent.get(item)
        if report.failed and (world is not None or item in self._told):
            report.sections.append(self._told[item] if world is None else _section(world))
        if call.when == "teardown":
            self._told.pop(item, None)
            if self._lent.pop(item, None) is not None and world is not None:
                _delete(world)
        return report


def _delete(world: World) -> None:
    # The test may have deleted it, or ended its server.
    with suppress(ControlError):
        world.delete()


def _section(world: World) -> tuple[str, str]:
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
