"""Mistakes, a line each, which type checkers must find: `check.py` holds them to the marked lines. Nothing is run.

Which parameters a protocol's method has, by their names, mypy does not look at; what `replace` is given, pyright.
"""

from dataclasses import replace
from typing import Any

import numpy as np

import diptych
from diptych import Backend, Capability, Player
from diptych.algebra.latent import Latent
from diptych.costs import Cost
from diptych.divergences import Divergence, maximum_mean_discrepancy
from diptych.functional import mmd2_unbiased
from diptych.kernels import rbf
from diptych.typing import Array, Networks, NoiseDraws, Ops

P = np.zeros((4, 2))
METHOD = diptych.make("ns-gan")


def swapped(x: Array, nets: Networks, noise: NoiseDraws, ops: Ops) -> Array:
    return ops.xp.mean(nets.critic(x))


def without_noise(nets: Networks, x: Array, ops: Ops) -> Array:
    return ops.xp.mean(nets.critic(x))


def of_four(nets: Networks, z: Array, noise: NoiseDraws, ops: Ops) -> Array:
    return nets.generator(z)


def kernel_of_three(x: Array, y: Array, width: Array, *, xp: Any) -> Array:
    return -x / width + y


def kernel_without_xp(x: Array, y: Array | None = None) -> Array:
    return x


def critic_of_two(x: Array, y: Array) -> Array:
    return x * y


class Renamed:
    """A backend but for the name of a parameter."""

    name: str
    capabilities: frozenset[Capability]
    default_execution: str
    weights: Any
    native: Any
    call: Any
    value_and_grads: Any
    trainer: Any

    def build(self, networks_: Any, weights: Any, *, dtype: Any = "float32", device: Any = None) -> Any:
        return networks_


def backend_renamed(made: Renamed) -> Backend:
    return made  # wrong to pyright


mmd2_unbiased("codes", P, rbf([1.0]))  # wrong: no array
mmd2_unbiased([[1.0], [2.0]], P, rbf([1.0]))  # wrong: a list
mmd2_unbiased(P, P, rbf([1.0]), np)  # wrong: the namespace by position
mmd2_unbiased(P, P, rbf([1.0]), xp="numpy")  # wrong: its name
mmd2_unbiased(P, P, kernel_of_three)  # wrong
mmd2_unbiased(P, P, kernel_without_xp)  # wrong
mmd2_unbiased(P, P)  # wrong: no kernel
maximum_mean_discrepancy("rbf")  # wrong: a kernel's name
maximum_mean_discrepancy(rbf([1.0]), estimator="v-statistic")  # wrong: no estimator
number: float = mmd2_unbiased(P, P, rbf([1.0]))  # wrong: an array

Player("critic", swapped, ("critic",))  # wrong
Player("critic", without_noise, ("critic",))  # wrong
Player("critic", of_four, "critic")  # wrong: the roles are a tuple
replace(METHOD, generate=of_four)  # wrong to mypy
replace(METHOD, reconstruct=of_four)  # wrong to mypy
replace(METHOD, gate=of_four)  # wrong to mypy: an array, where names of players are wanted
Divergence("own", model_loss=of_four)  # wrong
Divergence("own", model_loss=swapped)  # wrong
Latent("own", penalty=of_four)  # wrong: no code
Cost("own", of=critic_of_two)  # wrong: no xp


def mistaken(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
    ops.grad(x, nets.critic)  # wrong: f comes first
    ops.grad(critic_of_two, x)  # wrong: of two arrays
    ops.xp.meen(x)  # wrong: no such function
    ops.xp.exp("x")  # wrong: no array
    ops.xp.mean(x, 0)  # wrong: the axis by position
    ops.gradient(nets.critic, x)  # wrong: no such verb
    nets.critic("x")  # wrong: no array
    noise.z(x)  # wrong: noise is an array
    x.item()  # wrong: not the Array API
    return nets.critic  # wrong: not called
