"""A run that is killed at some moment, and what is left of it: in the ledger, in the world, and after `cleanup`."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import tomli_w
from ownership_contracts.contracts.live.accounts import Account, Standing
from ownership_contracts.contracts.live.books import Books

WORDS = {"kii": ("confirm", "register", "create", "delete", "owner", "member", "group", "user"), "connhex": ("claim", "device", "allowed", "")}
"""One of these chooses the rows of a run, so that it does not always begin with the same."""
PATIENCE = 60.0
LONGEST = {"kii": 120, "connhex": 20}
"""So many lines a ledger may have when its run is killed, at the most."""
State = dict[tuple[str, str, str], Any]


class Zygote:
    """Starts the command at once, and kills it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def start(self, *words: str) -> int:
        assert self.process.stdin is not None
        print(json.dumps(words), file=self.process.stdin, flush=True)
        return int(self.line())

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def ended(self) -> int:
        """The exit code, 256 and more where a signal ended it."""
        return os.waitstatus_to_exitcode(int(self.line()))


@contextlib.contextmanager
def zygote(log: Path) -> Iterator[Zygote]:
    command = [sys.executable, "-m", "tests.contracts.live.zygote", str(log)]
    here = Path(__file__).parents[3]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=here) as process:
        made = Zygote(process)
        assert made.line() == "ready\n"
        try:
            yield made
        finally:
            process.kill()


@dataclass(frozen=True)
class Site:
    """A world as a deployment: without the control API in its target file. view: where the world tells of itself."""

    target: Path
    ledgers: Path
    base_url: str
    view: str
    http: httpx.Client

    def state(self) -> State:
        """What there is, by kind, application and name; as soon as it stands still: a request may be under way whose client was killed."""
        until, seen = time.monotonic() + PATIENCE, self._state()
        while time.monotonic() < until:
            time.sleep(0.02)
            again = self._state()
            if again == seen:
                return seen
            seen = again
        raise AssertionError("the world does not come to rest")

    def _state(self) -> State:
        state = self.http.get(self.view).raise_for_status().json()["state"]
        found: State = {("device", "", row["device"]): row for row in state["connhex"]["resources"]}
        for app in state["kii"]["apps"]:
            found |= {("thing", app["id"], row["id"]): row for row in app["things"]}
            found |= {("user", app["id"], row["id"]): row for row in app["users"]}
            found |= {("group", app["id"], row["id"]): row for row in app["groups"]}
        return found

    def accounts(self) -> list[Account]:
        return [account for run in Books(self.ledgers, self.base_url).runs().values() for account in run.accounts.values()]


def site(folder: Path, server: str, world: dict[str, Any], http: httpx.Client) -> Site:
    tables = {"kii": world["kii"], "connhex": {name: value for name, value in world["connhex"].items() if name != "probes"}}
    file = folder / "target.toml"
    file.write_text(tomli_w.dumps({"base_url": world["base_url"], "mode": "fixtures", "ledger": "ledgers", **tables}))
    return Site(file, folder / "ledgers", world["base_url"], f"{server}/_mock/api/worlds/{world['name']}", http)


def changed(before: State, after: State, *, flows: bool = True) -> list[tuple[str, str, set[str]]]:
    """What differs: its kind, its application, and each of its names. flows: codes that are pending too; they run out by themselves."""
    found = []
    for key in before.keys() | after.keys():
        was, is_now = (_without_flows(state.get(key), flows=flows) for state in (before, after))
        if was != is_now:
            row = after.get(key) or before[key]
            names = {str(row[name]) for name in ("id", "vendor_id", "login", "label", "name", "device") if row.get(name)}
            found.append((*key[:2], names))
    return found


def _without_flows(row: Any, *, flows: bool) -> Any:
    return row if flows or row is None else {name: value for name, value in row.items() if name != "flows"}


def unaccounted(before: State, after: State, accounts: list[Account]) -> list[tuple[str, str, set[str]]]:
    """What differs though no account is about it which is open, or left; of what was restored its pending codes may differ."""
    known = [account for account in accounts if account.standing not in (Standing.CLEANED, Standing.NOT_MADE, Standing.LEASED)]
    restored = [account for account in accounts if account.standing is Standing.CLEANED and account.pooled]
    return _unnamed(changed(before, after, flows=False), known) + _unnamed(changed(before, after), [*known, *restored])


def _unnamed(differing: list[tuple[str, str, set[str]]], known: list[Account]) -> list[tuple[str, str, set[str]]]:
    named = {(one.kind, one.scope, one.name.removeprefix("VENDOR_THING_ID:")) for account in known for one in account.called()}
    # Of a group that nobody knows the id of, the ledger has the name, which the world does not show.
    unknown = {(one.resource.kind, one.resource.scope) for one in known if one.resource.kind == "group" and not one.names}
    return [entry for entry in differing if not ({(*entry[:2], name) for name in entry[2]} & named or entry[:2] in unknown)]


def befall(zygote: Zygote, site: Site, seed: int) -> dict[str, Any]:
    """Kill a run at a moment, and clean up after it, sometimes killed too; return what was seen. AssertionError: something is not accounted for."""
    drawn = random.Random(seed)
    vendor = drawn.choice(["kii", "kii", "kii", "connhex"])
    before, known = site.state(), {file.name for file in site.ledgers.glob("*.jsonl")}
    run = zygote.start("run", "--target", str(site.target), "--vendor", vendor, "--layer", "case", "-k", drawn.choice(WORDS[vendor]))
    lines = kill_behind(run, site.ledgers, known, drawn, LONGEST[vendor])
    code = zygote.ended()
    middle = site.state()
    open_now = [account for account in site.accounts() if account.open]
    lacking = unaccounted(before, middle, site.accounts())
    assert not lacking, (seed, lacking)
    report = site.ledgers.parent / "cleanup.json"
    report.unlink(missing_ok=True)
    words = ("cleanup", "--target", str(site.target), "--json", str(report))
    told_before: list[Any] = []
    if drawn.random() < 0.3:
        kill_behind(zygote.start(*words), site.ledgers, {file.name for file in site.ledgers.glob("*.jsonl")}, drawn, 12)
        zygote.ended()
        # It may have come so far that it has told all.
        told_before = json.loads(report.read_text()) if report.exists() else []
    zygote.start(*words)
    cleaned = zygote.ended()
    done = json.loads(report.read_text())
    assert cleaned == int(any(one["left"] for one in done)), (seed, cleaned, done)
    done += told_before
    left = {(row["kind"], row["scope"], name) for one in done for row in one["left"] for name in (row["name"], *row.get("names", []))}
    remaining = changed(before, site.state(), flows=False)
    lost = [entry for entry in remaining if not {(*entry[:2], name) for name in entry[2]} & left]
    told = [account.told() for account in site.accounts() if account.standing is Standing.LEFT]
    assert not lost, (seed, lost, done)
    zygote.start(*words)
    assert (zygote.ended(), json.loads(report.read_text())) == (0, []), (seed, done)
    return {
        "seed": seed,
        "vendor": vendor,
        "lines": lines,
        "killed": code < 0,
        "open": len(open_now),
        "changed": len(changed(before, middle)),
        "left": len(told),
    }


def kill_behind(pid: int, ledgers: Path, known: set[str], drawn: random.Random, most: int, how: signal.Signals = signal.SIGKILL) -> int:
    """Signal the process some moment behind some line of its ledger; return how many lines it has. One that ends before is left alone."""
    wanted, pause = drawn.randint(1, most), drawn.uniform(0, 0.01)
    handle, until = os.pidfd_open(pid), time.monotonic() + PATIENCE
    lines = 0
    try:
        while lines < wanted and time.monotonic() < until and not _over(handle):
            time.sleep(0.001)
            with contextlib.suppress(FileNotFoundError):
                lines = sum(file.read_bytes().count(b"\n") for file in ledgers.glob("*.jsonl") if file.name not in known)
        time.sleep(pause)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, how)
    finally:
        os.close(handle)
    return lines


def _over(handle: int) -> bool:
    return bool(select.select([handle], [], [], 0)[0])


def interrupt(zygote: Zygote, site: Site, seed: int) -> int:
    """Interrupt a run at a moment, as Ctrl-C does; return its exit code. AssertionError: it has not cleaned up after itself."""
    drawn, before = random.Random(seed), site.state()
    run = zygote.start("run", "--target", str(site.target), "--vendor", "kii", "--layer", "case", "-k", drawn.choice(WORDS["kii"]))
    kill_behind(run, site.ledgers, set(), drawn, LONGEST["kii"], signal.SIGINT)
    code = zygote.ended()
    assert not [account.told() for account in site.accounts() if account.open], seed
    remaining = unaccounted(before, site.state(), site.accounts())
    assert not remaining, (seed, remaining)
    return code
