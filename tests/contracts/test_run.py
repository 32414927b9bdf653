"""The command: what it prints, what it writes, what it exits with, and what it leaves behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import tomli_w
from ownership_contracts import specs
from ownership_contracts.contracts.case import cases
from ownership_contracts.contracts.report.terminal import MORE

from tests.serving import CONTRACTS, Running

from . import commands
from .commands import Ended, finished
from .samples import CREATED, connhex_table, knowing, target_file
from .stub import Reply, Request, forwarding, reply, stub

# Under xdist one worker makes what these tests share.
pytestmark = pytest.mark.xdist_group("run")

RUN = [*CONTRACTS, "run"]
CLAIM = "claim-answers-201-and-a-resource-id"
WITH_GIVEN = "reading-an-ownership-is-no-operation"
UNKNOWN_DEVICE = "unknown-device-is-refused"
MANY = [{"id": f"D-{number}", "enabled": number % 4 != 0} for number in range(600)]
CONNHEX = {case.id: case for case in cases("connhex")}
Run = Callable[..., subprocess.CompletedProcess[str]]


main = partial(commands.main, "run")


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `run` in an empty folder; every process that comes of it carries a mark, and none is left when the test ends."""
    with commands.marked(tmp_path) as start:
        yield partial(start, "run")


def created(request: Request) -> Reply:
    return reply(201, CREATED)


def verdicts(file: Path) -> dict[str, str]:
    rows = json.loads(file.read_text())["results"]
    assert len({row["case"] for row in rows}) == len(rows)
    return {row["case"]: row["verdict"] for row in rows}


# ---------------------------------------------------------------------------------------------------- alone


def test_alone_it_plays_a_mock_of_its_own_and_leaves_nothing_behind(marked: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    ended = finished(marked("--vendor", "connhex", "--no-properties", "-k", "resource-id"))
    assert (ended.returncode, ended.stderr) == (0, "")
    wanted = {case.clause.id for name, case in CONNHEX.items() if "resource-id" in name}
    lines = ended.stdout.splitlines()
    assert {line.split()[0] for line in lines if "pass" in line and "connhex-" in line} == wanted
    rows = f"{sum('resource-id' in name for name in CONNHEX)} pass"
    assert lines[-2:] == [rows, "The part that was asked for holds; the rest was not played."]
    assert [entry.name for entry in (tmp_path / "here").iterdir()] == [".ownership-contracts"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_is_no_pass_and_takes_its_mock_with_it(number: signal.Signals, marked: Callable[..., subprocess.Popen[str]]) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def wait(request: Request) -> Reply:
        if request.path.endswith("/ownerships"):
            asked.set()
            go_on.wait(60)
        return created(request)

    with stub(wait) as running:
        # The mock is there once the first row's request comes by.
        process = marked("--vendor", "connhex", "--no-properties", "--url", running.url)
        try:
            assert asked.wait(60)
            process.send_signal(number)
            ended = finished(process)
        finally:
            go_on.set()
    assert ended.returncode != 0
    assert "Traceback" not in ended.stdout + ended.stderr


def test_an_interrupt_that_pytest_cannot_tell_of_is_one_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    def at_no_line(*_: object, **__: object) -> None:
        # As pytest fails where the instruction that was interrupted belongs to no line.
        raise TypeError("unsupported operand type(s) for -: 'NoneType' and 'int'")

    with monkeypatch.context() as patched, stub(created) as running:
        patched.setattr("ownership_contracts.contracts.session.require_ready", lambda *_: None)
        patched.setattr("ownership_contracts.contracts.play.Player.play", interrupted)
        patched.setattr(pytest.ExceptionInfo, "getrepr", at_no_line)
        ended = main("--target", str(target_file(tmp_path, running.url)), "-k", CLAIM)
    assert (ended.code, ended.err) == (130, "ownership-contracts: interrupted\n")


def test_the_folder_and_the_environment_that_it_is_run_in_do_not_disturb_it(tmp_path: Path, marked: Callable[..., subprocess.Popen[str]]) -> None:
    folder = tmp_path / "here"
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (folder / "conftest.py").write_text("raise RuntimeError('not yours')\n")
    (folder / "test_theirs.py").write_text("def test_theirs():\n    assert False\n")
    ended = finished(
        marked("--vendor", "connhex", "-k", CLAIM, PYTEST_ADDOPTS="--collect-only -k nothing --no-such-option", HTTP_PROXY="http://127.0.0.1:9")
    )
    assert (ended.returncode, ended.stdout.splitlines()[-2]) == (0, "1 pass")


def test_it_finds_its_plugin_where_pytest_is_told_to_load_none(marked: Callable[..., subprocess.Popen[str]]) -> None:
    ended = finished(marked("--vendor", "connhex", "-k", CLAIM, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"))
    assert (ended.returncode, ended.stdout.splitlines()[-2:-1]) == (0, ["1 pass"]), ended.stderr


# ---------------------------------------------------------------------------------------------------- what is played


@pytest.fixture(scope="module")
def mock_target(mock: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A target file of the shared mock. What its tables list is not used: each row has a world of its own."""
    made = mock.world()
    tables = {vendor: made[vendor] for vendor in ("kii", "connhex")}
    return target_file(tmp_path_factory.mktemp("target"), mock.url, control=f"{mock.url}/_mock/api", **tables)


def test_a_vendor_alone_is_played(mock_target: Path, tmp_path: Path) -> None:
    # Both vendors have rows by this name.
    ended = main("--target", str(mock_target), "--vendor", "kii", "-k", "wrong-content-type", "--json", str(tmp_path / "out.json"))
    wanted = {case.id for case in cases("kii") if "wrong-content-type" in case.id}
    assert ended.code == 0
    assert wanted
    assert set(verdicts(tmp_path / "out.json")) == wanted


def test_both_vendors_are_played_where_none_is_chosen(mock_target: Path, tmp_path: Path) -> None:
    ended = main("--target", str(mock_target), "-k", "wrong-content-type", "--json", str(tmp_path / "out.json"))
    rows = json.loads((tmp_path / "out.json").read_text())["results"]
    assert ended.code == 0
    assert Counter(row["vendor"] for row in rows) == {
        vendor: sum("wrong-content-type" in case.id for case in cases(vendor)) for vendor in specs.vendors()
    }


def test_the_grades_asked_for_are_played(mock_target: Path, tmp_path: Path) -> None:
    grades = ["--grade", "public", "--grade", "documented", "--layer", "case"]
    ended = main("--target", str(mock_target), "--vendor", "connhex", *grades, "--json", str(tmp_path / "out.json"))
    wanted = {name for name, case in CONNHEX.items() if case.clause.grade in ("public", "documented")}
    assert ended.code == 0
    assert set(verdicts(tmp_path / "out.json")) == wanted
    assert 0 < len(wanted) < len(CONNHEX)


def test_another_url_takes_the_place_of_the_targets(mock_target: Path, mock: Running, run: Run, tmp_path: Path) -> None:
    words = ["--target", str(mock_target), "--vendor", "connhex", "-k", f"{CLAIM} or {UNKNOWN_DEVICE}", "--json", "out.json"]
    with forwarding(mock.url) as proxy:
        ended = run(*RUN, *words, "--url", f"{proxy.url}/", cwd=tmp_path)
    rows = json.loads((tmp_path / "out.json").read_text())["results"]
    assert ended.returncode == 0
    assert len(rows) >= 3
    assert len([request for request in proxy.seen if request.path.startswith("/worlds/")]) == sum(len(row["trace"]) for row in rows)


def test_a_redirect_is_an_answer_and_is_not_followed(tmp_path: Path) -> None:
    with stub(created) as elsewhere, stub(knowing(lambda request: reply(307, None, Location=f"{elsewhere.url}/ownerships"))) as running:
        ended = main("--target", str(target_file(tmp_path, running.url)), "-k", CLAIM)
    assert ended.code == 1
    assert "status 307" in ended.out
    assert [request.path for request in running.seen].count("/ownerships") == 1
    assert elsewhere.seen == []


@pytest.mark.parametrize(("options", "code", "verdict"), [([], 0, "differs"), (["--judge-public"], 1, "fail")])
def test_public_facts_are_judged_on_request(options: list[str], code: int, verdict: str, tmp_path: Path) -> None:
    # Public material has a UUID there; the page has a string.
    with stub(knowing(lambda request: reply(201, {"resourceId": "no-uuid"}))) as running:
        words = ["--target", str(target_file(tmp_path, running.url)), "-k", "resource-id-is-a-uuid", "--json", str(tmp_path / "out.json")]
        assert main(*words, *options).code == code
    assert verdicts(tmp_path / "out.json") == {"resource-id-is-a-uuid": verdict}


# ---------------------------------------------------------------------------------------------------- a server that breaks clauses


@dataclass(frozen=True)
class Whole(Ended):
    """A run of all of Connhex's rows against a deployment that makes every claim good, whoever asks for whatever."""

    document: dict[str, Any]
    junit: ElementTree.Element

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["case"]: row for row in self.document["results"]}


def whole(folder: Path, *options: str) -> Whole:
    with stub(knowing(created)) as running:
        target = target_file(folder, running.url, connhex=connhex_table(devices=MANY))
        words = ["--target", str(target), "--json", "out.json", "--junit", "out.xml", *options]
        ended = subprocess.run([*RUN, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    document, junit = json.loads((folder / "out.json").read_text()), ElementTree.parse(folder / "out.xml").getroot()
    return Whole(ended.returncode, ended.stdout, ended.stderr, document, junit)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return whole(tmp_path_factory.mktemp("broken"))


def test_a_run_that_finds_a_clause_broken_exits_with_1(broken: Whole) -> None:
    assert (broken.code, broken.err) == (1, "")


def test_a_broken_clause_is_printed_with_its_source_and_what_came(broken: Whole) -> None:
    case = CONNHEX[UNKNOWN_DEVICE]
    assert f"connhex {case.clause.id}: fail" in broken.out
    assert case.clause.says in broken.out
    assert "(documented; connhex-devices-ownerships, the API reference, POST /ownerships / Description)" in broken.out
    assert f"the request: expected status refused, saw status 201: {json.dumps(CREATED)}" in broken.out
    assert f"POST /ownerships as user {json.dumps({'deviceId': 'NO-SUCH-DEVICE-0000'})} -> 201" in broken.out


def test_every_broken_clause_is_told_once_and_its_rows_are_named(broken: Whole) -> None:
    rows: dict[str, list[str]] = {}
    for row in sorted(broken.rows.values(), key=lambda row: row["verdict"] != "fail"):
        if row["verdict"] in ("fail", "error"):
            rows.setdefault(row["clause"], []).append(row["case"])
    assert rows
    told = {part.split()[1].rstrip(":"): part.split("\n\n")[0] for part in broken.out.split("\nconnhex ")[1:] for part in [f"connhex {part}"]}
    assert told.keys() == rows.keys()
    for clause, (_, *others) in rows.items():
        assert re.findall(r"(?m)^  also (.+?): ", told[clause]) == others[:MORE]
        assert (f"and {len(others) - MORE} more" in told[clause]) is (len(others) > MORE)


def test_the_table_has_a_line_for_each_clause_and_names_it_whole(broken: Whole) -> None:
    told = {line.split()[0] for line in broken.out.splitlines() if line.strip()}
    assert {case.clause.id for case in CONNHEX.values()} - told == set()


def test_the_counts_are_of_the_rows(broken: Whole) -> None:
    counted = Counter(row["verdict"] for row in broken.rows.values())
    assert {"pass", "fail", "reported", "skipped", "not observable"} <= set(counted)
    assert {verdict: count for verdict, count in broken.document["counts"].items() if count} == dict(counted)
    (line,) = [line.removeprefix("in all").strip() for line in broken.out.splitlines() if line.startswith("in all")]
    assert {part.partition(" ")[2]: int(part.partition(" ")[0]) for part in line.split(", ")} == dict(counted)


def test_what_no_row_checked_is_told_after_a_whole_run(broken: Whole) -> None:
    documented = {case.clause.id for case in CONNHEX.values() if case.clause.grade == "documented"}
    checked = {row["clause"] for row in broken.rows.values() if row["verdict"] != "skipped"}
    (line,) = [line for line in broken.out.splitlines() if line.startswith("Not checked, though documented (connhex): ")]
    assert documented - checked
    assert set(line.partition("): ")[2].rstrip(".").split(", ")) == documented - checked == set(broken.document["unchecked"]["connhex"])


def test_what_only_a_probe_could_have_shown_is_told_apart(broken: Whole) -> None:
    hidden = {clause["clause"] for clause in broken.document["clauses"] if clause["verdict"] == "not observable"}
    (line,) = [line for line in broken.out.splitlines() if line.startswith("Not observable without a probe (connhex): ")]
    assert hidden
    assert set(line.partition("): ")[2].rstrip(".").split(", ")) == hidden


def test_what_no_row_checked_is_not_told_after_a_part_of_a_run(tmp_path: Path) -> None:
    with stub(knowing(created)) as running:
        ended = main("--target", str(target_file(tmp_path, running.url)), "-k", CLAIM)
    assert ended.code == 0
    assert "not checked" not in ended.out.lower()


def test_the_json_report_holds_every_row(broken: Whole) -> None:
    assert list(broken.rows) == [*CONNHEX, "matrix", "model", "races", "properties"]
    assert {name: (row["clause"], row["grade"]) for name, row in broken.rows.items() if name in CONNHEX} == {
        name: (case.clause.id, case.clause.grade) for name, case in CONNHEX.items()
    }
    assert sum(clause["rows"] for clause in broken.document["clauses"]) == len(broken.rows)
    assert broken.document["base_url"].startswith("http://127.0.0.1:")


def test_the_junit_report_holds_every_row_under_its_verdict(broken: Whole) -> None:
    found = {}
    for testcase in broken.junit.iter("testcase"):
        assert testcase.get("classname") == "ownership-contracts.connhex"
        found[testcase.get("name")] = [child.tag for child in testcase if child.tag != "properties"]
    tags: dict[str, list[str]] = {"pass": [], "fail": ["failure"], "error": ["error"]}
    assert found == {name: tags.get(row["verdict"], ["skipped"]) for name, row in broken.rows.items()}
    suite = next(broken.junit.iter("testsuite"))
    assert suite.get("tests") == str(len(broken.rows))


def test_a_skipped_row_says_why_in_the_junit_report(broken: Whole) -> None:
    skipped = {testcase.get("name"): str(child.get("message")) for testcase in broken.junit.iter("testcase") for child in testcase.iter("skipped")}
    assert skipped
    assert [name for name, message in skipped.items() if message != f"{broken.rows[str(name)]['verdict']}: {broken.rows[str(name)]['reason']}"] == []


def test_rows_without_a_verdict_say_why(broken: Whole) -> None:
    assert [name for name, row in broken.rows.items() if row["verdict"] in ("skipped", "not observable", "error") and not row["reason"]] == []


def test_two_processes_come_to_the_verdicts_of_one(broken: Whole, tmp_path: Path) -> None:
    two = whole(tmp_path, "-n", "2")
    assert two.code == 1
    assert {name: row["verdict"] for name, row in two.rows.items()} == {name: row["verdict"] for name, row in broken.rows.items()}
    assert len(two.document["results"]) == len(broken.document["results"])
    assert sorted(t.get("name") or "" for t in two.junit.iter("testcase")) == sorted(t.get("name") or "" for t in broken.junit.iter("testcase"))
    assert devices_drawn_twice(two) == []


def test_one_process_draws_no_device_twice(broken: Whole) -> None:
    assert devices_drawn_twice(broken) == []


def devices_drawn_twice(ended: Whole) -> list[str]:
    """Devices that two rows claimed, though the list has enough for each."""
    listed = {device["id"] for device in MANY}
    drawn: Counter[str] = Counter()
    for row in ended.rows.values():
        drawn.update({word for line in row["trace"] for word in line.replace('"', " ").split() if word in listed})
    assert drawn
    return [device for device, times in drawn.items() if times > 1]


# ---------------------------------------------------------------------------------------------------- what is printed


def control_characters(text: str) -> set[str]:
    return {character for character in text if character != "\n" and (ord(character) < 32 or 127 <= ord(character) < 160)}


def test_a_pipe_gets_no_control_characters(broken: Whole) -> None:
    assert control_characters(broken.out) == set()


@pytest.mark.parametrize("body", [b"\x1b[31mred\x1b]0;title\x07", b"\xc2\x9b31m", b"back\x08\rover"])
def test_a_server_cannot_send_control_characters_to_the_terminal(body: bytes, tmp_path: Path) -> None:
    with stub(knowing(lambda request: Reply(500, body))) as running:
        # The second row ends in an error: its first step gets no answer that it can go on with.
        ended = main("--target", str(target_file(tmp_path, running.url)), "-k", f"{CLAIM} or {WITH_GIVEN}")
    assert ended.code == 1
    assert "1 fail, 1 error" in ended.out
    assert control_characters(ended.out) == set()


@pytest.mark.parametrize("body", ["[/bold]", "[bold]loud[/]", "[[red]]", "a [link=http://x]b"])
def test_what_a_server_sends_is_printed_as_it_is_and_is_no_markup(body: str, tmp_path: Path) -> None:
    with stub(knowing(lambda request: Reply(500, body.encode()))) as running:
        ended = main("--target", str(target_file(tmp_path, running.url)), "-k", CLAIM)
    table, _, failures = ended.out.partition("\nconnhex ")
    assert (ended.code, ended.err) == (1, "")
    assert body in failures
    # A cell is folded where it is too wide.
    assert "".join(body.split()) in "".join(table.split())


# ---------------------------------------------------------------------------------------------------- what could not be run


REMOTE = "http://192.0.2.1:8080"
# The discard service: nobody listens there, and who did would not answer.
NOBODY = "http://127.0.0.1:9"


def refused(ended: Ended) -> str:
    """What a run says that could not be done."""
    assert ended.code == 2, ended.out + ended.err
    assert ended.out.strip() == ""
    assert "Traceback" not in ended.err
    return ended.err


def test_a_run_that_could_not_be_done_says_so_on_stderr_and_exits_with_2(run: Run, tmp_path: Path) -> None:
    ended = run(*RUN, "--target", "absent.toml", cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "ownership-contracts: target absent.toml: No such file or directory\n")


def test_a_deployment_that_does_not_answer_could_not_be_tested(tmp_path: Path) -> None:
    told = refused(main("--target", str(target_file(tmp_path, NOBODY)), "-k", CLAIM))
    assert NOBODY in told


def test_a_control_api_that_does_not_answer_could_not_be_used(tmp_path: Path) -> None:
    with stub(knowing(created)) as running:
        file = target_file(tmp_path, running.url, control=f"{NOBODY}/_mock/api", connhex=connhex_table())
        assert NOBODY in refused(main("--target", str(file), "-k", CLAIM))


def test_a_control_api_that_makes_no_world_is_told_with_its_answer(tmp_path: Path) -> None:
    with stub(lambda request: reply(507, {"title": "No more worlds", "status": 507})) as running:
        file = target_file(tmp_path, running.url, control=f"{running.url}/_mock/api", connhex=connhex_table())
        ended = main("--target", str(file), "-k", CLAIM)
    assert ended.code in (1, 2)
    assert "No more worlds" in ended.out + ended.err
    assert ".py:" not in ended.out + ended.err


@pytest.mark.parametrize("content", ["base_url = ", "base_url = 'http://127.0.0.1:9'\ncolour = 'red'"])
def test_a_bad_target_file_is_refused_by_name(content: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(content)
    assert f"target {file}: " in refused(main("--target", str(file)))


@pytest.mark.parametrize("where", ["base_url", "control", "probe", "--url"])
def test_credentials_do_not_go_to_another_machine_unencrypted(where: str, tmp_path: Path) -> None:
    table = connhex_table(probes={"resources": {"url": REMOTE if where == "probe" else NOBODY, "at": ""}})
    document = {
        "base_url": REMOTE if where == "base_url" else NOBODY,
        "connhex": table,
        **({"control": f"{REMOTE}/_mock/api"} if where == "control" else {}),
    }
    file = tmp_path / "target.toml"
    file.write_text(tomli_w.dumps(document))
    told = refused(main("--target", str(file), "-k", CLAIM, *(["--url", REMOTE] if where == "--url" else [])))
    assert REMOTE in told
    assert "is to be https" in told


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://127.0.0.1:none", "http://127.0.0.1:9?x=1", "http://[::1"])
def test_a_url_that_is_none_is_refused_as_such(url: str, tmp_path: Path) -> None:
    told = refused(main("--target", str(target_file(tmp_path, NOBODY)), "-k", CLAIM, "--url", url))
    assert url in told
    assert "no http(s) URL" in told


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--vendor", "acme"], "acme"),
        (["--grade", "rumoured"], "rumoured"),
        (["-n", "0"], "'0'"),
        (["-n", "two"], "'two'"),
        *((["--patience", value], f"{value!r} is no number of seconds") for value in ("-1", "soon", "nan", "inf")),
        (["--colour"], "--colour"),
    ],
)
def test_an_option_that_there_is_not_is_named(words: list[str], named: str) -> None:
    assert named in refused(main(*words))


@pytest.mark.parametrize("patience", ["0", "1.5"])
def test_the_patience_asked_for_is_how_long_a_row_may_wait(patience: str, tmp_path: Path) -> None:
    picks = {"protection": "protected", "enable_life": 1}
    with stub(knowing(created)) as running:
        file = target_file(tmp_path, running.url, connhex=connhex_table(picks=picks))
        told = refused(main("--target", str(file), "-k", "enabling-counts-no-more-just-after-its-end", "--patience", patience))
    assert f"the row waits 2 s, and the patience is {patience} s (--patience)" in told


def test_a_vendor_that_the_target_does_not_describe_is_named(tmp_path: Path) -> None:
    with stub(knowing(created)) as running:
        told = refused(main("--target", str(target_file(tmp_path, running.url)), "--vendor", "kii"))
    assert "no table for kii: it describes connhex" in told


@pytest.mark.parametrize("expression", ["and and", "(claim", "not"])
def test_a_bad_expression_is_named(expression: str, tmp_path: Path) -> None:
    with stub(knowing(created)) as running:
        assert expression in refused(main("--target", str(target_file(tmp_path, running.url)), "-k", expression))


def test_a_run_in_which_nothing_is_selected_is_no_pass(tmp_path: Path) -> None:
    with stub(knowing(created)) as running:
        told = refused(main("--target", str(target_file(tmp_path, running.url)), "-k", "no-row-has-this-name"))
    assert "no row was judged, and that is no pass" in told


def test_a_run_in_which_every_row_is_skipped_is_no_pass_and_says_why(tmp_path: Path) -> None:
    nobody = [{"id": "u", "token": "t"}]
    with stub(knowing(created, nobody)) as running:
        file = target_file(tmp_path, running.url, connhex=connhex_table(users=nobody))
        told = refused(main("--target", str(file), "-k", CLAIM))
    assert "no row was judged, and that is no pass" in told
    assert "the target lists no user whose permission is allowed" in told


@pytest.mark.parametrize("option", ["--json", "--junit"])
@pytest.mark.parametrize("place", ["no/such/folder/out", ".", "/proc/out"])
def test_a_report_that_cannot_be_written_is_named_before_a_row_is_played(
    option: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with stub(knowing(created)) as running:
        told = refused(main("--target", str(target_file(tmp_path, running.url)), "-k", CLAIM, option, place))
    assert str(tmp_path / place) in told or f"{place}:" in told.split()
    assert [request for request in running.seen if request.path == "/ownerships"] == []
