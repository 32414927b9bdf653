"""The pytest plugin: each row an item. It does nothing unless one of its options is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from .. import specs
from .case import Case, CaseError, cases
from .mock import local_mock
from .play import Player
from .properties import run_properties
from .report.json import write_json
from .report.terminal import summary_lines
from .result import Result, Verdict
from .target import Target, TargetError, load, require_loopback

PROPERTY = "ownership-contracts"
RESULTS = pytest.StashKey[list[Result]]()
SESSION = pytest.StashKey["Contracts"]()
STARTED = pytest.StashKey[ExitStack]()
TARGET_FILE = "ownership_target_file"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, all of which begin with --ownership."""
    group = parser.getgroup("ownership-contracts", "contracts of device-ownership APIs")
    group.addoption("--ownership-target", metavar="FILE", help="run the contracts against the deployment that this target file describes")
    group.addoption("--ownership-mock", action="store_true", help="run the contracts against a mock server of their own")
    group.addoption("--ownership-url", metavar="URL", help="base URL in place of the target file's, for a proxy in front")
    group.addoption("--ownership-vendor", action="append", default=[], choices=specs.vendors(), help="this vendor alone (may be given again)")
    group.addoption("--ownership-grade", action="append", default=[], choices=["documented", "public", "unspecified"], help="rows of this grade alone")
    group.addoption("--ownership-judge-public", action="store_true", help="judge public facts also where the target declares no picks")
    group.addoption("--ownership-no-properties", action="store_true", help="leave the Schemathesis runs out")
    group.addoption("--ownership-seed", type=int, default=1, metavar="N", help="seed of the Schemathesis runs (default: 1)")
    group.addoption("--ownership-examples", type=int, default=20, metavar="N", help="test cases an operation and phase of the Schemathesis runs (default: 20)")
    group.addoption("--ownership-json", metavar="FILE", help="write every result as JSON")


class Contracts:
    """What a session's rows share: the target, and one connection to it."""

    def __init__(self, config: pytest.Config) -> None:
        self.target = _target(config)
        chosen = config.getoption("--ownership-vendor") or [vendor for vendor in specs.vendors() if vendor in self.target.tables]
        self.vendors: list[str] = chosen
        self.grades: list[str] = config.getoption("--ownership-grade")
        self.properties = not config.getoption("--ownership-no-properties")
        self.client = httpx.Client(timeout=30, trust_env=False, follow_redirects=False)
        self.player = Player(self.target, self.client, config.getoption("--ownership-judge-public"), _share(config))

    def rows(self, vendor: str) -> list[Case]:
        """Return the vendor's cases that were asked for."""
        return [case for case in cases(vendor) if not self.grades or case.clause.grade in self.grades]


def _share(config: pytest.Config) -> tuple[int, int]:
    """Return which part of a target's pools this process may use up: under xdist, each worker has its own."""
    worker = getattr(config, "workerinput", None)
    return (int(worker["workerid"].removeprefix("gw")), worker["workercount"]) if worker else (0, 1)


def _target(config: pytest.Config) -> Target:
    file = _file(config)
    assert file is not None  # noqa: S101 - the plugin is off without one
    target = load(Path(file))
    url = config.getoption("--ownership-url")
    if url:
        target = Target(url.rstrip("/"), target.tables, target.control)
    for address in filter(None, (target.base_url, target.control)):
        require_loopback(address)
    return target


def _file(config: pytest.Config) -> str | None:
    worker = getattr(config, "workerinput", None)
    found = worker.get(TARGET_FILE) if worker else config.stash.get(_FILE, None)
    return found or config.getoption("--ownership-target")


_FILE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the mock server where one is asked for, and read the target."""
    if hasattr(config, "workerinput"):
        wanted = _file(config) is not None
    else:
        wanted = bool(config.getoption("--ownership-target") or config.getoption("--ownership-mock"))
    if not wanted:
        return
    config.stash[STARTED] = stack = ExitStack()
    try:
        if config.getoption("--ownership-mock") and not hasattr(config, "workerinput"):
            config.stash[_FILE] = str(stack.enter_context(local_mock(config.getoption("--ownership-vendor"))))
        config.stash[SESSION] = contracts = Contracts(config)
    except (TargetError, CaseError) as error:
        stack.close()
        raise pytest.UsageError(str(error)) from None
    stack.callback(contracts.client.close)
    config.stash[RESULTS] = []


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started."""
    if STARTED in config.stash:
        config.stash[STARTED].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the target is, and how many share its pools."""
    if SESSION in node.config.stash:
        node.workerinput[TARGET_FILE] = _file(node.config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the rows to what was collected, so that -k and the like apply to them too."""
    if SESSION in config.stash:
        contracts = config.stash[SESSION]
        for vendor in contracts.vendors:
            suite = Suite.from_parent(session, name=vendor, nodeid=f"ownership-contracts/{vendor}")
            items.extend(suite.collect())


class Suite(pytest.Collector):
    """A vendor's rows."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each row, and one for the Schemathesis run."""
        contracts = self.config.stash[SESSION]
        for case in contracts.rows(self.name):
            yield CaseItem.from_parent(self, name=case.id, case=case)
        if contracts.properties and not contracts.grades:
            yield PropertiesItem.from_parent(self, name="properties", vendor=self.name)


class Broken(Exception):  # noqa: N818 - a verdict
    """A row's verdict breaks the run."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


class CaseItem(pytest.Item):
    """One row."""

    def __init__(self, *, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case

    def runtest(self) -> None:
        """Play the row; Broken where its verdict breaks the run, a skip where there is none to count."""
        result = self.config.stash[SESSION].player.play(self.case)
        conclude(self, result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell the clause, its source, what was expected and what came."""
        if isinstance(excinfo.value, Broken):
            return explain(excinfo.value.result)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the row as reports show it."""
        return self.config.rootpath, None, f"{self.case.vendor} {self.case.clause.id}: {self.case.id}"


class PropertiesItem(pytest.Item):
    """The Schemathesis run over one vendor's spec."""

    def __init__(self, *, vendor: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vendor = vendor

    def runtest(self) -> None:
        """Run it; Broken where it complains."""
        config = self.config
        target = config.stash[SESSION].target
        conclude(self, run_properties(target, self.vendor, config.getoption("--ownership-seed"), config.getoption("--ownership-examples")))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Tell every complaint."""
        return explain(excinfo.value.result) if isinstance(excinfo.value, Broken) else super().repr_failure(excinfo, style)


def conclude(item: pytest.Item, result: Result) -> None:
    """Attach the result to the item's report and end the item as its verdict says. Broken, or pytest's skip."""
    item.user_properties.append((PROPERTY, result.as_json()))
    if result.verdict.breaks:
        raise Broken(result)
    if result.verdict is not Verdict.PASS:
        pytest.skip(f"{result.verdict}: {result.reason}")


def explain(result: Result) -> str:
    """Return a failed row as text: the clause and where it stands, what was expected, what came, and the requests."""
    clause = specs.ledger(result.vendor).clauses.get(result.clause)
    lines = [f"{result.vendor} {result.clause}: {result.verdict}"]
    if clause is not None:
        page = specs.ledger(result.vendor).pages[clause.page]
        lines += [f"  {clause.says.strip()}", f"  ({clause.grade}; {page['title']}, {clause.section})"]
    lines += [f"  {part}" for part in result.reason.split("; ")]
    lines += [f"    {line}" for line in result.trace]
    return "\n".join(lines)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Gather results; under xdist the controller sees every worker's."""
    for name, value in report.user_properties:
        if name == PROPERTY and report.when == "call" and _gathered is not None:
            _gathered.append(Result.from_json(dict(value)))  # type: ignore[call-overload]  # pytest types the values as object


# pytest hands the hook above no config; a process runs one session.
_gathered: list[Result] | None = None


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin to gather."""
    global _gathered  # noqa: PLW0603 - see above
    _gathered = session.config.stash.get(RESULTS, None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the JSON report."""
    config = session.config
    if RESULTS in config.stash and not hasattr(config, "workerinput") and config.getoption("--ownership-json"):
        results: list[Result] = config.stash[RESULTS]
        write_json(Path(config.getoption("--ownership-json")), results, config.stash[SESSION].target.base_url)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the verdicts by clause."""
    if RESULTS in config.stash:
        results: list[Result] = config.stash[RESULTS]
        terminalreporter.section("ownership contracts")
        for line in summary_lines(results):
            terminalreporter.write_line(line)
