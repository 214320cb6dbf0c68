"""The report for people."""

from collections.abc import Iterator, Sequence

from diptych_conformance.case import LEGS, LEVELS
from diptych_conformance.guide import next_piece, said
from diptych_conformance.pairwise import Difference
from diptych_conformance.result import BAD, Record, Result, Status


def markdown(results: Sequence[Result], differences: Sequence[Difference] = ()) -> str:
    lines: list[str] = ["# Conformance"]
    for result in results:
        lines += ["", f"## {result.backend}", "", *_backend(result)]
    if differences:
        lines += ["", "## Pairs", "", *_pairs(differences)]
    return "\n".join(lines) + "\n"


def _backend(result: Result) -> Iterator[str]:
    counts = ", ".join(f"{count} {status}" for status, count in result.counts.items() if count)
    yield f"**{result.verdict.capitalize()}**: {counts}."
    yield ""
    chosen = {name: value for name, value in result.settings.items() if value not in ((), [], None)}
    settings = ", ".join(f"{name} {value}" for name, value in chosen.items() if value is not False)
    yield f"Run with {settings}; Python {result.environment['python']} on {result.environment['platform']}."
    yield f"Capabilities: {', '.join(result.capabilities)}."
    yield ""
    yield "Largest error of each kind of check, in units of eps, and what is allowed:"
    yield ""
    yield from table(("subject", *LEGS, "cases"), _rows(result.records))
    if not result.conformant:
        yield from ("", "```text", next_piece(result.records), "```")
    shown = (BAD - {Status.MISSING}) | {Status.DEVIATION}  # what is missing is counted, and the next piece named
    for record in result.records:
        if record.status in shown:
            yield ""
            yield f"- {record.status}: `{record.id}`. {said(record)}"


def _rows(records: Sequence[Record]) -> Iterator[tuple[str, ...]]:
    """A row a level, and a row a method where a level has methods."""
    subjects = dict.fromkeys((r.level, r.method) for r in records if r.level in LEVELS)
    for level, method in subjects:
        own = [r for r in records if (r.level, r.method) == (level, method)]
        ran = [r for r in own if r.status is not Status.NOT_APPLICABLE]
        passed = sum(r.status is Status.PASSED for r in ran)
        cells = (_cell([r for r in ran if r.leg == leg]) for leg in LEGS)
        yield (f"{level} {method}".strip(), *cells, f"{passed} of {len(ran)}")


def _cell(records: Sequence[Record]) -> str:
    """The measured error nearest to its limit, or a word where none is measured."""
    if not records:
        return ""
    bad = sum(r.status in BAD for r in records)
    if bad:
        return f"**{bad} bad**"
    measured = [(r.error, r.allowed) for r in records if r.error is not None and r.allowed]
    if not measured:
        return "exact"
    error, allowed = max(measured, key=lambda pair: pair[0] / pair[1])
    return f"{error:.2g} of {allowed:.2g}"


def _pairs(differences: Sequence[Difference]) -> Iterator[str]:
    yield from table(
        ("pair", "method", "what", "dtype", "compared", "largest difference in eps", "allowed", ""),
        (
            (
                " ~ ".join(d.pair),
                d.method,
                d.kind,
                d.dtype,
                str(d.compared),
                f"{d.error:.3g}",
                f"{d.allowed:.3g}",
                "" if d.passed else f"**failed** at `{d.where}`",
            )
            for d in differences
        ),
    )


def table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
