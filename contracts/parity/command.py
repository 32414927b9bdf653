"""The parity subcommand: rows on a mock server and on a deployment, what came of it, and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml
from rich.progress import Progress

from ..bar import bar
from ..bar import console as console_on_stdout
from ..case import Case
from ..connection import connection
from ..driver import Driver, require_answer
from ..fixtures import picks
from ..layers.matrix import cells as matrix
from ..live.ledger import Ledger
from ..live.mode import Mode
from ..live.preflight import require_ready
from ..live.watch import Watch
from ..mock import local_mock
from ..play import Player
from ..report.forms import WriteError, check, write_text
from ..result import Result
from ..rows import CaseError
from ..target import Target, TargetError, choose, load
from ..unable import RunError, for_nothing
from .compared import COMPARABLE, Compared, Outcome, compare
from .comparison import Comparison, VendorPicks
from .learnt import known
from .options import CASE, FORMS, MATRIX
from .rounds import Rounds
from .selection import SelectionError, selected
from .shown import print_comparison
from .written import as_json, as_markdown, as_picks, as_settings

FILES: Mapping[str, Callable[[Comparison], str]] = {"settings": as_settings, "picks": as_picks, "json": as_json, "markdown": as_markdown}


def parity(options: argparse.Namespace) -> int:
    """Compare, print what came out, and return 0 or 1. options: see options. RunError."""
    files = {name: getattr(options, name) for name in ("settings", "picks", *FORMS) if getattr(options, name)}
    console = console_on_stdout()
    try:
        _require_own(files, options)
        check(files)
        with bar(console) as progress:
            found = _compared(options, progress)
        for name, file in files.items():
            write_text(file, FILES[name](found))
    except (TargetError, CaseError, SelectionError, WriteError) as error:
        raise RunError(str(error)) from None
    if not any(row.outcome is not Outcome.UNCOMPARED for row in found.rows):
        raise for_nothing("no row could be compared", (row.reason for row in found.rows))
    print_comparison(console, found, files)
    return found.code


def _require_own(files: Mapping[str, Path], options: argparse.Namespace) -> None:
    """Return if nothing is written over what is read. WriteError."""
    read = [os.path.realpath(file) for file in (options.target, options.mock_settings) if file]
    for name, file in files.items():
        if os.path.realpath(file) in read:
            raise WriteError(f"--{name} {file}: that is a file which is read here; name another, and take over from it what you want")


def _compared(options: argparse.Namespace, progress: Progress) -> Comparison:
    target = choose(options.target, options.url, options.vendor, options.mode, options.ledger)
    if target.control is not None:
        raise TargetError(f"target {options.target} has a control API: it is a mock server, and parity compares one of its own with a deployment")
    vendors = options.vendor or list(target.tables)
    rows = {vendor: selected(vendor, options.keyword) if CASE in (options.layer or [CASE]) else [] for vendor in vendors}
    require_answer(target)
    with contextlib.ExitStack() as stack:
        settings = stack.enter_context(_settings(options.mock_settings, target))
        mock = load(stack.enter_context(local_mock(vendors, ("--settings", str(settings)))))
        sides = [stack.enter_context(_player(side, options.patience, options.slice)) for side in (mock, target)]
        found = [_vendor(vendor, rows[vendor], sides, options, progress) for vendor in vendors]
    return Comparison(target.base_url, tuple(part for part, _ in found), tuple(row for _, rows in found for row in rows))


@contextlib.contextmanager
def _settings(file: Path | None, target: Target) -> Iterator[Path]:
    """Yield the file of what the mock picks: the named one, or one with what the target declares."""
    if file is not None:
        yield file.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="ownership-") as folder:
        made = Path(folder) / "settings.yaml"
        made.write_text(yaml.safe_dump({vendor: dict(table.get("picks", {})) for vendor, table in target.tables.items()}), "utf-8")
        yield made


@contextlib.contextmanager
def _player(target: Target, patience: float, share: tuple[int, int]) -> Iterator[Player]:
    with contextlib.ExitStack() as stack:
        ledger = stack.enter_context(contextlib.closing(Ledger(target))) if target.mode is Mode.FIXTURES else None
        watch = stack.enter_context(contextlib.closing(Watch(target, ledger))) if target.control is None else None
        client = stack.enter_context(connection(target)) if watch is None else watch.client
        if watch is not None:
            require_ready(target, watch, list(target.tables))
        driver = Driver(target, client, lasting=True) if target.control is not None else None
        if driver is not None:
            stack.callback(driver.end)
        yield Player(target, client, share=share, patience=patience, driver=driver, ledger=ledger, watch=watch, comparing=True)


def _vendor(
    vendor: str, chosen: Sequence[Case], sides: Sequence[Player], options: argparse.Namespace, progress: Progress
) -> tuple[VendorPicks, list[Compared]]:
    """Return what is known of the vendor's picks, and its rows on both sides: the mock's and the deployment's."""
    mock, deployment = sides
    task = progress.add_task(f"{vendor} on the deployment", total=len(chosen))
    rounds = Rounds(deployment, vendor, lambda: progress.advance(task))
    rounds.play(chosen)
    if MATRIX in options.layer:
        # A cell expects what its picks come to: they are to be known by then.
        values = picks(vendor, {"picks": known(rounds.found)})
        more = selected(vendor, options.keyword, matrix(vendor, values))
        progress.update(task, total=len(chosen) + len(more))
        rounds.play(more)
    ours = mock.target.tables[vendor]["picks"]
    read = {name: (ours[name], one.value) for name, one in rounds.found.items() if one.known and one.value != ours[name]}
    task = progress.add_task(f"{vendor} on the mock", total=len(rounds.played))
    rows = []
    for case, result in rounds.played:
        played = _on_the_mock(mock, case, rounds) if result.verdict in COMPARABLE else None
        rows.append(compare(case, played, result, read))
        progress.advance(task)
    return VendorPicks(vendor, ours, rounds.found), rows


def _on_the_mock(mock: Player, case: Case, rounds: Rounds) -> Result:
    if case.layer == MATRIX:
        settings = {**known(rounds.found), **case.needs.get("settings", {})}
        return mock.play(replace(case, needs={**case.needs, "settings": settings}))
    return mock.play(case)
