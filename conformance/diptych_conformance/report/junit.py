"""JUnit XML, as continuous integration reads it."""

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from diptych.plain import plain
from diptych_conformance.core.result import Record, Result, Status
from diptych_conformance.report.guide import said
from diptych_conformance.running.pairwise import Difference, Uncompared, uncompared

_TAG = {
    Status.FAILED: "failure",
    Status.UNEXPECTED_PASS: "failure",
    Status.ERROR: "error",
    Status.MISSING: "error",
    Status.NOT_APPLICABLE: "skipped",
    Status.DEVIATION: "skipped",
}


def junit(results: Sequence[Result], differences: Sequence[Difference] = ()) -> str:
    suites = Xml.Element("testsuites")
    for result in results:
        suite = _suite(suites, result.backend, [_case(record) for record in result.records])
        if "date" in result.environment:
            suite.set("timestamp", result.environment["date"])
    pairs = [*map(_pair, differences), *map(_uncompared, uncompared(results))]
    if pairs:
        _suite(suites, "pairs", pairs)
    for element in suites.iter():  # of what XML has no place for, a name may hold something too
        element.attrib.update({key: plain(value) for key, value in element.attrib.items()})
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(suites, encoding="unicode") + "\n"


def _suite(suites: Xml.Element, name: str, cases: Sequence[Xml.Element]) -> Xml.Element:
    counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    suite = Xml.SubElement(
        suites,
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=f"{sum(float(case.get('time', 0)) for case in cases):.3f}",
    )
    suite.extend(cases)
    return suite


def _case(record: Record) -> Xml.Element:
    case = Xml.Element("testcase", classname=record.level, name=record.id, time=f"{record.seconds:.3f}")
    tag = _TAG.get(record.status)
    if tag:
        Xml.SubElement(case, tag, message=f"{record.status}: {said(record)}")
    return case


def _pair(d: Difference) -> Xml.Element:
    case = Xml.Element("testcase", classname="pairs", name="/".join((*d.pair, d.method, d.kind, d.dtype)))
    if not d.passed:
        message = f"{d.where}: difference {d.error:.3g} eps, allowed {d.allowed:.3g}; its cases: {d.selected_by}"
        Xml.SubElement(case, "failure", message=message)
    return case


def _uncompared(pair: Uncompared) -> Xml.Element:
    case = Xml.Element("testcase", classname="pairs", name="/".join(pair.pair))
    Xml.SubElement(case, "skipped", message=f"nothing was compared: {pair.why}")
    return case
