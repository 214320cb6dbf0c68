"""A framework's own loop that takes other steps than `diptych.Model`: what wrapping one in another invites."""

from dataclasses import replace
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Wrapped


class _Shuffled(Wrapped):
    """The loop's default: batches in an order of its own."""

    def own_loop(self, method: Any, networks: Any, batches: Any, **settings: Any) -> Any:
        return self.healthy.own_loop(method, networks, batches[::-1], **settings)


class _RoundOfOneBatch(Wrapped):
    """Every player moves on each batch, as most hand-written GAN loops have it."""

    def own_loop(self, method: Any, networks: Any, batches: Any, **settings: Any) -> Any:
        found, stop = [], 0
        for t, x in enumerate(batches):
            stop += len(method.round(t))
            whole = self.healthy.own_loop(method, networks, [x] * stop, **settings)
            found.append(
                ({k: v for losses, _ in whole[-len(method.round(t)) :] for k, v in losses.items()}, whole[-1][1])
            )
        return found


class _RulesLeftOut(Wrapped):
    """The rules that the user chose do not reach the trainer."""

    def own_loop(self, *given: Any, **settings: Any) -> Any:
        return self.healthy.own_loop(*given, **settings | {"optimizers": None})


class _OneRate(Wrapped):
    """One optimiser of the framework's for all players, at the first one's rate."""

    def own_loop(self, *given: Any, **settings: Any) -> Any:
        rules = settings["optimizers"]
        rate = next(iter(rules.values())).learning_rate
        one = {name: replace(rule, learning_rate=rate) for name, rule in rules.items()}
        return self.healthy.own_loop(*given, **settings | {"optimizers": one})


class _AverageOfTheEpoch(Wrapped):
    """What is told after a step is the mean of the losses so far, as a progress bar shows it."""

    def own_loop(self, *given: Any, **settings: Any) -> Any:
        seen: dict[str, list[float]] = {}
        found = []
        for losses, state in self.healthy.own_loop(*given, **settings):
            for name, loss in losses.items():
                seen.setdefault(name, []).append(loss)
            found.append(({name: float(np.mean(seen[name])) for name in losses}, state))
        return found


class _AnotherSeed(Wrapped):
    """Noise from the framework's global generator, not of the run's seed."""

    def own_loop(self, *given: Any, **settings: Any) -> Any:
        return self.healthy.own_loop(*given, **settings | {"seed": settings["seed"] + 1})


class _InFloat32(Wrapped):
    """Rows pass through the loop's default type on their way to a step of float64."""

    def own_loop(self, method: Any, networks: Any, batches: Any, **settings: Any) -> Any:
        rows = [x.astype(np.float32).astype(np.float64) for x in batches]
        return self.healthy.own_loop(method, networks, rows, **settings)


class _LastOnesDropped(Wrapped):
    """A batch that is shorter than the first is not trained on."""

    def own_loop(self, method: Any, networks: Any, batches: Any, **settings: Any) -> Any:
        whole = [x for x in batches if len(x) == len(batches[0])]
        return self.healthy.own_loop(method, networks, whole, **settings)


def _fault(name: str, source: str, wrap: Any) -> Fault:
    return Fault(name, source, "runs/wgan-gp/own loop/float64/eager/*", "value", wrap, alone=True)


OWN_LOOPS = (
    _fault("batches shuffled by the loop", "fit's shuffle=True", _Shuffled),
    _fault("a whole round on one batch", "keras.io's WGAN-GP", _RoundOfOneBatch),
    _fault("rules that do not reach the trainer", "compile's optimizer ignored", _RulesLeftOut),
    _fault("one learning rate for all players", "one optimiser around all parameters", _OneRate),
    _fault("mean losses told as a step's", "Keras's loss tracker", _AverageOfTheEpoch),
    _fault("noise of another seed", "torch.randn in training_step", _AnotherSeed),
    _fault("rows rounded on their way", "fit casts arrays to floatx", _InFloat32),
    _fault("short batches dropped", "drop_remainder=True", _LastOnesDropped),
)
