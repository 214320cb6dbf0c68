"""The cards of f-GANs, evaluated for laws on three points, for which bound and divergence are numbers."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.references.formulas import f_gan
from diptych_conformance.references.formulas.basics import Array, Noise


def bounded(name: str) -> Callable[..., dict[str, Any]]:
    """An f-GAN: a bound of the divergence of laws p and q on the points 0, 1, 2, of which x and z are samples."""

    def symbols(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
        p, q = shares(x), shares(noise["z"])
        (_, conjugate), (f, _) = _steps(name, hyper), _generators(name, hyper)
        return {
            "V": nets.critic,
            "G": nets.generator,
            "z": noise["z"],
            "v": SPREAD,
            "p": p,
            "q": q,
            "P": p,
            "Q": q,
            "D_f": lambda p, q: np.sum(q * f_gan.elementwise(f, p / q), keepdims=True),
            "f^*": lambda t: f_gan.elementwise(conjugate, t),
            "W": lambda t: f_gan.elementwise(lambda e: f_gan.omega(e.ln()), t),
            r"\mathrm{KL}": _discrete_kl,
            r"\mathrm{JS}": lambda p, q: (_discrete_kl(p, (p + q) / 2) + _discrete_kl(q, (p + q) / 2)) / 2,
        }

    return symbols


def _steps(name: str, hyper: Any) -> tuple[f_gan.Step, f_gan.Step]:
    match name:
        case "fgan-alpha":
            return f_gan.alpha(hyper.alpha)
        case "fgan-js-weighted":
            return f_gan.weighted(hyper.pi)
    return f_gan.STEPS[name]


def _generators(name: str, hyper: Any) -> tuple[f_gan.Step, f_gan.Step]:
    match name:
        case "fgan-alpha":
            return f_gan.alpha_generator(hyper.alpha)
        case "fgan-js-weighted":
            return f_gan.weighted_generator(hyper.pi)
    return f_gan.GENERATORS[name]


def discrete(name: str, hyper: Any) -> list[tuple[Any, bool]]:
    """Critics of the three points: two arbitrary ones, and the best, for which the bound is tight."""
    (g, _), (_, slope) = _steps(name, hyper), _generators(name, hyper)
    ratios = shares(ROWS_P) / shares(ROWS_Q)
    best = [_where(g, float(t)) for t in f_gan.elementwise(slope, ratios)]
    some = [(_of_table(values), False) for values in ((0.7, -0.4, 0.2), (-1.3, 1.1, 0.6))]
    return [*some, (_of_table(best), True)]


def _of_table(values: Sequence[float]) -> SimpleNamespace:
    return SimpleNamespace(critic=lambda points: np.asarray(values)[points.astype(int)], generator=lambda z: z)


def _where(g: f_gan.Step, t: float) -> float:
    """The v with g(v) = t, g increasing."""
    low, high = -30.0, 30.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if f_gan.elementwise(g, np.asarray([middle]))[0] < t else (low, middle)
    return low


ROWS_P, ROWS_Q = np.asarray([0, 0, 0, 1, 1, 2]), np.asarray([0, 1, 1, 1, 2, 2])
SPREAD = np.linspace(-1.5, 1.5, 7)


def shares(points: Array) -> Array:
    """The fraction of each of the points 0, 1, 2 in a sample."""
    return np.asarray([np.mean(points == k) for k in range(3)])


def _discrete_kl(p: Array, q: Array) -> Any:
    return np.sum(p * np.log(p / q), keepdims=True)
