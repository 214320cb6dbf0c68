"""Rows through the networks of a model, a thousand at once."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diptych import border, randomness
from diptych.method import Method
from diptych.named import Named
from diptych.protocol import Backend
from diptych.typing import Array, DrawCodes, LogWeights, Networks, Ops, Shape

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


def drawn(backend: Backend, nets: Any, f: DrawCodes, x: Any, noise: Mapping[str, FloatArray]) -> FloatArray:
    """f of the rows of x, each with its row of every noise."""

    def codes(nets: Networks, x: Array, ops: Ops, **draws: Array) -> Array:
        return f(nets, x, Named(draws), ops)

    found = []
    for start in range(0, x.shape[0], ROWS):
        own = {name: draw[start : start + ROWS] for name, draw in noise.items()}
        found.append(backend.call(codes, nets, {"x": _part("x", x, start, ROWS), **own}))
    return np.concatenate(found)


def losses(
    backend: Backend, nets: Any, method: Method, x: Any, noise: Mapping[str, FloatArray]
) -> dict[str, float]:
    """Each player's loss on these rows, by name, with running statistics."""

    def f(nets: Networks, x: Array, ops: Ops, **draws: Array) -> tuple[Array, ...]:
        def numbers(role: str) -> Any:
            """A network of one number a sample, which may give it as (n, 1), as steps take it too."""

            def called(*inputs: Array) -> Array:
                y: Array = getattr(nets, role)(*inputs)
                return y[:, 0] if len(y.shape) == 2 and y.shape[1] == 1 else y

            return called

        scalar = {name for name, role in method.roles.items() if role.output == "scalar"}
        held = Named({name: numbers(name) if name in scalar else getattr(nets, name) for name in method.roles})
        return tuple(player.objective(held, x, Named(draws), ops) for player in method.players)

    found = backend.call(f, nets, {"x": x, **noise})
    return {player.name: float(loss) for player, loss in zip(method.players, found, strict=True)}


def log_weights(
    backend: Backend, nets: Any, weights: LogWeights, x: Any, latent: Shape, draws: int, seed: int
) -> FloatArray:
    """log w_i of each row, i to K = `draws`: (n, ...) -> (n, K) in float64. Keyed by the row's number."""
    x, found = rows(x), []
    size = max(1, ROWS // draws)

    def drawn(number: int) -> FloatArray:
        return randomness.generator(seed, randomness.LIKELIHOOD, number).standard_normal((draws, *latent))

    for start in range(0, x.shape[0], size):
        part = _part("x", x, start, size)
        epsilon = np.stack([drawn(number) for number in range(start, start + part.shape[0])])
        found.append(np.asarray(backend.call(weights, nets, {"x": part, "epsilon": epsilon}), np.float64))
    return np.concatenate(found)


def log_mean_exp(log_w: FloatArray) -> FloatArray:
    """log 1/K Σ_i w_i of each row, (n, K) -> (n,)"""
    mean: FloatArray = np.logaddexp.reduce(log_w, axis=1) - np.log(log_w.shape[1])
    return mean


def _part(name: str, x: Any, start: int, size: int) -> Any:
    try:
        return x[start : start + size]
    except (TypeError, RuntimeError) as error:  # a sparse tensor
        got = str(getattr(x, "layout", type(x).__name__))
        raise ValueError(f"{name} must be a dense array, got {got}, whose rows cannot be taken") from error
