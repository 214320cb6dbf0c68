"""Samples of real and fake rows, ordinary ones and those at which metrics go wrong."""

import numpy as np

from diptych_conformance.core.problem import Array, generator

Samples = dict[str, Array]
EVENTS = {"": (2, 2), " of images": (3, 4)}  # distances are computed by differences, and by products
ROWS = 9, 11
TINY, FAR = 2.0**-30, 1e4


def ordinary(what: str, event: tuple[int, ...], seed: int) -> Samples:
    """Two Gaussians, not of equal size, moved and stretched against each other."""
    random = generator("metrics", what, *event, seed)
    real, fake = (random.standard_normal((n, *event)) for n in ROWS)
    return {"real": real, "fake": 1.1 * fake + 0.6}


def equal(samples: Samples) -> Samples:
    """The real rows twice."""
    return {"real": samples["real"], "fake": samples["real"].copy()}


def closer(samples: Samples) -> Samples:
    """The fake rows moved nearer to the real ones."""
    return {"real": samples["real"], "fake": 0.9 * samples["fake"] - 0.5}


def tiny(samples: Samples) -> Samples:
    return {name: TINY * a for name, a in samples.items()}


def far(samples: Samples) -> Samples:
    """The same spread far from 0."""
    return {name: a + FAR for name, a in samples.items()}


def tied(samples: Samples) -> Samples:
    """Of small integers: many distances are equal, some 0."""
    return {name: np.clip(np.round(a), -1, 1) for name, a in samples.items()}


def nearly_tied(samples: Samples) -> Samples:
    """Of small integers, but for so little that only differences tell which is nearer."""
    return {name: a + 1e-9 * samples[name] for name, a in tied(samples).items()}


def repeated(samples: Samples) -> Samples:
    """Each row of the first half three times, and half of the fake rows are real ones."""
    real, fake = samples["real"], samples["fake"]
    return {
        "real": np.concatenate([real[:3]] * 3),
        "fake": np.concatenate([real[:3], real[:3], fake[:6]]),
    }


def constant(samples: Samples) -> Samples:
    """All rows of both are one."""
    return {name: np.full(a.shape, 0.3) for name, a in samples.items()}


def first(samples: Samples, rows: int) -> Samples:
    return {name: a[:rows] for name, a in samples.items()}


def corners(samples: Samples) -> dict[str, Samples]:
    """By name."""
    made = (tiny, far, tied, nearly_tied, repeated, constant, equal)
    return {make.__name__.replace("_", " "): make(samples) for make in made}


def refused(samples: Samples, least: int) -> dict[str, Samples]:
    """By name: one row less than the `least` of each, an infinite number in each, and events that differ."""
    made = {"other events": {**samples, "fake": samples["fake"][:, :1]}}
    for name, a in samples.items():
        endless = a.copy()
        endless.flat[-1] = np.inf
        made[f"{name} not finite"] = {**samples, name: endless}
        made[f"too few {name} rows"] = {**samples, name: a[: least - 1]}
    return made
