"""The applications of a world as a script plays on them, and the calls of ownership under one."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from tests.mockserver.player import Player

ADD = "application/vnd.kii.ThingOwnershipRequest+json"
CONFIRM = "application/vnd.kii.ThingOwnershipConfirmationRequest+json"


def bearer(row: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {row['token']}"}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@dataclass(frozen=True)
class App:
    """One application of a world, as its table of the target has it."""

    row: dict[str, Any]
    player: Player

    @property
    def admin(self) -> dict[str, str]:
        return bearer(self.row["admin"])

    def user(self, number: int) -> dict[str, Any]:
        """The users who are in no group, then those who are."""
        members = {member for group in self.row["groups"] for member in group["members"]}
        found: dict[str, Any] = sorted(self.row["users"], key=lambda user: user["id"] in members)[number]
        return found

    def member(self, group: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = next(user for user in self.row["users"] if user["id"] in group["members"])
        return found

    def at(self, thing: dict[str, Any] | str, rest: str = "", by: str = "vendor_id") -> str:
        """The path of a thing's ownership, the thing named by its vendor_id or its id."""
        name = thing if isinstance(thing, str) else thing[by]
        form = "VENDOR_THING_ID:" if by == "vendor_id" else ""
        return f"/api/apps/{self.row['id']}/things/{form}{name}/ownership{rest}"

    def add(self, thing: dict[str, Any] | str, headers: dict[str, str], body: Any, by: str = "vendor_id") -> None:
        self.player.send("POST", self.at(thing, by=by), headers | {"Content-Type": ADD}, body)

    def owners(self, thing: dict[str, Any] | str, headers: dict[str, str], by: str = "vendor_id") -> None:
        self.player.send("GET", self.at(thing, by=by), headers)

    def request(self, thing: dict[str, Any] | str, headers: dict[str, str], whom: str, body: Any = None, by: str = "vendor_id") -> str:
        """Start a flow; the code, or a text that is none."""
        answer = self.player.send("POST", self.at(thing, f"/request/{whom}", by), headers, body)
        return str(answer.json()["code"]) if answer.status_code == 200 else "none"

    def confirm(self, thing: dict[str, Any] | str, headers: dict[str, str], body: Any, by: str = "vendor_id") -> None:
        self.player.send("POST", self.at(thing, "/confirm", by), headers | {"Content-Type": CONFIRM}, body)
