"""What the README shows for `fetch` works in Node.js as it stands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.clients.programs import program
from tests.serving import Running

README = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")


def recipe(mock: Running, folder: Path) -> Path:
    """The README's recipe as a module, with this server's port."""
    (text,) = [text for text in re.findall(r"```js\n(.*?)```", README, re.DOTALL) if "/_mock/api" in text]
    assert "http://127.0.0.1:8080/" in text
    file = folder / "recipe.mjs"
    file.write_text(text.replace("http://127.0.0.1:8080", mock.url), "utf-8")
    return file


def test_the_recipe_plays_an_outage_and_leaves_no_world(mock: Running, tmp_path: Path) -> None:
    before = httpx.get(f"{mock.url}/_mock/api/worlds", trust_env=False).json()
    words = [program("node"), str(recipe(mock, tmp_path))]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "[ 503, 200 ] 2 outage\n"
    assert httpx.get(f"{mock.url}/_mock/api/worlds", trust_env=False).json() == before


@pytest.mark.parametrize(("wrong", "told"), [("exactly: 3", "409"), ('scenario: "no-such-story"', "no-such-story")])
def test_what_the_control_api_refuses_ends_the_recipe_with_its_words(wrong: str, told: str, mock: Running, tmp_path: Path) -> None:
    file = recipe(mock, tmp_path)
    name = wrong.partition(":")[0]
    text, count = re.subn(rf'{name}: ("[^"]*"|[0-9]+)', wrong, file.read_text("utf-8"), count=1)
    assert count == 1
    file.write_text(text, "utf-8")
    ended = subprocess.run([program("node"), str(file)], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert ended.returncode != 0
    assert told in ended.stderr
