"""A document that somebody has edited is refused with the place that is wrong, or makes a world that answers."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from ownership_contracts.mockserver.engine import snapshot
from ownership_contracts.mockserver.engine.clock import LAST
from ownership_contracts.mockserver.engine.vendor import Vendor

from tests.fuzz import odd
from tests.mockserver.engine.rich import Document, copy_of, rich_world, whole
from tests.mockserver.engine.walk import walk
from tests.mockserver.in_process import in_process

Edit = Callable[[Document], object]


@pytest.fixture(scope="module")
def vendors() -> Sequence[Vendor]:
    return in_process().control.vendors


def app(document: Document) -> Any:
    """An application with users, groups and things."""
    return document["states"]["kii"]["apps"][0]


def kii(document: Document) -> Any:
    return document["states"]["kii"]


def connhex(document: Document) -> Any:
    return document["states"]["connhex"]


def twice(rows: list[Any], **changed: Any) -> None:
    """Append the first row once more, with these fields."""
    rows.append({**rows[0], **changed})


EDITS: dict[str, tuple[Edit, str]] = {
    "another format": (lambda d: d.update(format=2), "format: this server reads format 1"),
    "no format": (lambda d: d.pop("format"), "$.format: it is missing"),
    "a field that is not there": (lambda d: d.update(extra=1), "$: there is no field 'extra' here"),
    "a moment that JSON does not have": (lambda d: d["clock"].update(now=math.nan), "NaN is no JSON number"),
    "a moment out of bounds": (lambda d: d["clock"].update(now=1e99), "$.clock.now: 1e+99 is not from 0 to 250000000000"),
    "a negative moment": (lambda d: d["clock"].update(now=-1), "$.clock.now: -1 is not from 0"),
    "true for a number": (lambda d: d["clock"].update(now=True), "$.clock.now: expected a number, not true or false"),
    "a number for true": (lambda d: d["clock"].update(frozen=1), "$.clock.frozen: expected true or false, not a number"),
    "a number with a thousand digits": (lambda d: d["clock"].update(now=10**999), "is too long or too large"),
    "half a surrogate pair": (lambda d: d.update(seed="\ud800"), "half a surrogate pair"),
    "a negative count": (lambda d: d["drawn"].update(x=-1), "$.drawn['x']: -1 is not from 0"),
    "half a count": (lambda d: d["drawn"].update(x=0.5), "$.drawn['x']: expected a whole number, not a number"),
    "a vendor that is not served": (lambda d: d["states"].update(other={}), "$.states: no vendor 'other' here; there is connhex, kii"),
    "a vendor without settings": (lambda d: d["settings"].pop("kii"), "$.settings: kii is missing"),
    "a pick that is not there": (lambda d: d["settings"]["kii"].update(strange=1), "settings.kii.strange: there is no such pick"),
    "a pick of another value": (lambda d: d["settings"]["connhex"].update(flow_life=-1), "settings.connhex.flow_life: "),
    "null for a state": (lambda d: d["states"].update(kii=None), "$.states.kii: expected an object, not null"),
    "a list for a state": (lambda d: d["states"].update(connhex=[]), "$.states.connhex: expected an object, not a list"),
    "a user twice": (lambda d: twice(app(d)["users"], login="new"), "$.states.kii.apps[0].users: number "),
    "a login twice": (lambda d: twice(app(d)["users"], id="new"), "the login "),
    "an application twice": (lambda d: twice(kii(d)["apps"]), "$.states.kii.apps[3]: the id 'a1open01' stands there already"),
    "a vendorThingID twice": (lambda d: twice(app(d)["things"], id="new"), "the vendor_id "),
    "a token twice": (lambda d: twice(kii(d)["tokens"]), "the token "),
    "an empty id": (lambda d: app(d)["users"][0].update(id=""), "$.states.kii.apps[0].users[0].id: the text is empty"),
    "a missing password": (lambda d: app(d)["things"][0].pop("password"), "$.states.kii.apps[0].things[0].password: it is missing"),
    "a member twice": (lambda d: twice_member(app(d)), "the user "),
    "a member who is not there": (lambda d: app(d)["groups"][0]["members"].append("x"), "there is no user 'x'"),
    "a group's owner who is not there": (
        lambda d: app(d)["groups"][0].update(owner="x"),
        ".groups[0].owner: there is no user 'x'",
    ),
    "an owner of another kind": (
        lambda d: app(d)["things"][0].update(owners=[{"kind": "thing", "id": "x"}]),
        "$.states.kii.apps[0].things[0].owners[0].kind: 'thing' is none of user, group",
    ),
    "an owner who is not there": (
        lambda d: (d["settings"]["kii"].update(deleted_owner="removed"), app(d)["things"][0].update(owners=[{"kind": "user", "id": "x"}])),
        "$.states.kii.apps[0].things[0].owners[0]: there is no user 'x'",
    ),
    "a field that the operation's own word is": (
        lambda d: app(d)["things"][0]["fields"].update(_password="x"),
        "$.states.kii.apps[0].things[0].fields: the name _password is not for",
    ),
    "a field of another type": (
        lambda d: app(d)["users"][0]["fields"].update(displayName=5),
        "$.states.kii.apps[0].users[0].fields.displayName: 5 is not of type 'string'",
    ),
    "a token of nobody's": (
        lambda d: kii(d)["tokens"][0]["holder"].update(id="x"),
        "$.states.kii.tokens[0].holder.id: the application ",
    ),
    "a token of no application": (
        lambda d: kii(d)["tokens"][0]["holder"].update(app_id="x"),
        "$.states.kii.tokens[0].holder.app_id: there is no application 'x'",
    ),
    "a session of nobody's": (
        lambda d: connhex(d)["sessions"][0].update(user_id="x"),
        "$.states.connhex.sessions[0].user_id: there is no user 'x'",
    ),
    "an identifier twice": (lambda d: twice(connhex(d)["users"], id="new"), "the identifier "),
    "a cookie twice": (lambda d: twice(connhex(d)["sessions"], id="new", token="new"), "the cookie "),
    "an end after the last date": (
        lambda d: connhex(d)["sessions"][0].update(until=1e12),
        "$.states.connhex.sessions[0].until: 1000000000000.0 is not from 0 to 253402300799",
    ),
    "a team's member who is not there": (lambda d: connhex(d)["teams"].update(new=["x"]), "$.states.connhex.teams.new[0]: there is no user 'x'"),
    "a text for a list": (lambda d: connhex(d)["teams"].update(new="ada"), "$.states.connhex.teams['new']: expected a list, not a text"),
    "a policy for a team that is not there": (
        lambda d: connhex(d)["policies"][0]["members"].insert(0, "team:local:x"),
        "$.states.connhex.policies[0].members[0]: there is no team 'x'",
    ),
    "an effect of another kind": (
        lambda d: connhex(d)["policies"][0]["statements"][0].update(effect="allow"),
        "$.states.connhex.policies[0].statements[0].effect: 'allow' is none of ALLOW, DENY",
    ),
    "a line with what no line has": (lambda d: d["script"]["lines"][0]["written"].update(anwser={}), "$.script.lines[0].written.anwser: "),
    "a line that names an event which cannot be": (
        lambda d: d["script"]["lines"][3]["written"].update(happen=[{"kii.rain": {}}]),
        "$.script.lines[3].written.happen[0]",
    ),
    "a line twice": (lambda d: twice(d["script"]["lines"]), "$.script.lines[5]: the name 'third-list' stands there already"),
    "a count of a line that is not there": (lambda d: d["script"]["seen"].update(x=1), "$.script.seen: there is no line 'x'"),
    "a line that has fired and is not there": (lambda d: d["script"]["fired"].append("x"), "$.script.fired: there is no line 'x'"),
    "no moment of the story's state": (lambda d: d["script"].update(since=None), "$.script.since: expected a number, not null"),
}


def twice_member(row: Any) -> None:
    group = next(group for group in row["groups"] if group["members"])
    group["members"].append(group["members"][0])


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_wrong_is_told_with_its_place(edit: str, vendors: Sequence[Vendor]) -> None:
    document = deepcopy(rich_world().document)
    change, told = EDITS[edit]
    change(document)
    with pytest.raises(ValueError, match=r"^snapshot: ") as caught:
        snapshot.restored("two", document, vendors)
    assert told in str(caught.value)


@pytest.mark.parametrize("document", [None, 5, "x", [], {}, {"format": 1}, {"format": []}, {1: 2}, {"format": {1}}], ids=str)
def test_what_is_no_document_is_refused(document: Any, vendors: Sequence[Vendor]) -> None:
    with pytest.raises(ValueError, match=r"^snapshot: "):
        snapshot.restored("two", document, vendors)


def test_a_document_that_holds_itself_is_refused(vendors: Sequence[Vendor]) -> None:
    document: Document = {"format": 1}
    document["states"] = document
    with pytest.raises(ValueError, match=r"^snapshot: "):
        snapshot.restored("two", document, vendors)


# ---------------------------------------------------------------------------------------------------- edited at random


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place in a document: what it is in, and its name or number there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield value, key
        yield from places(inner)


def edit_at_random(rng: Random, document: Document) -> None:
    """Change one place: to what programs stumble over, or, more often, to what could stand there."""
    found = list(places(document))
    within, key = rng.choice(found)
    alike = [holder[name] for holder, name in found if type(holder[name]) is type(within[key])]
    draw = rng.random()
    if draw < 0.1:
        del within[key]
    elif draw < 0.2:
        within[key] = odd.value(rng)
    elif draw < 0.25 and isinstance(within, dict):
        within[odd.text(rng)] = within.pop(key)
    elif draw < 0.35 and isinstance(within, list):
        within.insert(rng.randrange(len(within) + 1), deepcopy(rng.choice([within[key], rng.choice(alike)])))
    elif draw < 0.5 and isinstance(within, list):
        rng.shuffle(within)
    elif isinstance(within[key], str) and draw < 0.7:
        within[key] = odd.text(rng)
    elif isinstance(within[key], int | float) and not isinstance(within[key], bool):
        within[key] = rng.choice([0, 1, within[key] + 1, within[key] * 2, 2**31, 2**53 - 1, LAST, 1.5])
    else:
        within[key] = deepcopy(rng.choice(alike))


def outcome(seed: int) -> str:
    """Edit the rich world's document, and tell what came of it: refused, or taken into a world that answers."""
    rng, served = Random(seed), in_process()
    document = json.loads(json.dumps(rich_world().document))
    for _ in range(rng.choice((1, 1, 2, 3))):
        edit_at_random(rng, document)
    try:
        world = snapshot.restored("one", document, served.control.vendors)
    except ValueError as error:
        return "refused" if str(error).startswith("snapshot: ") else str(error)
    for state in world.states.values():
        json.dumps([state.view(), state.target("http://mock.localhost", "http://mock.localhost/world"), state.principals()])
    assert whole(copy_of(snapshot.dump(world), served.control.vendors)) == whole(world)
    answers = walk(served.server, world, deepcopy(rich_world().words)).on(rng.getrandbits(32) for _ in range(20))
    assert not [entry for entry in world.journal.entries if entry.status >= 500 and entry.decided != "script"]
    assert not [value for answer in answers for _, value in answer.headers if set(value) & set(b"\r\n")]
    return "taken"


def test_an_edited_document_is_refused_or_makes_a_world_that_answers() -> None:
    results = Counter(told(seed) for seed in range(SEEDS))
    assert set(results) == {"refused", "taken"}
    assert min(results.values()) > SEEDS / 5


SEEDS = 100


def told(seed: int) -> str:
    try:
        return outcome(seed)
    except Exception as error:
        raise AssertionError(f"edited with seed {seed}") from error
