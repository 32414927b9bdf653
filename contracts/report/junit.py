"""The report as JUnit XML: a suite a vendor, a test case a row or a mutant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..kills import Trial
from ..result import Result, Verdict
from .document import RUN, Report
from .sentence import conduct, gaps, sentence
from .source import excuse, explain, page
from .trials import outcome

# XML 1.0 has no way to say these, not even escaped.
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PACKAGE = "ownership-contracts"


def as_junit(report: Report) -> str:
    """Return the report as JUnit XML; each test case carries clause, page and section as properties."""
    root = Element("testsuites", {"name": PACKAGE, "time": f"{report.seconds:.3f}"})
    for vendor in report.vendors:
        suite = SubElement(root, "testsuite", {"name": f"{PACKAGE}.{vendor}", "timestamp": report.began[:19], "hostname": "localhost"})
        told = {
            "command": report.command,
            "target": report.base_url,
            "mode": conduct(report),
            "tool": report.tool,
            "contract": report.contract.get(vendor, ""),
        }
        _properties(suite, {**told, "verdict": sentence(report), **{gap.title: gap.line.partition(": ")[2] for gap in gaps(report)}})
        if report.command == RUN:
            for result in report.results:
                if result.vendor == vendor:
                    _row(suite, result)
        else:
            for trial in report.trials:
                if trial.mutant.vendor == vendor:
                    _trial(suite, trial)
        _count([suite], suite)
    if report.gate.unmet or report.gate.short or report.gate.stale:
        _gate(root, report)
    _count(root.findall("testsuite"), root)
    indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, "unicode") + "\n"


def _gate(root: Element, report: Report) -> None:
    """Add a suite of what makes the run no pass beside its rows: those who read this file alone must see it."""
    suite = SubElement(root, "testsuite", {"name": f"{PACKAGE}.gate", "timestamp": report.began[:19], "hostname": "localhost"})
    parts = [("baseline", "failure", line) for line in report.gate.stale]
    parts += [("required", "error", told) for told in (*(one.told for one in report.gate.unmet), report.gate.short) if told]
    for kind, tag, told in parts:
        case = SubElement(suite, "testcase", {"classname": suite.get("name", ""), "name": _text(f"{kind}: {told}"), "time": "0.000"})
        SubElement(case, tag, {"message": _text(told), "type": kind})
    _count([suite], suite)


def _row(suite: Element, result: Result) -> None:
    case = SubElement(suite, "testcase", {"classname": suite.get("name", ""), "name": _text(result.case), "time": f"{result.seconds:.3f}"})
    title, section = page(result.vendor, result.clause)
    told = {"clause": result.clause, "grade": result.grade, "page": title, "section": section}
    told |= {"layer": result.layer, "operation": result.operation, "verdict": str(result.verdict), "excuse": result.excuse}
    _properties(case, told)
    if result.red:
        kind = "failure" if result.verdict is Verdict.FAIL else "error"
        SubElement(case, kind, {"message": _text(result.reason), "type": str(result.verdict)}).text = _text(explain(_with_curl(result)))
    elif result.verdict is not Verdict.PASS:
        SubElement(case, "skipped", {"message": _text("; ".join([f"{result.word}: {result.reason}", *excuse(result)]))})


def _with_curl(result: Result) -> Result:
    return replace(result, trace=(*result.trace, result.curl)) if result.curl else result


def _trial(suite: Element, trial: Trial) -> None:
    case = SubElement(suite, "testcase", {"classname": suite.get("name", ""), "name": _text(trial.mutant.name), "time": "0.000"})
    _properties(case, {"clauses": " ".join(trial.mutant.clauses), "operations": " ".join(trial.mutant.operations), "verdict": outcome(trial)})
    if not trial.good:
        told = "\n".join([trial.mutant.says, *(f"{row}: {said}" for row, said in trial.failures.items())])
        SubElement(case, "failure", {"message": f"{outcome(trial)}: {_text(trial.mutant.says)}", "type": outcome(trial)}).text = _text(told)


def _properties(parent: Element, told: dict[str, str]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in told.items():
        if value:
            SubElement(properties, "property", {"name": name, "value": _text(value)})


def _count(suites: Sequence[Element], into: Element) -> None:
    cases = [case for suite in suites for case in suite.iter("testcase")]
    into.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        into.set(name, str(sum(case.find(tag) is not None for case in cases)))
    if into.tag == "testsuite":
        into.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _text(text: str) -> str:
    return _UNSAYABLE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)
