"""The chains of annealed importance sampling: Hamiltonian moves from a Gaussian to the posterior of a code.

A chain lives at u, which stands for the encoder's noise ε = m + L u and so for the code z = μ(x) + σ(x) ε. Up to a
constant its law is f_β(u) = N(u; 0, I) w(u)^β, with w(u) = p(x, z) / r(z) and r the law of z where u is of N(0,
I): the encoder's where m = 0 and L = I. So f_0 is r, f_1 the posterior, and f_1 integrates to p(x).
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from diptych import randomness
from diptych.model import Model
from diptych.typing import Array, LogWeights, Networks, Ops

FloatArray = np.ndarray[Any, Any]


class Start(NamedTuple):
    """Where the chains of each row begin, N(m, L Lᵀ) in ε: m (n, k), and L (n, k, k), lower triangular."""

    centre: FloatArray
    root: FloatArray

    @classmethod
    def of(cls, epsilon: FloatArray) -> "Start":
        """The moments of many ε a row, (n, N, k), the covariance drawn a little to its diagonal: k / (N + k)."""
        _, draws, k = epsilon.shape
        centre = epsilon.mean(axis=1)
        deviations = epsilon - centre[:, None, :]
        covariance = np.matmul(deviations.swapaxes(1, 2), deviations) / draws
        share = k / (draws + k)
        diagonal = np.eye(k) * (covariance + 1e-12)
        return cls(centre, np.linalg.cholesky((1 - share) * covariance + share * diagonal))

    def u(self, epsilon: FloatArray) -> FloatArray:
        """L^{-1} (ε - m), (n, K, k)"""
        found: FloatArray = np.linalg.solve(self.root, (epsilon - self.centre[:, None, :]).swapaxes(1, 2))
        return found.swapaxes(1, 2)

    def epsilon(self, u: FloatArray) -> FloatArray:
        """m + L u, (n, K, k)"""
        found: FloatArray = self.centre[:, None, :] + np.matmul(u, self.root.swapaxes(1, 2))
        return found


def log_w(
    nets: Networks,
    x: Array,
    u: Array,
    centre: Array,
    root: Array,
    log_det: Array,
    ops: Ops,
    *,
    log_weights: LogWeights,
) -> Array:
    """log p(x, z) - log r(z) at the u of each chain.  (n, ...), (n, K, k), (n, k), (n, k, k), (n, 1) -> (n, K)"""
    xp = ops.xp
    epsilon = centre[:, None, :] + xp.matmul(u, xp.permute_dims(root, (0, 2, 1)))
    of_encoder = log_weights(nets, x, epsilon, ops)  # log p(x, z) - log Q(z|x)
    return of_encoder + 0.5 * xp.sum(u * u - epsilon * epsilon, axis=2) + log_det


def transition(
    nets: Networks,
    x: Array,
    u: Array,
    weight: Array,
    momentum: Array,
    uniform: Array,
    beta: Array,
    step: Array,
    centre: Array,
    root: Array,
    log_det: Array,
    ops: Ops,
    *,
    log_weights: LogWeights,
    leapfrog: int,
) -> tuple[Array, Array, Array]:
    """One Hamiltonian move of every chain, which leaves its law f_β as it is.  Neal 2011, figure 2.

    u (n, K, k) with its `weight` log w (n, K); momenta of N(0, I) (n, K, k), uniform draws (n, K), β (), step sizes
    (n, 1); the rest as in `log_w` -> the new u, log w of it, and the probability of a move (n, K).
    """
    xp = ops.xp

    def weigh(at: Array) -> Array:
        return log_w(nets, x, at, centre, root, log_det, ops, log_weights=log_weights)

    def slope(at: Array) -> Array:
        """∇ log f_β"""
        return beta * ops.grad(weigh, at) - at

    def energy(weight: Array, at: Array, m: Array) -> Array:
        return 0.5 * xp.sum(at * at + m * m, axis=2) - beta * weight

    size, at = step[:, :, None], u
    m = momentum + 0.5 * size * slope(at)
    for _ in range(leapfrog - 1):
        at = at + size * m
        m = m + size * slope(at)
    at = at + size * m
    m = m + 0.5 * size * slope(at)
    proposed = weigh(at)
    gain = energy(weight, u, momentum) - energy(proposed, at, m)
    gain = xp.where(xp.isfinite(gain), gain, xp.full_like(gain, -1e30))  # a path that left the numbers is refused
    probability = xp.exp(xp.where(gain < 0, gain, xp.zeros_like(gain)))
    taken = uniform < probability
    return xp.where(taken[:, :, None], at, u), xp.where(taken, proposed, weight), probability


def schedule(steps: int) -> FloatArray:
    """β_0 = 0 to β_T = 1, T = `steps`, by a sigmoid, dense at both ends.  Grosse et al. 2015, section 6."""
    s = 1 / (1 + np.exp(-np.linspace(-4, 4, steps + 1)))
    found: FloatArray = (s - s[0]) / (s[-1] - s[0])
    return found


class Chains:
    """K chains for each row of x, at u (n, K, k) with log w(u) (n, K), moved by draws that each row has for itself.

    They begin at this u, or at draws of N(0, I). Draws follow from the seed, a purpose, and the row's number, of
    which `first` is the first. The model has a likelihood.
    """

    def __init__(
        self,
        model: Model,
        x: Any,
        count: int,
        start: Start,
        *,
        leapfrog: int,
        seed: int,
        purpose: str,
        first: int,
        u: FloatArray | None = None,
    ) -> None:
        assert model.method.log_weights is not None
        self._model, self._shape = model, (count, start.centre.shape[1])
        diagonal = np.diagonal(start.root, axis1=1, axis2=2)
        log_det = np.sum(np.log(diagonal), axis=1, keepdims=True)
        self._fixed = {"x": x, "centre": start.centre, "root": start.root, "log_det": log_det}
        rows = range(first, first + x.shape[0])
        self._streams = [randomness.generator(seed, randomness.AIS, purpose, row) for row in rows]
        self._transition = partial(transition, log_weights=model.method.log_weights, leapfrog=leapfrog)
        self.u = self._normal() if u is None else u
        self.log_w = self._called(partial(log_w, log_weights=model.method.log_weights), u=self.u)

    def move(self, beta: float, step: FloatArray) -> FloatArray:
        """By f_β and step sizes (n, 1), each varied by a fifth; the probabilities of the moves, (n, K).

        Of one length, the moves of a Gaussian's chains may come back to where they began.
        """
        varied = step * np.stack([stream.uniform(0.8, 1.2, 1) for stream in self._streams])
        self.u, self.log_w, probability = self._called(
            self._transition,
            u=self.u,
            weight=self.log_w,
            momentum=self._normal(),
            uniform=np.stack([stream.random(self._shape[0]) for stream in self._streams]),
            beta=np.asarray(beta),
            step=varied,
        )
        return np.asarray(probability)

    def _normal(self) -> FloatArray:
        return np.stack([stream.standard_normal(self._shape) for stream in self._streams])

    def _called(self, f: Any, **inputs: FloatArray) -> Any:
        with self._model.shown() as nets:
            return self._model.backend.call(f, nets, {**self._fixed, **inputs})
