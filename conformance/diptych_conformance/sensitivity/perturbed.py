"""An objective with one of its terms made a little too large."""

from collections.abc import Callable
from typing import Any

from diptych.method import Objective


class Perturbed:
    """`ops`, but term number `index` of the loss comes out 1 + δ times as large. `count` is how many there were."""

    def __init__(self, ops: Any, index: int, delta: float) -> None:
        self.grad, self.stop = ops.grad, ops.stop
        self.xp = _Namespace(ops.xp, self._term)
        self.index, self.delta, self.count = index, delta, 0

    def _term(self, value: Any) -> Any:
        if len(value.shape) > 1:
            return value
        self.count += 1
        return value * (1 + self.delta) if self.count - 1 == self.index else value


class _Namespace:
    """`xp` with `change` made to what its means and sums give."""

    def __init__(self, xp: Any, change: Callable[[Any], Any]) -> None:
        self.xp, self.change = xp, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self.xp, name)

    def mean(self, x: Any, **settings: Any) -> Any:
        return self.change(self.xp.mean(x, **settings))

    def sum(self, x: Any, **settings: Any) -> Any:
        return self.change(self.xp.sum(x, **settings))


def perturbed(index: int, delta: float, counts: list[int] | None = None) -> Callable[[Objective], Objective]:
    """The change of an objective that makes one of its terms too large; `counts` gets how many terms it has."""

    def change(objective: Objective) -> Objective:
        def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
            other = Perturbed(ops, index, delta)
            value = objective(nets, x, noise, other)
            if counts is not None:
                counts.append(other.count)
            return value

        return loss

    return change
