"""The report subcommand: other forms of a stored report."""

from __future__ import annotations

import argparse

from .bar import console
from .report.forms import WriteError, check, write
from .report.json import ReportError, read_json
from .report.options import asked_for
from .report.whole import print_report
from .unable import RunError


def restate(options: argparse.Namespace) -> int:
    """Write the stored report in the forms that are asked for, or print it where none is. Return 0. RunError."""
    files = asked_for(options)
    try:
        report = read_json(options.file)
        check(files)
        write(report, files)
    except (ReportError, WriteError) as error:
        raise RunError(str(error)) from None
    if not files:
        print_report(console(), report)
    return 0
