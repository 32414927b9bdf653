"""The cleanup subcommand: what runs that are over have left on a deployment is taken back, as far as anybody can."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..report.forms import WriteError, check, write_text
from ..setup import Setup
from ..shown import masked
from ..target import Target, TargetError, choose
from ..unable import RunError
from ..unavailable import Unavailable
from .accounts import Account, Standing
from .books import Books, Run
from .ledger import Ledger, Unwritten
from .mode import Mode
from .watch import Watch


@dataclass(frozen=True)
class Done:
    """What came of one run. cleaned: what was taken back now. left: what is not, each with why it stands so."""

    run: str
    cleaned: tuple[Account, ...]
    left: tuple[Account, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"run": self.run, "cleaned": [account.as_json() for account in self.cleaned], "left": [account.as_json() for account in self.left]}


def cleanup(options: argparse.Namespace) -> int:
    """Clean up, print what came of it, and return 0, or 1 where something is left. options: see add_cleanup. RunError."""
    try:
        check({"json": options.json} if options.json else {})
        target = _target(options)
        runs, perhaps = _chosen(options.run, target)
        if options.dry_run or not runs:
            done = [Done(run.name, tuple(run.open()), tuple(account for account in _touched(run) if not account.open)) for run in runs]
            return _tell(done, perhaps, options, target)
        with contextlib.closing(Ledger(target, "cleanup")) as ledger:
            done = list(_cleaned(runs, target, ledger))
            code = _tell(done, perhaps, options, target)
            # Not before somebody has been told: later calls do not tell again.
            for one in done:
                if not any(account.open for account in one.left):
                    ledger.finished(one.run)
            return code
    except (TargetError, Unwritten, WriteError) as error:
        raise RunError(str(error)) from None
    except OSError as error:
        raise RunError(f"the ledgers cannot be read: {error}") from None


def _tell(done: list[Done], perhaps: list[Run], options: argparse.Namespace, target: Target) -> int:
    """Print and write what came of the runs, and return the exit code. perhaps: those that may go on. WriteError."""
    if options.json:
        told = _masked([one.as_json() for one in done], target.secrets)
        write_text(options.json, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    for one in done:
        for line in _lines(one, "would be taken back" if options.dry_run else "cleaned"):
            print(masked(line, target.secrets))
    for run in perhaps:
        print(f"run {run.name} may go on on another host until {run.elsewhere}, and is left alone (--run {run.name} if it is over)")
    if not done and not perhaps:
        print(f"Nothing to clean up: the ledgers in {target.ledger} tell of nothing that a run has left on {target.base_url}.")
    return int(bool(perhaps) or any(one.left or (options.dry_run and one.cleaned) for one in done))


def _target(options: argparse.Namespace) -> Target:
    target = choose(options.target, options.url, [], None, options.ledger)
    if target.mode is Mode.WORLDS:
        raise TargetError(f"target {options.target} has a control API: each row played in a world of its own, and nothing of it is left")
    # Whatever a run may do: what another has made may be taken back, and nothing else can be asked for.
    return replace(target, mode=Mode.FIXTURES)


def _chosen(names: list[str], target: Target) -> tuple[list[Run], list[Run]]:
    """Return the runs that are over and of which something is open; those of these names, if there are any, in any case. TargetError.

    And those of which nobody can tell here whether they are over.
    """
    runs = Books(target.ledger, target.base_url).runs()
    for name in names:
        if name not in runs:
            raise TargetError(f"the ledgers in {target.ledger} know no run {name} on {target.base_url}: there is {', '.join(runs) or 'none'}")
        if runs[name].alive:
            raise TargetError(f"run {name} still goes on: it cleans up after itself")
    if names:
        return [run for run in runs.values() if run.name in names], []
    left = [run for run in runs.values() if not (run.alive or run.finished) and _touched(run)]
    return [run for run in left if not run.elsewhere], [run for run in left if run.elsewhere]


def _touched(run: Run) -> list[Account]:
    """Return what is to be taken back or told of."""
    return [account for account in run.accounts.values() if account.open or account.for_good]


def _cleaned(runs: list[Run], target: Target, ledger: Ledger) -> Iterator[Done]:
    """Take back what each has left, and yield what came of it; a run that another process cleans up after is left to that."""
    with contextlib.closing(Watch(target, ledger)) as watch:
        setup = Setup(watch.client, target.base_url, ledger, target.tables, watch.keys)
        setup.later = True
        for known in runs:
            run = known if known.finished else ledger.take_over(known.name)
            if run is None:
                continue
            tried = [] if run.finished else run.open()
            for account in tried:
                _take_back(account, setup, watch, ledger)
            cleaned = tuple(account for account in tried if account.standing is Standing.CLEANED)
            yield Done(run.name, cleaned, tuple(_touched(run)))


def _take_back(account: Account, setup: Setup, watch: Watch, ledger: Ledger) -> None:
    """Write what comes of it. Where the deployment does not answer any more it is not asked for each. Unwritten."""
    watch.begin()
    try:
        watch.require()
    except Unavailable as reason:
        ledger.left(account.resource, str(reason))
        return
    setup.take_back([account])
    watch.count()
    if watch.renewed():
        setup.take_back([account])


def _lines(done: Done, word: str) -> Iterator[str]:
    yield f"run {done.run}: {len(done.cleaned)} {word}, {len(done.left)} left"
    yield from (f"  {word}: {account.resource}" for account in done.cleaned)
    yield from (f"  left: {account.told()}" for account in done.left)


def _masked(node: Any, secrets: Collection[str]) -> Any:
    if isinstance(node, dict):
        return {name: _masked(value, secrets) for name, value in node.items()}
    if isinstance(node, list):
        return [_masked(value, secrets) for value in node]
    return masked(node, secrets) if isinstance(node, str) else node
