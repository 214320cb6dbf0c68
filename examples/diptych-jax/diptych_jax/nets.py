"""The networks of a run: by role, a pure function with the pytrees it is a function of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import jax
import numpy as np

from diptych import border
from diptych.networks.network import Network, check_tensors
from diptych_jax import networks
from diptych_jax.arrays import Tree, named, path_name, to_jax


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Module:
    """A network as JAX has one, itself a pytree.

    `apply(params, statistics, *inputs, training=...)` gives the output and the running statistics after the call;
    `params` and `statistics` are pytrees of arrays. A tensor's name is its path.
    """

    apply: Callable[..., tuple[jax.Array, Tree]] = field(metadata={"static": True})
    params: Tree
    statistics: Tree = field(default_factory=dict)

    def named(self) -> dict[str, jax.Array]:
        return named(self.params) | named(self.statistics)


Modules = dict[str, Module]  # by role


@dataclass
class Nets:
    """What a step changes is `modules`, replaced as a whole."""

    modules: Modules
    dtype: str
    device: jax.Device | None
    signatures: Mapping[str, border.Signature]  # of those that are a spec `Network`

    def check(self, roles: Iterable[str]) -> None:
        for role in roles:
            if role not in self.modules:
                raise ValueError(f"unknown role {role!r}; these networks have {sorted(self.modules)}")

    def array(self, name: str, array: Any) -> jax.Array:
        return to_jax(name, array, self.dtype, self.device)

    def copy(self, module: Module) -> Module:
        """Here, and apart from the original: a step reuses the memory of what it replaces."""
        return jax.tree.map(lambda a: self.array("a tensor", np.asarray(a)), module)


def check_apart(networks: Mapping[str, Any]) -> None:
    """Raise ValueError where modules of two roles hold one array: each has a copy, and a step parts them."""
    roles: dict[int, str] = {}
    for role, network in networks.items():
        for leaf in jax.tree.leaves(network) if isinstance(network, Module | tuple) else ():
            other = role if callable(leaf) else roles.setdefault(id(leaf), role)
            if other != role:
                raise ValueError(f"{other} and {role} share an array, which JAX keeps for each apart; copy it")


def adopted(network: Any, weights: Mapping[str, Any] | None, role: str, dtype: str) -> Module:
    """A `Network`, a `Module`, or a pair (apply, params), as a module with these weights. ValueError for others.

    None leaves a module or a pair its own.
    """
    match network:
        case Network():
            weights = border.arrays(role, weights or {}, dtype)
            network.check(weights, role)
            held: tuple[Tree, Tree] = {}, {}
            for tensor in network.tensors:
                held[not tensor.trainable][tensor.name] = weights[tensor.name]
            return Module(partial(networks.apply, network), *held)
        case Module():
            module = network
        case (apply, params) if callable(apply):
            module = Module(lambda own, statistics, *xs, training: (apply(own, *xs), statistics), params)
        case _:
            raise ValueError(f"{role}: not a Network, Module or pair (apply, params), but {type(network).__name__}")
    if len(module.named()) < len(jax.tree.leaves(module)):
        raise ValueError(f"{role}: two tensors have one path among {sorted(module.named())}")
    return module if weights is None else _holding(module, border.arrays(role, weights, dtype), role)


def _holding(module: Module, weights: Mapping[str, np.ndarray], role: str) -> Module:
    """The module with these tensors.  ValueError as `build` has."""
    check_tensors(weights, {name: a.shape for name, a in module.named().items()}, role)
    held = partial(jax.tree_util.tree_map_with_path, lambda path, leaf: weights[path_name(path)])
    return replace(module, params=held(module.params), statistics=held(module.statistics))
