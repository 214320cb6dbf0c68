"""The metrics by name: their numbers, and the ends of their 95 % intervals."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from diptych import Model
from diptych import metrics as m
from diptych.kernels import polynomial
from diptych.metrics import METRICS
from diptych.metrics.samples import like
from diptych.metrics.spread import of_mmd2
from diptych.namespaces import array_namespace
from diptych_conformance.cases.metrics import samples as s
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.metrics import Metric
from diptych_conformance.core.problem import Array, generator
from diptych_conformance.core.session import Session
from diptych_conformance.references.formulas import frechet, intervals, samples
from diptych_conformance.references.formulas.estimates import ESTIMATES
from diptych_conformance.references.formulas.records import SAID

SEED = 8
CUBIC = polynomial()
ROWS = 32, 27  # so many that the smallest parts of the rows have more than k
FEW = 7, 6  # of which all choices of four rows are looked at
LEAST = {"kid": 4, "energy": 4, "mmd-test": 4, "precision-recall": 4}  # rows; of others as they say
BALLS = {"density-coverage": 6, "clipped-density-coverage": 6}
OF_PAIRS = ("kid", "energy", "mmd-test")
DRAWN = ("fd-infinity", "mmd-test", "precision-recall", *BALLS)  # rows are, so that their order counts


# Real rows, fake rows and features, just enough of them and one too few, where a metric warns of too few.
ENOUGH: dict[str, tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...]] = {
    "fd": (((200, 900, 10), (199, 900, 10)), ((900, 200, 10), (900, 199, 10))),
    "fd-infinity": (((200, 100, 10), (199, 100, 10)), ((200, 100, 10), (200, 99, 10))),
    **{name: (((50, 90, 9), (49, 90, 9)), ((90, 50, 9), (90, 49, 9))) for name in OF_PAIRS},
    **{f"sliced-w{order}": (((200, 900, 9), (199, 900, 9)), ((900, 200, 9), (900, 199, 9))) for order in (1, 2)},
    **{
        name: (((500, 500, 9), (499, 499, 9)), ((900, 900, 9), (900, 899, 9)))
        for name in (*BALLS, "precision-recall")
    },
}


BLOCKS = {"block_size": 1024}
DEFAULTS: dict[Any, dict[str, Any]] = {  # of functions of samples, and of models
    m.active_units: {"threshold": 0.01},
    **{f: BLOCKS for f in (m.authenticity, m.energy_distance, m.kernel_distance, m.memorisation_test)},
    **{f: {"k": 5, **BLOCKS} for f in (m.clipped_density_coverage, m.density_coverage)},
    m.precision_recall: {"k": 3, **BLOCKS},
    m.frechet_distance_infinity: {"sizes": 15, "seed": 0},
    m.kernel_distances_of_subsets: {"subsets": 100, "size": 1000, "seed": 0},
    m.mmd_test: {"permutations": 1000, "seed": 0},
    m.prd_curve: {"angles": 1001},
    **{f: {"chains": 32, "steps": 200, "leapfrog": 5, "seed": 0} for f in (m.ais, m.bdmc)},
    **{f: {"seed": 0} for f in (m.encoder_report, m.latent_mmd, Model.draw_codes, Model.sample)},
    m.latent_sliced_wasserstein: {"order": 2, "seed": 0},
    m.likelihood_report: {"draws": (10, 100), "seed": 0},
    m.used_units: {"threshold": 0.01},
    **{f: {"draws": 100, "seed": 0} for f in (Model.log_likelihood, Model.log_weights)},
    Model: {"seed": 0, "dtype": "float32", "replicas": 1},
}


def estimated(name: str, real: Any, fake: Any, *, xp: Any = None) -> tuple[Any, ...]:
    """Each number and the ends of its interval, in the type of the rows."""
    found, space = METRICS[name].estimate(real, fake, seed=SEED), xp or array_namespace(real)
    return tuple(like(real, end, xp=space) for e in found.values() for end in (e.value, e.low, e.high))


def stated(name: str, real: Array, fake: Array) -> tuple[float, ...]:
    return tuple(end for ends in ESTIMATES[name](real, fake, SEED) for end in ends)


def metrics(seed: int) -> Iterator[Metric]:
    for name in METRICS:
        rows = _rows(FEW if name in OF_PAIRS else ROWS, seed)
        if name in (*BALLS, "precision-recall"):
            corners = {"tied": s.tied(rows), "too few for an interval": s.first(rows, 10)}
        else:
            corners = {"of images": _rows(FEW if name in OF_PAIRS else ROWS, seed, (3, 4))}
            if name != "mmd-test":  # the variance of equal samples is a difference that leaves no digits of it
                corners["equal"] = s.equal(rows)
            if name not in OF_PAIRS:  # so near that the interval of what cannot be negative is cut at 0
                corners["alike"] = {"real": rows["real"], "fake": rows["real"][::-1] + 0.01 * rows["real"]}
        yield Metric(
            f"{name} and its interval",
            partial(estimated, name),
            partial(stated, name),
            rows,
            corners=corners,
            refused=s.refused(rows, {**LEAST, **BALLS}.get(name, 2)),
            scale=SCALES.get(name, lambda **rows: 1.0),
            ordered=("real", "fake") if name in DRAWN else (),
        )
    yield in_blocks(seed)


def mmd2_and_error(real: Any, fake: Any, *, block_size: int = 1024, xp: Any = None) -> tuple[Any, ...]:
    """As in `kid` and its interval, from so many pairs at a time."""
    space = xp or array_namespace(real)
    found = of_mmd2(partial(CUBIC, xp=space), real, fake, block_size=block_size, xp=space)
    return tuple(like(real, number, xp=space) for number in found)


def in_blocks(seed: int) -> Metric:
    """Of rows that are flat already, and in float64."""
    rows = {name: a.reshape(len(a), -1) for name, a in _rows(FEW, seed).items()}

    def reference(real: Array, fake: Array, **blocks: int) -> tuple[float, float]:
        return samples.kernel_distance(real, fake), intervals.mmd2_error(real, fake, samples.cubic)

    return Metric("kid and its error", mmd2_and_error, reference, rows, scale=samples.kernel_scale)


def warned(name: str, session: Session) -> Finding:
    """Of too few rows, and of no others."""
    warning = METRICS[name].warning
    wrong = [
        (sizes, warning(*sizes))
        for enough, few in ENOUGH[name]
        for sizes, said in ((enough, False), (few, True))
        if bool(warning(*sizes)) is not said
    ]
    return only_if(not wrong, f"{wrong}")


def recorded(name: str, session: Session) -> Finding:
    """Its numbers, which of them are better low, and its formula, as they are stated."""
    metric, said = METRICS[name], SAID[name]
    got = metric.numbers, dict(metric.better), "".join(metric.formula.split())
    expected = tuple(said.better), said.better, "".join(said.formula.split())
    return only_if(got == expected, f"{got}, not {expected}")


def _rows(sizes: tuple[int, int], seed: int, event: tuple[int, ...] = (2, 2)) -> s.Samples:
    random = generator("metrics", "intervals", *event, seed)
    real, fake = (random.standard_normal((n, *event)) for n in sizes)
    return {"real": real, "fake": 1.1 * fake + 0.6}


def _spread(real: Array, fake: Array) -> float:
    return float(np.var(real) + np.var(fake))


SCALES = {  # what a number, or the square of its error, is a difference of
    "fd": frechet.scale,
    "fd-infinity": frechet.scale,
    "kid": samples.kernel_scale,
    "energy": samples.energy_scale,
    "sliced-w1": _spread,
    "sliced-w2": _spread,
}
