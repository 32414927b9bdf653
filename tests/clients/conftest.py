"""What the tests of real clients share: a browser, and the npm client, installed for the session."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

from tests.clients.programs import program

CLIENT = "kii-cloud-sdk@2.4.19"
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
            profile, environment = home / "profile", {**os.environ, "HOME": str(home)}
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


@pytest.fixture(scope="session")
def npm_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the vendor's npm client, as the registry has it: nothing of it is kept."""
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}')
    words = [program("npm"), "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", CLIENT]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=240, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, f"npm could not install {CLIENT}: {ended.stderr[-2000:]}"
    return folder
