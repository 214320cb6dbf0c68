"""The metrics by name.  Each is a function of two samples of features; what needs more than these stands apart."""

from collections.abc import Mapping
from functools import partial
from math import hypot
from types import MappingProxyType
from typing import Any

from diptych import randomness
from diptych.divergences.transport import wasserstein_1d
from diptych.metrics import intervals
from diptych.metrics.influence import potentials, standard_error
from diptych.metrics.record import Estimates, Metric
from diptych.pairs import same_events
from diptych.primitives import flatten
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace

DIRECTIONS = 128  # of sliced distances


def _features(real: Array, fake: Array, xp: Namespace) -> tuple[Array, Array]:
    """(m, d), (n, d).  ValueError where the events differ, and for numbers that are not finite."""
    same_events(real, fake, "the fake features", "the real ones")
    for name, x in (("real", real), ("fake", fake)):
        if not bool(xp.all(xp.isfinite(x))):
            raise ValueError(f"the {name} features hold numbers that are not finite: leave out or mend these rows")
    return flatten(real, xp=xp), flatten(fake, xp=xp)


@term
def _sliced(real: Sample, fake: Sample, *, seed: int = 0, order: float, xp: Namespace = FOUND) -> Estimates:
    p, q = _features(real, fake, xp)
    stream = randomness.generator(seed, randomness.METRICS, "directions")
    drawn: Any = stream.standard_normal((p.shape[1], DIRECTIONS))
    theta = xp.asarray(drawn / (drawn**2).sum(axis=0) ** 0.5, dtype=p.dtype, device=p.device)
    p, q = xp.matmul(p, theta), xp.matmul(q, theta)
    lines = wasserstein_1d(p, q, order=order, xp=xp)
    of_directions = float(xp.std(lines, correction=1.0)) / DIRECTIONS**0.5
    of_rows = standard_error(*potentials(p, q, order=order, xp=xp), xp=xp)
    how = f"normal, from influences of rows and {DIRECTIONS} directions, {intervals.AT_SIZE}"
    name = f"sliced W{order:g}"
    return {
        name: intervals.normal(
            float(xp.mean(lines)), hypot(of_rows, of_directions), how, within=(0.0, float("inf"))
        )
    }


def _sliced_metric(order: int) -> Metric:
    power = "" if order == 1 else f"^{order}"
    name = f"sliced W{order}"
    return Metric(
        name=f"sliced-w{order}",
        title=f"Sliced W{order}" + ("" if order == 1 else ", squared"),
        numbers=(name,),
        better={name: "low"},
        formula=rf"\mathbb{{E}}_\theta\, W_{order}{power}(\langle \theta, P\rangle, \langle \theta, Q\rangle),"
        r"\quad \theta \text{ uniform on the sphere}",
        source="Bonneel et al. 2015, section 3",
        says="How far features must move, seen along random lines: every moment and mode counts, in units of the "
        + ("features" if order == 1 else "features squared"),
        does_not_say="Whether rows are missing or bad, and what happens off the lines: in many dimensions a line "
        "sees little of what a few features do",
        estimate=partial(_sliced, order=order),
        warning=_few_rows,
    )


def _few_rows(m: int, n: int, d: int) -> str:
    least = min(m, n)
    return "" if least >= 1000 else f"{least} rows: the expectation of equal laws is well above 0, compare at one n"


METRICS: Mapping[str, Metric] = MappingProxyType(
    {metric.name: metric for metric in (_sliced_metric(1), _sliced_metric(2))}
)
