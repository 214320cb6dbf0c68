"""The sections of the page under its grid: what fails, what changed, what is near a limit, pairs, deviations."""

from collections.abc import Sequence
from itertools import groupby

from diptych_conformance.core.case import LEVELS
from diptych_conformance.core.result import BAD, Record, Result, Status
from diptych_conformance.report.changes import FACTOR, LEAST, Changes
from diptych_conformance.report.grid import SYMBOLS, css, numbers, percent
from diptych_conformance.report.guide import next_piece
from diptych_conformance.report.markup import Markup, section, table, tag
from diptych_conformance.running.pairwise import Difference, Uncompared

NEAREST, SLOWEST, LISTED = 20, 10, 200
KINDS = (
    ("value", "float64"),
    ("value", "float32"),
    ("gradient", "float64"),
    ("gradient", "float32"),
    ("rounds", "float64"),
)
Found = Sequence[tuple[Result, Record]]


def failures(found: Found, differences: Sequence[Difference]) -> Markup:
    """Each in full, with the options that select it. What is missing is in the grid, its next piece in `wanted`."""
    shown = BAD - {Status.MISSING}
    cases = [_failure(result, record) for result, record in found if record.status in shown]
    pairs = [_apart(difference) for difference in differences if not difference.passed]
    if not cases and not pairs:
        return Markup()
    note = f"{len(cases)} cases and {len(pairs)} comparisons of two backends."
    return section("What fails", note, tag("ol", *cases, *pairs, class_="failures"))


def wanted(results: Sequence[Result]) -> Markup:
    """What each backend that does not conform wants next."""
    pieces = [(result.backend, next_piece(result.records)) for result in results if not result.conformant]
    lines = [tag("li", tag("b", backend, class_="failed"), tag("pre", piece)) for backend, piece in pieces if piece]
    return section("What is next", "", tag("ol", *lines, class_="failures", id="next")) if lines else Markup()


def _failure(result: Result, record: Record) -> Markup:
    chosen = ("level", "method", "dtype", "execution")
    options = " ".join(f"--{name} {getattr(record, name)}" for name in chosen if getattr(record, name))
    scope = f" --scope {result.settings['scope']}" if result.settings.get("scope") else ""
    return tag(
        "li",
        tag("b", f"{SYMBOLS[record.status]} {record.status}", class_=css(record.status)),
        f" {result.backend} ",
        tag("code", record.id),
        tag("span", numbers(record), class_="soft"),
        tag("pre", record.detail) if record.detail else "",
        _selected(options + scope) if record.level in LEVELS else "",
    )


def _selected(options: str) -> Markup:
    return tag("small", "selected by ", tag("code", options))


def _apart(d: Difference) -> Markup:
    what = f" {' ~ '.join(d.pair)}: {d.kind} of {d.method} in {d.dtype} "
    numbers = tag("span", f"difference {d.error:.3g} eps, allowed {d.allowed:.3g}", class_="soft")
    return tag(
        "li", tag("b", "✕ apart", class_="failed"), what, numbers, tag("pre", d.where), _selected(d.selected_by)
    )


def changes(changed: Changes | None) -> Markup:
    if changed is None:
        return Markup()
    note = (
        f"Against {changed.against}: {changed}. An error grew or shrank where it did by more than {FACTOR:g} times "
        f"and the larger of the two is above {LEAST:g} eps."
    )
    lists = [
        tag(
            "details",
            tag("summary", f"{kind} ({len(some)})"),
            table(
                ("backend", "what", "before", "now"),
                ((c.backend, tag("code", c.name), c.before, c.after) for c in some[:LISTED]),
            ),
            tag("p", f"and {len(some) - LISTED} more") if len(some) > LISTED else "",
            **({"open": "open"} if kind in ("newly fails", "versions and settings") else {}),
        )
        for kind, some in changed.groups.items()
    ]
    return section("What changed", note, *lists)


def _share(share: float, text: str, title: str = "") -> Markup:
    return tag("td", text, class_="passed", style=f"--share: {100 * min(share, 1):.1f}%", title=title)


def nearest(found: Found) -> Markup:
    measured = [(result, r) for result, r in found if r.status is Status.PASSED and r.error and r.allowed]
    measured.sort(key=lambda pair: -pair[1].share)
    lines = (
        (
            _share(r.share, percent(r.share)),
            f"{r.error:.3g}",
            f"{r.allowed:.3g}",
            result.backend,
            tag("code", r.id),
            r.detail,
        )
        for result, r in measured[:NEAREST]
    )
    head = ("of what is allowed", "error in eps", "allowed", "backend", "case", "where")
    return section("Nearest their limit", "The passed cases with the least to spare.", table(head, lines))


def pairs(differences: Sequence[Difference], without: Sequence[Uncompared]) -> Markup:
    """A table a pair, a row a method; a line where nothing was compared."""
    tables = []
    for pair, some in groupby(differences, key=lambda d: d.pair):
        by = {(d.method, d.kind, d.dtype): d for d in some}
        kinds = [kind for kind in KINDS if any(key[1:] == kind for key in by)]
        methods = dict.fromkeys(method for method, _, _ in by)
        lines = ((method, *(_difference(by.get((method, *kind))) for kind in kinds)) for method in methods)
        tables += [tag("h3", " ~ ".join(pair)), table(("method", *(" ".join(k) for k in kinds)), lines, "pairs")]
    tables += [tag("p", f"{pair}.") for pair in without]
    if not tables:
        return Markup()
    note = "The largest difference between two backends, in eps, over all problems of a method."
    return section("Every backend against every other", note, *tables)


def _difference(d: Difference | None) -> Markup:
    if d is None:
        return tag("td")
    title = f"{d.compared} compared, allowed {d.allowed:.3g}; largest at {d.where}"
    if not d.passed:
        return tag("td", f"✕ {d.error:.3g}", class_="failed", title=title)
    return _share(d.error / d.allowed, f"{d.error:.3g}", title)


def deviations(found: Found) -> Markup:
    lines = [
        (result.backend, tag("code", r.id), r.detail, "" if r.error is None else f"{r.error:.3g}")
        for result, r in found
        if r.status is Status.DEVIATION
    ]
    if not lines:
        return Markup()
    note = "What a port declares of itself, with its reason. None of it counts as passed."
    return section("Declared deviations", note, table(("backend", "case", "reason", "error in eps"), lines))


def slowest(found: Found) -> Markup:
    some = sorted(found, key=lambda pair: -pair[1].seconds)[:SLOWEST]
    lines = ((f"{r.seconds:.2f}", result.backend, tag("code", r.id)) for result, r in some)
    return section("Slowest cases", "", table(("seconds", "backend", "case"), lines))
