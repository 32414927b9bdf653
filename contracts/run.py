"""The run subcommand: pytest with this package's plugin, a progress bar, a table, and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from .bar import bar
from .bar import console as console_on_stdout
from .driver import require_answer
from .live import options as live_options
from .live.mode import Mode
from .live.options import require_alone, require_unreported
from .mock import local_mock
from .report.document import Report
from .report.forms import WriteError, check, write
from .report.last import remember
from .report.options import asked_for
from .report.whole import print_report
from .session import SESSION
from .target import TargetError, choose
from .unable import RunError, for_nothing
from .verdict.conclude import NOTHING_JUDGED

HYPOTHESIS = "HYPOTHESIS_STORAGE_DIRECTORY"


def run(options: argparse.Namespace) -> int:
    """Run the suites, print what came out, and return its exit code. options: see cli. RunError."""
    console = console_on_stdout()
    files = asked_for(options)
    if options.dry_run:
        require_unreported(files)
    if options.dry_run or options.smoke is not None:
        require_alone(options.workers > 1)
    with contextlib.ExitStack() as stack:
        try:
            check(files)
            file = options.target or stack.enter_context(local_mock(options.vendor))
            target = choose(file, options.url, options.vendor, options.mode, options.ledger)
            if target.mode is Mode.WORLDS and not options.dry_run:
                # Of any other target the session's preflight says more.
                require_answer(target)
        except (TargetError, WriteError) as error:
            raise RunError(str(error)) from None
        watch = Watch(console)
        said = io.StringIO()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ownership-"))
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), _on_our_own(Path(folder)), watch.progress:
            code = _ended(_arguments(options, file, Path(folder)), watch)
    _require_played(code, said.getvalue())
    if options.dry_run:
        return _tell_plan(console, watch.plan)
    return _conclude(console, watch, files)


def _ended(words: list[str], watch: Watch) -> int:
    """Return pytest's exit code. KeyboardInterrupt."""
    try:
        return int(pytest.main(words, plugins=[watch]))
    except Exception:
        # pytest cannot tell of an interrupt at an instruction that belongs to no line: of that it fails itself.
        if watch.interrupted:
            raise KeyboardInterrupt from None
        raise


def _arguments(options: argparse.Namespace, file: Path, empty: Path) -> list[str]:
    """Return pytest's command line. empty: a folder without tests, so that nothing but the rows is collected."""
    (empty / "pytest.ini").write_text("[pytest]\n", "utf-8")
    # Neither a cache folder nor Schemathesis's own plugin is needed here; the latter takes a second to import.
    plain = "-p no:cacheprovider -p no:schemathesis --assert=plain -q --tb=short"
    words = [str(empty), "--rootdir", str(empty), "-c", str(empty / "pytest.ini"), *plain.split()]
    # Installed, pytest finds the plugin by its entry point; loading it twice by two names would declare its options twice.
    words += ["--ownership-target", str(file.absolute()), "--ownership-patience", str(options.patience)]
    words += ["--ownership-seed", str(options.seed), "--ownership-walks", str(options.walks), "--ownership-steps", str(options.steps)]
    words += ["--ownership-examples", str(options.examples)]
    words += ["--ownership-url", options.url] if options.url else []
    words += live_options.words(options)
    for name, values in (("vendor", options.vendor), ("grade", options.grade), ("layer", options.layer)):
        words += [word for value in values for word in (f"--ownership-{name}", value)]
    # In one word: pytest takes a word that begins with @ for a file of its own options.
    words += [f"--ownership-require={value}" for value in options.require]
    words += ["--ownership-baseline", str(Path(options.baseline).absolute())] if options.baseline else []
    words += ["--ownership-judge-public"] if options.judge_public else []
    words += ["--ownership-no-properties"] if options.no_properties else []
    words += ["-k", options.keyword] if options.keyword else []
    return [*words, "-n", str(options.workers)] if options.workers > 1 else words


def _require_played(code: int, said: str) -> None:
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
        raise RunError("the rows could not be run: " + ("\n".join(errors) or said.strip().rpartition("\n")[2]))


def _conclude(console: Console, watch: Watch, files: Mapping[str, Path]) -> int:
    report = watch.report
    assert report is not None  # noqa: S101 - the session came to its end; said for the type checker
    results = report.results
    remember(report)
    try:
        write(report, files)
    except WriteError as error:
        raise RunError(str(error)) from None
    if report.code == NOTHING_JUDGED:
        raise for_nothing("no row was judged, and that is no pass", (f"{result.verdict}: {result.reason}" for result in results))
    print_report(console, report)
    return report.code


def _tell_plan(console: Console, lines: Sequence[str]) -> int:
    if not lines:
        raise RunError("nothing fits what was asked for")
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
    return 0


class Watch:
    """A pytest plugin that moves the progress bar and takes the report. interrupted: whether somebody has interrupted the session."""

    def __init__(self, console: Console) -> None:
        # The real terminal: pytest's own output is caught around the run.
        self.progress = bar(console)
        self.bar = self.progress.add_task("rows", total=None)
        self.report: Report | None = None
        self.plan: tuple[str, ...] = ()
        self.interrupted = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Note it."""
        self.interrupted = True

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many rows there are."""
        if not hasattr(session.config, "workerinput") and session.items:
            self.progress.update(self.bar, total=len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002 - xdist's signature
        """Learn it from a worker."""
        self.progress.update(self.bar, total=len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a row."""
        if report.when == "call":
            self.progress.advance(self.bar)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take the report."""
        hooks = session.config.pluginmanager.get_plugin(SESSION)
        self.report = hooks.report() if hooks is not None else None
        self.plan = hooks.plan() if hooks is not None else ()


@contextlib.contextmanager
def _on_our_own(folder: Path) -> Iterator[None]:
    """Keep what a user has told pytest out: the run is ours. folder: where what is kept lies."""
    names = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    # What Hypothesis keeps in a folder, it would keep in the user's.
    kept |= {HYPOTHESIS: os.environ[HYPOTHESIS]} if HYPOTHESIS in os.environ else {}
    os.environ[HYPOTHESIS] = str(folder / "hypothesis")
    try:
        yield
    finally:
        os.environ.pop(HYPOTHESIS)
        os.environ.update(kept)
