"""The autodiff verbs: an objective as a pure function of the tensors its player owns."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from diptych.method import Method, Player
from diptych.named import Named
from diptych_jax.arrays import Tree
from diptych_jax.nets import Apply

Trees = Mapping[str, Tree]  # role -> pytree


class Live:
    """One evaluation: `nets`, what an objective calls, and the `Ops` beside it.

    `statistics`, the running statistics by role, follow every call. `grad` hands them out of its transform, which
    nothing else may leave.
    """

    xp = jnp
    stop = staticmethod(jax.lax.stop_gradient)

    def __init__(self, apply: Mapping[str, Apply], params: Trees, statistics: Trees, *, training: bool) -> None:
        self.statistics = dict(statistics)

        def caller(role: str) -> Callable[..., Array]:
            def call(*inputs: Array) -> Array:
                y, self.statistics[role] = apply[role](
                    params[role], self.statistics[role], *inputs, training=training
                )
                return y

            return call

        self.nets = Named({role: caller(role) for role in apply})

    def grad(self, f: Callable[[Array], Array], x: Array) -> Array:
        def total(point: Array) -> tuple[Array, Trees]:
            return jnp.sum(f(point)), dict(self.statistics)

        slope, self.statistics = jax.grad(total, has_aux=True)(x)
        return slope


def gradients(
    player: Player,
    apply: Mapping[str, Apply],
    params: Trees,
    statistics: Trees,
    x: Array,
    noise: Mapping[str, Array],
) -> tuple[Array, Trees, Trees]:
    """Loss, its gradients by the owned parameters, and the owned networks' running statistics after it."""

    def loss(owned: Trees) -> tuple[Array, Trees]:
        live = Live(apply, {**params, **owned}, statistics, training=True)
        value = player.objective(live.nets, x, Named(noise), live)
        if value.ndim:
            raise ValueError(f"the objective of player {player.name!r} must give a scalar, got shape {value.shape}")
        return value, {role: live.statistics[role] for role in player.owns}

    owned = {role: params[role] for role in player.owns}
    (value, after), grads = jax.value_and_grad(loss, has_aux=True)(owned)
    return value, grads, after


def moves(
    method: Method,
    apply: Mapping[str, Apply],
    params: Trees,
    statistics: Trees,
    x: Array,
    noise: Mapping[str, Array],
) -> Mapping[str, Array]:
    """What the method's gate says of its players; nothing where it has none."""
    if method.gate is None:
        return {}
    live = Live(apply, params, statistics, training=True)
    found: Mapping[str, Any] = method.gate(live.nets, x, Named(noise), live)
    return found
