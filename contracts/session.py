"""A pytest session that runs the contracts: its target, its items, its results."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .asked import Contracts
from .items import PROPERTY, Suite
from .mock import local_mock
from .report.json import write_json
from .report.terminal import summary_lines
from .result import Result
from .rows import CaseError
from .target import TargetError

TARGET_FILE = "ownership_target_file"
"""The key under which an xdist worker is told the target file."""


def begin(config: pytest.Config) -> None:
    """Read the target, starting a mock server where that is asked for, and register the session's hooks. pytest.UsageError."""
    stack = ExitStack()
    report = config.getoption("--ownership-json")
    if report and (Path(report).is_dir() or not Path(report).absolute().parent.is_dir()):
        raise pytest.UsageError(f"--ownership-json {report}: that is a folder, or there is no folder to write it to")
    try:
        file = _target_file(config, stack)
        contracts = Contracts(config, file)
    except (TargetError, CaseError) as error:
        stack.close()
        raise pytest.UsageError(str(error)) from None
    stack.callback(contracts.client.close)
    config.add_cleanup(stack.close)
    config.pluginmanager.register(Hooks(config, contracts), "ownership-contracts-session")


def _target_file(config: pytest.Config, stack: ExitStack) -> Path:
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        return Path(worker[TARGET_FILE])
    if config.getoption("--ownership-target"):
        return Path(config.getoption("--ownership-target")).absolute()
    return stack.enter_context(local_mock(config.getoption("--ownership-vendor")))


class Hooks:
    """pytest's hooks of such a session."""

    def __init__(self, config: pytest.Config, contracts: Contracts) -> None:
        self.config = config
        self.contracts = contracts
        self.results: list[Result] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker where the target is."""
        node.workerinput[TARGET_FILE] = str(self.contracts.file)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add the rows to what was collected, so that -k and the like apply to them too."""
        for vendor in self.contracts.vendors:
            suite = Suite.from_parent(session, name=vendor, nodeid=f"ownership-contracts/{vendor}", contracts=self.contracts)
            # By the hooks that collection itself calls, so that whoever counts items counts these.
            report = suite.ihook.pytest_make_collect_report(collector=suite)
            for item in report.result:
                suite.ihook.pytest_itemcollected(item=item)
                items.append(item)
            suite.ihook.pytest_collectreport(report=report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather results; under xdist the controller sees every worker's."""
        if report.when == "call":
            self.results += [Result.from_json(dict(value)) for name, value in report.user_properties if name == PROPERTY]  # type: ignore[call-overload]  # typed as object

    def pytest_sessionfinish(self) -> None:
        """Write the JSON report."""
        file = self.config.getoption("--ownership-json")
        if file and not hasattr(self.config, "workerinput"):
            write_json(Path(file), self.results, self.contracts.target.base_url)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the verdicts by clause."""
        terminalreporter.section("ownership contracts")
        for line in summary_lines(self.results):
            terminalreporter.write_line(line)
