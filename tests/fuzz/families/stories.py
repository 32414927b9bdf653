"""The control API's worlds: stories, lines, snapshots, events, clocks and journals, spoilt at one place or two, and then played.

The worlds are the inputs' own: a line may do what it likes in one, and the worlds that are looked at stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

from ownership_contracts import specs

from .. import odd
from ..draft import HOST, draft
from ..request import Request
from ..vocabulary import Vocabulary

WORLDS = 8
MOMENTS: tuple[Any, ...] = (0, 1.0, 1767225600, 250_000_000_000, "2026-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00")
LINES: tuple[dict[str, Any], ...] = (
    {"name": "a", "when": {"state": "start", "nth": 1}, "answer": {"status": 404, "headers": {"X-A": "b"}, "body": {"a": 1}}, "off_contract": True},
    {"name": "b", "when": {"operation": ["*"], "nth": {"from": 1, "to": 2}}, "serve": True, "answer": {"status": 418}, "off_contract": True},
    {"name": "c", "when": {"principal": None, "query": {"a": "b"}}, "state": "down"},
    {"name": "d", "when": {"vendor": "kii", "path": {"appID": "a"}, "body": {"code": "x"}}, "garble": True, "off_contract": True},
    {"name": "e", "at": {"after": 0, "state": "start"}, "state": "down", "happen": [{"connhex.login_flows_expire": {}}]},
    {"name": "f", "at": {"after": 0, "state": "down"}, "state": "start"},
    {"name": "g", "at": {"time": "2026-01-01T00:00:00Z"}, "happen": [{"connhex.device_manufactured": {"device": "x"}}]},
    {"name": "h", "when": {}, "delay": {"request": 0.001, "answer": 0}, "happen": [{"kii.token_revoked": {"admin": True}}]},
)  # fmt: skip
"""None drops or cuts an answer, answers 5xx or is late: to the oracle these are the server's faults."""
EVENTS: tuple[dict[str, Any], ...] = (
    {"kii.member_leaves": {"group": "family", "user": "bob"}},
    {"kii.flow_started": {"thing": "lamp-01", "user": "alice", "by": "thing", "code": "x"}},
    {"connhex.device_manufactured": {"device": "x"}},
    {"connhex.granted": {"user": "ada", "effect": "DENY", "action": "*", "resource": "*"}},
    {"connhex.user_deleted": {"user": "ada"}},
)  # fmt: skip
ASKED: dict[str, Any] = {
    "request": {"vendor": "kii", "operation": ["*"], "principal": None, "path": {}, "query": {}, "body": {}, "status": 200, "line": "a",
                "clause": "*", "since": 0, "until": 250_000_000_000},
    "at_least": 0,
}  # fmt: skip
FILTERS = ("vendor", "operation", "status", "principal", "line", "clause", "since", "until", "last", "secrets", "requests")

GIVEN = ("", "0", "1", "-1", "*", "x", "true", "%00", "%ff", "1e999", "nan", "9" * 5000, "2026-01-01T00:00:00Z", "%D9%A3", "1_0", "a", "a&last=x")

MOST = 2**53


def stories(rng: Random, words: Vocabulary) -> list[bytes | int]:
    """Make a world, or take the one that is there, do one to four things with it, and call a vendor's operation in it."""
    name = f"x{rng.randrange(WORLDS)}"
    requests = [rng.choice(STEPS)(rng, name) for _ in range(rng.randrange(1, 5))]
    if rng.random() < 0.5:
        requests.insert(0, _make(rng, name))
    return [b"".join(request.raw for request in (*requests, _call(rng, name, words)))]


def _call(rng: Random, name: str, words: Vocabulary) -> Request:
    made = draft(rng, words).request()
    return replace(made, target=f"/worlds/{name}".encode() + made.target.removeprefix(words.prefix.encode()))


def _make(rng: Random, name: str) -> Request:
    story: dict[str, Any] = {"summary": "A story.", "script": _script(rng)}
    if rng.random() < 0.3:
        story["clock"] = {"now": rng.choice(MOMENTS), "frozen": True}
    body = rng.choice((lambda: {"name": name, "scenario": spoilt(rng, story)}, lambda: {"name": name, "snapshot": _document(rng)}))()
    return _json(rng, b"POST", "/_mock/api/worlds", body)


def _script(rng: Random) -> list[dict[str, Any]]:
    return [deepcopy(line) for line in rng.sample(LINES, rng.randrange(1, 4))]


def _document(rng: Random) -> Any:
    made = deepcopy(_SNAPSHOT)
    made["script"]["lines"] = [{"name": line["name"], "since": rng.choice((0, 1767225600)), "written": line} for line in _script(rng)]
    return spoilt(rng, made)


def _filters(rng: Random, name: str) -> Request:
    given = b"&".join(f"{rng.choice(FILTERS)}={rng.choice(GIVEN)}".encode() for _ in range(rng.randrange(1, 4)))
    path = rng.choice(("", "/journal")).encode()
    return Request(b"GET", f"/_mock/api/worlds/{name}".encode() + path + b"?" + given, (HOST,))


def _json(rng: Random, method: bytes, path: str, body: Any) -> Request:
    return Request(method, path.encode(), (HOST, (b"Content-Type", b"application/json")), json.dumps(body).encode())


def _step(method: bytes, path: str, body: Callable[[Random], Any]) -> Callable[[Random, str], Request]:
    return lambda rng, name: _json(rng, method, f"/_mock/api/worlds/{name}{path}", body(rng))


STEPS: tuple[Callable[[Random, str], Request], ...] = (
    _filters,
    _step(b"POST", "/script", lambda rng: spoilt(rng, rng.choice((rng.choice(LINES), _script(rng))))),
    _step(b"POST", "/events", lambda rng: spoilt(rng, rng.choice(EVENTS))),
    _step(b"PUT", "/snapshot", _document),
    _step(b"POST", "/reset", lambda rng: spoilt(rng, rng.choice(({"seed": "7"}, {"scenario": "default"}, {"clock": {"now": rng.choice(MOMENTS)}})))),
    _step(b"PUT", "/clock", lambda rng: spoilt(rng, {"now": rng.choice(MOMENTS), "frozen": True})),
    _step(b"POST", "/clock/advance", lambda rng: spoilt(rng, {"seconds": rng.choice((0, 1e-9, 60, 1e9, 250_000_000_000))})),
    _step(b"POST", "/journal/verify", lambda rng: spoilt(rng, ASKED)),
)


def spoilt(rng: Random, value: Any) -> Any:
    """Return the value with nothing, or one or two of its places changed: another value there, none, a name of another kind."""
    made = {"": deepcopy(value)}
    for _ in range(rng.choice((0, 1, 1, 2))):
        holder, key = rng.choice(list(_places(made)))
        change = rng.randrange(6)
        if change == 0 and key != "":
            del holder[key]
        elif change == 1 and isinstance(holder, dict) and key != "":
            holder[odd.text(rng)] = holder.pop(key)
        elif change == 2 and type(holder[key]) is int and abs(holder[key]) < MOST:
            holder[key] = float(holder[key])
        elif key != "delay":
            holder[key] = odd.value(rng)
    return made.get("", {})


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in a JSON value: what holds it, and by which name or number. What says how late an answer is, is left alone."""
    if isinstance(value, dict | list):
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            if key not in ("delay", "status"):
                yield value, key
                yield from _places(inner)


_RESTORE = next(
    one for item in specs.control()["paths"].values() for one in item.values() if isinstance(one, dict) and one.get("operationId") == "restoreWorld"
)
_SNAPSHOT: dict[str, Any] = next(iter(_RESTORE["requestBody"]["content"]["application/json"]["examples"].values()))["value"]
