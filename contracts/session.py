"""A pytest session that runs the contracts: its target, its items, its results."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .asked import Contracts
from .dry.shown import plan_lines
from .gathered import Gathered
from .items import SUITES, Suite, in_order
from .live.options import require_alone, require_unreported
from .live.preflight import require_ready
from .mock import local_mock
from .report.document import RUN, Report
from .report.forms import WriteError, check, write
from .report.options import FORMS
from .report.terminal import summary_lines
from .rows import CaseError
from .target import TargetError
from .unable import RunError
from .verdict.conclude import Outcome, conclude
from .verdict.demands import Demands

SESSION = "ownership-contracts-session"
"""The name under which pytest knows the session's hooks."""
TARGET_FILE = "ownership_target_file"
"""The key under which an xdist worker is told the target file."""


def begin(config: pytest.Config) -> None:
    """Read the target, starting a mock server where that is asked for, and register the session's hooks. pytest.UsageError."""
    stack = ExitStack()
    files = {name: Path(config.getoption(f"--ownership-{name}")) for name in FORMS if config.getoption(f"--ownership-{name}")}
    try:
        check(files)
        if config.getoption("--ownership-dry-run"):
            require_unreported(files)
        if config.getoption("--ownership-dry-run") or config.getoption("--ownership-smoke") is not None:
            require_alone(bool(config.getoption("numprocesses", None)) or hasattr(config, "workerinput"))
        file = _target_file(config, stack)
        contracts = Contracts(config, file)
        stack.callback(contracts.close)
        if contracts.watch is not None and not hasattr(config, "workerinput") and not config.option.collectonly:
            require_ready(contracts.target, contracts.watch, contracts.vendors)
    except (TargetError, CaseError, WriteError, RunError) as error:
        stack.close()
        # Each line as an error of its own: pytest marks them.
        raise pytest.UsageError(*str(error).splitlines()) from None
    config.add_cleanup(stack.close)
    config.pluginmanager.register(Hooks(config, contracts, files), SESSION)


def _target_file(config: pytest.Config, stack: ExitStack) -> Path:
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        return Path(worker[TARGET_FILE])
    if config.getoption("--ownership-target"):
        return Path(config.getoption("--ownership-target")).absolute()
    return stack.enter_context(local_mock(config.getoption("--ownership-vendor")))


class Hooks:
    """pytest's hooks of such a session."""

    def __init__(self, config: pytest.Config, contracts: Contracts, files: Mapping[str, Path]) -> None:
        self.config = config
        self.contracts = contracts
        self.files = files
        self.gathered = Gathered()
        self.began, self.clock = datetime.now(UTC), time.monotonic()
        config.pluginmanager.register(self.gathered)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker where the target is."""
        node.workerinput[TARGET_FILE] = str(self.contracts.file)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add the rows to what was collected, so that -k and the like apply to them too."""
        for vendor in self.contracts.vendors:
            suite = Suite.from_parent(session, name=vendor, nodeid=f"{SUITES}/{vendor}", contracts=self.contracts)
            # By the hooks that collection itself calls, so that whoever counts items counts these.
            report = suite.ihook.pytest_make_collect_report(collector=suite)
            for item in report.result:
                suite.ihook.pytest_itemcollected(item=item)
                items.append(item)
            suite.ihook.pytest_collectreport(report=report)
        if self.contracts.smoke is not None:
            in_order(items, self.contracts.smoke)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports, and have pytest end with 1 where its tests are green and the run is not good all the same. pytest.UsageError."""
        if hasattr(self.config, "workerinput") or self.contracts.plan is not None:
            return
        if session.exitstatus == pytest.ExitCode.OK and self._concerned() and self.outcome().code:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        try:
            write(self.report(), self.files)
        except WriteError as error:
            raise pytest.UsageError(str(error)) from None

    def _concerned(self) -> bool:
        """Return whether the session has rows, or is required to have some."""
        asked = self.contracts.terms.demands != Demands() and not self.config.option.collectonly
        return bool(self.gathered.results) or asked

    def outcome(self) -> Outcome:
        """Return what the results so far come to."""
        return conclude(self.gathered.results, self.contracts.terms, self.contracts.vendors, whole=not self._chosen())

    def report(self) -> Report:
        """Return what came out so far."""
        outcome = self.outcome()
        return Report(
            command=RUN,
            code=outcome.code,
            gate=outcome.gate,
            vendors=tuple(self.contracts.vendors),
            results=tuple(self.gathered.results),
            base_url=self.contracts.target.base_url,
            mode=str(self.contracts.target.mode),
            seed=self.contracts.seed,
            began=self.began.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self.clock, 3),
            asked=self._asked(),
        )

    def _asked(self) -> tuple[str, ...]:
        """Return the words that make the run less than a whole one."""
        layers = [word for layer in self.contracts.named for word in ("--layer", layer)]
        short = [] if self.contracts.smoke is None else ["--smoke", f"{self.contracts.smoke.seconds:g}"]
        return (*self._chosen(), *layers, *short)

    def _chosen(self) -> list[str]:
        """Return the words that choose rows by what they are: who gives them knows what he leaves out."""
        chosen = {"-k": self.config.getoption("keyword"), "-m": self.config.getoption("markexpr")}
        words = [word for option, value in chosen.items() if value for word in (option, value)]
        return [*words, *(word for grade in self.contracts.grades for word in ("--grade", grade))]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the verdicts by clause."""
        terminalreporter.section("ownership contracts")
        for line in self.plan() if self.contracts.plan is not None else summary_lines(self.report()):
            terminalreporter.write_line(line)

    def plan(self) -> tuple[str, ...]:
        """Return what a dry run tells, nothing where the run is none or has no row."""
        plan = self.contracts.plan
        return () if plan is None or not self.gathered.results else tuple(plan_lines(plan, self.gathered.results))
