"""The forms of a report: each says all of it, and none lets a server's text be more than text."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator
from ownership_contracts import specs
from ownership_contracts.contracts.kills import Mutant, Trial
from ownership_contracts.contracts.live.mode import READS
from ownership_contracts.contracts.report.causes import causes
from ownership_contracts.contracts.report.clauses import by_clause
from ownership_contracts.contracts.report.csv import ROW_HEADINGS, TRIAL_HEADINGS, as_csv
from ownership_contracts.contracts.report.document import PROVE, RUN, Report, from_json
from ownership_contracts.contracts.report.forms import MADE, WriteError, check, write
from ownership_contracts.contracts.report.grids import grids, side_by_side
from ownership_contracts.contracts.report.html import as_html
from ownership_contracts.contracts.report.json import ReportError, as_json, read_json, schema
from ownership_contracts.contracts.report.junit import as_junit
from ownership_contracts.contracts.report.markdown import as_markdown
from ownership_contracts.contracts.report.sentence import conduct, gaps, sentence
from ownership_contracts.contracts.report.terminal import summary_lines
from ownership_contracts.contracts.report.whole import print_report
from ownership_contracts.contracts.result import Result, Verdict
from ownership_contracts.contracts.verdict.conclude import Shortcomings
from ownership_contracts.contracts.verdict.demands import Unmet, documented_cases
from rich.console import Console

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`|[a](http://x)\u0000\x1b[31m]]>&amp;\n# big\n=1+1"


def result(verdict: Verdict, case: str = "a-row", clause: str = "connhex-post.201", **more: Any) -> Result:
    grade = specs.ledger("connhex").clauses[clause].grade if clause in specs.ledger("connhex").clauses else "documented"
    told = (
        {}
        if verdict is Verdict.PASS
        else {"expected": "status 201", "seen": "status 500", "reason": "the request: expected status 201, saw status 500"}
    )
    return Result(vendor="connhex", case=case, clause=clause, grade=grade, verdict=verdict, **{"operation": "register", **told, **more})


def run_report(*results: Result, code: int = 0, **more: Any) -> Report:
    return Report(RUN, code, ("connhex",), results, base_url="http://127.0.0.1:8080", began="2026-01-01T00:00:00+00:00", seconds=1.5, **more)


def trial(name: str, *, harmless: bool = False, kills: Mapping[str, tuple[str, ...]] | None = None) -> Trial:
    mutant = Mutant(f"connhex.{name}", "connhex", f"It does {name}.", ("register",), () if harmless else ("connhex-post.201",), harmless)
    return Trial(mutant, kills or {}, played={"case": 7, "matrix": 3})


EVERY = run_report(
    *(result(verdict, f"row-{verdict}") for verdict in Verdict),
    result(Verdict.FAIL, "row-known", known="a ticket", clause="connhex-post.403"),
    result(Verdict.FAIL, "row-advisory", advisory=True, since=7, clause="connhex-post.purpose"),
    code=1,
    seed=7,
)
OPEN = Shortcomings(
    unmet=(Unmet("connhex", "connhex-post.purpose", "skipped: none left"),),
    short="1 of 9 documented clauses were checked, and 90% are required",
    idle=("connhex-post.201 (connhex): it was not judged",),
)
BLANK = run_report(result(Verdict.SKIPPED), result(Verdict.PASS, clause="connhex-public.whoami"), code=3, gate=Shortcomings(blank=("connhex",)))
PROOF = Report(
    PROVE,
    1,
    ("connhex",),
    trials=(trial("killed", kills={"case": ("row-one", "row-two")}), trial("missed"), trial("wolf", harmless=True, kills={"matrix": ("cell",)})),
    coverage={
        "covered": {"connhex-post.201": {"mutant": "connhex.killed", "case": "row-one"}},
        "uncovered": {"no mutant attacks it": ["connhex-post.403"]},
    },
    idle_cases=("a-lazy-row",),
)
BAD = run_report(
    result(Verdict.FAIL, HOSTILE, expected=HOSTILE, seen=HOSTILE, reason=HOSTILE, trace=(HOSTILE,), notes=(HOSTILE,), curl=HOSTILE),
    result(Verdict.ERROR, HOSTILE, HOSTILE, reason=HOSTILE),
    result(Verdict.DIFFERS, HOSTILE, reason=HOSTILE),
    result(Verdict.FAIL, HOSTILE, layer="matrix", axes={"state": HOSTILE, "principal": HOSTILE, "operation": HOSTILE}),
    code=1,
)


# ---------------------------------------------------------------------------------------------------- the sentence

DOCUMENTED = len(documented_cases("connhex"))


@pytest.mark.parametrize(
    ("report", "wanted"),
    [
        (
            run_report(*(result(Verdict.PASS, clause=clause) for clause in documented_cases("connhex"))),
            "It may go out: every clause that was judged holds.",
        ),
        (
            run_report(result(Verdict.PASS)),
            f"What was checked holds, which is not all: of {DOCUMENTED} documented clauses, {DOCUMENTED - 1} were not checked.",
        ),
        (
            run_report(result(Verdict.PASS), result(Verdict.NOT_OBSERVABLE, clause="connhex-post.purpose")),
            f"What was checked holds, which is not all: of {DOCUMENTED} documented clauses, {DOCUMENTED - 2} were not checked, "
            "and 1 is not observable without a probe.",
        ),
        (
            BLANK,
            f"Not enough was checked to let it go out: none of connhex's {DOCUMENTED} documented clauses was checked.",
        ),
        (
            run_report(result(Verdict.FAIL, known="a ticket"), result(Verdict.FAIL, advisory=True), result(Verdict.PASS), asked=("-k", "claim")),
            "The part that was asked for holds, but for 1 known failure, and 1 advisory failure; the rest was not played.",
        ),
        (
            run_report(result(Verdict.PASS), result(Verdict.SKIPPED), result(Verdict.SKIPPED), asked=("-k", "claim")),
            "The part that was asked for holds, as far as it was played: 2 of its 3 rows were skipped; the rest was not played.",
        ),
        (run_report(result(Verdict.PASS), asked=("-k", "claim")), "The part that was asked for holds; the rest was not played."),
        (
            run_report(result(Verdict.PASS), result(Verdict.DIFFERS, clause="connhex-public.whoami"), asked=("--smoke", "1")),
            "The part that was asked for holds, but for 1 clause that differs and is not judged here; the rest was not played.",
        ),
        (
            run_report(result(Verdict.FAIL, known="a ticket"), result(Verdict.REPORTED, clause="connhex-public.whoami"), asked=("-k", "claim")),
            "Nothing that was checked was found to hold, and nothing of it breaks the gate: 1 known failure, "
            "and 1 clause that is reported and not judged.",
        ),
        (
            run_report(result(Verdict.PASS), result(Verdict.FAIL), code=1),
            "It may not go out: 1 clause is broken, 1 of them documented by the vendor.",
        ),
        (
            run_report(result(Verdict.PASS), result(Verdict.ERROR), result(Verdict.FLAKY, clause="connhex-post.403"), code=3, gate=OPEN),
            "Not enough was checked to let it go out: 1 clause could not be judged to the end, 1 clause failed and held when asked again, "
            "1 required clause was not checked, and 1 of 9 documented clauses were checked, and 90% are required.",
        ),
        (
            run_report(result(Verdict.FAIL, known="a ticket"), code=1, gate=Shortcomings(stale=("it expired", "it is mended"))),
            "It may not go out: 2 entries of the baseline must be removed.",
        ),
        (run_report(result(Verdict.SKIPPED), code=2), "Nothing is known: no row was judged, and that is no pass."),
        (run_report(code=2), "Nothing is known: no row was judged, and that is no pass."),
        (PROOF, "The suite cannot be trusted yet: it misses 1 of 2 broken servers, and it cries wolf at 1 of 1 harmless one."),
        (
            replace(PROOF, trials=PROOF.trials[:1], code=0, asked=("--first",)),
            "The part that was asked for holds: the suite fails on each of 1 broken server.",
        ),
        (replace(PROOF, trials=PROOF.trials[:1], code=0), "The suite can be trusted: it fails on each of 1 broken server."),
        (
            replace(PROOF, trials=PROOF.trials[:1]),
            "The suite cannot be trusted yet: it fails on each of 1 broken server, but leaves clauses uncovered.",
        ),
    ],
)
def test_the_verdict_is_a_sentence(report: Report, wanted: str) -> None:
    assert sentence(report) == wanted


def test_a_clause_tells_how_many_of_its_rows_were_judged() -> None:
    for verdicts, told in (("pass pass", "2"), ("pass skipped error", "1 of 3"), ("skipped skipped", "2")):
        report = run_report(*(result(Verdict(verdict)) for verdict in verdicts.split()))
        (row,) = by_clause(report.results)
        (stored,) = report.as_json()["clauses"]
        assert row.played == told
        assert (stored["rows"], stored["judged"]) == (len(verdicts.split()), verdicts.count("pass"))


def test_a_report_is_green_where_all_that_it_was_asked_for_was_checked_and_holds() -> None:
    whole = run_report(*(result(Verdict.PASS, clause=clause) for clause in documented_cases("connhex")))
    part = run_report(result(Verdict.PASS), asked=("-k", "claim"))
    for report in (whole, part, replace(PROOF, trials=PROOF.trials[:1], code=0)):
        assert as_markdown(report).startswith("## ✅")
        assert '<header class="good">' in as_html(report)
    skipped = run_report(result(Verdict.PASS), result(Verdict.SKIPPED, clause="connhex-post.purpose"), asked=("-k", "claim"))
    reported = run_report(result(Verdict.REPORTED), asked=("-k", "claim"))
    for report in (run_report(result(Verdict.PASS)), skipped, reported, replace(whole, code=3)):
        assert as_markdown(report).startswith("## ⚠️")
        assert '<header class="open">' in as_html(report)
    assert as_markdown(replace(whole, code=1)).startswith("## ❌")


def test_no_report_says_that_it_may_go_out_where_the_command_failed() -> None:
    for verdict in Verdict:
        for code in (1, 2, 3):
            assert "It may go out" not in sentence(run_report(result(verdict), code=code))


def test_what_keeps_most_clauses_from_being_checked_is_told_first_and_what_to_do_about_a_mode() -> None:
    skipped = [result(Verdict.SKIPPED, clause=clause, reason=f"{READS}, and it changes something") for clause in documented_cases("connhex")[1:]]
    report = run_report(result(Verdict.SKIPPED, reason="none left", clause=documented_cases("connhex")[0]), *skipped)
    _, why, way = gaps(report)
    assert why.items == (f"{DOCUMENTED - 1} clauses: {READS}, and it changes something", "1 clause: none left")
    assert way.title == "To check more (connhex)"
    assert "[[connhex.devices]]" in way.items[0]
    assert [gap.title for gap in gaps(replace(report, results=report.results[:1]))][-1] == "Why they were not checked (connhex)"


NOT_SENT = f"{READS}, and the row's request changes something"
READ_ONLY = run_report(
    result(Verdict.PASS),
    result(Verdict.SKIPPED, clause="connhex-post.device-id", reason="there is no user"),
    result(Verdict.SKIPPED, clause="connhex-post.device-id", reason=NOT_SENT),
    result(Verdict.SKIPPED, clause="connhex-post.purpose", reason="there is no device"),
    # Another row of it was judged.
    result(Verdict.SKIPPED, reason=NOT_SENT),
    mode="read-only",
)


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (READ_ONLY, f"read-only: nothing might be changed; of {DOCUMENTED} documented clauses, that left 1 open"),
        (run_report(result(Verdict.PASS), mode="read-only"), f"of {DOCUMENTED} documented clauses, that left none open"),
        (run_report(result(Verdict.PASS), mode="fixtures"), "fixtures: what the run made and what the target file lists might be changed"),
        (run_report(result(Verdict.PASS), mode="worlds"), "worlds: each row had a world of its own"),
    ],
)
def test_every_form_says_in_which_mode_the_run_was_and_what_that_left_open(report: Report, said: str) -> None:
    out = io.StringIO()
    print_report(Console(file=out, width=300), report)
    heads = [out.getvalue().splitlines()[0], summary_lines(report)[0], as_markdown(report).split("\n")[2]]
    heads.append(as_html(report).partition("</header>")[0])
    suite = ElementTree.fromstring(as_junit(report)).find("testsuite")
    assert suite is not None
    heads += [str(one.get("value")) for one in suite.findall("properties/property") if one.get("name") == "mode"]
    assert [html.unescape(head) for head in heads if said not in html.unescape(head)] == []
    assert len(heads) == 5
    assert {line["mode"] for line in csv.DictReader(io.StringIO(as_csv(report)))} == {report.mode}
    assert json.loads(as_json(report))["mode"] == report.mode


def test_what_a_mode_left_open_is_listed_in_json() -> None:
    assert json.loads(as_json(READ_ONLY))["kept_back"] == {"connhex": ["connhex-post.device-id"]}


def test_a_report_that_knows_no_mode_says_nothing_of_it() -> None:
    stored = {name: value for name, value in json.loads(as_json(EVERY)).items() if name not in ("mode", "kept_back")}
    assert "Mode</dt>" not in as_html(from_json(stored))
    assert conduct(from_json(stored)) == ""


def test_a_matrix_that_was_not_played_is_no_table() -> None:
    assert grids([result(Verdict.SKIPPED, "matrix", layer="matrix")]) == []


def test_what_was_not_checked_is_told_of_the_whole_suite_alone() -> None:
    (gap,) = gaps(run_report(result(Verdict.PASS)))
    assert gap.title == "Not checked, though documented (connhex)"
    assert gap.items == tuple(clause for clause in documented_cases("connhex") if clause != "connhex-post.201")
    assert gaps(run_report(result(Verdict.PASS), asked=("-k", "x"))) == []


# ---------------------------------------------------------------------------------------------------- JSON


@pytest.mark.parametrize("report", [EVERY, PROOF, BAD, BLANK], ids=["every", "proof", "bad", "blank"])
def test_a_report_is_the_same_when_it_was_written_and_read(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    write(report, {"json": file})
    assert Draft202012Validator(schema()).is_valid(json.loads(file.read_text()))
    assert read_json(file) == report
    assert {name: make(read_json(file)) for name, make in MADE.items()} == {name: make(report) for name, make in MADE.items()}


def test_a_field_of_a_later_version_is_left_out() -> None:
    document = json.loads(as_json(EVERY))
    document["results"][0]["colour"] = "red"
    assert from_json(document) == EVERY


@pytest.mark.parametrize(
    ("content", "named"),
    [("", "not JSON"), ("[" * 100_000, "not JSON"), ("[]", "at $"), ('{"results": []}', "is a required property"), (None, "No such file")],
)
def test_what_is_no_report_is_refused_by_name(content: str | None, named: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ReportError, match=re.escape(named)) as refused:
        read_json(file)
    assert str(file) in str(refused.value)
    assert len(str(refused.value)) < 500 + len(str(file))


def test_a_wrong_field_is_named_with_its_place(tmp_path: Path) -> None:
    document = json.loads(as_json(EVERY))
    document["results"][2]["verdict"] = "splendid"
    (tmp_path / "report.json").write_text(json.dumps(document))
    with pytest.raises(ReportError, match=re.escape("$.results[2].verdict")):
        read_json(tmp_path / "report.json")


def test_a_password_in_the_targets_url_is_not_reported() -> None:
    report = replace(EVERY, base_url="http://ada:lovelace@127.0.0.1:1/x")
    assert [name for name, make in MADE.items() if "lovelace" in make(report)] == []


# ---------------------------------------------------------------------------------------------------- CSV


def test_csv_has_a_line_a_row_under_its_headings() -> None:
    lines = list(csv.reader(io.StringIO(as_csv(EVERY))))
    assert tuple(lines[0]) == ROW_HEADINGS
    clause = specs.ledger("connhex").clauses["connhex-post.201"]
    title = specs.ledger("connhex").pages[clause.page]["title"]
    told = lines[1 : len(Verdict) + 1]
    assert [line[:6] for line in told] == [["connhex", clause.id, "documented", title, clause.section, f"row-{verdict}"] for verdict in Verdict]
    assert [line[ROW_HEADINGS.index("verdict")] for line in told] == list(Verdict)


def test_csv_of_a_proof_has_a_line_a_mutant() -> None:
    lines = list(csv.reader(io.StringIO(as_csv(PROOF))))
    assert tuple(lines[0]) == TRIAL_HEADINGS
    assert [(line[1], line[4], line[6]) for line in lines[1:]] == [
        ("connhex.killed", "killed", "row-one row-two"),
        ("connhex.missed", "survived", ""),
        ("connhex.wolf", "cried wolf", "cell"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    lines = list(csv.reader(io.StringIO(as_csv(run_report(result(Verdict.FAIL, seen=text))), newline="")))
    assert lines[1][ROW_HEADINGS.index("seen")] == f"'{text}"


# ---------------------------------------------------------------------------------------------------- JUnit

# The shape that Jenkins, GitLab and GitHub's readers of JUnit XML share: attributes, and children in order.
SHAPE: Mapping[str, tuple[set[str], list[str]]] = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"}, ["testsuite"]),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"}, ["properties", "testcase"]),
    "properties": (set(), ["property"]),
    "property": ({"name", "value"}, []),
    "testcase": ({"classname", "name", "time"}, ["properties", "skipped", "error", "failure"]),
    "failure": ({"message", "type"}, []),
    "error": ({"message", "type"}, []),
    "skipped": ({"message"}, []),
}


@pytest.mark.parametrize("report", [EVERY, PROOF, BAD, run_report()], ids=["every", "proof", "bad", "empty"])
def test_junit_has_the_shape_that_its_readers_share(report: Report) -> None:
    root = ElementTree.fromstring(as_junit(report))
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = SHAPE[element.tag]
        assert set(element.keys()) == attributes
        places = [children.index(child.tag) for child in element]
        assert places == sorted(places)
        assert len({child.tag for child in element if child.tag in ("failure", "error", "skipped")}) <= 1
    for suite in [root, *root.iter("testsuite")]:
        found = [len(list(suite.iter(tag))) for tag in ("testcase", "failure", "error", "skipped")]
        assert [int(suite.get(name) or "") for name in ("tests", "failures", "errors", "skipped")] == found


def test_junit_carries_clause_page_and_section_and_the_rows_verdict() -> None:
    root = ElementTree.fromstring(as_junit(EVERY))
    clause = specs.ledger("connhex").clauses["connhex-post.201"]
    tags = {Verdict.PASS: None, Verdict.FAIL: "failure", Verdict.ERROR: "error", Verdict.FLAKY: "error"}
    for verdict, case in zip(Verdict, list(root.iter("testcase"))[: len(Verdict)], strict=True):
        told = {prop.get("name"): prop.get("value") for prop in case.iter("property")}
        assert (told["clause"], told["section"], told["verdict"]) == (clause.id, clause.section, verdict)
        assert told["page"] == specs.ledger("connhex").pages[clause.page]["title"]
        assert [child.tag for child in case if child.tag != "properties"] == [tag for tag in [tags.get(verdict, "skipped")] if tag]
    (failure,) = root.iter("failure")
    assert clause.says in (failure.text or "")


def test_junit_of_a_proof_fails_what_the_suite_did_wrong() -> None:
    root = ElementTree.fromstring(as_junit(PROOF))
    assert [(case.get("name"), [child.get("type") for child in case.iter("failure")]) for case in root.iter("testcase")] == [
        ("connhex.killed", []),
        ("connhex.missed", ["survived"]),
        ("connhex.wolf", ["cried wolf"]),
    ]


# ---------------------------------------------------------------------------------------------------- Markdown


def test_markdown_tables_have_as_many_cells_as_headings() -> None:
    for report in (EVERY, PROOF, BAD):
        tables = [line for line in as_markdown(report).splitlines() if line.startswith("|")]
        assert tables
        width = 0
        for before, line in zip(["", *tables], tables, strict=False):
            if set(line) == {"|", "-"}:
                assert line.count("|") == before.count("|")
                width = line.count("|")
            elif width and not before.startswith("| clause"):
                assert line.count("|") == width or line.startswith(("| clause", "| verdict", "| layer", "|  |"))


def test_markdown_begins_with_the_verdict_and_tells_what_broke() -> None:
    text = as_markdown(EVERY)
    assert text.splitlines()[0] == f"## ❌ {sentence(EVERY)}".replace(":", "&#58;")
    assert "<code>row-fail</code>" in text
    assert as_markdown(run_report(result(Verdict.PASS))).startswith("## ⚠️ What was checked holds")


def test_markdown_of_thousands_of_broken_rows_has_room_in_a_summary() -> None:
    rows = [result(Verdict.FAIL, f"row-{number}", reason="x" * 5_000, trace=("y" * 5_000,) * 9) for number in range(3_000)]
    text = as_markdown(run_report(*rows, code=1))
    assert len(text.encode()) < 1_000_000
    assert "… and 2,900 more rows" in text


def test_markdown_lets_no_server_write_markup() -> None:
    text = as_markdown(BAD)
    outside = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    assert "<script" not in outside
    assert "<img" not in outside
    assert "](http" not in outside
    assert "\n# big" not in text


# ---------------------------------------------------------------------------------------------------- HTML


class Page(HTMLParser):
    """What a page consists of: its elements with their attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("report", [EVERY, PROOF, BAD, run_report()], ids=["every", "proof", "bad", "empty"])
def test_the_page_needs_nothing_beside_it_and_runs_nothing_but_its_own(report: Report) -> None:
    page = Page(as_html(report))
    assert len(page.all("script")) == 1
    assert not [tag for tag, _ in page.elements if tag in ("img", "iframe", "object", "embed", "base")]
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "action", "srcset")]
        assert attributes.get("href", "#").startswith("#") or attributes["href"] == "data:,"
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_what_a_server_sent_is_text_on_the_page() -> None:
    page = Page(as_html(BAD))
    assert page.text.count("<script>alert(1)</script>") >= 5


def test_the_page_tells_of_each_broken_row_all_that_is_known() -> None:
    page = Page(as_html(run_report(result(Verdict.FAIL, trace=("GET /x as user -> 500",), curl="curl -sS http://x"), code=1)))
    clause = specs.ledger("connhex").clauses["connhex-post.201"]
    assert page.text.startswith("\n\n")
    for said in (
        sentence(run_report(result(Verdict.FAIL), code=1)),
        clause.says.strip(),
        clause.section,
        "status 201",
        "status 500",
        "GET /x",
        "curl -sS",
    ):
        assert said in page.text
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert {"row:connhex:a-row", clause.id} <= set(ids)


def test_every_link_on_the_page_leads_somewhere() -> None:
    cells = [
        result(verdict, f"grid/none/register/{verdict}", layer="matrix", axes={"state": "none", "operation": "register", "principal": str(verdict)})
        for verdict in Verdict
    ]
    for report in (run_report(*EVERY.results, *cells, code=1), PROOF):
        page = Page(as_html(report))
        ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
        links = {attributes["href"][1:] for attributes in page.all("a")}
        assert links - ids == set()


def test_the_page_of_four_thousand_rows_is_small() -> None:
    long = {"reason": "x" * 3_000, "trace": ("y" * 3_000,) * 10, "curl": "z" * 500}
    clauses = [clause.id for clause in specs.ledger("connhex").clauses.values()]
    rows = [result(Verdict.FAIL, f"a-row-with-a-longish-name-{number}", clauses[number % 40], **long) for number in range(4_000)]
    page = as_html(run_report(*rows, code=1))
    assert len(page) < 3_000_000
    shown = re.findall(r'<article class="row card" id="row:connhex:a-row-with-a-longish-name-(\d+)"', page)
    assert {clauses[int(number) % 40] for number in shown} == set(clauses[:40])
    assert page.count('class="row brief"') + len(shown) == 4_000


def test_survivors_come_first() -> None:
    page = as_html(PROOF)
    names = re.findall(r'<tr class="row" id="connhex\.(\w+)"', page)
    assert names == ["missed", "wolf", "killed"]
    assert "a-lazy-row" in page
    assert "uncovered, no mutant attacks it: 1 clause" in page
    assert "connhex-post.403" in page


# ---------------------------------------------------------------------------------------------------- causes and cells


def test_causes_are_those_of_the_specs_answers_with_their_rows_verdicts() -> None:
    (register,) = [row for row in causes("connhex", [result(Verdict.FAIL), result(Verdict.PASS)]) if row.names == ("register",)]
    spec = specs.openapi("connhex")["paths"]["/ownerships"]["post"]["responses"]
    assert {status: [cause.clause for cause in found] for status, found in register.answers.items()} == {
        int(status): list(specs.resolved(specs.openapi("connhex"), response)["x-clause"]) for status, response in spec.items()
    }
    assert register.causes["connhex-post.201"].verdict is Verdict.FAIL
    assert register.causes["connhex-post.403"].verdict is None
    assert register.judged == 1


def test_an_operations_own_rows_speak_for_a_cause_before_those_of_others() -> None:
    rows = [result(Verdict.FAIL, operation="whoami"), result(Verdict.PASS, operation="register")]
    (register,) = [row for row in causes("connhex", rows) if row.names == ("register",)]
    assert (register.causes["connhex-post.201"].verdict, register.causes["connhex-post.201"].here) == (Verdict.PASS, True)
    (register,) = [row for row in causes("connhex", rows[:1]) if row.names == ("register",)]
    assert (register.causes["connhex-post.201"].verdict, register.causes["connhex-post.201"].here) == (Verdict.FAIL, False)


def test_both_forms_of_an_address_are_one_operation() -> None:
    names = [row.names for row in causes("kii", [])]
    assert ("addOwner", "addOwnerByThingID") in names
    assert len([name for forms in names for name in forms]) == len({name for forms in names for name in forms})


def test_cells_make_a_table_for_each_state() -> None:
    cells = [
        result(Verdict.PASS, f"grid/{state}/{operation}/{who}", layer="matrix", axes={"state": state, "operation": operation, "principal": who})
        for state in ("none", "used")
        for operation in ("register", "whoami")
        for who in ("ada", "bob")
        if (state, operation, who) != ("used", "whoami", "bob")
    ]
    first, second = grids([result(Verdict.PASS), *cells])
    assert (first.title, first.rows, first.columns) == ("grid / none", ("ada", "bob"), ("register", "whoami"))
    assert (second.title, len(second.cells)) == ("grid / used", 3)
    assert second.cells["ada", "whoami"].case == "grid/used/whoami/ada"
    assert side_by_side([first, second]) == [first, second]


def test_the_states_of_a_grid_of_one_operation_stand_side_by_side() -> None:
    cells = [
        result(Verdict.PASS, f"grid/{state}/register/{who}", layer="matrix", axes={"state": state, "operation": "register", "principal": who})
        for state in ("none", "used")
        for who in ("ada", "bob")
    ]
    (table,) = side_by_side(grids(cells))
    assert (table.title, table.rows, table.columns) == ("grid / register", ("ada", "bob"), ("none", "used"))
    assert table.cells["bob", "used"].case == "grid/used/register/bob"


def test_who_is_let_in_and_who_is_refused_look_different() -> None:
    told = [(Verdict.PASS, 204, "let-in"), (Verdict.PASS, 401, "refused"), (Verdict.PASS, 0, "pass"), (Verdict.FAIL, 204, "fail")]
    cells = [
        result(
            verdict, f"grid/none/register/{look}", layer="matrix", answered=status, axes={"state": "none", "operation": "register", "principal": look}
        )
        for verdict, status, look in told
    ]
    page = as_html(run_report(*cells))
    assert re.findall(r'<td class="v-([a-z-]+)"><a [^>]*>(.)<i>', page) == [("let-in", "✓"), ("refused", "⊘"), ("pass", "✓"), ("fail", "✗")]
    assert "refused, register: pass, answered 401 (" in page
    legend = page.partition('<p class="legend">')[2].partition("</p>")[0]
    assert re.findall(r"</b> ([^<]+)<", legend) == ["pass", "let in, rightly", "refused, rightly", "fail"]


# ---------------------------------------------------------------------------------------------------- files


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.csv"
    file.write_text("what was there")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WriteError, match="No space left"):
        write(EVERY, {"csv": file})
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.csv"]
    assert file.read_text() == "what was there"


def test_a_link_stays_a_link_and_a_mode_stays(tmp_path: Path) -> None:
    file, link = tmp_path / "report.csv", tmp_path / "link.csv"
    file.write_text("")
    file.chmod(0o640)
    link.symlink_to(file)
    write(EVERY, {"csv": link})
    assert link.is_symlink()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (as_csv(EVERY).encode(), 0o640)


def test_what_is_no_file_is_written_to_as_it_is() -> None:
    check({"csv": Path("/dev/null"), "json": Path("/dev/null")})
    write(EVERY, {"csv": Path("/dev/null")})
    assert not Path("/dev/null").is_file()


def test_two_forms_cannot_share_a_file(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="two reports"):
        check({"csv": tmp_path / "a", "json": tmp_path / "." / "a"})
    assert list(tmp_path.iterdir()) == []
