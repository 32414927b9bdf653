"""Scenarios: what is shipped serves, what is written in a file is checked to the letter, and settings are the ledger's picks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.scenario import Scenario, ScenarioError, load, names, shipped
from ownership_contracts.mockserver.engine.settings import settle
from ownership_contracts.mockserver.engine.worlds import make_world

VENDORS = columns()


def in_file(folder: Path, text: str) -> Scenario:
    file = folder / "story.yaml"
    file.write_text(text)
    return load(str(file), VENDORS)


@pytest.mark.parametrize("name", names(VENDORS))
def test_every_shipped_scenario_makes_a_world_that_can_be_seen(name: str) -> None:
    story = shipped(name, VENDORS)
    world = make_world("w", story, VENDORS, None, {})
    assert (story.name, world.scenario) == (name, name)
    assert len(story.summary) > 10
    for vendor in specs.vendors():
        state = world.states[vendor]
        assert state.principals()
        assert state.view()
        assert state.target("http://x", "http://x")["picks"] == settle(vendor, story.settings.get(vendor, {}))


def test_a_scenario_named_over_http_is_never_a_file(tmp_path: Path) -> None:
    (tmp_path / "story.yaml").write_text("summary: s\nworld: {kii: {apps: {}}}\n")
    with pytest.raises(ScenarioError, match="default"):
        shipped(str(tmp_path / "story.yaml"), VENDORS)


def test_a_file_of_a_scenarios_name_does_not_stand_in_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "default").write_text("summary: Another.\nworld: {kii: {apps: {}}}\n")
    monkeypatch.chdir(tmp_path)
    assert load("default", VENDORS).summary != "Another."


def test_the_part_of_a_vendor_that_is_not_served_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text("summary: s\nworld: {kii: {anything: 1}, connhex: {users: {}, devices: {}}}\nsettings: {kii: {anything: 1}}\n")
    story = load(str(file), columns(["connhex"]))
    assert (list(story.world), story.settings) == (["connhex"], {})
    with pytest.raises(ScenarioError, match=r"\$\.world\.kii"):
        load(str(file), VENDORS)


NUMBERS_FOR_NAMES = {
    "application": "kii: {apps: {12345678: {key: k}}}",
    "user": "kii: {apps: {a: {key: k, users: {1: {}}}}}",
    "group": "kii: {apps: {a: {key: k, groups: {1: {members: []}}}}}",
    "thing": "kii: {apps: {a: {key: k, things: {1: {password: p}}}}}",
    "device": "connhex: {users: {}, devices: {0123456: {}}}",
    "owner": "connhex: {users: {1: {}}, devices: {}}",
    "team": "connhex: {users: {u: {}}, teams: {1: [u]}, devices: {}}",
    "policy": "connhex: {users: {u: {}}, policies: {1: {members: [u], statements: []}}, devices: {}}",
}


@pytest.mark.parametrize("kind", NUMBERS_FOR_NAMES)
def test_a_name_that_yaml_reads_as_a_number_is_refused(kind: str, tmp_path: Path) -> None:
    """No request could name such a thing: what comes in a path or a body is text, and 0123456 is 42798 by then."""
    with pytest.raises(ValueError, match=r"12345678|42798|1"):
        make_world("w", in_file(tmp_path, f"summary: s\nworld: {{{NUMBERS_FOR_NAMES[kind]}}}\n"), VENDORS, "seed", {})


WRONG_PARTS = {
    "a key that is misspelt": ("kii: {apps: {a: {key: k, user: {}}}}", "user"),
    "an application without a key": ("kii: {apps: {a: {}}}", "key"),
    "a vendor_id with a space": ("kii: {apps: {a: {key: k, things: {t: {password: p, vendor_id: 'a b'}}}}}", "vendor_id"),
    "a vendor_id too long": ("kii: {apps: {a: {key: k, things: {t: {password: p, vendor_id: %s}}}}}" % ("x" * 201), "vendor_id"),
    "a vendor_id with a line break": ('kii: {apps: {a: {key: k, things: {t: {password: p, vendor_id: "x\\n"}}}}}', "vendor_id"),
    "a password that is empty": ("kii: {apps: {a: {key: k, things: {t: {password: ''}}}}}", "password"),
    "a password that is a number": ("kii: {apps: {a: {key: k, things: {t: {password: 1234}}}}}", "password"),
    "a flag that is a text": ("kii: {apps: {a: {key: k, require_password: 'no'}}}", "require_password"),
    "an effect that is neither": (
        "connhex: {users: {u: {}}, devices: {}, policies: {p: {members: [u], statements: [{effect: MAYBE, actions: [a], resources: [r]}]}}}",
        "effect",
    ),
    "a statement without actions": (
        "connhex: {users: {u: {}}, devices: {}, policies: {p: {members: [u], statements: [{effect: ALLOW, actions: [], resources: [r]}]}}}",
        "actions",
    ),
    "a vendor that is a list": ("kii: []", "kii"),
}


@pytest.mark.parametrize("kind", WRONG_PARTS)
def test_a_part_off_its_schema_is_refused_and_the_message_says_where(kind: str, tmp_path: Path) -> None:
    part, told = WRONG_PARTS[kind]
    with pytest.raises(ScenarioError, match=rf"story\.yaml:2: \$\.world\..*{told}"):
        in_file(tmp_path, f"summary: s\nworld: {{{part}}}\n")


@pytest.mark.parametrize("vendor", specs.vendors())
def test_every_option_of_every_pick_is_taken_and_nothing_else_is(vendor: str) -> None:
    picks = specs.ledger(vendor).picks
    assert settle(vendor, {}) == {name: pick.default for name, pick in picks.items()}
    for name, pick in picks.items():
        for option in pick.options or ():
            assert settle(vendor, {name: option})[name] == option
        wrong_values: tuple[Any, ...] = ("none-such", None, [], {}, -1, 0.5)
        for wrong in wrong_values:
            with pytest.raises(ValueError, match=rf"settings\.{vendor}\.{name}"):
                settle(vendor, {name: wrong})


def test_a_setting_over_http_counts_before_the_scenarios_own(tmp_path: Path) -> None:
    story = in_file(tmp_path, "summary: s\nworld: {kii: {apps: {}}}\nsettings: {kii: {wrong_code: unauthorized, code_length: 9}}\n")
    chosen: dict[str, Any] = {"kii": {"code_length": 5}}
    settings = make_world("w", story, VENDORS, None, chosen).states["kii"].settings
    assert (settings["wrong_code"], settings["code_length"], settings["foreign_code"]) == ("unauthorized", 5, "conflict")


def test_a_story_of_any_vendor_begins_where_one_vendor_alone_is_served() -> None:
    for vendor in VENDORS:
        story = load("outage", [vendor])
        assert (list(story.world), len(story.script) > 0) == ([vendor.name], True)
