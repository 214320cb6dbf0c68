"""Training steps as a Keras user on TensorFlow writes them by hand: what diptych's speed is measured against.

Networks are called once a step, each player's tape watches what the player owns and nothing else, and optimisers
are Keras's own. Compiled, the whole step is one `tf.function`.

Keras's Adam adds epsilon before the bias correction. Its value is chosen here so that the first update is that of
diptych's Adam with epsilon 1e-8; later ones differ a little. Its RMSprop adds epsilon under the root.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from math import sqrt
from typing import Any, NamedTuple

import keras
import tensorflow as tf

Noise = Mapping[str, tf.Tensor]
Nets = Mapping[str, keras.Model]
Found = dict[str, tf.Tensor]  # each player's loss, and what a gate looks at
Run = Callable[[tf.Tensor, Noise], Found]


class Adam(NamedTuple):
    rate: float
    betas: tuple[float, float] = (0.9, 0.999)

    def made(self) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(self.rate, *self.betas, epsilon=1e-8 * sqrt(1 - self.betas[1]))


class RMSprop(NamedTuple):
    rate: float

    def made(self) -> keras.optimizers.Optimizer:
        return keras.optimizers.RMSprop(self.rate, rho=0.99, epsilon=1e-16)


class Player(NamedTuple):
    owns: tuple[str, ...]
    rule: Adam | RMSprop
    clips: tuple[str, ...] = ()  # roles whose parameters are clipped to ±0.01
    by: str = ""  # whose loss gives this player's gradients too; its own where empty


class Step(NamedTuple):
    """Players who move together, their losses, and who of them rests."""

    players: dict[str, Player]
    losses: Callable[[Nets, tf.Tensor, Noise], Found]
    gate: Callable[[Found], dict[str, tf.Tensor]] = lambda found: {}


Method = dict[tuple[str, ...], Step]


def training_step(step: Step, nets: Nets, execution: str) -> Run:
    owned = {name: variables(nets, player.owns) for name, player in step.players.items()}
    optimizers = {name: player.rule.made() for name, player in step.players.items()}
    for name, optimizer in optimizers.items():
        optimizer.build(owned[name])
    watched: dict[str, list[tf.Variable]] = {}
    for name, player in step.players.items():
        watched.setdefault(player.by or name, []).extend(owned[name])

    def update(name: str, gradients: Mapping[int, tf.Tensor]) -> None:
        optimizers[name].apply([gradients[id(variable)] for variable in owned[name]], owned[name])
        for variable in variables(nets, step.players[name].clips):
            variable.assign(tf.clip_by_value(variable, -0.01, 0.01))

    def run(x: tf.Tensor, noise: Noise) -> Found:
        with ExitStack() as stack:
            tapes = {name: stack.enter_context(tf.GradientTape(watch_accessed_variables=False)) for name in watched}
            for name, tape in tapes.items():
                for variable in watched[name]:
                    tape.watch(variable.value)
            found = step.losses(nets, x, noise)
        gradients = {}
        for name, tape in tapes.items():
            each = tape.gradient(found[name], watched[name])
            gradients |= {id(variable): g for variable, g in zip(watched[name], each, strict=True)}
        moves = step.gate(found)
        # without it a graph may compute a loss after an update: one in ten runs of fgan-kl gave another one
        with tf.control_dependencies([*found.values(), *gradients.values()]):
            for name in step.players:
                if name in moves:
                    guarded(moves[name], update, name, gradients)
                else:
                    update(name, gradients)
        return {name: found[name] for name in step.players}

    return run if execution == "eager" else tf.function(run)


def guarded(moves: tf.Tensor, act: Callable[..., None], *arguments: Any) -> None:
    """`act` where the truth value says so, in a graph too."""

    def acted() -> tf.Tensor:
        act(*arguments)
        return tf.constant(True)

    tf.cond(moves, acted, lambda: tf.constant(False))


def variables(nets: Nets, roles: tuple[str, ...]) -> list[Any]:
    return [variable for role in roles for variable in nets[role].trainable_variables]
