"""Kii's stories: who calls with what, and what else than its status an answer is judged by."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.mockserver import stories
from tests.mockserver.kii.apps import ADD, CONFIRM
from tests.mockserver.stories import Came, Data

JSON = "application/json"
NAMES = sorted([*stories.names("kii"), *stories.shared()])
"""Kii's, and those of any vendor: their steps ask both."""


def written(name: str) -> Data:
    return stories.written("kii", name)


class Story(stories.Story):
    """One telling of a story of Kii's."""

    VENDOR = "kii"
    PARTS: ClassVar = {"CODE": ("code",), "TOKEN": ("access_token",)}

    def headers(self, who: str, path: str, *, with_body: bool) -> dict[str, str]:
        media_type = {"ownership": ADD, "confirm": CONFIRM}.get(path.rsplit("/", 1)[-1], JSON)
        assert not with_body or media_type == JSON or media_type in self.about, "the story does not say the body's media type"
        headers = {"Content-Type": media_type} if with_body else {}
        if who == "nobody":
            return headers
        token = self.kept.get(who) or next((name for name in (f"token-{who}", f"ory_st_{who}") if name in self.about), None)
        assert token, f"the story does not say what token {who} has"
        return {**headers, "Authorization": f"Bearer {token}"}

    def judge(self, path: str, came: Came) -> None:
        assert not came.wanted["code"] or came.json["errorCode"] == came.wanted["code"], came

    def thing(self, label: str) -> dict[str, Any]:
        """What the control API shows of a thing of the story's application."""
        (app,) = self.shown()["state"]["kii"]["apps"]
        found: dict[str, Any] = next(thing for thing in app["things"] if thing["label"] == label)
        return found

    def owners(self, label: str) -> list[str]:
        return [f"{owner['kind']}:{owner['id']}" for owner in self.thing(label)["owners"]]
