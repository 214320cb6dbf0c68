"""A step in parts: its batch is cut, and the gradients of the parts are averaged, each by its share of the rows.

Σ_i (n_i / n) ∇L(part i) = ∇L(batch) where L is a mean over rows. It is another number where L looks at several rows
at once, as MMD, optimal transport, the moments of a batch and batch norm do. Which loss is which is found out on a
few rows, so that a user's own losses and modules are told apart too.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from diptych.method import Method, Player
from diptych.optimizers import Optimizer
from diptych.protocol import Backend

Gradients = Mapping[str, Mapping[str, np.ndarray[Any, Any]]]
_ROWS = 4  # that are looked at, in two parts
_ROUNDING = 2000  # units of the dtype's rounding, relative to the gradient's length


def count(rules: Mapping[str, Optimizer], players: Iterable[str]) -> int:
    """In how many parts these players, who move together, compute a step.  ValueError where they differ."""
    found = {name: rules[name].accumulate or 1 for name in players}
    if len(set(found.values())) > 1:
        told = ", ".join(f"{name} {parts}" for name, parts in found.items())
        raise ValueError(f"players who move together compute in as many parts: accumulate of {told}")
    return next(iter(found.values()))


def cut(n: Any, parts: int) -> list[slice]:
    """The rows of each part, in order; their numbers differ by one at most. `n` may be a number of a graph."""
    return [slice(n * i // parts, n * (i + 1) // parts) for i in range(parts)]


def check_rows(n: int, parts: int) -> None:
    """Raise ValueError where some part would have no row."""
    if n < parts:
        raise ValueError(f"{n} rows cannot be cut into {parts} parts: accumulate={n} or less")


def check_method(method: Method, rules: Mapping[str, Optimizer], replicas: int) -> None:
    """Raise ValueError where a step of this method is not computed in parts."""
    if all((rule.accumulate or 1) == 1 for rule in rules.values()):
        return
    if method.gate is not None:
        raise ValueError(f"accumulate: method {method.name!r} has a gate, which looks at the whole batch of a step")
    if replicas > 1:
        raise ValueError("accumulate: replicas have their parts of the batch already; choose one of the two")


def check_losses(
    backend: Backend,
    nets: Any,
    method: Method,
    rules: Mapping[str, Optimizer],
    x: Any,
    noise: Mapping[str, Any],
    dtype: str,
) -> None:
    """Raise ValueError, naming the player, where a loss that is to be computed in parts is no mean over rows.

    What a schedule has at 0 in this round, such as a weight, is taken as 1. Nothing is changed.
    """
    rows, cutting = min(_ROWS, x.shape[0]), [p for p in method.players if (rules[p.name].accumulate or 1) > 1]
    if not cutting or rows < 2:
        return
    given = {name: np.where(draw[:rows] == 0, 1, draw[:rows]) for name, draw in noise.items()}
    for player in cutting:
        whole = _gradient(backend, nets, player, x, given, slice(0, rows))
        halves = [(_gradient(backend, nets, player, x, given, each), each) for each in cut(rows, 2)]
        mean = sum(g * ((each.stop - each.start) / rows) for g, each in halves)
        length = max(float(np.linalg.norm(whole)), float(np.finfo(dtype).tiny))
        apart = float(np.linalg.norm(whole - mean)) / length
        if not apart <= _ROUNDING * np.finfo(dtype).eps:
            asked = f"accumulate={rules[player.name].accumulate}"
            raise ValueError(
                f"{asked}: the loss of {player.name!r} is no mean over rows: its gradient of {rows} rows, in two "
                f"parts, is {apart:.1%} off. It looks at several rows at once, as MMD, optimal transport and "
                "batch norm do, or draws by itself, as dropout does"
            )


def _gradient(
    backend: Backend, nets: Any, player: Player, x: Any, noise: Mapping[str, Any], rows: slice
) -> np.ndarray[Any, Any]:
    """Of these rows, in float64, as one row of numbers."""
    own = {name: draw[rows] for name, draw in noise.items()}
    _, found = backend.value_and_grads(player, nets, x[rows], own)
    arrays = [found[role][name] for role in sorted(found) for name in sorted(found[role])]
    return np.concatenate([np.zeros(1), *(np.asarray(a, np.float64).ravel() for a in arrays)])
