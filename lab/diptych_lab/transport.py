"""Exact optimal transport between samples, for evaluation: what WGAN and the WAE estimate, by a linear program.

    exact_transport(images, model.sample(500), cost=l2_distance())    # W1

The solver is POT's network simplex, from the extra ``diptych[transport]``; its time grows as the sample's cube.
"""

import os
import warnings
from typing import Any

import numpy as np

from diptych import checks
from diptych.costs import Cost, l2_distance
from diptych.term import plain
from diptych_lab.reading import reason

FRAMEWORKS = ("PYTORCH", "TENSORFLOW", "JAX", "CUPY")  # POT imports every one it finds, unless told not to
ITERATIONS = 10_000_000


def exact_transport(p: np.ndarray, q: np.ndarray, *, cost: Cost | None = None) -> float:
    """min Σ π_ij c(p_i, q_j) over plans π of equal weights a row: W1 for the cost |x - y|, where none is given.

    (m, ...), (n, ...) -> a float, computed in float64, at any scale of the costs. Peyré & Cuturi 2019, eq. 2.11.

    Raises ValueError for what is no plain array of float32 or float64 (integer images are to be divided by 255), an
    empty sample, samples of another event, a cost without a matrix or one that is not finite; RuntimeError where
    the solver does not come to its end, and ImportError where POT is not installed.
    """
    cost = l2_distance() if cost is None else cost
    checks.wanted("cost", cost, Cost, "l2_distance(), as the other costs of diptych.costs, makes one")
    if cost.matrix is None:
        raise ValueError(f"the cost {cost.name!r} has no matrix of pairs; transport needs one")
    p, q = _floats("p", p), _floats("q", q)
    c = np.asarray(cost.matrix(p, q))
    if not np.all(np.isfinite(c)):
        raise ValueError(f"the cost {cost.name!r} of these samples is not finite everywhere")
    return _least(c, _pot())


def _floats(name: str, x: Any) -> np.ndarray:
    """x in float64; of another library too."""
    if not isinstance(x, np.ndarray) and hasattr(x, "__array__"):
        try:
            x = np.asarray(x)
        except Exception as error:  # a framework's own, of any type: "use tensor.detach().numpy() instead"
            raise ValueError(f"{name} cannot be made an array of NumPy: {reason(error)}") from None
    try:
        plain(name, x)
    except ValueError as error:
        whole = isinstance(x, np.ndarray) and x.dtype.kind in "biu"
        raise ValueError(f"{error}, images by x / 255" if whole else str(error)) from None
    if not x.shape or not len(x):
        raise ValueError(f"{name} must have at least 1 row, got shape {x.shape}")
    return np.asarray(x, np.float64)


def _least(c: np.ndarray, ot: Any) -> float:
    """The minimum of Σ π_ij c_ij.

    The solver compares costs to an absolute precision, so they are handed over in units of the largest. No entry of
    more than m n times the value of a plan is in the best one, whose entries are multiples of 1 / (m n): such costs
    are lowered to twice that, and the smaller ones, which decide, are solved for anew in the smaller unit.
    """
    while True:
        unit = float(np.max(np.abs(c)))
        if unit == 0:
            return 0.0
        value = float(np.sum(_plan(c / unit, ot) * c))
        most = 2 * c.size * value
        if not 0 <= most < unit:
            return value
        c = np.minimum(c, most)


def _plan(c: np.ndarray, ot: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # POT's words of what is an error here
        plan, log = ot.emd([], [], c, numItermax=ITERATIONS, log=True)
    if log["warning"] is not None:
        raise RuntimeError(f"the transport solver stopped early ({log['warning']}): use fewer rows")
    return np.asarray(plan)


def _pot() -> Any:
    for name in FRAMEWORKS:
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{name}", "1")
    try:
        import ot
    except ImportError as error:
        raise ImportError('exact transport needs POT: python -m pip install "diptych[transport]"') from error
    return ot
