"""Plays a scenario over HTTP as its `about` tells it: each numbered step is a request and what comes of it, or the clock turned."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
import yaml

from tests.serving import Running

COLUMNS = Path(__file__).parents[2] / "mockserver"
STEP = re.compile(r"^ *(?P<number>\d+)\. (?P<who>[^:\n]+): (?P<what>.+)$", re.MULTILINE)
REQUEST = re.compile(r"(?P<method>[A-Z]+) (?P<path>\S+)(?: (?P<body>\{.*\}))? -> (?P<outcome>.+)")
OUTCOME = re.compile(r"(?P<status>\d{3})(?: (?P<code>[A-Z_]+))?(?: (?P<body>\{.*\}))?(?P<more>(?:, [^,]+)*)")
BELOW = re.compile(r"does not begin with / is below (?P<path>\S+)$", re.MULTILINE)
NO_ANSWER, A_PART = "no answer", "a part of an answer"
LATE = 1.0
"""What comes `a second late` takes so long at least."""

Data = dict[str, Any]


SHARED = COLUMNS / "scenarios"
"""Where the stories of any vendor lie."""


def file(vendor: str, name: str) -> Path:
    own = COLUMNS / vendor / "scenarios" / f"{name}.yaml"
    return own if own.is_file() else SHARED / f"{name}.yaml"


def names(vendor: str) -> list[str]:
    """A vendor's shipped stories, without those of any vendor."""
    return sorted(path.stem for path in (COLUMNS / vendor / "scenarios").glob("*.yaml") if path.stem != "default")


def shared() -> list[str]:
    """The shipped stories of any vendor."""
    return sorted(path.stem for path in SHARED.glob("*.yaml"))


def written(vendor: str, name: str) -> Data:
    found: Data = yaml.safe_load(file(vendor, name).read_text())
    return found


@dataclass(frozen=True)
class Came:
    """What came of a request. wanted: what the step says, in its parts. seconds: how long it took."""

    answer: httpx.Response
    content: bytes
    seconds: float
    wanted: re.Match[str]

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    @property
    def more(self) -> set[str]:
        return set(self.wanted["more"].split(", ")[1:])

    def __str__(self) -> str:
        return f"there came {self.answer.status_code} {self.content!r} after {self.seconds:.2f} seconds"

    def check(self) -> None:
        """Compare the answer with what the step says of every vendor's."""
        assert str(self.answer.status_code) == self.wanted["status"], self
        assert not (self.answer.status_code == 204 and self.content), self
        assert not self.wanted["body"] or self.json == json.loads(self.wanted["body"]), self
        assert ("no JSON" in self.more) == (bool(self.content) and self.json is None), self
        waits = [text.split()[1] for text in self.more if text.startswith("Retry-After ")]
        assert self.answer.headers.get_list("Retry-After") == waits, self
        assert "a second late" not in self.more or self.seconds >= LATE, self


@dataclass
class Story:
    """One telling, in a world of its own. seen: each answer's status; None where none came, A_PART where it broke off.

    kept: what an answer gave, under the name that the steps use for it. A vendor's own stories say where that stands (PARTS), who calls with
    what, and what else an answer is judged by.
    """

    VENDOR: ClassVar[str]
    PARTS: ClassVar[Mapping[str, tuple[str, ...]]]

    http: httpx.Client
    about: str
    base_url: str
    control: str
    seen: list[int | str | None] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

    def headers(self, who: str, path: str, *, with_body: bool) -> dict[str, str]:
        raise NotImplementedError

    def judge(self, path: str, came: Came) -> None:
        """Judge an answer by what the vendor's have beside those of others."""

    def tell(self, instead: Mapping[int, str] | None = None) -> None:
        """Play every step. instead: what comes of a step in the place of what the story says, by its number."""
        steps = list(STEP.finditer(self.about))
        assert [int(step["number"]) for step in steps] == list(range(1, len(steps) + 1)), "the steps are not numbered from 1 on"
        for step in steps:
            try:
                self._step(step["who"], step["what"], (instead or {}).get(int(step["number"])))
            except AssertionError as error:
                raise AssertionError(f"step {step[0].strip()}\n{error}") from error

    def _step(self, who: str, what: str, instead: str | None) -> None:
        if who == "clock":
            seconds, unit = what.split()
            assert unit in {"second", "seconds"}
            self.advance(int(seconds))
            return
        request = REQUEST.fullmatch(what)
        assert request, "this is no step: WHO: METHOD PATH BODY -> OUTCOME is"
        self.ask(who, request["method"], request["path"], json.loads(request["body"] or "null"), instead or request["outcome"])

    def ask(self, who: str, method: str, path: str, body: Data | None, outcome: str) -> None:
        """Send a request, and compare what comes with what is to come."""
        self.http.cookies.clear()
        sent: Data = {"headers": self.headers(who, path, with_body=body is not None)}
        if body is not None:
            sent["json"] = {name: self.kept.get(str(value), value) for name, value in body.items()}
        began, content = time.monotonic(), b""
        try:
            with self.http.stream(method, self.url(path), **sent) as answer:
                for part in answer.iter_raw():
                    content += part
        except httpx.RemoteProtocolError:
            came = A_PART if content else NO_ANSWER
            assert came == outcome, f"there came {came}: {content!r}"
            self.seen.append(A_PART if content else None)
            return
        self.seen.append(answer.status_code)
        wanted = OUTCOME.fullmatch(outcome)
        assert wanted, f"there came {answer.status_code} {content!r}, and not {outcome}"
        self._take(path, Came(answer, content, time.monotonic() - began, wanted))

    def _take(self, path: str, came: Came) -> None:
        came.check()
        self.judge(path, came)
        for name in (text.split()[1] for text in came.more if re.fullmatch("an? [A-Z]+", text)):
            found = came.json
            for part in self.PARTS[name]:
                found = found[part]
            self.kept[name] = found

    def url(self, path: str) -> str:
        """What is kept under the path's name, or where the path leads."""
        below = BELOW.search(self.about)
        return self.kept.get(path) or self.base_url + (path if path.startswith("/") else f"{below['path'] if below else ''}{path}")

    def advance(self, seconds: float) -> None:
        self.http.post(f"{self.control}/clock/advance", json={"seconds": seconds}).raise_for_status()

    def shown(self) -> Data:
        """What the control API shows of the world."""
        found: Data = self.http.get(self.control).raise_for_status().json()
        return found

    @property
    def entries(self) -> list[Data]:
        """The journal in short. None of the lines may have been unable to act."""
        found: list[Data] = self.shown()["requests"]
        assert not [entry for entry in found if entry["complaint"] and entry["decided"] != "script"]
        return found

    @property
    def lines(self) -> list[str | None]:
        """Which line of the script acted on each request."""
        return [entry["line"] for entry in self.entries]


Told = TypeVar("Told", bound=Story)


@contextmanager
def begun(kind: type[Told], http: httpx.Client, mock: Running, scenario: str | Data, settings: Data) -> Iterator[Told]:
    """A scenario's story in a fresh world, in which no time passes but what the story says. settings: the vendor's picks, over the scenario's own."""
    about = (written(kind.VENDOR, scenario) if isinstance(scenario, str) else scenario)["about"]
    world = mock.world(scenario=scenario, settings={kind.VENDOR: settings})
    story = kind(http, about, world["base_url"], f"{mock.url}/_mock/api/worlds/{world['name']}")
    try:
        http.put(f"{story.control}/clock", json={"frozen": True}).raise_for_status()
        yield story
    finally:
        http.delete(story.control).raise_for_status()


def without(*path: Any) -> Callable[[Data], None]:
    """What takes a part away from a scenario."""

    def take_away(data: Data) -> None:
        for step in path[:-1]:
            data = data[step]
        del data[path[-1]]

    return take_away


def with_other(value: Any, *path: Any) -> Callable[[Data], None]:
    """What puts another value in the place of a scenario's."""

    def put(data: Data) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return put


def never(number: int) -> Callable[[Data], None]:
    """What keeps a line of the script from ever acting; the states that it enters are there all the same."""

    def put_off(data: Data) -> None:
        line = data["script"][number]
        line.get("when", {})["nth"] = 1_000
        line.get("at", {})["after"] = 1_000_000

    return put_off
