"""The ledger: what is written before a request goes out, what a folder of ledgers comes to, and who may have what of a pool."""

from __future__ import annotations

import contextlib
import json
import os
import resource as limits
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ownership_contracts.contracts.connection import connection
from ownership_contracts.contracts.live.accounts import Standing
from ownership_contracts.contracts.live.books import Books
from ownership_contracts.contracts.live.gate import NotAllowed
from ownership_contracts.contracts.live.ledger import Ledger, Unwritten
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.live.options import part
from ownership_contracts.contracts.live.resource import Resource
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Verdict
from ownership_contracts.contracts.setup import Setup
from ownership_contracts.contracts.target import Target

from ..samples import connhex_table, kii_app, row
from ..stub import Request, reply, stub

URL = "http://127.0.0.1:9"
LAMP = Resource("kii", "thing", "th.1", "app1")
LAMP_TOO = Resource("kii", "thing", "VENDOR_THING_ID:lamp", "app1")
NAMES = [LAMP, LAMP_TOO]


def target(folder: Path, url: str = URL, **tables: Any) -> Target:
    return Target(url, tables, mode=Mode.FIXTURES, ledger=folder / "ledgers")


@contextlib.contextmanager
def ledger(folder: Path, url: str = URL) -> Iterator[Ledger]:
    with contextlib.closing(Ledger(target(folder, url))) as made:
        yield made


def standings(folder: Path, url: str = URL) -> dict[str, Standing]:
    runs = Books(folder / "ledgers", url).runs().values()
    return {account.resource.name: account.standing for run in runs for account in run.accounts.values()}


def text(made: Ledger) -> list[dict[str, Any]]:
    return [json.loads(line) for line in made.file.read_text().splitlines()]


# ---------------------------------------------------------------------------------------------------- what ledgers come to


def test_each_resource_stands_as_its_last_line_says(tmp_path: Path) -> None:
    things = {name: Resource("kii", "thing", name, "app1") for name in ("asked", "made", "refused", "leased", "given-back", "used", "gone", "kept")}
    with ledger(tmp_path) as made:
        for name in ("asked", "made", "refused", "gone", "kept"):
            made.about_to_make(things[name], "POST /things", by="admin")
        made.made(things["made"], "th.1")
        made.refused(things["refused"], 409)
        for name in ("leased", "given-back", "used"):
            assert made.leases([things[name]])
        made.release(things["given-back"])
        made.about_to_use(things["used"], "POST /ownership")
        made.about_to_clean(things["gone"])
        made.cleaned(things["gone"])
        made.left(things["kept"], "DELETE was answered 401")
        assert {account.resource.name for account in made.held()} == {"asked", "made", "leased", "used", "kept"}
    assert standings(tmp_path) == {
        "asked": Standing.PERHAPS_MADE,
        "made": Standing.MADE,
        "refused": Standing.NOT_MADE,
        "leased": Standing.LEASED,
        "used": Standing.PERHAPS_CHANGED,
        "gone": Standing.CLEANED,
        "kept": Standing.LEFT,
    }


def test_what_is_asked_for_twice_and_refused_once_may_still_be_there(tmp_path: Path) -> None:
    with ledger(tmp_path) as made:
        made.about_to_make(LAMP_TOO, "POST /things")
        made.about_to_make(LAMP_TOO, "POST /things")
        made.refused(LAMP_TOO, 409)
        assert standings(tmp_path)[LAMP_TOO.name] is Standing.PERHAPS_MADE
        made.refused(LAMP_TOO, 409)
        assert standings(tmp_path)[LAMP_TOO.name] is Standing.NOT_MADE
        assert not made.has(LAMP_TOO)


def test_what_a_pool_lists_is_never_taken_for_made_by_the_run(tmp_path: Path) -> None:
    with ledger(tmp_path) as made:
        assert made.leases(NAMES)
        made.about_to_make(LAMP, "POST /things")
        made.made(LAMP, "th.9")
    (account,) = (account for run in Books(tmp_path / "ledgers", URL).runs().values() for account in run.accounts.values())
    assert account.pooled


@pytest.mark.parametrize(
    "torn", [b'{"event": "ma', b"\xff\xfe", b'{"event": 7}', b'{"event": "use"}', b"[]", b'{"event": "made", "resource": {"a": 1}}']
)
def test_a_line_that_is_none_is_passed_over(torn: bytes, tmp_path: Path) -> None:
    with ledger(tmp_path) as made:
        made.about_to_make(LAMP, "POST /things")
        file = made.file
    file.write_bytes(file.read_bytes() + torn)
    assert standings(tmp_path) == {LAMP.name: Standing.PERHAPS_MADE}


def test_a_ledger_of_another_deployment_does_not_count(tmp_path: Path) -> None:
    with ledger(tmp_path) as made:
        assert made.leases(NAMES)
        assert standings(tmp_path, "http://127.0.0.1:10") == {}
        with ledger(tmp_path, "http://127.0.0.1:10") as other:
            assert other.leases(NAMES)


@pytest.mark.parametrize("url", ["HTTPS://Api.Example.com", "https://api.example.com:443", "https://api.example.com/"])
def test_a_deployment_is_the_same_however_its_address_is_written(url: str, tmp_path: Path) -> None:
    with ledger(tmp_path, url) as made, ledger(tmp_path, "https://api.example.com") as other:
        assert made.leases(NAMES)
        assert not other.leases(NAMES)


def test_a_ledger_that_tells_of_nothing_is_taken_away(tmp_path: Path) -> None:
    with ledger(tmp_path) as made:
        assert made.file.is_file()
    assert not made.file.exists()


# ---------------------------------------------------------------------------------------------------- pools


def test_a_resource_is_leased_to_one_run_under_each_of_its_names_until_it_is_given_back(tmp_path: Path) -> None:
    with ledger(tmp_path) as one, ledger(tmp_path) as other:
        assert one.leases(NAMES)
        assert not other.leases([LAMP])
        assert not other.leases([LAMP_TOO])
        assert not one.leases(NAMES)
        one.release(LAMP)
        assert other.leases([LAMP_TOO, LAMP])


@pytest.mark.parametrize(("ends", "free"), [("unused", True), ("used", False), ("restored", True), ("left", False)])
def test_what_a_run_that_is_over_had_is_free_only_where_it_is_as_it_was(ends: str, free: bool, tmp_path: Path) -> None:
    with ledger(tmp_path) as one:
        assert one.leases(NAMES)
        if ends != "unused":
            one.about_to_use(LAMP, "POST /ownership")
        if ends == "restored":
            one.cleaned(LAMP)
        if ends == "left":
            one.left(LAMP, "it has owners", for_good=True)
    with ledger(tmp_path) as other:
        assert other.leases(NAMES) is free


DRAWS = """
import sys
from pathlib import Path
from ownership_contracts.contracts.live.ledger import Ledger
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.live.resource import Resource
from ownership_contracts.contracts.target import Target
ledger = Ledger(Target("http://127.0.0.1:9", {}, mode=Mode.FIXTURES, ledger=Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
print(*(number for number in range(40) if ledger.leases([Resource("v", "device", str(number))])), flush=True)
sys.stdin.readline()
"""


def test_processes_that_draw_at_once_never_get_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DRAWS, str(tmp_path / "ledgers")]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    got = []
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            print(file=process.stdin, flush=True)
        got = [process.stdout.readline().split() for process in started if process.stdout]
    finally:
        for process in started:
            process.kill()
            process.communicate(timeout=30)
    drawn = [number for mine in got for number in mine]
    assert sorted(map(int, drawn)) == list(range(40))
    # They were killed, and none had used what it had.
    with ledger(tmp_path) as after:
        assert after.leases([Resource("v", "device", "0")])


def test_a_slice_is_a_part_of_a_pool_and_workers_have_parts_of_that() -> None:
    assert [part(text) for text in ("1/1", "2/5", "5/5")] == [(0, 1), (1, 5), (4, 5)]
    for wrong in ("0/5", "6/5", "2", "2/0", "a/b", "-1/5", "1/5/2"):
        with pytest.raises(Exception, match="is no part"):
            part(wrong)


# ---------------------------------------------------------------------------------------------------- no line, no request


def claims(folder: Path, url: str) -> tuple[Ledger, Player]:
    described = target(folder, url, connhex=connhex_table())
    made = Ledger(described)
    return made, Player(described, connection(described, made), ledger=made)


def event(line: bytes) -> str:
    try:
        return str(json.loads(line)["event"])
    except ValueError:
        # Torn off.
        return ""


def test_a_request_whose_line_cannot_be_written_is_not_sent(tmp_path: Path) -> None:
    """A process with a limit on the size of its files, as on a full disk: half a line gets in at the most."""
    with stub(lambda _: reply(201, {"resourceId": "r-1"})) as running:
        made, player = claims(tmp_path, running.url)
        size = made.file.stat().st_size
        before, handler = limits.getrlimit(limits.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limits.setrlimit(limits.RLIMIT_FSIZE, (size + 20, before[1]))
        try:
            refused = player.play(row())
        finally:
            limits.setrlimit(limits.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert running.seen == []
        assert refused.verdict is Verdict.SKIPPED
        assert "the ledger cannot be written in" in refused.reason
        # There is room again: what is written then is not taken for the end of what was torn off.
        assert player.play(row()).verdict is Verdict.PASS
        assert len(running.seen) == 1
        assert {"make", "use", "lease"} <= {event(line) for line in made.file.read_bytes().splitlines()}


def test_each_line_is_written_before_its_request_is_sent(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def answer(request: Request) -> Any:
        seen.append([line["event"] for line in text(made)])
        return reply(201, {"resourceId": "r-1"})

    with stub(answer) as running:
        made, player = claims(tmp_path, running.url)
        player.play(row())
    assert seen == [["begin", "lease", "use", "make"]]
    use = next(line for line in text(made) if line["event"] == "use")
    assert (use["resource"]["name"], use["by"]) == ("D-1", "user u-ada")


def test_what_never_left_or_was_refused_was_not_made(tmp_path: Path) -> None:
    body = {"loginName": "user-0123456789abcdef0123", "password": "x"}
    described = target(tmp_path, kii={"apps": [kii_app()]})
    with contextlib.closing(Ledger(described)) as made, connection(described, made) as client, pytest.raises(httpx.ConnectError):
        Setup(client, URL, made).ask("POST", "/api/apps/app1/users", {}, body)
    assert set(standings(tmp_path).values()) == {Standing.NOT_MADE}


def test_what_the_run_has_not_leased_is_not_changed(tmp_path: Path) -> None:
    with stub(lambda _: reply(204)) as running:
        described = target(tmp_path, running.url, kii={"apps": [kii_app()]})
        with contextlib.closing(Ledger(described)) as made, connection(described, made) as client:
            setup = Setup(client, running.url, made)
            with pytest.raises(NotAllowed):
                setup.ask("DELETE", "/api/apps/app1/things/th.1", {})
            assert made.leases(NAMES)
            setup.ask("DELETE", "/api/apps/app1/things/VENDOR_THING_ID:lamp", {})
            made.cleaned(LAMP)
            with pytest.raises(NotAllowed):
                setup.ask("DELETE", "/api/apps/app1/things/th.1", {})
    assert len(running.seen) == 1


def test_a_ledger_that_nobody_may_read_stops_the_lease(tmp_path: Path) -> None:
    with ledger(tmp_path) as one, ledger(tmp_path) as other:
        assert one.leases(NAMES)
        one.file.unlink()
        # Nobody can open it, whoever he is.
        os.symlink(one.file.name, one.file)
        with pytest.raises(Unwritten, match="cannot be read"):
            other.leases(NAMES)
