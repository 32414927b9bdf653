"""A scenario's mistakes: each is told with its line, its field, what is wrong and what was expected; and what is no mistake is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.scenario import Scenario, ScenarioError, check_lines, inline, load
from ownership_contracts.mockserver.engine.story.reading import Source
from ownership_contracts.mockserver.engine.worlds import make_world

VENDORS = columns()


def told(folder: Path, text: str) -> list[str]:
    """The mistakes of a file with this text, without the file's name; none where it is good."""
    file = folder / "story.yaml"
    file.write_text(text)
    try:
        load(str(file), VENDORS)
    except ScenarioError as error:
        lines = str(error).splitlines()
        assert [line for line in lines if not line.startswith(f"{file}:")] == []
        return [line.removeprefix(f"{file}:") for line in lines]
    return []


def script(*lines: str) -> str:
    return "summary: s\nscript:\n" + "".join(f"  - {line}\n" for line in lines)


ANSWERS = "when: {operation: putUserOwner}, answer: {status: 204"
IN_YAML_ALONE = {
    "a name that is a number": (
        "summary: s\nworld: {kii: {apps: {7: {key: k}}}}\n",
        "2: $.world.kii.apps['7']: the name 7 is read as a number: put it in quotes",
    ),
    "a name that is a boolean, in a list": (
        script("when: {body: {a: {on: x}}}\n    state: start"),
        "3: $.script[0].when.body.a.on: the name on is read as",
    ),
    "a name given twice": ("summary: s\nabout: a\nabout: b\n", "3: $.about: the name is given twice here, first on line 2"),
    "a name given twice in a list": (script("{state: a, when: {}, state: b}"), "3: $.script[0].state: the name is given twice"),
    "a tag": ("summary: !!binary aGk=\n", "1: $.summary: the tag !!binary is not for scenarios"),
    "a set": ("summary: s\nworld: {kii: {apps: !!set {}}}\n", "2: $.world.kii.apps: the tag !!set"),
    "an endless number": (script("{when: {}, delay: .inf}"), "3: $.script[0].delay: .inf is no number that JSON has"),
    "an empty file": ("", "1: $: nothing stands here: an object was expected"),
    "a field with nothing behind it": ("summary: s\nworld:\n", "2: $.world: nothing stands here: an object was expected"),
    "a number too large": ("summary: s\nsettings: {kii: {code_life: 1" + "0" * 320 + "}}\n", "2: $.settings.kii.code_life: the number is too large"),
    "a number too large in a line": (script("{at: {after: 1" + "0" * 320 + "}, state: a}"), "3: $.script[0].at.after: the number is too large"),
    "a fraction too large": (script("{when: {}, delay: 1.0e+999}"), "3: $.script[0].delay: the number is too large"),
    "a number in sixties, too large": (script("{when: {}, delay: 1" + ":01" * 200 + "}"), "3: $.script[0].delay: the number is too large"),
    "a text that is a boolean": (script("{when: {state: no}, state: a}"), "3: $.script[0].when.state: no is read as a boolean, a text was expected"),
    "a line break in the middle": ("summary: s\nworld: {\n  kii: ]\n", "3: not YAML that can be read: while parsing"),
}
MISTAKES = {
    "a line called as the control API is": (script("{name: control, when: {}, delay: 1}"), "3: $.script[0].name: the journal says control of"),
    "no application, where the default world has several": (
        script("{at: {after: 1}, happen: [{kii.thing_deleted: {thing: lamp-01}}]}"),
        "3: $.script[0].happen[0]['kii.thing_deleted']: say which application with `app`; there is a1open01, b2lock02, c3none03",
    ),
    "an application that the world has not": (
        script("{when: {}, afterwards: [{kii.thing_deleted: {app: b, thing: t}}]}") + "world: {kii: {apps: {a: {key: k}}}}\n",
        "3: $.script[0].afterwards[0]['kii.thing_deleted']: there is no application 'b'; there is a",
    ),
    "a user that the world never has": (
        script("{when: {}, happen: [{connhex.device_manufactured: {device: d}}, {connhex.session_ended: {user: adda}}]}"),
        "3: $.script[0].happen[1]['connhex.session_ended']: no user 'adda': there is ada, bob",
    ),
    "a team that the world never has": (
        script("{when: {}, happen: [{connhex.member_leaves: {user: ada, team: none-such}}]}"),
        "3: $.script[0].happen[0]['connhex.member_leaves']: no team 'none-such': there is visitors, installers, guests, suspended",
    ),
    "nobody, where a credential is wanted": (
        script("{when: {operation: [listOwners, addOwner], principal: null}, delay: 1}"),
        "3: $.script[0].when.principal: each operation that is meant here wants a credential",
    ),
    "somebody, where no credential is wanted": (
        script("{when: {operation: '*ogin', vendor: connhex, principal: 'ada*'}, delay: 1}"),
        "3: $.script[0].when.principal: the operations that are meant here want no credential",
    ),
    "a label that is no vendorThingID": (
        "summary: s\nworld: {kii: {apps: {a: {key: k, things: {a lamp: {password: p}}}}}}\n",
        "2: $.world.kii.apps.a.things['a lamp']: the label is no vendorThingID",
    ),
    "an empty label": ("summary: s\nworld: {connhex: {users: {'': {}}, devices: {}}}\n", "2: $.world.connhex.users['']: \"\" is too short"),
    # ------------------------------------------------------------------------------------------------ the parts
    "a field misspelt": ("summary: s\nwrold: {}\n", '2: $.wrold: there is no "wrold" here; there is summary'),
    "no summary": ("about: a\n", "1: $: 'summary' is missing"),
    "an empty summary": ("summary: ' '\n", '1: $.summary: " ": a sentence'),
    "a list for a document": ("- a\n", '1: $: ["a"] is a list: an object was expected'),
    "a moment without a zone": ("summary: s\nclock: {now: 2026-01-01T00:00:00}\n", '2: $.clock.now: "2026-01-01T00:00:00": a moment in ISO 8601'),
    "a day that there is not": ("summary: s\nclock: {now: 2026-02-30T00:00:00Z}\n", "2: $.clock.now: '2026-02-30T00:00:00Z' is no date"),
    "a moment before the epoch": ("summary: s\nclock: {now: -1}\n", "2: $.clock.now: -1 is too small"),
    "a moment too late": ("summary: s\nclock: {now: 1.0e+15}\n", "2: $.clock.now: 1000000000000000.0 is no moment"),
    "an unknown pick": (
        "summary: s\nsettings:\n  kii: {wrong_cod: x}\n",
        '3: $.settings.kii.wrong_cod: there is no "wrong_cod" here; did you mean wrong_code?',
    ),
    "a bad option": ("summary: s\nsettings:\n  kii:\n    wrong_code: x\n", "4: $.settings.kii.wrong_code: 'x' is none of conflict, unauthorized"),
    # ------------------------------------------------------------------------------------------------ a line
    "neither when nor at": (script("{state: a}"), "3: $.script[0]: the line has neither `when` nor `at`"),
    "both when and at": (script("{when: {}, at: {after: 1}, state: a}"), "3: $.script[0]: the line has both `when` and `at`"),
    "a line that does nothing": (script("when: {}"), "3: $.script[0]: the line does nothing: one of happen"),
    "a moment at which nothing is done": (script("at: {after: 1}"), "3: $.script[0]: the line does nothing: `happen` or `state`"),
    "a moment with an answer": (
        script("at: {after: 1}\n    state: a\n    delay: 1"),
        "5: $.script[0].delay: a line that fires by the clock acts on no request",
    ),
    "a moment with after and time": (
        script("{at: {after: 1, time: 2026-01-01T00:00:00Z}, state: a}"),
        "3: $.script[0].at: one of `after` and `time`",
    ),
    "a time with a state": (
        script("{at: {time: 2026-01-01T00:00:00Z, state: start}, state: a}"),
        "3: $.script[0].at.state: a line fires at a `time` once",
    ),
    "a time without a zone": (script("{at: {time: 2026-01-01T00:00:00}, state: a}"), '3: $.script[0].at.time: "2026-01-01T00:00:00": a moment'),
    "a name twice": (script("{name: a, when: {}, state: a}", "{name: a, when: {}, state: b}"), "4: $.script[1].name: the name a is that of line 1"),
    "a name that another line has by its number": (
        script("{name: line-2, when: {}, state: a}", "{when: {}, state: b}"),
        "4: $.script[1]: the name line-2",
    ),
    "a name with capitals": (script("{name: Out, when: {}, state: a}"), '3: $.script[0].name: "Out": a name of a-z and 0-9'),
    "a state that none enters": (
        script("{when: {state: dwn}, state: down}"),
        '3: $.script[0].when.state: the script never enters this state: there is no "dwn"',
    ),
    "a moment's state that none enters": (
        script("{at: {after: 1, state: x}, state: a}"),
        "3: $.script[0].at.state: the script never enters this state",
    ),
    "a delay too long": (script("{when: {}, delay: 301}"), "3: $.script[0].delay: 301 is too large: at most 300"),
    "a delay of a part too long": (script("{when: {}, delay: {request: 301}}"), "3: $.script[0].delay.request: 301 is too large"),
    "a delay of no part": (
        script("{when: {}, delay: {reqest: 1}}"),
        '3: $.script[0].delay.reqest: there is no "reqest" here; there is request, answer; did you mean request?',
    ),
    "a delay that is a text": (script("{when: {}, delay: '1'}"), '3: $.script[0].delay: "1" is a text: a number was expected'),
    "the zeroth time": (script("{when: {nth: 0}, state: a}"), "3: $.script[0].when.nth: 0 is too small"),
    "times that end before they begin": (
        script("{when: {nth: {from: 3, to: 2}}, state: a}"),
        "3: $.script[0].when.nth: it begins at 3 and ends before, at 2",
    ),
    "drop and cut": (script("{when: {}, drop: true, cut: 1}"), "3: $.script[0].cut: an answer leaves in one way alone: `drop`"),
    "drop and an answer": (script("{" + ANSWERS + "}, drop: true}"), "3: $.script[0].answer: with `drop` no answer leaves"),
    "drop: false": (script("{when: {}, drop: false}"), "3: $.script[0].drop: false is not what is possible here, which is true alone"),
    "serve alone": (script("{when: {}, serve: false, delay: 1}"), "3: $.script[0].serve: it belongs to `answer` or `drop`"),
    "afterwards without a before": (
        script("{" + ANSWERS + "}, afterwards: [{kii.flag_changes: {app: a1open01, require_password: true}}]}"),
        "3: $.script[0].afterwards: the operation does not run here",
    ),
    "garble on the contract": (
        script("{when: {}, garble: true}"),
        "3: $.script[0].garble: no vendor documents such an answer: put `off_contract: true`",
    ),
    # ------------------------------------------------------------------------------------------------ which requests
    "an operation misspelt": (
        script("{when: {operation: confirmOwnershp}, state: a}"),
        '3: $.script[0].when.operation: there is no "confirmOwnershp" here; did you',
    ),
    "one of several misspelt": (script("{when: {operation: [register, whoam]}, state: a}"), '3: $.script[0].when.operation[1]: there is no "whoam"'),
    "a glob that fits nothing": (script("{when: {operation: 'x*'}, state: a}"), "3: $.script[0].when.operation: fits no operation"),
    "a glob of more than stars": (script("{when: {operation: 'confirm?wner*'}, state: a}"), "3: $.script[0].when.operation: fits no operation"),
    "another vendor's operation": (
        script("{when: {vendor: kii, operation: register}, state: a}"),
        '3: $.script[0].when.operation: there is no "register"',
    ),
    "an operation that is a number": (
        script("{when: {operation: 7}, state: a}"),
        "3: $.script[0].when.operation: 7 is read as a number, a text was expected",
    ),
    "an unknown vendor": (script("{when: {vendor: acme}, state: a}"), '3: $.script[0].when.vendor: there is no "acme" here; there is kii, connhex'),
    "a principal that is a number": (
        script("{when: {principal: 7}, state: a}"),
        "3: $.script[0].when.principal: 7 is read as a number, a text or null",
    ),
    "a path parameter that none has": (
        script("{when: {path: {thing: x}}, state: a}"),
        "3: $.script[0].when.path.thing: no operation that is meant here has it",
    ),
    "a path parameter that this one has not": (
        script("{when: {operation: register, path: {appID: x}}, state: a}"),
        "3: $.script[0].when.path.appID: no operation that is meant here has it",
    ),
    "a query parameter that none has": (
        script("{when: {query: {flw: x}}, state: a}"),
        "3: $.script[0].when.query.flw: no operation that is meant here has it",
    ),
    "a body where none is taken": (
        script("{when: {operation: whoami, body: {a: 1}}, state: a}"),
        "3: $.script[0].when.body: no operation that is meant here takes",
    ),
    "parameters that no one operation has": (
        script("{when: {path: {appID: x}, query: {flow: x}}, state: a}"),
        "3: $.script[0].when: no operation has all",
    ),
    # ------------------------------------------------------------------------------------------------ what is answered
    "an answer without a status": (script("{when: {}, answer: {}}"), "3: $.script[0].answer: 'status' is missing"),
    "a status that is none": (script("{when: {}, answer: {status: 99}}"), "3: $.script[0].answer.status: 99 is too small"),
    "a header that is a number": (
        script("{" + ANSWERS + ", headers: {Retry-After: 30}}}"),
        "3: $.script[0].answer.headers.Retry-After: 30 is read as a number",
    ),
    "a header with a line break": (
        script("{" + ANSWERS + ', headers: {X: "a\\nb"}}}'),
        '3: $.script[0].answer.headers.X: "a\\nb": a value that can be sent',
    ),
    "a header's name with a space": (
        script("{" + ANSWERS + ", headers: {a b: x}}}"),
        "3: $.script[0].answer.headers['a b']: \"a b\": the name of a header field",
    ),
    "a header that frames": (
        script("{" + ANSWERS + ", headers: {content-Length: '5'}}}"),
        "3: $.script[0].answer.headers.content-Length: the server itself says",
    ),
    "a header in capitals and not": (
        script("{" + ANSWERS + ", headers: {Retry-After: '1', retry-after: '2'}}, off_contract: true}"),
        "3: $.script[0].answer.headers.retry-after: the header is given twice",
    ),
    "a body where there can be none": (
        script("{when: {}, off_contract: true, answer: {status: 204, body: {}}}"),
        "3: $.script[0].answer.body: an answer with 204 has no body",
    ),
    "a status that is not documented": (
        script("{when: {operation: listOwners}, answer: {status: 503}}"),
        "3: $.script[0].answer: the spec of listOwners does not have it: status 503 is not documented for listOwners; put `off_",
    ),
    "a status that one of several does not document": (
        script("{when: {operation: [whoami, register]}, answer: {status: 409, body: {}}}"),
        "3: $.script[0].answer: the spec of register (and 1 more of the operations",
    ),
    "a body that is not documented": (
        script("{when: {operation: confirmOwnership}, answer: {status: 409, media_type: application/json, body: {why: 1}}}"),
        "3: $.script[0].answer: the spec of confirmOwnership does not have it: ",
    ),
    # ------------------------------------------------------------------------------------------------ what happens
    "an event misspelt": (
        script("{when: {}, happen: [{kii.member_leves: {}}]}"),
        "3: $.script[0].happen[0]['kii.member_leves']: there is no \"kii.member_leves\"",
    ),
    "an argument that the event has not": (
        script("{when: {}, happen: [{connhex.claimed: {device: d, user: u, thing: x}}]}"),
        "3: $.script[0].happen[0]['connhex.claimed'].thing: there is no \"thing\" here; there is ",
    ),
    "an event without what it needs": (
        script("{when: {}, happen: [{connhex.claimed: {user: u}}]}"),
        "3: $.script[0].happen[0]['connhex.claimed']: 'device' is missing",
    ),
    "two events in one": (
        script("{when: {}, happen: [{connhex.device_removed: {device: d}, connhex.user_deleted: {user: u}}]}"),
        "3: $.script[0].happen[0]: there are 2 names where one item has at most 1",
    ),
    "no event": (script("{when: {}, happen: []}"), "3: $.script[0].happen: [] is too short"),
}


@pytest.mark.parametrize("kind", [*IN_YAML_ALONE, *MISTAKES])
def test_a_mistake_is_told_with_its_line_its_field_and_what_was_expected(kind: str, tmp_path: Path) -> None:
    text, wanted = {**IN_YAML_ALONE, **MISTAKES}[kind]
    found = told(tmp_path, text)
    assert [line[: len(wanted)] for line in found] == [wanted], found


def test_every_mistake_is_told_in_the_documents_order(tmp_path: Path) -> None:
    text = """summary: s
wrold: {}
settings:
  kii:
    wrong_code: x
script:
  - {when: {operation: confirmOwnershp}, garble: true}
  - {when: {}, delay: 301}
"""
    places = [line.split(": ")[:2] for line in told(tmp_path, text)]
    assert places == [
        ["2", "$.wrold"],
        ["5", "$.settings.kii.wrong_code"],
        ["7", "$.script[0].when.operation"],
        ["7", "$.script[0].garble"],
        ["8", "$.script[1].delay"],
    ]


DANGLING = {
    "a member": ("kii: {apps: {a: {key: k, users: {u: {}}, groups: {g: {members: [u, x, y]}}}}}", ["$.world.kii.apps.a.groups.g.members"] * 2),
    "owners": (
        "kii: {apps: {a: {key: k, things: {t: {password: p, owners: {users: [x]}}, s: {password: p, owners: {groups: [y]}}}}}}",
        ["$.world.kii.apps.a.things.t.owners.users", "$.world.kii.apps.a.things.s.owners.groups"],
    ),
    "both vendors": (
        "kii: {apps: {a: {key: k, groups: {g: {members: [x]}}}}}\n  connhex: {users: {}, teams: {t: [y]}, devices: {}}",
        ["$.world.kii.apps.a.groups.g.members", "$.world.connhex.teams.t"],
    ),
    "a policy's members": (
        "connhex: {users: {u: {}}, devices: {}, policies: {p: {members: [u, x, 'team:local:t'], statements: []}}}",
        ["$.world.connhex.policies.p.members"] * 2,
    ),
    "a token of two": (
        "kii: {apps: {a: {key: k, users: {u: {token: t}, v: {token: t}}}}}",
        ["$.world.kii.apps.a.users.v.token"],
    ),
}


@pytest.mark.parametrize("kind", DANGLING)
def test_what_dangles_in_a_world_is_told_with_its_place_each_of_it(kind: str, tmp_path: Path) -> None:
    world, places = DANGLING[kind]
    found = told(tmp_path, f"summary: s\nworld:\n  {world}\n")
    assert [line.split(": ")[1] for line in found] == places, found
    assert {line.split(":")[0] for line in found} <= {"3", "4"}


GOOD = {
    "events of what may come": script(
        "{when: {}, happen: [{kii.user_deleted: {app: a1open01, user: later}}, {connhex.claimed: {device: later, user: ada}}]}"
    ),
    "an event without its application, where there is one": (
        script("{when: {}, happen: [{kii.thing_deleted: {thing: later}}]}") + "world: {kii: {apps: {a: {key: k}}}}\n"
    ),
    "nobody, where some want no credential": script("{when: {principal: null}, delay: 1}", "{when: {operation: login, principal: null}, delay: 1}"),
    "a principal, whatever the operation": script("{when: {principal: ada by *}, delay: 1}"),
    "a label that is no vendorThingID beside one": (
        "summary: s\nworld: {kii: {apps: {a: {key: k, things: {a lamp: {vendor_id: lamp, password: p}}}}}}\n"
    ),
    "no world": "summary: s\n",
    "one vendor's world": "summary: s\nworld: {connhex: {users: {}, devices: {}}}\n",
    "an answer off the contract that says so": script("{when: {operation: listOwners}, answer: {status: 503}, off_contract: true}"),
    "an answer that is documented": script(
        "{when: {operation: [putUserOwner, putGroupOwner]}, answer: {status: 204}}",
    ),
    "a garbled answer that says so": script("{when: {}, garble: true, off_contract: true}"),
    "states that are entered": script("{when: {state: start}, state: a}", "{at: {after: 1, state: a}, state: start}"),
    "merged names": "summary: s\nworld: {kii: {apps: {a: &a {key: k}, b: {<<: *a, key: l}}}}\n",
    "quoted names": "summary: s\nworld: {kii: {apps: {'007': {key: '0123', users: {'no': {}}}}}}\n",
    "a date for a text": "summary: s\nworld: {kii: {apps: {a: {key: 2026-01-01}}}}\n",
}


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_no_mistake_is_taken(kind: str, tmp_path: Path) -> None:
    assert told(tmp_path, GOOD[kind]) == []


@pytest.mark.parametrize("kind", [kind for kind in MISTAKES if MISTAKES[kind][0].startswith("summary: s")])
def test_over_the_control_api_a_mistake_has_the_same_words_and_no_line(kind: str) -> None:
    text, wanted = MISTAKES[kind]
    place = wanted.split(": ")[1]
    with pytest.raises(ScenarioError) as caught:
        inline(Source("story.yaml", text).value, VENDORS)
    assert [str(mistake).split(": ")[0] for mistake in caught.value.mistakes] == [place]


def test_an_inline_scenario_is_the_same_as_one_in_a_file(tmp_path: Path) -> None:
    text = (
        "summary: s\nabout: what\nclock: {now: '2026-01-01T00:00:00Z', frozen: true}\nsettings: {kii: {code_length: 9}}\n"
        "world: {kii: {apps: {}}}\nscript: [{when: {}, delay: 1}]\n"
    )
    file = tmp_path / "story.yaml"
    file.write_text(text)
    one, other = load(str(file), VENDORS), inline(yaml.safe_load(text), VENDORS)
    assert (other.name, other.files, one.files) == ("inline", (), (str(file),))

    def without(story: Scenario) -> dict[str, Any]:
        return {name: value for name, value in vars(story).items() if name not in ("name", "files")}

    assert without(one) == without(other)
    assert one.about == "what"


def test_lines_that_are_loaded_later_may_name_states_of_the_others_and_nothing_else_is_let_pass() -> None:
    check_lines([{"when": {"state": "down"}, "delay": 1}, {"at": {"after": 1, "state": "up"}, "state": "down"}], VENDORS)
    rows: list[Mapping[str, Any]] = [{"when": {"operation": "nothing"}, "delay": 1}, {"when": {}, "garble": True}, {"wen": {}}]
    with pytest.raises(ScenarioError) as caught:
        check_lines(rows, VENDORS)
    assert [(mistake.place, mistake.line) for mistake in caught.value.mistakes] == [
        ((0, "when", "operation"), None),
        ((1, "garble"), None),
        ((2, "wen"), None),
    ]


def test_a_line_about_a_vendor_that_is_not_served_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(script("{when: {operation: register}, happen: [{connhex.device_removed: {device: d}}]}"))
    assert load(str(file), columns(["kii"])).script
    file.write_text(script("{when: {operation: registr}, state: a}"))
    with pytest.raises(ScenarioError, match="register"):
        load(str(file), columns(["kii"]))


def test_aliases_that_grow_without_bound_and_texts_nested_without_end_are_refused_quickly(tmp_path: Path) -> None:
    rows = "\n".join(f"  l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 12))
    texts = (f"summary: s\nworld:\n  l0: &l0 [x]\n{rows}\n", "summary: s\nworld: &w {kii: *w}\n", "summary: s\nworld: " + "[" * 100 + "]" * 100)
    for text in texts:
        found = told(tmp_path, text)
        assert len(found) == 1
        assert "not YAML that can be read" in found[0]


def test_the_scenarios_clock_is_the_worlds_and_things_are_made_at_its_time() -> None:
    apps = {"a": {"key": "k", "things": {"t": {"password": "p"}}}}
    document = {"summary": "s", "clock": {"now": "2026-01-01T01:00:00+01:00", "frozen": True}, "world": {"kii": {"apps": apps}}}
    world = make_world("w", inline(document, VENDORS), VENDORS, "seed", {})
    assert (world.clock.now(), world.clock.frozen) == (1767225600.0, 1767225600.0)
    state: Any = world.states["kii"]
    assert [thing.created for thing in state.apps["a"].things.values()] == [1767225600.0]
    running = make_world("w", inline({**document, "clock": {"now": 1000}}, VENDORS), VENDORS, "seed", {})
    assert (running.clock.frozen, 1000 <= running.clock.now() < 1100) == (None, True)
