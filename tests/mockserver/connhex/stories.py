"""Connhex's stories: who calls with what, and what becomes of the claims."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx

from tests.mockserver import stories
from tests.mockserver.stories import STEP, Came, Data
from tests.serving import Running

__all__ = ["FOLDER", "NAMES", "STEP", "Data", "Story", "begun", "written"]

FOLDER = stories.folder("connhex")
NAMES = stories.names("connhex")
CLAIM = "/ownerships"


def written(name: str) -> Data:
    return stories.written("connhex", name)


@dataclass
class Story(stories.Story):
    """One telling of a story of Connhex's. made: the resources of the 201s, in their order."""

    VENDOR: ClassVar = "connhex"
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
        if path == CLAIM and came.answer.status_code == 201:
            self.made.append(came.json["resourceId"])
        elif path == CLAIM:
            assert came.json["errors"][0]["detail"], came

    @property
    def state(self) -> Data:
        found: Data = self.shown()["state"]["connhex"]
        return found

    @property
    def decided(self) -> list[str]:
        """What decided each claim."""
        return [entry["decided"] for entry in self.shown()["requests"] if entry["operation"] == "register"]

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


def begun(http: httpx.Client, mock: Running, scenario: str | Data, **settings: Any) -> AbstractContextManager[Story]:
    """A scenario's story in a fresh world. settings: Connhex's picks, over the scenario's own."""
    return stories.begun(Story, http, mock, scenario, settings)
