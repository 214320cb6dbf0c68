"""The activations: value and derivative, with the stated derivative at every kink."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
_erf = np.vectorize(math.erf, otypes=[np.float64])


def activation(name: str, slope: float) -> Callable[[Array], tuple[Array, Array]]:
    """x -> (y, dy/dx), elementwise."""
    return {
        "relu": lambda x: _leaky(x, 0.0),
        "leaky_relu": lambda x: _leaky(x, slope),
        "elu": _elu,
        "tanh": lambda x: (np.tanh(x), 1 - np.tanh(x) ** 2),
        "sigmoid": lambda x: (sigmoid(x), sigmoid(x) * sigmoid(-x)),
        "softplus": lambda x: (softplus(x), sigmoid(x)),
        "silu": lambda x: (x * sigmoid(x), sigmoid(x) * (1 + x * sigmoid(-x))),
        "gelu": lambda x: (x * normal_cdf(x), normal_cdf(x) + x * _normal_pdf(x)),
    }[name]


def sigmoid(x: Array) -> Array:
    """Through tanh, which does not overflow and is analytic."""
    return 0.5 * (1 + np.tanh(0.5 * x)) if np.iscomplexobj(x) else np.exp(-softplus(-x))


def softplus(x: Array) -> Array:
    positive = np.real(x) > 0
    return np.where(positive, x, 0) + np.log1p(np.exp(np.where(positive, -x, x)))


def normal_cdf(x: Array) -> Array:
    """Φ; on complex arguments its expansion to first order in the imaginary part."""
    real = np.real(x)
    cdf = 0.5 * (1 + _erf(real / math.sqrt(2)))
    return cdf + 1j * np.imag(x) * _normal_pdf(real) if np.iscomplexobj(x) else cdf


def _normal_pdf(x: Array) -> Array:
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def _leaky(x: Array, slope: float) -> tuple[Array, Array]:
    derivative = np.where(np.real(x) > 0, 1.0, slope)
    return x * derivative, derivative


def _elu(x: Array) -> tuple[Array, Array]:
    positive = np.real(x) > 0
    below = np.where(positive, 0, x)
    return np.where(positive, x, np.expm1(below)), np.where(positive, 1.0, np.exp(below))
