"""The report for people."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from diptych.plain import plain
from diptych_conformance.core.case import LEGS, LEVELS
from diptych_conformance.core.finding import first_line
from diptych_conformance.core.result import BAD, Record, Result, Status, nearest
from diptych_conformance.report.changes import Changes
from diptych_conformance.report.guide import next_piece, remarks, said
from diptych_conformance.running.pairwise import Difference, uncompared

LISTED = 20  # changes of a kind


def markdown(
    results: Sequence[Result], differences: Sequence[Difference] = (), changed: Changes | None = None
) -> str:
    lines: list[str] = ["# Conformance"]
    if changed is not None:
        lines += ["", "## What changed", "", *_changes(changed)]
    for result in results:
        lines += ["", f"## {_text(result.backend)}", "", *_backend(result)]
    without = uncompared(results)
    if differences or without:
        lines += ["", "## Pairs"]
    if differences:
        lines += ["", *_pairs(differences)]
    for pair in without:
        lines += ["", f"{_text(pair)}."]
    return "\n".join(lines) + "\n"


def _changes(changed: Changes) -> Iterator[str]:
    yield f"Against {_code(changed.against)}: {changed}."
    for kind, some in changed.groups.items():
        yield from ("", f"{kind}:", "")
        for c in some[:LISTED]:
            yield f"- {_text(c.backend)} {_code(c.name)}: {_text(c.before or 'none')} → {_text(c.after or 'none')}"
        if len(some) > LISTED:
            yield f"- and {len(some) - LISTED} more"


def _backend(result: Result) -> Iterator[str]:
    counts = ", ".join(f"{count} {status}" for status, count in result.counts.items() if count)
    yield f"**{result.verdict.capitalize()}**: {counts}."
    yield ""
    chosen = {name: value for name, value in result.settings.items() if value not in ((), [], None)}
    settings = ", ".join(f"{name} {_setting(value)}" for name, value in chosen.items() if value is not False)
    found = {name: _text(value) for name, value in result.environment.items()}
    date = f" on {found['date']}" if "date" in found else ""
    yield f"Run{date} with {_text(settings)}; Python {found['python']} on {found['platform']};"
    yield f"diptych {found['suite']}, spec `{found['spec'][:12]}`."
    yield f"Capabilities: {_text(', '.join(result.capabilities))}."
    for remark in remarks(result):
        yield from ("", f"{_text(remark[0].upper() + remark[1:])}.")
    yield ""
    yield "Largest error of each kind of check, in units of eps, and what is allowed:"
    yield ""
    yield from table(("subject", *LEGS, "cases"), _rows(result.records))
    if not result.conformant:
        yield from ("", *_block(next_piece(result.records)))
    shown = (BAD - {Status.MISSING}) | {Status.DEVIATION}  # what is missing is counted, and the next piece named
    for record in result.records:
        if record.status in shown:
            yield ""
            yield f"- {record.status}: {_code(record.id)}{_span(said(record))}"


def _setting(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _text(value: Any) -> str:
    """What a backend or another's report says, as plain text: nothing in it is markup."""
    return re.sub(r"[\\`*_\[\]<>|#&]", r"\\\g<0>", first_line(plain(str(value))))


def _code(value: str) -> str:
    """The same as code."""
    line = first_line(plain(value))
    marks = _longer(line, 1)
    return f"{marks}{line}{marks}" if len(marks) == 1 else f"{marks} {line} {marks}"


def _span(text: str) -> str:
    """The first line of what a backend said, as code, after a colon: nothing in it is markup."""
    line = plain(first_line(text))
    marks = _longer(line, 1)
    return f": {marks} {line} {marks}" if line else ""


def _block(text: str) -> Iterator[str]:
    fence = _longer(text, 3)
    yield from (f"{fence}text", plain(text), fence)


def _longer(text: str, least: int) -> str:
    """Backticks, more than stand together anywhere in the text."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def _rows(records: Sequence[Record]) -> Iterator[tuple[str, ...]]:
    """A row a level, and a row a method where a level has methods."""
    subjects = dict.fromkeys((r.level, r.method) for r in records if r.level in LEVELS)
    for level, method in subjects:
        own = [r for r in records if (r.level, r.method) == (level, method)]
        ran = [r for r in own if r.status is not Status.NOT_APPLICABLE]
        passed = sum(r.status is Status.PASSED for r in ran)
        cells = (_cell([r for r in ran if r.leg == leg]) for leg in LEGS)
        yield (_text(f"{level} {method}".strip()), *cells, f"{passed} of {len(ran)}")


def _cell(records: Sequence[Record]) -> str:
    """The measured error nearest to its limit, or a word where none is measured."""
    if not records:
        return ""
    bad = sum(r.status in BAD for r in records)
    if bad:
        return f"**{bad} bad**"
    worst = nearest(records)
    return f"{worst.error:.2g} of {worst.allowed:.2g}" if worst else "exact"


def _pairs(differences: Sequence[Difference]) -> Iterator[str]:
    yield from table(
        ("pair", "method", "what", "dtype", "compared", "largest difference in eps", "allowed", ""),
        (
            (
                _text(" ~ ".join(d.pair)),
                d.method,
                d.kind,
                d.dtype,
                str(d.compared),
                f"{d.error:.3g}",
                f"{d.allowed:.3g}",
                "" if d.passed else f"**failed**, most in the problem `{d.where}`; its cases: `{d.selected_by}`",
            )
            for d in differences
        ),
    )


def table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
