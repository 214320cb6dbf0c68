"""The tables of a page on runs: what they are, how their settings differ, their held-out metrics, their time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from diptych_lab.report.shown import Shown
from diptych_lab.settings import spelled

_ARROW = {"low": "↓", "high": "↑"}


@dataclass(frozen=True)
class Row:
    """`run` is the key of the run that hides it, or None."""

    cells: tuple[str, ...]
    run: str | None = None


@dataclass(frozen=True)
class Table:
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def differences(runs: Sequence[Shown]) -> Table:
    """The settings in which the runs differ, one below the other; a setting that a run has not is a dash."""
    return _settings(runs, (name for name, values in _values(runs).items() if len({*values}) > 1))


def alike(runs: Sequence[Shown]) -> Table:
    """The settings that all runs share."""
    found = _values(runs)
    rows = (Row((name, values[0])) for name, values in found.items() if len({*values}) == 1)
    return Table(("setting", "value"), tuple(rows))


def held_out(runs: Sequence[Shown]) -> Table:
    """The last evaluation of each run, number by number, beside the same of rows trained on."""
    headings = ("number", "run", "round", "value", "95 % interval", "of rows trained on", "features")
    return Table(headings, tuple(_evaluated(runs)))


def times(runs: Sequence[Shown]) -> Table:
    """What trained each run, and how long."""
    headings = ("run", "method", "backend", "rounds", "seconds", "ms a round", "began", "machine", "versions")
    return Table(headings, tuple(_time(run) for run in runs))


def _values(runs: Sequence[Shown]) -> dict[str, list[str]]:
    """Setting -> its value in each run."""
    every = [_all(run) for run in runs]
    names = dict.fromkeys(name for own in every for name in own)
    return {name: [_text(own.get(name)) for own in every] for name in names}


def _all(run: Shown) -> dict[str, Any]:
    config, last = run.config, run.sessions[-1] if run.sessions else None
    trained = {"backend": last.backend, "execution": last.execution} if last else {}
    return {"method": config.method, "data": config.data, **trained, **config.settings()}


def _settings(runs: Sequence[Shown], names: Iterable[str]) -> Table:
    values = _values(runs)
    rows = (Row((name, *values[name])) for name in names)
    return Table(("setting", *(run.name for run in runs)), tuple(rows))


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _evaluated(runs: Sequence[Shown]) -> Iterator[Row]:
    found = [(run, run.evaluations) for run in runs if run.evaluations and run.evaluations.rows]
    numbers = dict.fromkeys(name for _, own in found for name in own.rows[-1].numbers)
    for name in numbers:
        for run, (head, rows, _) in found:
            if name in rows[-1].numbers:
                value, low, high = rows[-1].numbers[name]
                floor = f"{head.floor[name][0]:.4g}" if name in head.floor else "–"
                arrow = f" {_ARROW[head.better]}" if name == head.by else ""
                ends = f"{low:.4g} to {high:.4g}"
                cells = (
                    f"{name}{arrow}",
                    run.name,
                    str(rows[-1].round),
                    f"{value:.4g}",
                    ends,
                    floor,
                    head.features,
                )
                yield Row(cells, run.key)


def _time(run: Shown) -> Row:
    trained = sum(session.rounds[1] - session.rounds[0] for session in run.sessions)
    seconds = sum(session.seconds for session in run.sessions)
    pace = f"{1000 * seconds / trained:.3g}" if trained > 0 else "–"
    last = run.sessions[-1] if run.sessions else None
    backends = dict.fromkeys(f"{session.backend}, {session.execution}" for session in run.sessions)
    began = run.sessions[0].began if last else "–"
    where = (last.machine, spelled(last.versions)) if last else ("–", "–")
    cells = (
        run.name,
        run.config.method,
        "; ".join(backends),
        str(run.rounds),
        f"{seconds:.1f}",
        pace,
        began,
        *where,
    )
    return Row(cells, run.key)
