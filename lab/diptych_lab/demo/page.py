"""The demo's page: one HTML file that needs no other file."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jinja2

import diptych
from diptych_lab.demo.chart import Series, line_chart, scientific
from diptych_lab.demo.formula import formula
from diptych_lab.demo.results import Conformance, Curves, conformance, curves, gray_levels_apart, last_session
from diptych_lab.folder import RunFolder

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
    losses = [
        Series(label, style, values) for label, style, values in zip(labels, "ab", (first.a, first.b), strict=True)
    ]
    apart = [Series(dtype, f"d{i}", by_dtype[dtype].relative) for i, dtype in enumerate(runs.dtypes)]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"scientific": scientific, "formula": formula}
    return environment.get_template("page.html.j2").render(
        method=method,
        rounds=rounds,
        labels=labels,
        backends=runs.backends,
        names=NAMES,
        dtypes=runs.dtypes,
        curves=by_dtype,
        losses=line_chart(losses, title="Loss of both backends over the rounds", xlabel="round"),
        apart=line_chart(apart, title="Relative difference of the losses", xlabel="round", peak=True),
        pictures={
            kind: [_data_uri(path) for path in runs.pictures(kind, runs.dtypes[0], rounds)]
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


def _data_uri(path: Path) -> str:
    return f"data:image/png;base64,{b64encode(path.read_bytes()).decode()}"
