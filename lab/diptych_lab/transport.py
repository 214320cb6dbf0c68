"""Exact optimal transport between samples, for evaluation: what WGAN and the WAE estimate, by a linear program.

    exact_transport(images, model.sample(500), cost=l2_distance())    # W1

The solver is POT's network simplex, from the extra ``diptych[transport]``; its time grows as the sample's cube.
"""

import os
from typing import Any

import numpy as np

from diptych.costs import Cost, l2_distance
from diptych_lab.arrays import as_array

FRAMEWORKS = ("PYTORCH", "TENSORFLOW", "JAX", "CUPY")  # POT imports every one it finds, unless told not to


def exact_transport(p: np.ndarray, q: np.ndarray, *, cost: Cost | None = None) -> float:
    """min Σ π_ij c(p_i, q_j) over plans π of equal weights a row: W1 for the cost |x - y|, where none is given.

    (m, ...), (n, ...) -> a float, computed in float64. Peyré & Cuturi 2019, eq. 2.11.

    Raises ValueError for an empty sample, samples of another event, integers beside floats, which have not been
    scaled alike, a cost without a matrix or one that is not finite, and ImportError where POT is not installed.
    """
    p, q = as_array("p", p), as_array("q", q)
    if {p.dtype.kind, q.dtype.kind} in ({"u", "f"}, {"i", "f"}):
        raise ValueError(f"samples of {p.dtype} and {q.dtype}; scale both alike, bytes by load_data(x).x")
    cost = cost or l2_distance()
    if cost.matrix is None:
        raise ValueError(f"the cost {cost.name!r} has no matrix of pairs; transport needs one")
    if not len(p) or not len(q):
        raise ValueError(f"a sample needs at least 1 row, got {len(p)} and {len(q)}")
    c = np.asarray(cost.matrix(np.asarray(p, np.float64), np.asarray(q, np.float64)))
    if not np.all(np.isfinite(c)):
        raise ValueError(f"the cost {cost.name!r} of these samples is not finite everywhere")
    return float(_pot().emd2([], [], c, numItermax=10_000_000))


def _pot() -> Any:
    for name in FRAMEWORKS:
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{name}", "1")
    try:
        import ot
    except ImportError as error:
        raise ImportError('exact transport needs POT: python -m pip install "diptych[transport]"') from error
    return ot
