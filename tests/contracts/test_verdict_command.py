"""The verdict as the command gives it: exit code, sentence, and what every report says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ownership_contracts.contracts import edition
from ownership_contracts.contracts.edition import Edition

from .commands import Ended, main
from .samples import CREATED, connhex_table, kii_app, knowing, owners, target_file
from .stub import Reply, Request, reply, stub

CLAIM, UNKNOWN = "claim-answers-201-and-a-resource-id", "unknown-device-is-refused"
CLAUSE, OF_UNKNOWN = "connhex-post.201", "connhex-post.validates-device"
ROWS = f"{CLAIM} or ({UNKNOWN} and not beside)"
FORMS = {"json": "out.json", "junit": "out.xml", "csv": "out.csv", "markdown": "out.md", "html": "out.html"}
Answer = Callable[[Request], Reply]


def refusing(request: Request) -> Reply:
    """A deployment that refuses a device that it does not know, and takes every other."""
    return reply(400, {"code": 400, "message": "no"}) if b"NO-SUCH" in request.body else reply(201, CREATED)


def careless(request: Request) -> Reply:
    return reply(201, CREATED)


def away(request: Request) -> Reply:
    """One that is not there for the second of the rows."""
    return reply(503) if b"NO-SUCH" in request.body else reply(201, CREATED)


def ran(
    folder: Path, answer: Answer, *words: str, rows: str = ROWS, tables: dict[str, Any] | None = None, **connhex: Any
) -> tuple[Ended, dict[str, str]]:
    """A run of two rows, and every form of its report. connhex: what its table says too, where tables are not given."""
    files = [word for form, name in FORMS.items() for word in (f"--{form}", str(folder / name))]
    with stub(knowing(answer)) as running:
        target = target_file(folder, running.url, **(tables or {"connhex": connhex_table(**connhex)}))
        ended = main("run", "--target", str(target), "--layer", "case", "-k", rows, *files, *words)
    return ended, {form: (folder / name).read_text() for form, name in FORMS.items() if (folder / name).exists()}


def baseline(folder: Path, *, expires: str = "2999-12-31", **named: str) -> tuple[str, str]:
    file = folder / "baseline.yaml"
    (field, name), *_ = named.items()
    file.write_text(f"- {field}: {name}\n  vendor: connhex\n  reason: the ticket 17\n  expires: {expires}\n")
    return "--baseline", str(file)


def without_markup(text: str) -> str:
    """The report with what a form escapes written out."""
    for escaped, plain in (("&#58;", ":"), ("&#42;", "*"), ("&#95;", "_"), ("&#40;", "("), ("&#41;", ")"), ("&#39;", "'")):
        text = text.replace(escaped, plain)
    return text


def test_what_could_not_be_judged_is_not_enough_and_breaks_nothing(tmp_path: Path) -> None:
    ended, forms = ran(tmp_path, away)
    sentence = "Not enough was checked to let it go out: 1 clause could not be judged to the end."
    assert (ended.code, ended.out.splitlines()[-1]) == (3, sentence)
    assert "the deployment was not there: status 503" in ended.out
    assert [form for form, text in forms.items() if sentence not in without_markup(text) and form != "csv"] == []
    assert json.loads(forms["json"])["exit_code"] == 3
    assert forms["markdown"].startswith("## ⚠️ Not enough")
    assert '<header class="open">' in forms["html"]


def test_nothing_that_could_be_judged_is_no_run(tmp_path: Path) -> None:
    ended, _ = ran(tmp_path, lambda request: reply(503) if request.path == "/ownerships" else reply(404))
    assert ended.code == 2
    assert "no row was judged" in ended.err


def test_what_is_required_and_not_checked_is_named_in_every_form(tmp_path: Path) -> None:
    ended, forms = ran(tmp_path, refusing, "--require", CLAUSE, "--require", "connhex-post.required-resource", "--require", "90%")
    assert ended.code == 3
    assert "1 required clause was not checked, and " in ended.out
    assert "documented clauses were checked, and 90% are required." in ended.out
    told = "connhex-post.required-resource: no row of it was played"
    assert told in ended.out
    assert [form for form, text in forms.items() if told not in without_markup(text) and form not in ("json", "csv")] == []
    assert json.loads(forms["json"])["gate"]["unmet"] == [
        {"vendor": "connhex", "clause": "connhex-post.required-resource", "why": "no row of it was played"}
    ]
    assert "not checked,,,,required: no row of it was played" in forms["csv"]
    gate = [suite for suite in ElementTree.fromstring(forms["junit"]) if suite.get("name") == "ownership-contracts.gate"]
    assert [suite.get("errors") for suite in gate] == ["2"]


def test_what_is_required_and_holds_is_enough(tmp_path: Path) -> None:
    ended, _ = ran(tmp_path, refusing, "--require", CLAUSE, "--require", OF_UNKNOWN)
    assert (ended.code, ended.out.splitlines()[-1]) == (
        0,
        "The part that was asked for holds, but for 1 clause that differs and is not judged here; the rest was not played.",
    )


def test_a_known_failure_is_shown_and_breaks_nothing(tmp_path: Path) -> None:
    assert ran(tmp_path, careless)[0].code == 1
    ended, forms = ran(tmp_path, careless, *baseline(tmp_path, case=UNKNOWN))
    assert ended.code == 0, ended.out + ended.err
    assert ended.out.splitlines()[-1] == "The part that was asked for holds, but for 1 known failure; the rest was not played."
    assert f"{OF_UNKNOWN}: fail (known)\n  known: the ticket 17\n" in ended.out
    assert "1 fail (1 known)" in ended.out
    assert [form for form, text in forms.items() if "the ticket 17" not in text] == []
    assert [case.get("name") for case in ElementTree.fromstring(forms["junit"]).iter("testcase") if case.find("failure") is not None] == []


@pytest.mark.parametrize(
    ("answer", "named", "code", "told"),
    [
        (careless, {"case": UNKNOWN, "expires": "2020-01-31"}, 1, f"{UNKNOWN} (connhex): it expired on 2020-01-31: the ticket 17"),
        (refusing, {"case": UNKNOWN}, 1, f"{UNKNOWN} (connhex): it is mended"),
        (refusing, {"case": "missing-device-id-is-refused"}, 0, "missing-device-id-is-refused (connhex): it was not judged"),
        (refusing, {"clause": "connhex-post.202"}, 2, "connhex has no clause 'connhex-post.202'; near it are connhex-post.201"),
    ],
    ids=["expired", "mended", "not played", "names nothing"],
)
def test_an_entry_of_the_baseline_that_is_of_no_more_use_is_told(answer: Answer, named: dict[str, str], code: int, told: str, tmp_path: Path) -> None:
    ended, forms = ran(tmp_path, answer, *baseline(tmp_path, **named))
    assert ended.code == code, ended.out + ended.err
    assert told in ended.out + ended.err
    assert [form for form, text in forms.items() if told not in without_markup(text) and form != "csv"] == []
    if code == 1:
        assert "1 entry of the baseline must be removed." in ended.out.splitlines()[-1]
        assert "baseline: " in forms["junit"]


def test_a_row_newer_than_the_adopted_contract_is_played_and_breaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition, "edition", lambda vendor: Edition(2, {}, {"case": 2}))
    assert ran(tmp_path, careless)[0].code == 1
    ended, forms = ran(tmp_path, careless, contract=1)
    assert ended.code == 0, ended.out + ended.err
    assert "1 fail (1 advisory)" in ended.out
    assert "but for 1 advisory failure" in ended.out.splitlines()[-1]
    (advisory,) = [row for row in json.loads(forms["json"])["results"] if row["verdict"] == "fail"]
    assert (advisory["advisory"], advisory["since"]) == (True, 2)
    assert [form for form, text in forms.items() if "advisory: the row came with version 2 of the contract" not in text and form != "json"] == []


def test_a_row_that_holds_when_asked_again_is_flaky_in_every_form(tmp_path: Path) -> None:
    lists: list[str] = []

    def flaky(request: Request) -> Reply:
        lists.extend([request.path] if re.search("VENDOR_THING_ID:[^/]+/ownership$", request.path) else [])
        return reply(500, {}) if len(lists) == 2 else owners()

    ended, forms = ran(
        tmp_path, flaky, rows="list-no-user-where-nobody or list-no-group-where-nobody", tables={"kii": {"fixtures": "listed", "apps": [kii_app()]}}
    )
    assert ended.code == 3, ended.out + ended.err
    assert "1 flaky" in ended.out
    assert "1 clause failed and held when asked again" in ended.out.splitlines()[-1]
    assert [form for form, text in forms.items() if "flaky" not in text or "try 2: pass" not in without_markup(text)] == []


@pytest.mark.parametrize(("word", "told"), [("connhex-post.2", "near it are"), ("@absent", "No such file"), ("2", "'2' is no share")])
def test_what_cannot_be_required_is_told_before_a_row_is_played(word: str, told: str, tmp_path: Path) -> None:
    ended, forms = ran(tmp_path, careless, "--require", word)
    assert (ended.code, ended.out, forms) == (2, "", {})
    assert told in ended.err
    assert "Traceback" not in ended.err
