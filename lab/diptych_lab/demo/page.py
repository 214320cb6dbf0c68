"""The demo's page: one HTML file that needs no other file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import diptych
from diptych_lab.demo.formula import formula
from diptych_lab.demo.results import Conformance, conformance, curves, gray_levels_apart, last_session
from diptych_lab.folder import RunFolder
from diptych_lab.report.charts import Chart, Line, thinned
from diptych_lab.report.curves import Curves
from diptych_lab.report.html import data_uri, environment
from diptych_lab.report.shown import picture_bytes

NAMES = {"torch": "PyTorch", "keras": "Keras / TensorFlow"}


@dataclass(frozen=True)
class Runs:
    """Where the demo's results lie."""

    method: str
    data: str
    backends: tuple[str, str]
    dtypes: tuple[str, ...]
    out: Path

    def folder(self, backend: str, dtype: str) -> Path:
        return self.out / "runs" / f"{backend}-{dtype}"

    @property
    def report(self) -> Path:
        return self.out / "conformance" / "conformance.json"

    def curves(self, dtype: str) -> Curves:
        (player,) = diptych.make(self.method).players
        first, second = (self.folder(backend, dtype) for backend in self.backends)
        return curves(first, second, player.name)

    def pictures(self, kind: str, dtype: str, rounds: int) -> list[Path]:
        return [RunFolder(self.folder(backend, dtype)).picture(kind, rounds) for backend in self.backends]

    def conformance(self) -> Conformance:
        return conformance(self.report)


def render(runs: Runs, began: datetime, seconds: float) -> str:
    """The page's HTML."""
    method = diptych.make(runs.method)
    by_dtype = {dtype: runs.curves(dtype) for dtype in runs.dtypes}
    first = by_dtype[runs.dtypes[0]]
    rounds = len(first.a)
    labels = [NAMES[backend] for backend in runs.backends]
    found = environment(Path(__file__).parent)
    found.filters["formula"] = formula
    return found.get_template("page.html.j2").render(
        method=method,
        rounds=rounds,
        labels=labels,
        backends=runs.backends,
        names=NAMES,
        dtypes=runs.dtypes,
        curves=by_dtype,
        losses=_losses(labels, first),
        apart=_apart(by_dtype),
        pictures={
            kind: [data_uri(picture_bytes(path)) for path in runs.pictures(kind, runs.dtypes[0], rounds)]
            for kind in ("samples", "reconstructions")
        },
        levels={dtype: gray_levels_apart(*runs.pictures("samples", dtype, rounds)) for dtype in runs.dtypes},
        conformance=runs.conformance(),
        sessions={
            (backend, dtype): last_session(runs.folder(backend, dtype))
            for backend in runs.backends
            for dtype in runs.dtypes
        },
        config=RunFolder(runs.folder(runs.backends[0], runs.dtypes[0])).read_config(),
        began=began,
        seconds=seconds,
    )


def summary(runs: Runs, seconds: float) -> str:
    """What the page shows, in a few lines."""
    lines = ["", f"{runs.method} on {runs.data}: {' against '.join(NAMES[backend] for backend in runs.backends)}"]
    for dtype in runs.dtypes:
        found = runs.curves(dtype)
        t, absolute, relative = found.largest
        lines.append(
            f"  {dtype}: losses {found.largest_early:.1e} apart in the first 100 of {len(found.a)} rounds, at most "
            f"{relative:.1e} (absolute {absolute:.1e}, round {t})"
        )
    report = runs.conformance()
    for backend, (passed, ran) in report.totals.items():
        lines.append(f"  conformance of {backend}: {passed} of {ran} cases passed")
    lines.append(f"  {'conformant' if report.conformant else 'NOT CONFORMANT'}; {seconds:.0f} s in all")
    return "\n".join(lines)


def _losses(labels: Sequence[str], curves: Curves) -> Chart:
    """The first backend's wide, so that it is seen below the other's."""
    rounds = range(len(curves.a))
    a, b = (thinned(rounds, values) for values in (curves.a, curves.b))
    lines = (Line(labels[0], *a, colour=0, wide=True), Line(labels[1], *b, colour=1))
    return Chart("losses", "Loss of both backends", "round", lines, log=True)


def _apart(curves: Mapping[str, Curves]) -> Chart:
    """One line for each dtype."""
    lines = (
        Line(dtype, *thinned(range(len(own.a)), own.relative, "peak"), colour=colour)
        for (dtype, own), colour in zip(curves.items(), (7, 2), strict=True)
    )
    return Chart("apart", "Relative difference of the losses", "round", tuple(lines), log=True)
