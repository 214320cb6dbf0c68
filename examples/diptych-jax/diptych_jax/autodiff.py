"""The autodiff verbs: an objective as a pure function of the parameters its player owns."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from diptych.method import Player
from diptych.named import Named, Noise
from diptych_jax.arrays import Trees
from diptych_jax.nets import Module, Modules


class Live:
    """One evaluation: `nets`, which an objective calls, and itself the `Ops`.

    Every call leaves its running statistics in `modules`. `grad` hands them out of its transform by hand, since
    nothing made inside one may leave it otherwise.
    """

    xp = jnp
    stop = staticmethod(jax.lax.stop_gradient)

    def __init__(self, modules: Modules, *, training: bool) -> None:
        self.modules, self.training = dict(modules), training
        self.nets = Named({role: partial(self._call, role) for role in modules})

    def _call(self, role: str, *inputs: Array) -> Array:
        module = self.modules[role]
        y, after = module.apply(module.params, module.statistics, *inputs, training=self.training)
        self.modules[role] = replace(module, statistics=after)
        return y

    def grad(self, f: Callable[[Array], Array], x: Array) -> Array:
        def total(point: Array) -> tuple[Array, dict[str, Module]]:
            return jnp.sum(f(point)), dict(self.modules)

        slope, self.modules = jax.grad(total, has_aux=True)(x)
        return slope


def gradients(player: Player, modules: Modules, x: Array, noise: Mapping[str, Array]) -> tuple[Array, Trees, Trees]:
    """Loss, its gradients by the parameters of the owned networks, and their running statistics after it."""

    def loss(owned: Trees) -> tuple[Array, Trees]:
        live = Live({**modules, **{r: replace(modules[r], params=p) for r, p in owned.items()}}, training=True)
        value = player.objective(live.nets, x, Noise(noise), live)
        if value.ndim:
            raise ValueError(f"the objective of player {player.name!r} must give a scalar, got shape {value.shape}")
        return value, {role: live.modules[role].statistics for role in owned}

    owned = {role: modules[role].params for role in player.owns}
    (value, after), grads = jax.value_and_grad(loss, has_aux=True)(owned)
    return value, grads, after
