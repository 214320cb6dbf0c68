"""A problem: a method with small networks, weights, a batch and noise, all drawn from a seed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

import numpy as np

from diptych import Method, Network, initial_weights
from diptych.networks import check
from diptych.noise import Shape
from diptych_conformance.core.architectures import ARCHITECTURES

Array = np.ndarray[Any, np.dtype[Any]]
Weights = dict[str, dict[str, Array]]
Loss = Callable[[Any, Array, Mapping[str, Array]], float]  # of NumPy's networks, x and noise
BATCH = 6
ROUND = 300  # in the middle of what changes with the round; a step of a run is one round later than the one before


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything a player's loss is a function of. `key` names it: equal keys, equal problems."""

    key: str
    method: Method
    networks: Mapping[str, Network]
    weights: Weights
    x: Array
    noise: dict[str, Array]
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    sizes: tuple[int, ...] = (BATCH,)  # of the batches of a run, in turn
    losses: Mapping[str, Loss] = field(default_factory=dict)  # player -> its loss, stated a second time

    def rounded(self, dtype: str) -> "Problem":
        """The same in numbers that `dtype` holds exactly, kept in float64 for the oracle."""
        if dtype == "float64":
            return self
        return replace(
            self,
            key=f"{self.key}@{dtype}",
            weights={role: {name: rounded(a, dtype) for name, a in t.items()} for role, t in self.weights.items()},
            x=rounded(self.x, dtype),
            noise={name: rounded(a, dtype) for name, a in self.noise.items()},
        )

    def step_data(self, step: int) -> tuple[Array, dict[str, Array]]:
        """The batch and the noise of one step of a recorded run."""
        rows = self.sizes[step % len(self.sizes)]
        return _data(self.method, self.shapes, generator(self.key, "step", step), rows, ROUND + step)


def rounded(array: Any, dtype: str) -> Array:
    """A copy in numbers that `dtype` holds exactly, in float64."""
    return np.asarray(array, dtype=dtype).astype(np.float64)


def view(array: Array, dtype: str = "float64") -> Array:
    """The same numbers laid out otherwise: columns first, rows turned round, closed to writing."""
    turned = np.asfortranarray(array[::-1].astype(dtype))[::-1]
    turned.flags.writeable = False
    return turned


def ring(n: int) -> Array:
    """An order of n rows: each takes the place of the next in a shuffled ring, so that none stays in its own."""
    shuffled = generator("ring", n).permutation(n)
    places = np.empty(n, dtype=int)
    places[shuffled] = np.roll(shuffled, 1)
    return places


def generator(*names: str | int) -> np.random.Generator:
    """A stream of its own for every list of names."""
    key = "/".join(map(str, names)).encode()
    return np.random.Generator(np.random.Philox(key=[crc32(key), crc32(key[::-1])]))


def make_problem(
    variant: str,
    method: Method,
    architecture: str,
    seed: int,
    losses: Mapping[str, Loss] | None = None,
    rows: int = BATCH,
) -> Problem:
    """The one of that name; `losses` are the method's, stated a second time."""
    build, shapes = ARCHITECTURES[architecture]
    key = f"{variant}/{architecture}/{seed}" + ("" if rows == BATCH else f"/rows {rows}")
    networks = build(method, shapes)
    check(method, networks, shapes)
    random = generator(key, "weights")
    weights = {
        role: perturbed_weights(tensors, random) for role, tensors in initial_weights(networks, random).items()
    }
    x, noise = _data(method, shapes, generator(key, "data"), rows)
    return Problem(key, method, networks, weights, x, noise, shapes, losses=losses or {})


def perturbed_weights(tensors: Mapping[str, Array], random: np.random.Generator) -> dict[str, Array]:
    """Initial weights plus noise: their zeros and ones would hide tensors that are lost or swapped."""
    return {
        name: np.abs(array + 0.2 * random.standard_normal(array.shape))
        if name.endswith("running_variance")
        else array + 0.2 * random.standard_normal(array.shape)
        for name, array in tensors.items()
    }


def _data(
    method: Method, shapes: Mapping[str, Shape], random: np.random.Generator, rows: int = BATCH, t: int = ROUND
) -> tuple[Array, dict[str, Array]]:
    """A batch in [0, 1], which every likelihood takes, and one draw of every noise, as round t has it."""
    return random.uniform(0.0, 1.0, (rows, *shapes["data"])), method.draws(random, rows, shapes, t)
