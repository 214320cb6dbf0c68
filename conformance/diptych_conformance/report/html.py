"""The report as one page: no other file, no script, nothing fetched."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any

from diptych_conformance.core.result import Result
from diptych_conformance.report.changes import Changes
from diptych_conformance.report.grid import css, grid
from diptych_conformance.report.guide import remarks
from diptych_conformance.report.markup import Markup, join, table, tag
from diptych_conformance.report.sections import changes, deviations, failures, nearest, pairs, slowest, wanted
from diptych_conformance.running.pairwise import Difference, uncompared


def html(results: Sequence[Result], differences: Sequence[Difference] = (), changed: Changes | None = None) -> str:
    page = Template((files(__package__) / "page.html").read_text(encoding="utf-8"))
    conformant = all(result.conformant for result in results) and all(d.passed for d in differences)
    found = [(result, record) for result in results for record in result.records]
    sections = (
        grid(results),
        wanted(results),
        failures(found, differences),
        changes(changed),
        nearest(found),
        pairs(differences, uncompared(results)),
        deviations(found),
        slowest(found),
        _made_with(results),
    )
    methods, cases = {r.method for _, r in found if r.method}, sum(result.counts["passed"] for result in results)
    lead = f"{cases:,} cases passed of {len(found):,}, over {len(methods)} method{'s' * (len(methods) != 1)}"
    if differences:
        apart = sum(not d.passed for d in differences)
        lead += f"; {apart or 'none'} of {len(differences)} comparisons of two backends beyond its limit"
    return page.substitute(
        lead=join(lead + "."),
        verdict=join("✓ Conformant" if conformant else "✕ Not conformant"),
        title=join(_title(results, differences)),
        tone="good" if conformant else "bad",
        cards=join(*(_card(result) for result in results)),
        sections=join(*sections),
    )


def _title(results: Sequence[Result], differences: Sequence[Difference]) -> str:
    """Who conforms, or else who does not."""
    bad = [result.backend for result in results if not result.conformant]
    bad += dict.fromkeys(" ~ ".join(d.pair) for d in differences if not d.passed)
    return f"not conformant: {', '.join(bad)}" if bad else f"conformant: {', '.join(r.backend for r in results)}"


def _card(result: Result) -> Markup:
    counts = [(status, count) for status, count in result.counts.items() if count]
    seconds = sum(record.seconds for record in result.records)
    bar = (tag("i", class_=css(status), style=f"flex-grow: {count}") for status, count in counts)
    return tag(
        "li",
        tag("h2", result.backend),
        tag("strong", "✓ conformant" if result.conformant else "✕ not conformant", class_=_tone(result.conformant)),
        tag("div", *bar, class_="bar"),
        tag("span", ", ".join(f"{count:,} {status}" for status, count in counts), f"; {seconds:,.0f} s"),
        *(tag("small", remark) for remark in remarks(result)),
        tag("small", result.environment["date"]) if "date" in result.environment else "",
        "" if result.conformant else tag("a", "what is next", href="#next"),
    )


def _made_with(results: Sequence[Result]) -> Markup:
    """What a run was made of and with, a column a backend."""
    facts: dict[str, dict[str, str]] = {}
    versions: dict[str, dict[str, str]] = {}
    for result in results:
        own = dict(result.environment)
        for name, version in own.pop("versions", {}).items():
            versions.setdefault(name, {})[result.backend] = version
        own["spec"] = str(own.get("spec", ""))[:12]
        own["threads"] = ", ".join(f"{name} {value}" for name, value in own.get("threads", {}).items())
        own |= {name: _setting(value) for name, value in result.settings.items()}
        own["capabilities"] = ", ".join(result.capabilities)
        for name, value in own.items():
            facts.setdefault(name, {})[result.backend] = str(value)
    backends = [result.backend for result in results]

    def side_by_side(some: Mapping[str, Mapping[str, str]]) -> Markup:
        return table(("", *backends), ((name, *(own.get(b, "") for b in backends)) for name, own in some.items()))

    packages = tag("details", tag("summary", f"versions of {len(versions)} packages"), side_by_side(versions))
    return tag("footer", tag("h2", "Made with"), side_by_side(facts), packages)


def _setting(value: Any) -> str:
    if value is None or value in ((), []):
        return "all" if value is not None else "the backend's own choice"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _tone(good: bool) -> str:
    return "good" if good else "bad"
