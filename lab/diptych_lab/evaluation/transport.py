"""Exact W1 and W2 of features, by the linear program of `diptych_lab.exact_transport`."""

from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from diptych.costs import l2_distance, squared_l2
from diptych.metrics import Estimate, Metric
from diptych.metrics.intervals import AT_SIZE, normal
from diptych.randomness import generator
from diptych_lab.evaluation.measure import Estimates
from diptych_lab.transport import exact_transport

ROWS = 500  # of a block: the program's time grows as their cube
BLOCKS = 8  # at most


def exact_w1() -> Metric:
    """W1, the least mean distance |x - y| at which one sample is moved to the other."""
    return _metric("w1", "W1", "|x - y|", l2_distance())


def exact_w2() -> Metric:
    """W2², the same by the squared distance."""
    return _metric("w2", "W2²", "|x - y|^2", squared_l2())


def _metric(name: str, number: str, cost: str, c: Any) -> Metric:
    return Metric(
        name=f"exact-{name}",
        title=f"Exact {number}, of blocks of at most {ROWS} rows",
        numbers=(f"exact-{name}",),
        better={f"exact-{name}": "low"},
        formula=rf"\min_\pi \sum_{{ij}} \pi_{{ij}}\, {cost}",
        source="Peyré & Cuturi 2019, eq. 2.11",
        says="how far features must be moved in all, in units of the features" + ("²" if "²" in number else ""),
        does_not_say="the distance of the laws: in many dimensions two samples of one law lie far apart at any n "
        "that can be computed, so that only a comparison with the data's own value says something",
        estimate=partial(_estimate, number=f"exact-{name}", cost=c),
        warning=lambda m, n, d: f"at {size(m, n)} rows a block: compare at one n" if d > 2 else "",
    )


def size(m: int, n: int) -> int:
    """Rows of a block: so many that there are at least four blocks; all, where these would be of less than 20."""
    least = min(m, n)
    return min(ROWS, least // 4 if least >= 80 else least)


def _estimate(real: Any, fake: Any, /, *, seed: int = 0, number: str, cost: Any) -> Estimates:
    """The mean over disjoint blocks of rows, drawn by seed, and its interval from their spread."""
    rows = size(len(real), len(fake))
    blocks = min(BLOCKS, min(len(real), len(fake)) // rows)
    drawn = [generator(seed, "blocks", name).permutation(len(x)) for name, x in (("real", real), ("fake", fake))]
    parts = [[order[i * rows : (i + 1) * rows] for order in drawn] for i in range(blocks)]
    values = np.array([exact_transport(real[of_real], fake[of_fake], cost=cost) for of_real, of_fake in parts])
    value = float(values.mean())
    if blocks < 4:
        return {number: Estimate(value, value, value, "none, for there are fewer than 4 blocks of rows")}
    error = float(values.std(ddof=1)) / sqrt(blocks)
    student = _T[blocks] / 1.959963984540054
    how = f"Student's t, of {blocks} disjoint blocks, {AT_SIZE.replace('these numbers of', str(rows))}"
    return {number: normal(value, student * error, how, within=(0.0, float("inf")))}


_T = {4: 3.182446, 5: 2.776445, 6: 2.570582, 7: 2.446912, 8: 2.364624}  # blocks -> t at 97.5 %, blocks - 1 d.o.f.
