"""The report as one page: no file beside it, no script, nothing fetched."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from string import Template
from typing import Any

from diptych_conformance.case import LEVELS
from diptych_conformance.pairwise import Difference
from diptych_conformance.report.changes import FACTOR, LEAST, Changes
from diptych_conformance.report.grid import SYMBOLS, Cell, Cells, Column, clean, columns, rows
from diptych_conformance.report.markup import Markup, join, table, tag
from diptych_conformance.result import BAD, Record, Result, Status

NEAREST, SLOWEST, LISTED = 20, 10, 200
KINDS = (("value", "float64"), ("value", "float32"), ("gradient", "float64"), ("gradient", "float32"))
Found = Sequence[tuple[Result, Record]]


def html(results: Sequence[Result], differences: Sequence[Difference] = (), changed: Changes | None = None) -> str:
    page = Template((files(__package__) / "page.html").read_text(encoding="utf-8"))
    conformant = all(result.conformant for result in results) and all(d.passed for d in differences)
    found = [(result, record) for result in results for record in result.records]
    sections = (
        _grid(results),
        _failures(found, differences),
        _changes(changed),
        _nearest(found),
        _pairs(differences),
        _deviations(found),
        _slowest(found),
        _made_with(results),
    )
    methods, cases = {r.method for _, r in found if r.method}, sum(result.counts["passed"] for result in results)
    lead = f"{cases:,} cases passed of {len(found):,}, over {len(methods)} methods"
    if differences:
        apart = sum(not d.passed for d in differences)
        lead += f"; {apart or 'none'} of {len(differences)} comparisons of two backends beyond its limit"
    return page.substitute(
        lead=join(lead + "."),
        verdict=join("✓ Conformant" if conformant else "✕ Not conformant"),
        title=join("conformant" if conformant else "not conformant", ": ", ", ".join(r.backend for r in results)),
        tone="good" if conformant else "bad",
        cards=join(*(_card(result) for result in results)),
        sections=join(*sections),
    )


def _card(result: Result) -> Markup:
    counts = [(status, count) for status, count in result.counts.items() if count]
    seconds = sum(record.seconds for record in result.records)
    bar = (tag("i", class_=_class(status), style=f"flex-grow: {count}") for status, count in counts)
    return tag(
        "li",
        tag("h2", result.backend),
        tag("strong", "✓ conformant" if result.conformant else "✕ not conformant", class_=_tone(result.conformant)),
        tag("div", *bar, class_="bar"),
        tag("span", ", ".join(f"{count:,} {status}" for status, count in counts), f"; {seconds:,.0f} s"),
        "" if result.conformant else tag("a", "what fails", href="#fails"),
    )


def _section(title: str, note: str, *content: Any) -> Markup:
    return tag("section", tag("h2", title), tag("p", note) if note else "", *content)


def _failures(found: Found, differences: Sequence[Difference]) -> Markup:
    """Each in full, with the options that select it."""
    cases = [_failure(result, record) for result, record in found if record.status in BAD]
    pairs = [_apart(difference) for difference in differences if not difference.passed]
    if not cases and not pairs:
        return Markup()
    note = f"{len(cases)} cases and {len(pairs)} comparisons of two backends."
    return _section("What fails", note, tag("ol", *cases, *pairs, class_="failures", id="fails"))


def _failure(result: Result, record: Record) -> Markup:
    wanted = ("level", "method", "dtype", "execution")
    options = " ".join(f"--{name} {getattr(record, name)}" for name in wanted if getattr(record, name))
    scope = f" --scope {result.settings['scope']}" if result.settings.get("scope") else ""
    return tag(
        "li",
        tag("b", f"{SYMBOLS[record.status]} {record.status}", class_=_class(record.status)),
        f" {result.backend} ",
        tag("code", record.id),
        tag("span", _numbers(record), class_="soft"),
        tag("pre", record.detail) if record.detail else "",
        tag("small", "selected by ", tag("code", options + scope)) if record.level in LEVELS else "",
    )


def _apart(d: Difference) -> Markup:
    what = f" {' ~ '.join(d.pair)}: {d.kind} of {d.method} in {d.dtype} "
    numbers = tag("span", f"difference {d.error:.3g} eps, allowed {d.allowed:.3g}", class_="soft")
    return tag("li", tag("b", "✕ apart", class_="failed"), what, numbers, tag("pre", d.where))


def _numbers(record: Record) -> str:
    if record.error is None or record.allowed is None:
        return ""
    if not record.allowed:
        return " only equality will do"
    return f" error {record.error:.3g} eps, allowed {record.allowed:.3g}"


def _changes(changed: Changes | None) -> Markup:
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
    return _section("What changed", note, *lists)


def _grid(results: Sequence[Result]) -> Markup:
    across, down = columns(results), rows(results)
    width = 1 + len(across)
    starts = [i for i, c in enumerate(across) if not i or across[i - 1].backend != c.backend]
    levels = {row: checks for row, checks in down.items() if row in LEVELS}
    methods = {row: checks for row, checks in down.items() if row not in LEVELS}
    bodies = [
        body
        for title, some in (("levels without methods", levels), ("methods: objectives and rounds", methods))
        if some
        for body in (
            tag("tbody", tag("tr", tag("th", title, colspan=width, scope="colgroup")), class_="group"),
            *(_row(row, checks, across, starts) for row, checks in some.items()),
        )
    ]
    key = tag("p", *(tag("span", tag("i", s, class_=_class(k)), k) for k, s in SYMBOLS.items()), class_="key")
    only = tag("label", Markup('<input type="checkbox" id="only">'), " only rows where something did not pass")
    return _section(
        "Methods by backends and modes",
        "A cell sums up all cases of its row in one mode. Its number is the part of the allowed error that the "
        "case nearest its limit takes; where some fail, how many do. Open a row for its checks, in eps; point at a "
        "cell for that case.",
        tag("div", key, only, class_="tools"),
        tag("div", tag("table", _head(across, starts), *bodies, class_="grid"), class_="table"),
    )


def _head(across: Sequence[Column], starts: Sequence[int]) -> Markup:
    def spans(key: Any) -> Iterator[Markup]:
        at = 0
        for name, some in groupby(across, key=key):
            span = len(list(some))
            yield tag("th", name[-1], colspan=span, scope="colgroup", class_="start" if at in starts else "")
            at += span

    lines = (
        lambda c: (c.backend,),
        lambda c: (c.backend, c.dtype),
        lambda c: (c.backend, c.dtype, c.execution),
    )
    return tag("thead", *(tag("tr", tag("td"), *spans(line)) for line in lines))


def _row(row: str, checks: Mapping[str, Cells], across: Sequence[Column], starts: Sequence[int]) -> Markup:
    opener = tag("details", tag("summary", row))
    lines = []
    for check, cells in checks.items():
        head = tag("th", check or opener, scope="row")
        some = (_cell(cells.get(column), bool(check), i in starts) for i, column in enumerate(across))
        lines.append(tag("tr", head, *some, class_="check" if check else ""))
    return tag("tbody", *lines, class_="clean" if clean(checks[""].values()) else "")


def _cell(cell: Cell | None, alone: bool, start: bool) -> Markup:
    """`alone`: of one check, whose error is shown in eps."""
    edge = " start" if start else ""
    if cell is None:
        return tag("td", class_=edge.strip())
    status, worst, style = cell.status, cell.nearest, ""
    symbol, title = SYMBOLS[status], ", ".join(f"{count} {each}" for each, count in cell.counts.items())
    if status is Status.NOT_APPLICABLE:
        text = symbol
    elif status is not Status.PASSED:
        text = f"{symbol} {cell.counts[status]} of {len(cell.records)}"
    elif worst is None:
        text = f"{symbol} exact"
    else:
        text = f"{symbol} {worst.error:.2g}" if alone else f"{symbol} {_percent(worst.share)}"
        style = f"--share: {100 * worst.share:.1f}%"
    if worst is not None:
        title += f"; nearest its limit: {worst.id},{_numbers(worst)}"
    return tag("td", text, class_=_class(status) + edge, title=title, style=style)


def _percent(share: float) -> str:
    return "<1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _share(share: float, text: str, title: str = "") -> Markup:
    return tag("td", text, class_="passed", style=f"--share: {100 * min(share, 1):.1f}%", title=title)


def _nearest(found: Found) -> Markup:
    measured = [(result, r) for result, r in found if r.status is Status.PASSED and r.error and r.allowed]
    measured.sort(key=lambda pair: -pair[1].share)
    lines = (
        (
            _share(r.share, _percent(r.share)),
            f"{r.error:.3g}",
            f"{r.allowed:.3g}",
            result.backend,
            tag("code", r.id),
            r.detail,
        )
        for result, r in measured[:NEAREST]
    )
    head = ("of what is allowed", "error in eps", "allowed", "backend", "case", "where")
    return _section("Nearest their limit", "The passed cases with the least to spare.", table(head, lines))


def _pairs(differences: Sequence[Difference]) -> Markup:
    """A table a pair, a row a method."""
    tables = []
    for pair, some in groupby(differences, key=lambda d: d.pair):
        by = {(d.method, d.kind, d.dtype): d for d in some}
        kinds = [kind for kind in (*KINDS, ("rounds", "float64")) if any(key[1:] == kind for key in by)]
        methods = dict.fromkeys(method for method, _, _ in by)
        lines = ((method, *(_difference(by.get((method, *kind))) for kind in kinds)) for method in methods)
        tables += [tag("h3", " ~ ".join(pair)), table(("method", *(" ".join(k) for k in kinds)), lines, "pairs")]
    if not tables:
        return Markup()
    note = "The largest difference between two backends, in eps, over all problems of a method."
    return _section("Every backend against every other", note, *tables)


def _difference(d: Difference | None) -> Markup:
    if d is None:
        return tag("td")
    title = f"{d.compared} compared, allowed {d.allowed:.3g}; largest at {d.where}"
    if not d.passed:
        return tag("td", f"✕ {d.error:.3g}", class_="failed", title=title)
    return _share(d.error / d.allowed, f"{d.error:.3g}", title)


def _deviations(found: Found) -> Markup:
    lines = [
        (result.backend, tag("code", r.id), r.detail, "" if r.error is None else f"{r.error:.3g}")
        for result, r in found
        if r.status is Status.DEVIATION
    ]
    if not lines:
        return Markup()
    note = "What a port declares of itself, with its reason. None of it counts as passed."
    return _section("Declared deviations", note, table(("backend", "case", "reason", "error in eps"), lines))


def _slowest(found: Found) -> Markup:
    some = sorted(found, key=lambda pair: -pair[1].seconds)[:SLOWEST]
    lines = ((f"{r.seconds:.2f}", result.backend, tag("code", r.id)) for result, r in some)
    return _section("Slowest cases", "", table(("seconds", "backend", "case"), lines))


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


def _class(status: str) -> str:
    return status.replace(" ", "-")


def _tone(good: bool) -> str:
    return "good" if good else "bad"
