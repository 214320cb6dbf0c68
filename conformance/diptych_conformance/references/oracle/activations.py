"""The activations: value and derivative, with the stated derivative at every kink."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
_erf = np.vectorize(math.erf, otypes=[np.float64])


def activation(name: str, slope: float, x: Array) -> tuple[Array, Callable[[], Array]]:
    """y, and what gives dy/dx, elementwise: most calls of a network want no derivative."""
    match name:
        case "relu":
            return _leaky(x, 0.0)
        case "leaky_relu":
            return _leaky(x, slope)
        case "elu":
            return _elu(x)
        case "tanh":
            y = tanh(x)
            return y, lambda: 1 - y**2
        case "sigmoid":
            return sigmoid(x), lambda: sigmoid(x) * sigmoid(-x)
        case "softplus":
            return softplus(x), lambda: sigmoid(x)
        case "silu":
            return x * sigmoid(x), lambda: sigmoid(x) * (1 + x * sigmoid(-x))
        case "gelu":
            return x * normal_cdf(x), lambda: normal_cdf(x) + x * _normal_pdf(x)
    raise ValueError(f"the oracle does not know the activation {name!r}")


def tanh(x: Array) -> Array:
    """On complex arguments its expansion to first order in the imaginary part: a tenth of NumPy's time."""
    real = np.tanh(np.real(x))
    return real + 1j * np.imag(x) * (1 - real * real) if np.iscomplexobj(x) else real


def sigmoid(x: Array) -> Array:
    """Through tanh, which does not overflow and is analytic."""
    return 0.5 * (1 + tanh(0.5 * x)) if np.iscomplexobj(x) else np.exp(-softplus(-x))


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


def _leaky(x: Array, slope: float) -> tuple[Array, Callable[[], Array]]:
    derivative = np.where(np.real(x) > 0, 1.0, slope)
    return x * derivative, lambda: derivative


def _elu(x: Array) -> tuple[Array, Callable[[], Array]]:
    positive = np.real(x) > 0
    below = np.where(positive, 0, x)
    return np.where(positive, x, np.expm1(below)), lambda: np.where(positive, 1.0, np.exp(below))
