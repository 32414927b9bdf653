"""Plays a vendor's script on a world of its own and keeps what came back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import httpx

from tests.serving import Running

TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z")


@dataclass
class Player:
    """Sends to one world. table: the vendor's table of the target that describes it."""

    http: httpx.Client
    base_url: str
    table: dict[str, Any]
    answers: list[httpx.Response] = field(default_factory=list)

    def send(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> httpx.Response:
        """Send a body of bytes as it is, and any other value as JSON."""
        content: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        # What a script sends is all that it sends: no cookie of an earlier answer.
        self.http.cookies.clear()
        self.answers.append(self.http.request(method, self.base_url + path, headers=headers, **content))
        return self.answers[-1]


@dataclass(frozen=True)
class Played:
    """A script's answers, and the journal's entry of each. base_url: that of the script's own world."""

    answers: list[httpx.Response]
    entries: list[dict[str, Any]]
    base_url: str

    @property
    def shown(self) -> list[tuple[int, str | None, bytes]]:
        """What a client can see of each answer; but for what differs between any two worlds: the time, and where the world is."""
        return [(answer.status_code, answer.headers.get("content-type"), self._settled(answer.content)) for answer in self.answers]

    def _settled(self, content: bytes) -> bytes:
        return TIME.sub(b"TIME", content.replace(self.base_url.encode(), b"WORLD"))


def play(http: httpx.Client, mock: Running, vendor: str, settings: dict[str, Any]) -> Played:
    """The vendor's script, played on a fresh world with these settings; always the same seed."""
    world = mock.world(seed="script", settings={vendor: settings})
    player = Player(http, world["base_url"], world[vendor])
    import_module(f"tests.mockserver.{vendor}.script").script(player)
    control = f"{mock.url}/_mock/api/worlds/{world['name']}"
    entries = http.get(control).json()["requests"]
    http.delete(control).raise_for_status()
    return Played(player.answers, entries, world["base_url"])


def companions(vendor: str, pick: str) -> dict[str, Any]:
    """The settings under which a pick's options differ."""
    found: dict[str, Any] = import_module(f"tests.mockserver.{vendor}.script").COMPANIONS.get(pick, {})
    return found
