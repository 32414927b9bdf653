"""Connhex's stories: who calls with what, what else than its status an answer is judged by, and how a world of its is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from tests.mockserver import stories
from tests.mockserver.stories import Came, Data

NAMES = stories.names("connhex")
CLAIM = "/ownerships"


def written(name: str) -> Data:
    return stories.written("connhex", name)


@dataclass
class Story(stories.Story):
    """One telling of a story of Connhex's. made: the resources of the claims' 201s, in their order."""

    VENDOR = "connhex"
    PARTS: ClassVar = {"ACTION": ("ui", "action"), "TOKEN": ("session_token",)}

    made: list[str] = field(default_factory=list)

    def headers(self, who: str, path: str, *, with_body: bool) -> dict[str, str]:
        if who == "nobody":
            return {}
        name, by_cookie, _ = who.partition(" by cookie")
        secret = self.kept.get(name) or (f"session-{name}" if by_cookie else f"ory_st_{name}")
        assert name in self.kept or secret in self.about, f"the story does not say by what {who} calls"
        return {"Cookie": f"chx_auth_session={secret}"} if by_cookie else {"Authorization": f"Bearer {secret}"}

    def judge(self, path: str, came: Came) -> None:
        if path != CLAIM:
            return
        if came.answer.status_code == 201:
            self.made.append(came.json["resourceId"])
        else:
            assert came.json["errors"][0]["detail"], came

    @property
    def world(self) -> Shown:
        """The world as the control API shows it now."""
        return Shown(self.shown())


@dataclass(frozen=True)
class Shown:
    """What the control API shows of a world."""

    data: Data

    @property
    def state(self) -> Data:
        found: Data = self.data["state"]["connhex"]
        return found

    @property
    def acted(self) -> dict[int, str]:
        """Which of the requests a line of the script acted on, by their number from 1; and each line did all that it should."""
        entries = self.data["requests"]
        assert not [entry for entry in entries if entry["complaint"] and entry["decided"] != "script"]
        return {number: entry["line"] for number, entry in enumerate(entries, 1) if entry["line"]}

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
