"""Rows through the networks of a model, a thousand at once."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych import border, randomness
from diptych.noise import Shape
from diptych.protocol import Backend
from diptych.typing import LogWeights

FloatArray = np.ndarray[Any, Any]
ROWS = 1000


def rows(batch: Any, name: str = "x") -> Any:
    """An array, out of what a loader gives.  ValueError, with its name, where it is none, or has no rows."""
    if isinstance(batch, tuple | list) and len(batch) == 1 and hasattr(batch[0], "shape"):
        batch = batch[0]
    if not hasattr(batch, "shape"):
        got = f"{len(batch)} entries" if isinstance(batch, tuple | list) else type(batch).__name__
        raise ValueError(f"a batch is one array of rows, got {got}; of (rows, labels) take the rows")
    border.check_rows(tuple(batch.shape), name)
    return batch


def through(backend: Backend, nets: Any, f: Callable[..., Any], name: str, x: Any) -> FloatArray:
    """f of the rows of x, which it knows as `name`."""
    x = rows(x, name)
    parts = [_part(name, x, start, ROWS) for start in range(0, x.shape[0], ROWS)]
    return np.concatenate([backend.call(f, nets, {name: part}) for part in parts])


def bound(
    backend: Backend, nets: Any, log_weights: LogWeights, x: Any, latent: Shape, draws: int, seed: int
) -> FloatArray:
    """log 1/K Σ_i w_i of each row, K = `draws`: (n, ...) -> (n,) in float64. Its number is the key of its draws."""
    x, found = rows(x), []
    size = max(1, ROWS // draws)

    def drawn(number: int) -> FloatArray:
        return randomness.generator(seed, randomness.LIKELIHOOD, number).standard_normal((draws, *latent))

    for start in range(0, x.shape[0], size):
        part = _part("x", x, start, size)
        epsilon = np.stack([drawn(number) for number in range(start, start + part.shape[0])])
        weights = np.asarray(backend.call(log_weights, nets, {"x": part, "epsilon": epsilon}), np.float64)
        found.append(np.logaddexp.reduce(weights, axis=1) - np.log(draws))
    return np.concatenate(found)


def _part(name: str, x: Any, start: int, size: int) -> Any:
    try:
        return x[start : start + size]
    except (TypeError, RuntimeError) as error:  # a sparse tensor
        got = str(getattr(x, "layout", type(x).__name__))
        raise ValueError(f"{name} must be a dense array, got {got}, whose rows cannot be taken") from error
