"""The types of what users write and hand in: for annotations, and for type checkers.

They cost nothing as a program runs: nothing inherits from them, and nothing is tested against them. Parameters
before a ``/`` are handed in by position, so that a function of one's own may call them as it likes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from diptych.array_types import Array as Array
from diptych.array_types import Namespace as Namespace

Shape = tuple[int, ...]  # of an event: one sample, without the batch's axis
Shapes = Mapping[str, Shape]
Weights = Mapping[str, Mapping[str, np.ndarray[Any, Any]]]  # role -> canonical tensor name -> array

Critic = Callable[[Array], Array]  # f(x): (n, ...) -> (n,), or whatever is differentiated by x


class Elementwise(Protocol):
    """A function of every entry: an array to one of its shape."""

    def __call__(self, x: Array, /, *, xp: Namespace) -> Array: ...


class NetworkFunction(Protocol):
    """A network in its role, called with all of its inputs: (n, *event) each -> (n, *event)."""

    def __call__(self, *inputs: Array) -> Array: ...


class Networks(Protocol):
    """The networks of a step by their roles: `nets.critic(x)`."""

    def __getattr__(self, role: str, /) -> NetworkFunction: ...


class NoiseDraws(Protocol):
    """The draws of a step by their names: `noise.z`, (n, *event)."""

    def __getattr__(self, name: str, /) -> Array: ...


class Ops(Protocol):
    """What an objective gets besides arrays."""

    @property
    def xp(self) -> Namespace:
        """The Array API namespace, 64-bit types included: in float32 too, a term may count in int64."""
        ...

    def grad(self, f: Critic, x: Array) -> Array:
        """The gradient of sum f(x) at x, in x's shape; itself differentiable. Zeros where f ignores x."""
        ...

    def stop(self, x: Array) -> Array:
        """x, held constant."""
        ...


class Objective(Protocol):
    """What a player minimises, hyper-parameters already bound: -> ()"""

    def __call__(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, /) -> Array: ...


class Gate(Protocol):
    """Who of a step's players moves: player -> 0-d truth value."""

    def __call__(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, /) -> Mapping[str, Any]: ...


class Generate(Protocol):
    """Draws of the prior to samples: (n, *latent) -> (n, *data)."""

    def __call__(self, nets: Networks, /, z: Array, ops: Ops) -> Array: ...


class Reconstruct(Protocol):
    """Data to reconstructions, or to codes: (n, *data) -> (n, *event)."""

    def __call__(self, nets: Networks, /, x: Array, ops: Ops) -> Array: ...


class DrawCodes(Protocol):
    """Data to draws of Q(z|x), one a row, by the method's noise: (n, *data) -> (n, *latent)."""

    def __call__(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, /) -> Array: ...


class Simulate(Protocol):
    """Draws of p(x|z), and the encoder's noise at which its codes are z: (n, *latent) -> (n, *data), (n, k)."""

    def __call__(self, nets: Networks, /, z: Array, noise: Array, ops: Ops) -> tuple[Array, Array]: ...


class LogWeights(Protocol):
    """Importance weights of draws of the encoder: (n, *data), (n, K, *latent) -> (n, K)."""

    def __call__(self, nets: Networks, /, x: Array, epsilon: Array, ops: Ops) -> Array: ...


class DivergenceLoss(Protocol):
    """A loss of a divergence: -> ()

    f is the critic: a `Critic`, `Networks` where it has several parts, None where there is none.
    """

    def __call__(self, f: Any, p: Array, q: Array, noise: NoiseDraws, ops: Ops, /) -> Array: ...


class Term(Protocol):
    """A term of one array, of a critic's values or of its slopes: (n, ...) -> ()"""

    def __call__(self, x: Array, /, *, xp: Namespace) -> Array: ...


class KernelFunction(Protocol):
    """k(x, y): (m, ...), (n, ...) -> (m, n), of x with itself where y is left out."""

    def __call__(self, x: Array, y: Array | None = None, /, *, xp: Namespace) -> Array: ...
