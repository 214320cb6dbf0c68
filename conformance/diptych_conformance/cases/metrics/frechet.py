"""The Frechet distance: of samples, of moments, extrapolated; covariances of full rank, of few rows, of none."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from diptych import metrics as m
from diptych.namespaces import array_namespace
from diptych_conformance.cases.metrics import samples as s
from diptych_conformance.core.metrics import Metric
from diptych_conformance.core.problem import Array, generator
from diptych_conformance.references.formulas import frechet

NORMAL = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 1.0]])
FLAT = np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 0.0]])  # of rank 1
POINT = np.zeros((3, 3))


def moments(real: Any, *, xp: Any = None) -> Any:
    """In the type of the sample: they may be kept in float64."""
    found, space = m.moments(real, xp=xp), xp or array_namespace(real)
    return tuple(space.astype(number, real.dtype) for number in (found.mean, found.covariance))


def of_moments(mean_a: Any, covariance_a: Any, mean_b: Any, covariance_b: Any, *, xp: Any = None) -> Any:
    return m.frechet_distance_of_moments(m.Moments(mean_a, covariance_a, 10), m.Moments(mean_b, covariance_b, 12))


def metrics(seed: int) -> Iterator[Metric]:
    for (
        what,
        event,
    ) in s.EVENTS.items():  # of images: fewer rows than numbers, so that both covariances are singular
        samples = s.ordinary("frechet", event, seed)
        corners = s.corners(samples) | {"two rows": s.first(samples, 2)}
        yield Metric(
            f"moments{what}",
            moments,
            lambda real: (frechet.centre(real), frechet.covariance(real)),
            {"real": samples["real"]},
            corners={name: {"real": corner["real"]} for name, corner in corners.items() if name != "tiny"},
        )
        yield Metric(
            f"frechet_distance{what}",
            m.frechet_distance,
            frechet.frechet,
            samples,
            corners=corners,
            stated={"of a sample and itself": (corners["equal"], 0.0)},
            refused=s.refused(samples, 2),
            scale=frechet.scale,
        )
        yield Metric(
            f"frechet_distance_infinity{what}",
            m.frechet_distance_infinity,
            frechet.frechet_infinity,
            samples,
            settings={"sizes": 6, "least": 2, "seed": 5},
            scale=lambda real, fake, **settings: frechet.scale(real, fake),
            ordered=("fake",),
        )
    many = generator("metrics", "many moments", seed).standard_normal((540, 3)) + np.arange(3.0)
    yield Metric(  # more rows than the centre is taken of
        "moments of many rows",
        moments,
        lambda real: (frechet.centre(real), frechet.covariance(real)),
        {"real": many * [1.0, 2.0, 0.5]},
    )
    yield _of_moments(seed)


def _of_moments(seed: int) -> Metric:
    means = generator("metrics", "moments", seed).standard_normal((2, 3))

    def pair(a: Array, b: Array) -> s.Samples:
        return {"mean_a": means[0], "covariance_a": a, "mean_b": means[1], "covariance_b": b}

    return Metric(
        "frechet_distance_of_moments",
        of_moments,
        frechet.frechet_of_moments,
        pair(NORMAL, NORMAL @ NORMAL),
        corners={
            "of rank 1": pair(FLAT, NORMAL),
            "of rank 1, both": pair(FLAT, FLAT[::-1, ::-1]),
            "of a point": pair(NORMAL, POINT),
            "equal": pair(NORMAL, NORMAL),
            "tiny": {name: s.TINY * a for name, a in pair(NORMAL, FLAT).items()},
        },
        scale=_traces,
        ordered=("mean_a", "covariance_a", "mean_b", "covariance_b"),
    )


def _traces(mean_a: Array, covariance_a: Array, mean_b: Array, covariance_b: Array) -> float:
    return float(np.trace(covariance_a) + np.trace(covariance_b) + np.sum((mean_a - mean_b) ** 2))
