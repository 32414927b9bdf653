"""The commands about scenarios: check, scenarios, schema; and the schema that is published."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.columns import columns
from ownership_contracts.mockserver.engine.scenario import names

from tests.serving import MOCK

Run = Callable[..., subprocess.CompletedProcess[str]]
FOLDER = Path(__file__).parent.parent.parent / "mockserver"
PUBLISHED = FOLDER / "scenario.schema.json"
SCHEMA: dict[str, Any] = json.loads(PUBLISHED.read_text())
SHIPPED = sorted(FOLDER.glob("**/scenarios/*.yaml"))
README = (FOLDER / "README.md").read_text()
LONGEST = 60

BAD = """summary: Two mistakes.
world:
  kii: {apps: {a: {key: k, groups: {g: {members: [ghost]}}}}}
script:
  - when: {operation: confirmOwnership*}
    answer: {status: 503}
  - when: {operation: confirmOwnershp}
    state: down
"""
MISTAKES = [":3: $.world.kii.apps.a.groups.g.members: ", ":6: $.script[0].answer: ", ":7: $.script[1].when.operation: "]


def words(text: str) -> str:
    return " ".join(text.split())


# ---------------------------------------------------------------------------------------------------- check


def test_check_says_good_of_every_shipped_scenario(run: Run) -> None:
    assert len(SHIPPED) >= len(specs.vendors())
    ended = run(*MOCK, "check", *map(str, SHIPPED), timeout=LONGEST)
    assert (ended.returncode, ended.stdout.splitlines(), ended.stderr) == (0, [f"{file}: good" for file in SHIPPED], "")


def test_check_tells_every_mistake_of_every_file_and_ends_with_2(run: Run, tmp_path: Path) -> None:
    bad, good, none = tmp_path / "bad.yaml", tmp_path / "good.yaml", tmp_path / "none.yaml"
    bad.write_text(BAD)
    good.write_text("summary: Nothing happens.\n")
    ended = run(*MOCK, "check", str(bad), str(good), str(none), "default", timeout=LONGEST)
    lines = ended.stdout.splitlines()
    assert (ended.returncode, ended.stderr, len(lines)) == (2, "", len(MISTAKES) + 3), ended.stdout
    assert [line for line, wanted in zip(lines, MISTAKES, strict=False) if not line.startswith(f"{bad}{wanted}")] == []
    assert lines[3] == f"{good}: good"
    assert str(none) in lines[4]
    assert lines[5] == "default: good"


def test_a_server_refuses_the_file_with_the_words_of_the_check(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(BAD)
    checked = run(*MOCK, "check", str(bad), timeout=LONGEST)
    served = run(*MOCK, "serve", "--port", "0", "--scenario", str(bad), timeout=LONGEST)
    assert (served.returncode, served.stdout, served.stderr) == (2, "", checked.stdout)


# ---------------------------------------------------------------------------------------------------- scenarios


def listed(run: Run, width: int | None = None) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | ({"COLUMNS": str(width)} if width else {})
    ended = subprocess.run(
        [*MOCK, "scenarios"], capture_output=True, text=True, timeout=LONGEST, check=True, stdin=subprocess.DEVNULL, env=environment
    )
    return ended.stdout


def test_scenarios_lists_each_with_its_vendors_and_its_summary(run: Run) -> None:
    rows = [re.split(r"\s{2,}", line) for line in listed(run).splitlines()]
    assert [row[0] for row in rows] == names(columns())
    texts = {file: yaml.safe_load(file.read_text()) for file in SHIPPED}
    for name, vendors, summary in rows:
        files = [file for file in SHIPPED if file.stem == name]
        assert set(vendors.split(", ")) == {vendor for file in files for vendor in texts[file].get("world", specs.vendors())}
        assert all(words(texts[file]["summary"]) in words(summary) for file in files)


def test_the_list_is_as_wide_as_the_terminal(run: Run) -> None:
    narrow, wide = listed(run, 90), listed(run)
    assert max(map(len, narrow.splitlines())) <= 90
    assert words(narrow) == words(wide)
    assert len(wide.splitlines()) == len(names(columns()))
    column = {len("  ".join(re.split(r"(?<=  )(?=\S)", line)[:2])) - 2 for line in wide.splitlines()}
    assert {len(line) - len(line.lstrip()) for line in narrow.splitlines() if line[0] == " "} == column


def test_a_scenarios_name_brings_its_story_and_its_file(run: Run) -> None:
    told = json.loads(run(*MOCK, "scenarios", "--json", timeout=LONGEST).stdout)
    story = next(row for row in told if row["about"])
    text = run(*MOCK, "scenarios", story["name"], timeout=LONGEST).stdout
    assert words(story["about"]) in words(text)
    assert words(story["summary"]) in words(text)
    file = Path(text.splitlines()[-1])
    assert yaml.safe_load(file.read_text())["about"].strip() == story["about"]
    assert [str(file)] == story["files"]


def test_a_name_that_no_scenario_has_is_refused(run: Run) -> None:
    ended = run(*MOCK, "scenarios", "none-such", timeout=LONGEST)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "none-such" in ended.stderr
    assert "default" in ended.stderr


# ---------------------------------------------------------------------------------------------------- the schema


def test_the_published_schema_is_what_the_command_prints(run: Run) -> None:
    ended = run(*MOCK, "schema", timeout=LONGEST)
    assert ended.returncode == 0
    assert PUBLISHED.read_text() == ended.stdout, "run: ownership-mock schema > mockserver/scenario.schema.json"


def fields(schema: Any, place: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field that the schema names, and the place where it does."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from fields(part, f"{place}[{index}]")
    elif isinstance(schema, dict):
        for name, part in schema.items():
            if name in ("properties", "$defs"):
                for field, inner in part.items():
                    if name == "properties":
                        yield f"{place}.{field}", inner
                    yield from fields(inner, f"{place}.{field}")
            else:
                yield from fields(part, f"{place}.{name}")


def test_the_published_schema_is_one_and_describes_every_field() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert [place for place, part in fields(SCHEMA) if len(part.get("description", "")) < 7] == []
    for vendor in specs.vendors():
        picks = SCHEMA["properties"]["settings"]["properties"][vendor]["properties"]
        assert set(picks) == set(specs.ledger(vendor).picks)
        assert [name for name, pick in picks.items() if "default" not in pick or "description" not in pick] == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.parent.name}/{file.stem}")
def test_every_shipped_scenario_points_to_the_published_schema_and_fits_it(file: Path) -> None:
    text = file.read_text()
    fits = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", text.splitlines()[0])
    assert fits
    assert (file.parent / fits[1]).resolve() == PUBLISHED.resolve()
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text))] == []


WRONG: dict[str, dict[str, Any]] = {
    "a field misspelt": {"wrold": {}},
    "an option that the pick has not": {"settings": {"kii": {"wrong_code": "x"}}},
    "a pick that the ledger has not": {"settings": {"kii": {"x": 1}}},
    "a world off its schema": {"world": {"kii": {"apps": {"a": {}}}}},
    "a line with when and at": {"script": [{"when": {}, "at": {"after": 1}, "state": "a"}]},
    "a line with neither": {"script": [{"state": "a"}]},
    "a moment with an answer": {"script": [{"at": {"after": 1}, "answer": {"status": 204}}]},
    "an operation misspelt": {"script": [{"when": {"operation": "confirmOwnershp"}, "state": "a"}]},
    "an event misspelt": {"script": [{"when": {}, "happen": [{"kii.x": {}}]}]},
    "an event's argument misspelt": {"script": [{"when": {}, "happen": [{"connhex.device_removed": {"devise": "x"}}]}]},
    "a clock without a zone": {"clock": {"now": "2026-01-01T00:00:00"}},
    "a delay too long": {"script": [{"when": {}, "delay": 301}]},
}


@pytest.mark.parametrize("kind", WRONG)
def test_an_editor_sees_what_is_off_the_published_schema(kind: str) -> None:
    assert not list(Draft202012Validator(SCHEMA).iter_errors({"summary": "s"}))
    assert list(Draft202012Validator(SCHEMA).iter_errors({"summary": "s", **WRONG[kind]}))


def test_an_editor_completes_operations_and_events() -> None:
    defined = SCHEMA["$defs"]
    for vendor in columns():
        assert set(vendor.operations) <= set(defined["operation"]["anyOf"][0]["enum"])
        for name, event in vendor.events.items():
            offered = defined["event"]["properties"][f"{vendor.name}.{name}"]
            assert offered == {"description": event.says, **event.arguments}
            assert (offered["type"], offered["additionalProperties"]) == ("object", False)
            assert [argument for argument, part in offered["properties"].items() if not part.get("description")] == []


# ---------------------------------------------------------------------------------------------------- the README


def test_the_readmes_scenario_is_good(run: Run, tmp_path: Path) -> None:
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)):
        (tmp_path / f"{number}.yaml").write_text(text)
    ended = run(*MOCK, "check", *map(str, sorted(tmp_path.iterdir())), timeout=LONGEST)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout


def test_the_readmes_tell_every_field_every_event_and_every_command(run: Run) -> None:
    line = SCHEMA["$defs"]["line"]["properties"]
    told = set(re.findall(r"`([a-z_]+)`", " ".join(row.split("|")[1] for row in README.splitlines() if row.startswith("|"))))
    fields = {*SCHEMA["properties"], *line, *line["when"]["properties"], *line["at"]["properties"]}
    assert fields <= told
    events = {
        f"| `{vendor.name}.{name}` | {', '.join(_argument(event.arguments, one) for one in event.arguments['properties'])} | {event.says} |"
        for vendor in columns()
        for name, event in vendor.events.items()
    }
    assert {row for row in README.splitlines() if re.match(r"\| `[a-z]+\.", row)} == events
    whole = README + (FOLDER.parent / "README.md").read_text()
    commands = set(re.findall(r"^ownership-mock ([a-z]+)", whole, re.MULTILINE))
    assert commands == set(re.findall(r"^    ([a-z]+) ", run(*MOCK, "--help", timeout=LONGEST).stdout, re.MULTILINE))


def _argument(schema: dict[str, Any], name: str) -> str:
    return f"`{name}`" if name in schema.get("required", ()) else f"`{name}`?"
