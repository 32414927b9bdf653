"""Plays a scenario of Connhex's over HTTP as its `about` tells it: each numbered step is a request and what comes of it, or the clock turned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import ownership_contracts.mockserver.connhex as column
import yaml

from tests.serving import Running

FOLDER = Path(column.__file__).parent / "scenarios"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml") if file.stem != "default")
STEP = re.compile(r"^ *(?P<number>\d+)\. (?P<who>[^:\n]+): (?P<what>.+)$", re.MULTILINE)
REQUEST = re.compile(r"(?P<method>[A-Z]+) (?P<path>\S+)(?: (?P<body>\{.*\}))? -> (?P<outcome>.+)")
OUTCOME = re.compile(r"(?P<status>\d{3})(?:, an? (?P<kept>[A-Z]+))?")
KEPT = {"ACTION": ("ui", "action"), "TOKEN": ("session_token",)}
BEGIN = 1_800_000_000
NO_ANSWER = "no answer"
CLAIM = "/ownerships"

Data = dict[str, Any]


def written(name: str) -> Data:
    found: Data = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return found


@dataclass
class Story:
    """One telling, in a world of its own. seen: each answer's status; None where none came. made: the resources of the 201s, in their order.

    kept: what an answer gave, under the name that the steps use for it.
    """

    http: httpx.Client
    about: str
    base_url: str
    control: str
    seen: list[int | None] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

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

    def ask(self, who: str, method: str, path: str, body: Any, outcome: str) -> None:
        self.http.cookies.clear()
        sent: Data = {} if body is None else {"json": body}
        try:
            answer = self.http.request(method, self.kept.get(path) or self.base_url + path, headers=self._credential(who), **sent)
        except httpx.RemoteProtocolError:
            assert outcome == NO_ANSWER, "there came no answer"
            self.seen.append(None)
            return
        shown = f"there came {answer.status_code} {answer.text}"
        wanted = OUTCOME.fullmatch(outcome)
        assert wanted, f"no such outcome; {shown}"
        assert str(answer.status_code) == wanted["status"], shown
        self.seen.append(answer.status_code)
        if path == CLAIM:
            self._claimed(answer, shown)
        if wanted["kept"]:
            found = answer.json()
            for step in KEPT[wanted["kept"]]:
                found = found[step]
            self.kept[wanted["kept"]] = found

    def _claimed(self, answer: httpx.Response, shown: str) -> None:
        if answer.status_code == 201:
            self.made.append(answer.json()["resourceId"])
        else:
            assert answer.json()["errors"][0]["detail"], shown

    def _credential(self, who: str) -> dict[str, str]:
        if who == "nobody":
            return {}
        name, by_cookie, _ = who.partition(" by cookie")
        secret = self.kept.get(name) or (f"session-{name}" if by_cookie else f"ory_st_{name}")
        assert name in self.kept or secret in self.about, f"the story does not say by what {who} calls"
        return {"Cookie": f"chx_auth_session={secret}"} if by_cookie else {"Authorization": f"Bearer {secret}"}

    def advance(self, seconds: float) -> None:
        self.http.post(f"{self.control}/clock/advance", json={"seconds": seconds}).raise_for_status()

    @property
    def shown(self) -> Shown:
        """The world as the control API shows it now."""
        return Shown(self.http.get(self.control).raise_for_status().json())


@dataclass(frozen=True)
class Shown:
    """What the control API shows of a world."""

    data: Data

    @property
    def state(self) -> Data:
        found: Data = self.data["state"]["connhex"]
        return found

    @property
    def lines(self) -> list[str | None]:
        """Which line of the script acted on each request; and each did all that it should."""
        entries = self.data["requests"]
        assert not [entry for entry in entries if entry["complaint"] and entry["decided"] != "script"]
        return [entry["line"] for entry in entries]

    @property
    def decided(self) -> list[str]:
        """What decided each claim."""
        return [entry["decided"] for entry in self.data["requests"] if entry["operation"] == "register"]

    @property
    def owned(self) -> list[str]:
        """Each resource in the order of making: the device, its owner, and, where none does, that no policy lets him at it."""
        state = self.state
        labels = {user["id"]: user["label"] for user in state["users"]}
        assert all(row["state"] == "active" for row in state["resources"])
        return [f"{row['device']} {labels[row['owner']]}{'' if _granted(state, row) else ' without grant'}" for row in state["resources"]]

    @property
    def grants(self) -> int:
        """How many policies there are that a claim made."""
        return sum(policy["name"].startswith("Owner of") for policy in self.state["policies"])


def _granted(state: Data, resource: Data) -> bool:
    entity = f"resource:devices:{resource['id']}"
    return any(
        resource["owner"] in policy["members"] and statement["effect"] == "ALLOW" and entity in statement["resources"]
        for policy in state["policies"]
        for statement in policy["statements"]
    )


@contextmanager
def begun(http: httpx.Client, mock: Running, scenario: str | Data, **settings: Any) -> Iterator[Story]:
    """A scenario's story in a fresh world, in which no time passes but what the story says. settings: Connhex's picks, over the scenario's own."""
    world = mock.world(scenario=scenario, settings={"connhex": settings}, clock={"now": BEGIN, "frozen": True})
    about = (written(scenario) if isinstance(scenario, str) else scenario)["about"]
    story = Story(http, about, world["base_url"], f"{mock.url}/_mock/api/worlds/{world['name']}")
    try:
        yield story
    finally:
        http.delete(story.control).raise_for_status()
