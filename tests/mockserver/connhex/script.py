"""Requests that between them reach every rule and every pick of Connhex's: played on a fresh world of the default scenario."""

from __future__ import annotations

from typing import Any

import httpx

from tests.mockserver.player import Player

JSON = {"Content-Type": "application/json"}
PROTECTED = {"protection": "protected"}
# What must hold for a pick's options to differ, beside the defaults.
COMPANIONS: dict[str, dict[str, Any]] = {
    "not_enabled": PROTECTED,
    "enable_life": PROTECTED,
    "again_one_to_many": {"association": "one_to_many"},
}


def bearer(user: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {user['token']}"}


def cookie(user: dict[str, Any]) -> dict[str, str]:
    return {"Cookie": f"chx_auth_session={user['cookie']}"}


def by_password(user: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The body of a user's login; None takes a key away."""
    body = {"identifier": user["identifier"], "password": user["password"], "method": "password", **changed}
    return {key: value for key, value in body.items() if value is not None}


def sign_in(player: Player, first: dict[str, Any], second: dict[str, Any], device: str) -> None:
    """The login's part: each way in which it fails, and what its token and its cookie are good for."""

    def login(flow: str | None, body: Any, headers: dict[str, str] = JSON) -> httpx.Response:
        return player.send("POST", "/auth/self-service/login" + ("" if flow is None else f"?flow={flow}"), headers, body)

    def begin() -> str:
        return str(player.send("GET", "/auth/self-service/login/api", {}).json()["id"])

    flow = begin()
    bad = [by_password(first, password="wrong"), by_password(first, identifier="nobody"), by_password(first, password=second["password"])]
    bad += [by_password(first, **{name: value}) for name in ("identifier", "password", "method") for value in (None, 5)]
    for body in (*bad, [], b"{", b"", b"null"):
        login(flow, body)
    login(None, by_password(first))
    login("never-begun", by_password(first))
    login(begin(), by_password(first), {"Content-Type": "text/plain"})
    player.send("POST", f"/auth/self-service/login?flow={flow}", {}, b"{}")
    login(begin(), by_password(first, method="oidc"))
    opened = login(flow, by_password(first))
    login(flow, by_password(first))
    token = opened.json().get("session_token", "none") if opened.status_code == 200 else "none"
    kept = opened.headers.get("set-cookie", "none").partition(";")[0]
    for headers in (bearer({"token": token}), {"Cookie": kept}, {"X-Session-Token": token}, bearer(second) | {"X-Session-Token": token}):
        player.send("GET", "/auth/sessions/whoami", headers)
    for headers in ({}, bearer(second), cookie(second), bearer(first) | cookie(second), {"X-Session-Token": "nobody"}, {"Authorization": "Bearer"}):
        player.send("GET", "/auth/sessions/whoami", headers)
    for headers in (bearer({"token": token}), {"Cookie": kept}):
        player.send("POST", "/ownerships", JSON | headers, {"deviceId": device})
    player.send("POST", "/auth/sessions/whoami", {})


def script(player: Player) -> None:
    users, devices = player.table["users"], player.table["devices"]
    first, second = [user for user in users if user.get("permission") == "allowed"][:2]
    powerless = next(user for user in users if user.get("permission") == "nothing")
    fresh = [device["id"] for device in devices if not device["enabled"]]
    enabled = [device["id"] for device in devices if device["enabled"]]

    def claim(headers: dict[str, str], device: Any) -> None:
        player.send("POST", "/ownerships", JSON | headers, {"deviceId": device})

    for user in users:
        claim(bearer(user), "none-such")
        claim(cookie(user), "none-such")
    for device in (enabled[0], fresh[0]):
        claim(bearer(first), device)
        claim(cookie(first), device)
        claim(bearer(second), device)
    claim(bearer(powerless), fresh[1])
    claim(bearer(first) | cookie(powerless), fresh[1])
    claim(bearer(powerless) | cookie(second), fresh[2])
    for headers in ({}, {"Authorization": "Bearer nobody"}, {"Cookie": "chx_auth_session=nobody"}, {"Authorization": "Basic YTpi"}):
        claim(headers, fresh[1])
    for device in ("", 5, None, []):
        claim(bearer(first), device)
    for content in (b"{", b"[]", b"{}", b"", b"null"):
        player.send("POST", "/ownerships", JSON | bearer(first), content)
    player.send("POST", "/ownerships", {"Content-Type": "text/plain"} | bearer(first), b"{}")
    player.send("POST", "/ownerships", bearer(first), b"{}")
    player.send("GET", "/ownerships", bearer(first))
    player.send("DELETE", f"/ownerships/{fresh[0]}", bearer(first))
    sign_in(player, first, second, fresh[2])
