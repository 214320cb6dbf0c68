"""The metrics a second time, pair by pair in NumPy, from the papers: nothing here is fast, blocked or expanded."""

from typing import Any

import numpy as np


def rows(x: Any) -> Any:
    return np.asarray(x, dtype=np.float64).reshape(len(x), -1)


def squares(x: Any, y: Any) -> Any:
    """|x_i - y_j|²"""
    return np.sum((rows(x)[:, None, :] - rows(y)[None, :, :]) ** 2, axis=2)


def to_kth_other(x: Any, k: int) -> Any:
    between = squares(x, x)
    return np.asarray([np.sort(np.delete(row, i))[k - 1] for i, row in enumerate(between)])


def inside(x: Any, y: Any, k: int) -> Any:
    """1[y_j in the closed ball of x_i]"""
    return squares(x, y) <= to_kth_other(x, k)[:, None]


def precision_recall(real: Any, fake: Any, k: int) -> tuple[float, float]:
    return inside(real, fake, k).any(axis=0).mean(), inside(fake, real, k).any(axis=0).mean()


def density_coverage(real: Any, fake: Any, k: int) -> tuple[float, float]:
    held = inside(real, fake, k)
    return held.sum() / (k * len(fake)), held.any(axis=1).mean()


def kernel_distance(real: Any, fake: Any) -> float:
    def k(x: Any, y: Any) -> Any:
        return (rows(x) @ rows(y).T / rows(x).shape[1] + 1) ** 3

    def within(x: Any) -> float:
        return np.mean(k(x, x)[~np.eye(len(x), dtype=bool)])

    return within(real) + within(fake) - 2 * np.mean(k(real, fake))


def energy_distance(real: Any, fake: Any) -> float:
    def mean(x: Any, y: Any) -> float:
        return np.mean(np.sqrt(squares(x, y)))

    return 2 * mean(real, fake) - mean(real, real) - mean(fake, fake)


def clipped_density(real: Any, fake: Any, k: int) -> float:
    radii = np.sqrt(to_kth_other(real, k))
    clipped = np.minimum(radii, np.median(radii))
    of_fakes = (np.sqrt(squares(real, fake)) <= clipped[:, None]).sum(axis=0)
    of_real = ((np.sqrt(squares(real, real)) <= clipped[:, None]) & ~np.eye(len(real), dtype=bool)).sum(axis=0)
    return min(np.minimum(of_fakes / k, 1).mean() / np.minimum(of_real / k, 1).mean(), 1.0)


def mmd2(k: Any, chosen: Any) -> float:
    """Unbiased, of the rows chosen and of the others."""

    def mean(a: Any, b: Any) -> float:
        pairs = np.asarray([k[i, j] for i in a for j in b if i != j])
        return float(pairs.mean())

    others = np.setdiff1d(np.arange(len(k)), chosen)
    return mean(chosen, chosen) + mean(others, others) - 2 * mean(chosen, others)


def authenticity(train: Any, fake: Any) -> float:
    between, own = squares(fake, train), to_kth_other(train, 1)
    return float(np.mean([all(row.min() > own[i] for i in np.flatnonzero(row == row.min())) for row in between]))


def prd(p: Any, q: Any, angles: int) -> tuple[Any, Any]:
    p, q = np.asarray(p) / np.sum(p), np.asarray(q) / np.sum(q)
    slopes = [np.tan(t) for t in np.linspace(1e-10, np.pi / 2 - 1e-10, angles)]
    precision = [sum(min(slope * a, b) for a, b in zip(p, q, strict=True)) for slope in slopes]
    return np.asarray(precision), np.asarray(precision) / np.asarray(slopes)
