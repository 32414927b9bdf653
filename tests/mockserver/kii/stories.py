"""Plays a shipped scenario over HTTP as its `about` tells it: each numbered step is a request and what comes of it, or the clock turned."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.mockserver.kii.apps import ADD, CONFIRM
from tests.serving import Running

FOLDER = Path(__file__).parents[3] / "mockserver" / "kii" / "scenarios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "default")
STEP = re.compile(r"^ *(?P<number>\d+)\. (?P<who>\S+): (?P<what>.+)$", re.MULTILINE)
REQUEST = re.compile(r"(?P<method>[A-Z]+) (?P<path>\S+)(?: (?P<body>\{.*\}))? -> (?P<outcome>.+)")
OUTCOME = re.compile(r"(?P<status>\d{3})(?: (?P<code>[A-Z_]+))?(?: (?P<body>\{.*\}))?(?P<more>(?:, [^,]+)*)")
BELOW = re.compile(r"does not begin with / is below (?P<path>\S+)$", re.MULTILINE)
LATE = 1.0
NOTHING, A_PART = "no answer", "a part of an answer"


def written(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return found


@dataclass
class Story:
    """One telling, in a world of its own. seen: each answer's status, or what came in the place of one.

    kept: what an answer gave, under the name that the steps use for it.
    """

    http: httpx.Client
    about: str
    base_url: str
    control: str
    seen: list[int | str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

    def tell(self, instead: Mapping[int, str]) -> None:
        """Play every step. instead: what comes of a step in the place of what the story says, by its number."""
        steps = list(STEP.finditer(self.about))
        assert [int(step["number"]) for step in steps] == list(range(1, len(steps) + 1)), "the steps are not numbered from 1 on"
        for step in steps:
            try:
                self._step(step["who"], step["what"], instead.get(int(step["number"])))
            except AssertionError as error:
                raise AssertionError(f"step {step[0].strip()}\n{error}") from error

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The world's journal in short."""
        found: list[dict[str, Any]] = self.http.get(self.control).raise_for_status().json()["requests"]
        return found

    def thing(self, label: str) -> dict[str, Any]:
        """What the control API shows of a thing of the story's application."""
        (app,) = self.http.get(self.control).raise_for_status().json()["state"]["kii"]["apps"]
        found: dict[str, Any] = next(thing for thing in app["things"] if thing["label"] == label)
        return found

    def owners(self, label: str) -> list[str]:
        return [f"{owner['kind']}:{owner['id']}" for owner in self.thing(label)["owners"]]

    @property
    def lines(self) -> list[str | None]:
        """Which line of the script acted on each request."""
        return [entry["line"] for entry in self.entries]

    def _step(self, who: str, what: str, instead: str | None) -> None:
        if who == "clock":
            seconds, unit = what.split()
            assert unit in {"second", "seconds"}
            self.http.post(f"{self.control}/clock/advance", json={"seconds": int(seconds)}).raise_for_status()
            return
        request = REQUEST.fullmatch(what)
        assert request, "this is no step: WHO: METHOD PATH BODY -> OUTCOME is"
        self._ask(self._headers(who, request["path"]), request, instead or request["outcome"])

    def _ask(self, headers: dict[str, str], request: re.Match[str], outcome: str) -> None:
        body = request["body"] and self._filled(request["body"]).encode()
        began, read = time.monotonic(), b""
        try:
            with self.http.stream(request["method"], self._url(request["path"]), headers=headers, content=body) as answer:
                for part in answer.iter_raw():
                    read += part
        except httpx.RemoteProtocolError:
            came = A_PART if read else NOTHING
            assert came == outcome, f"there came {came}: {read!r}"
            self.seen.append(came)
            return
        self.seen.append(answer.status_code)
        self._compare(answer, read, outcome, time.monotonic() - began)

    def _compare(self, answer: httpx.Response, read: bytes, outcome: str, seconds: float) -> None:
        wanted = OUTCOME.fullmatch(outcome)
        shown = f"there came {answer.status_code} {read!r}"
        assert wanted, f"no such outcome; {shown}"
        assert str(answer.status_code) == wanted["status"], shown
        more = set(wanted["more"].split(", ")[1:])
        if wanted["code"]:
            assert _json(read)["errorCode"] == wanted["code"], shown
        elif wanted["body"]:
            assert _json(read) == json.loads(wanted["body"]), shown
        elif answer.status_code == 204:
            assert not read, shown
        assert ("no JSON" in more) == (bool(read) and _json(read) is None), shown
        assert answer.headers.get("Retry-After") == next((text.split()[1] for text in more if text.startswith("Retry-After ")), None)
        assert (seconds >= LATE) == ("a second late" in more), f"after {seconds:.2f} seconds {shown}"
        for name in ("CODE", "TOKEN"):
            if f"a {name}" in more:
                self.kept[name] = _json(read)[{"CODE": "code", "TOKEN": "access_token"}[name]]

    def _headers(self, who: str, path: str) -> dict[str, str]:
        media_type = {"ownership": ADD, "confirm": CONFIRM}.get(path.rsplit("/", 1)[-1], "application/json")
        if who == "nobody":
            return {"Content-Type": media_type}
        token = self.kept.get(who) or next((name for name in (f"token-{who}", f"ory_st_{who}") if name in self.about), None)
        assert token, f"the story does not say what token {who} has"
        return {"Content-Type": media_type, "Authorization": f"Bearer {token}"}

    def _url(self, path: str) -> str:
        below = BELOW.search(self.about)
        return self.base_url + (path if path.startswith("/") else f"{below['path'] if below else ''}{path}")

    def _filled(self, text: str) -> str:
        for name, value in self.kept.items():
            text = text.replace(f'"{name}"', json.dumps(value))
        return text


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def told(
    http: httpx.Client,
    mock: Running,
    worlds: ExitStack,
    name: str,
    settings: Mapping[str, Any] | None = None,
    instead: Mapping[int, str] | None = None,
) -> Story:
    """Play the scenario of this name in a fresh world, which ends with `worlds`. settings: Kii's picks, over the scenario's own."""
    about = written(name)["about"]
    # Between the steps no time passes but what the story says.
    clock = {"clock": {"frozen": True}} if any(step["who"] == "clock" for step in STEP.finditer(about)) else {}
    world = mock.world(scenario=name, settings={"kii": dict(settings or {})}, **clock)
    story = Story(http, about, world["base_url"], f"{mock.url}/_mock/api/worlds/{world['name']}")
    worlds.callback(http.delete, story.control)
    story.tell(instead or {})
    return story
