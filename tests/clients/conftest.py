"""What the tests of real clients share: a browser, and the npm client, installed for the session."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests.clients.programs import program
from tests.clients.recorder import Sent, recording
from tests.serving import Running

STORY = Path(__file__).parent / "npm" / "story.cjs"
CLIENT = "kii-cloud-sdk@2.4.19"
# Of the scenario `default`: what whoever drives the client has to know beforehand.
LOCKED = {"id": "b2lock02", "key": "1a2b3c4d5e6f708192a3b4c5d6e7f809", "client_id": "client-locked", "client_secret": "client-locked-secret"}
OPEN = {"id": "a1open01", "key": "7f0e6d5c4b3a29180f1e2d3c4b5a6978", "client_id": "client-open", "client_secret": "client-open-secret"}
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Launch = Callable[[Path], AbstractContextManager[BrowserContext]]


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Start Debian's Chromium, headless, with a home folder of the test's and a profile of its own."""
    chromium = program("chromium")
    with sync_playwright() as playwright:

        @contextlib.contextmanager
        def start(home: Path) -> Iterator[BrowserContext]:
            # A profile in a folder, as a user has one: a private window keeps cookies from other sites than the page's, and so does Debian's
            # Chromium until its user says otherwise.
            profile = home / "profile"
            environment: dict[str, str | float | bool] = {**os.environ, "HOME": str(home)}
            (profile / "Default").mkdir(parents=True)
            (profile / "Default" / "Preferences").write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}))
            browser = playwright.chromium.launch_persistent_context(profile, executable_path=chromium, args=[*QUIET], env=environment, timeout=60_000)
            with browser:
                yield browser

        yield start


@pytest.fixture(scope="session")
def browser(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with launch(tmp_path_factory.mktemp("home")) as browser:
        yield browser


@dataclass(frozen=True)
class Driven:
    """What came of the npm client's story: its words on every step, what it sent, and the world that it was played in.

    before: the worlds that there were before its first request. after: what the control API shows of that world at the end. apart: whether
    the default world is what it was.
    """

    steps: dict[str, dict[str, Any]]
    requests: list[Sent]
    world: str
    before: list[str]
    after: dict[str, Any]
    apart: bool

    @property
    def base(self) -> str:
        """The path that the world's base URL has."""
        return f"/worlds/{self.world}"

    def given(self, step: str) -> Any:
        """What a step gave, which must not have failed."""
        assert "ok" in self.steps[step], self.steps[step]
        return self.steps[step]["ok"]

    def refused(self, step: str) -> tuple[int, str]:
        """The status and the error code that the client's own parser found."""
        assert "parsed" in self.steps[step], self.steps[step]
        return self.steps[step]["parsed"]["status"], self.steps[step]["parsed"]["code"]


@pytest.fixture(scope="session")
def driven(npm_client: Path, mock: Running) -> Driven:
    """The npm client's story, told once: in a world that it joins by its base URL alone, over a relay that keeps what it sends."""
    name = uuid.uuid4().hex[:8]
    world, default = f"npm-{name}", _touched(mock, "default")
    before = httpx.get(f"{mock.url}/_mock/api/worlds", trust_env=False).json()["worlds"]
    with recording(mock.url) as recorder:
        told = {"site": f"{recorder.url}/worlds/{world}/api", "locked": LOCKED, "open": OPEN, "name": name}
        # The client leaves promises of its own behind that nobody listens to; Node.js would end at the first that is rejected.
        words = [program("node"), "--unhandled-rejections=none", str(STORY), str(npm_client), json.dumps(told)]
        ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, ended.stderr[-4000:]
    return Driven(json.loads(ended.stdout), recorder.requests, world, before, _touched(mock, world), _touched(mock, "default") == default)


def _touched(mock: Running, world: str) -> dict[str, Any]:
    """What requests change of a world: its state, and the list of them."""
    shown = httpx.get(f"{mock.url}/_mock/api/worlds/{world}", trust_env=False).raise_for_status().json()
    return {name: shown[name] for name in ("state", "requests")}


@pytest.fixture(scope="session")
def npm_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the vendor's npm client, as the registry has it: nothing of it is kept."""
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}')
    words = [program("npm"), "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", CLIENT]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=240, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, f"npm could not install {CLIENT}: {ended.stderr[-2000:]}"
    return folder
