"""The networks of a run: pure functions by role, and the pytrees they are functions of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax

from diptych.networks.network import Network
from diptych_jax import networks
from diptych_jax.arrays import Tree, named, to_jax

Apply = Callable[..., tuple[jax.Array, Tree]]


@dataclass(frozen=True)
class Module:
    """A network as JAX has one.

    `apply(params, statistics, *inputs, training=...)` gives the output and the running statistics after the call.
    Both are pytrees of arrays; a tensor's name is its path.
    """

    apply: Apply
    params: Tree
    statistics: Tree = field(default_factory=dict)


@dataclass
class Nets:
    """What changes is replaced here, role by role; no array is ever written into."""

    apply: dict[str, Apply]
    params: dict[str, Tree]
    statistics: dict[str, Tree]
    dtype: str
    device: jax.Device | None

    def module(self, role: str) -> Module:
        """A copy of its tensors, which no later step touches. ValueError where there is no such role."""
        if role not in self.apply:
            raise ValueError(f"unknown role {role!r}; these networks have {sorted(self.apply)}")
        params, statistics = jax.tree.map(jax.numpy.copy, (self.params[role], self.statistics[role]))
        return Module(self.apply[role], params, statistics)


def adopted(network: Any, weights: dict[str, Any], role: str, dtype: str, device: jax.Device | None) -> Module:
    """A `Network` with these weights, a `Module`, or a pair (apply, params) as a module with tensors of its own."""
    match network:
        case Network():
            network.check(weights, role)
            held = [
                {t.name: weights[t.name] for t in network.tensors if t.trainable is kind} for kind in (True, False)
            ]
            module = Module(partial(networks.apply, network), *held)
        case Module():
            module = network
        case (apply, params) if callable(apply):
            module = Module(partial(_stateless, apply), params)
        case _:
            raise ValueError(
                f"{role}: not a Network, a Module or a pair (apply, params), but {type(network).__name__}"
            )
    trees = (module.params, module.statistics)
    if len({name for tree in trees for name in named(tree)}) < len(jax.tree.leaves(trees)):
        raise ValueError(f"{role}: two tensors share a name among {sorted(map(list, map(named, trees)))}")
    # an array that is JAX's own is copied too: a step that reuses memory must not take the caller's
    return Module(module.apply, *jax.tree.map(lambda a: to_jax(jax.device_get(a), dtype, device), trees))


def _stateless(
    apply: Callable[..., jax.Array], params: Tree, statistics: Tree, *inputs: jax.Array, training: bool
) -> Any:
    return apply(params, *inputs), statistics
