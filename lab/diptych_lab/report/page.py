"""The page on runs: everything that their folders hold, side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diptych_lab.report import tables
from diptych_lab.report.charts import Chart, Line, thinned
from diptych_lab.report.curves import Curves
from diptych_lab.report.html import data_uri, environment
from diptych_lab.report.shown import KINDS, Shown, picture_bytes

PICTURES = 24  # of a run and kind, at most

Source = Callable[[Shown, Path], str]


@dataclass(frozen=True)
class Album:
    """The pictures of one kind: `rounds` of the slider, and by run its rounds with their sources."""

    kind: str
    rounds: list[int]
    runs: list[tuple[Shown, list[tuple[int, str]]]]


def inside(run: Shown, path: Path) -> str:
    """A picture as part of the page."""
    return data_uri(picture_bytes(path))


def page(runs: Sequence[Shown], *, title: str, source: Source = inside, live: str = "", **more: Any) -> str:
    """The page's HTML. `source` says where a picture is; `live` is the state of a page that is kept up to date.

    Raises ValueError where a picture is none.
    """
    return _rendered("page.html.j2", runs, source, title=title, live=live, **more)


def main(runs: Sequence[Shown], *, title: str, source: Source, **more: Any) -> str:
    """The part of the page that changes."""
    return _rendered("main.html.j2", runs, source, title=title, live="", **more)


def _rendered(
    template: str,
    runs: Sequence[Shown],
    source: Source,
    failures: Sequence[tuple[str, str]] = (),
    empty: str = "",
    **more: Any,
) -> str:
    return (
        environment()
        .get_template(template)
        .render(
            runs=runs,
            failures=failures,
            empty=empty,
            losses=list(losses(runs)),
            apart=list(apart(runs)),
            evaluated=list(evaluated(runs)),
            albums=[album for kind in KINDS if (album := _album(runs, kind, source)).rounds],
            differences=tables.differences(runs),
            alike=tables.alike(runs) if runs else None,
            held_out=tables.held_out(runs),
            times=tables.times(runs),
            **more,
        )
    )


def losses(runs: Sequence[Shown]) -> Iterator[Chart]:
    """A chart for each player, with a line of every run that has one of this name.

    It is wide where a later run has the same settings, which may lie on it.
    """
    for player in dict.fromkeys(player for run in runs for player in run.losses):
        lines = (
            Line(run.name, *thinned(*run.losses[player]), colour=i, wide=_repeated(i, runs), run=run.key)
            for i, run in enumerate(runs)
            if player in run.losses
        )
        yield Chart(f"loss-{player}", player, "round", tuple(lines), smooth=True)


def apart(runs: Sequence[Shown]) -> Iterator[tuple[Chart, list[tuple[str, Curves, int]]]]:
    """For runs of the same settings, such as of two frameworks: by player how far each is from the first of them.

    With the chart, of each pair its name, its curves, and the round where they are furthest apart.
    """
    firsts: list[tuple[Shown, list[tuple[int, Shown]]]] = []
    for i, run in enumerate(runs):
        others = next((others for first, others in firsts if first.config == run.config), None)
        if others is None:
            firsts.append((run, []))
        else:
            others.append((i, run))
    for first, others in firsts:
        for player in first.losses if others else ():
            lines, found = list[Line](), list[tuple[str, Curves, int]]()
            for i, other in others:
                rounds, curves = _common(first, other, player)
                if not rounds:
                    continue
                name = f"{first.name} and {other.name}"
                lines.append(Line(name, *thinned(rounds, curves.relative, "peak"), colour=i, run=other.key))
                found.append((name, curves, rounds[curves.largest[0]]))
            if lines:
                yield Chart(f"apart-{first.key}-{player}", player, "round", tuple(lines), log=True), found


def evaluated(runs: Sequence[Shown]) -> Iterator[Chart]:
    """A chart for each number that is evaluated while runs train, with intervals."""
    found = [(i, run, run.evaluations.rows) for i, run in enumerate(runs) if run.evaluations]
    for name in dict.fromkeys(name for _, _, rows in found for row in rows for name in row.numbers):
        lines = []
        for i, run, rows in found:
            own = [(row.round, *row.numbers[name]) for row in rows if name in row.numbers]
            if own:
                x, y, low, high = map(list, zip(*own, strict=True))
                lines.append(Line(run.name, x, y, low, high, colour=i, run=run.key))
        yield Chart(f"number-{name}", name, "round", tuple(lines))


def _repeated(i: int, runs: Sequence[Shown]) -> bool:
    """Is this run the first of several with the same settings?"""
    return runs[i].config in [run.config for run in runs[i + 1 :]] and runs[i].config not in [
        run.config for run in runs[:i]
    ]


def _common(first: Shown, other: Shown, player: str) -> tuple[list[int], Curves]:
    """The rounds that two runs have, and the losses of a player in them."""
    a, b = (dict(zip(*run.losses[player], strict=True)) if player in run.losses else {} for run in (first, other))
    rounds = sorted(a.keys() & b.keys())
    return rounds, Curves([a[t] for t in rounds], [b[t] for t in rounds])


def _album(runs: Sequence[Shown], kind: str, source: Source) -> Album:
    chosen = {run.key: _spread(run.pictures[kind]) for run in runs if run.pictures[kind]}
    rounds = sorted({t for own in chosen.values() for t in own})
    shown = [
        (run, [(t, source(run, path)) for t, path in chosen[run.key].items()]) for run in runs if run.key in chosen
    ]
    return Album(kind, rounds, shown)


def _spread(pictures: Mapping[int, Path]) -> dict[int, Path]:
    """At most `PICTURES` of them, evenly spread, with the first and the last."""
    rounds = list(pictures)
    last = len(rounds) - 1
    kept = rounds if last < PICTURES else [rounds[round(i * last / (PICTURES - 1))] for i in range(PICTURES)]
    return {t: pictures[t] for t in kept}
