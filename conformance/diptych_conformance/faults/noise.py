"""Backends that ignore, keep, mix or round the noise that they are given."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Wrapped

Noise = Mapping[str, Any]


def _altered(change: Callable[[Noise], Noise]) -> type[Wrapped]:
    """A backend whose losses get changed noise."""

    class Changed(Wrapped):
        def value_and_grads(self, player: Any, nets: Any, x: Any, noise: Noise, **settings: Any) -> Any:
            return self.healthy.value_and_grads(player, nets, x, change(noise), **settings)

    return Changed


def _own(noise: Noise) -> Noise:
    random = np.random.default_rng(0)
    return {name: random.standard_normal(np.shape(a)) for name, a in noise.items()}


def _first_row(noise: Noise) -> Noise:
    return {name: np.repeat(a[:1], len(a), axis=0) for name, a in noise.items()}


def _rounded(noise: Noise) -> Noise:
    return {name: a.astype(np.float32).astype(a.dtype) for name, a in noise.items()}


def _weight_1(noise: Noise) -> Noise:
    return {name: np.ones_like(a) if name == "weight" else a for name, a in noise.items()}


def _no_smoothing(noise: Noise) -> Noise:
    return {name: np.zeros_like(a) if name == "smooth_p" else a for name, a in noise.items()}


def _one_stream(noise: Noise) -> Noise:
    return {name: noise["smooth_q"] if name == "smooth_p" else a for name, a in noise.items()}


class _OwnEachTime(Wrapped):
    """Noise that the backend draws itself, anew at every call."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self.random = np.random.default_rng(0)

    def value_and_grads(self, player: Any, nets: Any, x: Any, noise: Noise, **settings: Any) -> Any:
        drawn = {name: self.random.standard_normal(np.shape(a)) for name, a in noise.items()}
        return self.healthy.value_and_grads(player, nets, x, drawn, **settings)


def _stepping(choose: Callable[[list[Any]], Any], executions: tuple[str, ...] = ()) -> type[Wrapped]:
    """A backend whose steps use an earlier (x, noise), which `chosen` picks; in some executions, or in all."""

    class Changed(Wrapped):
        def trainer(self, *args: Any, execution: str = "eager", **settings: Any) -> Any:
            trainer = self.healthy.trainer(*args, execution=execution, **settings)
            seen: dict[tuple[str, ...], list[Any]] = {}

            def step(players: Any, x: Any, noise: Noise) -> Any:
                inputs = seen.setdefault(tuple(players), [])
                inputs.append((x, noise))
                return trainer.step(players, *choose(inputs))

            if executions and execution not in executions:
                return trainer
            return SimpleNamespace(step=step, state=trainer.state, restore=trainer.restore)

    return Changed


def _first(seen: list[Any]) -> Any:
    """The present batch with the noise of the first step."""
    return seen[-1][0], seen[0][1]


def _before(seen: list[Any]) -> Any:
    """The present batch with the noise of the step before."""
    return seen[-1][0], seen[-2 if len(seen) > 1 else -1][1]


def _first_batch(seen: list[Any]) -> Any:
    return seen[0][0], seen[-1][1]


def _loss(name: str, source: str, subject: str, wrap: Any) -> Fault:
    return Fault(name, source, f"objectives/{subject}/dense/float64/eager/*", "value", wrap)


def _step(name: str, source: str, wrap: Any, cases: str = "ns-gan/sgd/float64/eager", leg: str = "value") -> Fault:
    return Fault(name, source, f"rounds/{cases}/*", leg, wrap, alone=leg == "execution")


NOISE = (
    _loss("noise of its own", "randn_like inside a loss", "vae/autoencoder", _altered(_own)),
    Fault(
        "noise of its own at every call",
        "randn_like inside a loss, without a seed",
        "objectives/vae/autoencoder/dense/float64/eager/exactness*",
        "exactness",
        _OwnEachTime,
    ),
    _loss("one draw for a whole batch", "a shape (1, k) that broadcasts", "vae/autoencoder", _altered(_first_row)),
    _loss("noise rounded through float32", "a generator of float32", "vae/autoencoder", _altered(_rounded)),
    _loss("a scheduled weight taken for 1", "annealing forgotten", "vae-warm-up/autoencoder", _altered(_weight_1)),
    _loss(
        "instance noise on samples only",
        "Sønderby et al. add it to data too",
        "ns-gan-smoothed/critic",
        _altered(_no_smoothing),
    ),
    _loss(
        "one instance noise for data and samples",
        "two draws from one seed",
        "ns-gan-smoothed/critic",
        _altered(_one_stream),
    ),
    _step("the first step's noise in every step", "a draw outside the loop", _stepping(_first)),
    _step("the noise of the step before", "a prefetch that lags by one", _stepping(_before)),
    _step("the first batch in every step", "an iterator made anew", _stepping(_first_batch)),
    _step(
        "noise frozen into compiled code",
        "a constant of the trace: tf.function over NumPy",
        _stepping(_first, ("compiled",)),
        "vae/adam/float64/*",
        "execution",
    ),
)
