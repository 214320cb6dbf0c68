"""Wrong steps: in running statistics, order of play, ownership, or after a restored state."""

from dataclasses import replace
from typing import Any

import numpy as np

from diptych import Network
from diptych.named import Noise
from diptych.networks import BatchNorm
from diptych_conformance.faults.fault import Fault, Wrapped
from diptych_conformance.faults.rewritten import Rewritten, step_fault
from diptych_conformance.references.oracle.network import networks
from diptych_conformance.references.oracle.ops import OPS
from diptych_conformance.references.oracle.trainer import ReferenceTrainer


class _Trained(Wrapped):
    """A backend whose trainers are changed by `change`."""

    def change(self, trainer: Any) -> Any:
        return trainer

    def trainer(self, *args: Any, **settings: Any) -> Any:
        return self.change(self.healthy.trainer(*args, **settings))


class _Forgetful(_Trained):
    def change(self, trainer: Any) -> Any:
        trainer.restore = lambda state: None
        return trainer


class _CountLost(_Trained):
    """A restored count of updates is 0, so that Adam's bias correction starts again."""

    def change(self, trainer: Any) -> Any:
        restore = trainer.restore
        trainer.restore = lambda state: restore(
            {name: np.zeros_like(a) if name.endswith(".updates") else a for name, a in state.items()}
        )
        return trainer


class _OneAfterAnother(_Trained):
    """Players that move together move one after another, and see each other's step."""

    def change(self, trainer: Any) -> Any:
        step = trainer.step
        trainer.step = lambda players, x, noise: {
            name: loss for player in players for name, loss in step((player,), x, noise).items()
        }
        return trainer


class _EveryoneMoves(_Trained):
    """The generator too moves in the critic's step."""

    def change(self, trainer: Any) -> Any:
        step = trainer.step
        trainer.step = lambda players, x, noise: {
            name: loss for name, loss in step(("critic", "generator"), x, noise).items() if name in players
        }
        return trainer


class _NoProjection(Wrapped):
    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        players = tuple(replace(player, projection=None) for player in method.players)
        return self.healthy.trainer(replace(method, players=players), *args, **settings)


class _NoGate(Wrapped):
    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        return self.healthy.trainer(replace(method, gate=None), *args, **settings)


class _OtherKeep(Wrapped):
    """Running statistics have another `keep`."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        def other(layer: Any) -> Any:
            return replace(layer, keep=0.99) if isinstance(layer, BatchNorm) else layer

        changed = {r: Network(n.inputs, tuple(map(other, n.layers))) for r, n in networks.items()}
        return self.healthy.build(changed, weights, **settings)


class _HeldCounts(Rewritten):
    class kind(ReferenceTrainer):  # noqa: N801
        def hold(self, player: Any, before: Any, x: Any, noise: Any) -> None:
            self.updates[player.name] += 1


class _UnbiasedVariance(Rewritten):
    class kind(ReferenceTrainer):  # noqa: N801
        def running(self, name: str, batch: Any, n: int) -> Any:
            return batch * n / (n - 1) if name == "running_variance" else batch


class _HeldInPart(Rewritten):
    class kind(ReferenceTrainer):  # noqa: N801
        def hold(self, player: Any, before: Any, x: Any, noise: Any) -> None:
            self._keep_statistics(player, before, x, noise)


class _GateInInference(Rewritten):
    """A gate sees networks that use their running statistics."""

    class kind(ReferenceTrainer):  # noqa: N801
        def moves(self, x: Any, noise: Any) -> dict[str, bool]:
            if self.method.gate is None:
                return {}
            nets = networks(self.networks, self.weights, training=False)
            return {name: bool(move) for name, move in self.method.gate(nets, x, Noise(noise), OPS).items()}


class _Adopted(Wrapped):
    """What no player owns is trained by the first one."""

    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        first, *others = method.players
        owned = {role for player in method.players for role in player.owns}
        owns = (*first.owns, *(role for role in method.roles if role not in owned))
        return self.healthy.trainer(
            replace(method, players=(replace(first, owns=owns), *others)), *args, **settings
        )


STEPS = (
    step_fault("running statistics of another memory", "Keras 0.99, torch 0.9", "batch norm/sgd", _OtherKeep),
    step_fault("a held player's update is counted", "a counter outside the gate", "gated/adam", _HeldCounts),
    step_fault("running variance unbiased", "torch: n / (n - 1)", "batch norm/sgd", _UnbiasedVariance),
    step_fault("projection forgotten", "WGAN without its clipping", "clipped/sgd", _NoProjection),
    step_fault("gate forgotten", "everybody moves in every step", "gated/adam", _NoGate),
    step_fault("a gate by running statistics", "not in training mode", "gate of batch norm/adam", _GateInInference),
    step_fault("a network of nobody is trained", "all parameters for one rule", "network of nobody/adam", _Adopted),
    step_fault("statistics follow a held player", "the gate stops the update only", "gated/adam", _HeldInPart),
    step_fault("one after another for together", "steps in the wrong order", "simultaneous/sgd", _OneAfterAnother),
    step_fault("optimiser state lost in resuming", "pythae 92", "ns-gan/adam", _Forgetful, "exactness"),
    step_fault("number of updates lost in resuming", "PyTorch-VAE 61", "ns-gan/adam", _CountLost, "exactness"),
    Fault(
        "the generator moves in the critic's step",
        "pytorch-vqgan issue 3",
        "objectives/ns-gan/critic/dense/float64/eager/*",
        "exactness",
        _EveryoneMoves,
        alone=True,
    ),
)
