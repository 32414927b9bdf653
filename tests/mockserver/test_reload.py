"""serve --reload: an edited scenario is taken up, and nothing else is lost."""

from __future__ import annotations

import os
import shutil
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import Running, serving

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("reload")

STORY = """summary: One thing.
world: {kii: {apps: {my-app: {key: k, admin: {token: t}, users: {me: {}}, things: {THING: {password: secret}}}}}}
"""
LONGEST = 60
Edit = Callable[[Path, str], None]


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds, and not for ever."""
    last = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < last, f"not within {LONGEST} seconds: {what}"
        time.sleep(0.02)


def things(running: Running, world: str = "default") -> list[str]:
    answer = httpx.get(f"{running.url}/_mock/api/worlds/{world}", trust_env=False).raise_for_status()
    return [thing["vendor_id"] for app in answer.json()["state"]["kii"]["apps"] for thing in app["things"]]


def in_place(file: Path, text: str) -> None:
    file.write_text(text)


def replaced(file: Path, text: str) -> None:
    """As editors do that write a new file and rename it."""
    other = file.with_suffix(".swp")
    other.write_text(text)
    os.replace(other, file)


def removed_and_written(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text)


@dataclass
class Watched:
    """A server that watches a scenario's file, and writes a target file."""

    running: Running
    file: Path
    target: Path

    def apps(self) -> list[dict[str, Any]]:
        """Kii's applications in the target file."""
        apps: list[dict[str, Any]] = tomllib.loads(self.target.read_text())["kii"]["apps"]
        return apps

    def sees(self, edit: Edit, thing: str) -> None:
        """Edit the file so that it has this thing, and wait until the world and the target file have it."""
        edit(self.file, STORY.replace("THING", thing))
        until(lambda: things(self.running) == [thing], f"{thing} is taken up")
        until(lambda: [row["vendor_id"] for row in self.apps()[0]["things"]] == [thing], f"{thing} is in the target file")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    file, target = folder / "story.yaml", folder / "target.toml"
    file.write_text(STORY.replace("THING", "first"))
    with serving(folder, "--scenario", str(file), "--reload", "--write-target", str(target)) as running:
        yield Watched(running, file, target)


@pytest.mark.parametrize("edit", [in_place, replaced, removed_and_written])
def test_a_good_edit_makes_the_default_world_anew_and_leaves_the_others(watched: Watched, edit: Edit) -> None:
    mine, later = f"mine-{edit.__name__}", f"later-{edit.__name__}"
    watched.sees(edit, "lamp")
    watched.running.world(name=mine)
    users = watched.apps()[0]["users"]
    watched.sees(edit, "lock")
    assert things(watched.running, mine) == ["lamp"]
    assert [thing["vendor_id"] for thing in watched.running.world(name=later)["kii"]["apps"][0]["things"]] == ["lock"]
    watched.sees(edit, "fan")
    assert (things(watched.running, mine), things(watched.running, later)) == (["lamp"], ["lock"])
    # What the scenario leaves out is drawn from the same seed: a credential that was pasted somewhere goes on to serve.
    assert watched.apps()[0]["users"] == users


def test_a_bad_edit_is_told_with_line_and_field_and_changes_nothing(watched: Watched) -> None:
    watched.sees(replaced, "lamp")
    replaced(watched.file, STORY.replace("THING", "lock") + "script:\n  - {when: {operation: confirmOwnershp}, state: a}\n")
    wanted = f"{watched.file}:4: $.script[0].when.operation: "
    until(lambda: any(line.startswith(wanted) for line in watched.running.errors.read_text().splitlines()), wanted)
    assert things(watched.running) == ["lamp"]
    assert [thing["vendor_id"] for thing in watched.running.world(name="bad-edit")["kii"]["apps"][0]["things"]] == ["lamp"]
    watched.sees(replaced, "lock")


def test_a_world_that_is_reset_starts_from_the_new_edit_of_its_story(watched: Watched) -> None:
    watched.sees(replaced, "lamp")
    watched.running.world(name="of-this-story", clock={"now": 1000, "frozen": True})
    watched.running.world(name="of-another", scenario="default")
    others = things(watched.running, "of-another")
    watched.sees(replaced, "lock")
    for world in ("of-this-story", "of-another"):
        httpx.post(f"{watched.running.url}/_mock/api/worlds/{world}/reset", trust_env=False).raise_for_status()
    assert (things(watched.running, "of-this-story"), things(watched.running, "of-another")) == (["lock"], others)
    clock = httpx.get(f"{watched.running.url}/_mock/api/worlds/of-this-story/clock", trust_env=False).json()
    assert (clock["now"], clock["frozen"]) == (1000, True)


def test_a_link_that_is_turned_to_another_file_is_an_edit(tmp_path: Path) -> None:
    """As a mounted configuration is renewed: the name stays, and what it leads to is another file in another folder."""
    for name, thing in (("one", "lamp"), ("two", "lock")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "story.yaml").write_text(STORY.replace("THING", thing))
    now = tmp_path / "now"
    now.symlink_to(tmp_path / "one", target_is_directory=True)
    with serving(tmp_path, "--scenario", str(now / "story.yaml"), "--reload") as running:
        other = tmp_path / "other"
        other.symlink_to(tmp_path / "two", target_is_directory=True)
        os.replace(other, now)
        until(lambda: things(running) == ["lock"], "the link is followed")


def test_a_shipped_scenarios_name_is_watched_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parent.parent.parent
    for part in ("specs", "mockserver"):
        shutil.copytree(root / part, tmp_path / "ownership_contracts" / part, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    file = tmp_path / "ownership_contracts" / "mockserver" / "kii" / "scenarios" / "default.yaml"
    with serving(tmp_path, "--reload") as running:
        assert "lamp-01" in things(running)
        replaced(file, file.read_text().replace("lamp-01", "lamp-77"))
        until(lambda: "lamp-77" in things(running), "the edit is taken up")
        assert httpx.get(f"{running.url}/_mock/api/worlds/default", trust_env=False).json()["scenario"] == "default"
