"""Closed forms of Gaussians, and likelihoods."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from diptych import costs, densities
from diptych import functional as F
from diptych.namespaces import array_namespace
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.core.problem import Array, generator
from diptych_conformance.references.formulas import codes, distances


def _covariance(a: Any, xp: Any) -> Any:
    """A Aᵀ + I: so that a derivative by A is one of a symmetric matrix."""
    xp = xp or array_namespace(a)
    return xp.matmul(a, xp.permute_dims(a, (1, 0))) + _identity(a, xp)


def _identity(a: Any, xp: Any) -> Any:
    return xp.eye(a.shape[0], dtype=a.dtype)


def _square(v: Any) -> Any:
    """v vᵀ"""
    return v[:, None] * v[None, :]


def _full(name: str, reference: Callable[..., float], inputs: dict[str, Array]) -> Function:
    """A function of two Gaussians with full covariances."""
    f = getattr(F, name)

    def call(ops: Any, mean: Any, a: Any, mean_q: Any, a_q: Any) -> Any:
        return f(mean, _covariance(a, ops.xp), mean_q, _covariance(a_q, ops.xp), xp=ops.xp)

    def apart(mean: Array, a: Array, mean_q: Array, a_q: Array) -> Array:
        return np.asarray(reference(mean, _covariance(a, np), mean_q, _covariance(a_q, np)))

    return Function(name, call, apart, inputs, compiled=name != "w2_full")


def _log_density(z: Array, mean: Array, logvar: Array) -> Array:
    parts = -0.5 * ((z - mean) ** 2 / np.exp(logvar) + logvar + math.log(2 * math.pi))
    return np.array([math.fsum(row.ravel()) for row in parts])


def _kl(mean: Array, logvar: Array, mean_q: Array, logvar_q: Array) -> Array:
    parts = 0.5 * ((np.exp(logvar) + (mean - mean_q) ** 2) / np.exp(logvar_q) - 1 + logvar_q - logvar)
    return np.array([math.fsum(row) for row in parts])


def functions(seed: int) -> tuple[Function, ...]:
    random = generator("gaussians", seed)
    normal, uniform = random.standard_normal, random.uniform
    moments = {"mean": normal((5, 3)), "logvar": normal((5, 3))}
    far_moments = {"mean": np.array([[1e4, -1e4]]), "logvar": np.array([[-1e4, 50.0]])}
    two = {**moments, "mean_q": normal((5, 3)), "logvar_q": normal((5, 3))}
    apart = np.diag([1.0, 2.0, 3.0])  # near equal eigenvalues the gradient of an eigenvector is ill-conditioned
    full = {"mean": normal(3), "a": apart + 0.3 * normal((3, 3))}
    full |= {"mean_q": normal(3), "a_q": 2 * apart + 0.3 * normal((3, 3))}
    images = {"x": uniform(0.0, 1.0, (5, 3, 2)), "y": normal((5, 3, 2))}
    return (
        Function(
            "kl_to_standard_normal",
            lambda ops, mean, logvar: F.kl_to_standard_normal(mean, logvar, xp=ops.xp),
            lambda mean, logvar: np.array([codes.kl(m, v) for m, v in zip(mean, logvar, strict=True)]),
            moments,
            far=far_moments,
        ),
        Function("kl_diagonal", lambda ops, **two: F.kl_diagonal(**two, xp=ops.xp), _kl, two),
        _full("kl_full", distances.kl_full, full),
        Function(
            "log_standard_normal",
            lambda ops, z: densities.log_standard_normal(z, xp=ops.xp),
            lambda z: _log_density(z, 0 * z, 0 * z),
            {"z": normal((5, 3, 2))},
            far={"z": np.array([[1e4, -1e4, 0.0]])},
        ),
        Function(
            "log_diagonal_normal",
            lambda ops, z, mean, logvar: densities.log_diagonal_normal(z, mean, logvar, xp=ops.xp),
            _log_density,
            {"z": normal((5, 3)), **moments},
        ),
        Function(
            "log_full_normal",
            lambda ops, z, mean, a: densities.log_full_normal(z, mean, _covariance(a, ops.xp), xp=ops.xp),
            lambda z, mean, a: np.array([distances.log_normal(row, mean, _covariance(a, np)) for row in z]),
            {"z": normal((5, 3)), "mean": full["mean"], "a": full["a"]},
        ),
        Function(
            "log_determinant",
            lambda ops, root: densities.log_determinant(root, xp=ops.xp),
            lambda root: np.asarray(math.fsum(map(math.log, np.diag(root)))),
            {"root": np.tril(uniform(0.5, 2.0, (4, 4)))},
            compiled=False,
        ),
        Function(
            "w2_diagonal",
            lambda ops, **two: F.w2_diagonal(**two, xp=ops.xp),
            lambda mean, logvar, mean_q, logvar_q: np.sum(
                (mean - mean_q) ** 2 + (np.sqrt(np.exp(logvar)) - np.sqrt(np.exp(logvar_q))) ** 2, axis=1
            ),
            two,
        ),
        _full("w2_full", distances.w2_full, full),
        Function(
            "reparametrise",
            lambda ops, mean, logvar, e: F.reparametrise(mean, logvar, e, xp=ops.xp),
            lambda mean, logvar, e: mean + np.sqrt(np.exp(logvar)) * e,
            {**moments, "e": normal((5, 3))},
        ),
        Function(
            "gaussian",
            lambda ops, x, y: costs.gaussian_nll(0.7).of(x, y, xp=ops.xp),
            lambda x, y: np.array([codes.minus_log_normal(a, b) for a, b in zip(x, y, strict=True)]),
            images,
        ),
        Function(
            "gaussian of a learned scale",
            lambda ops, x, y: costs.gaussian_nll("learned").of(x, y, xp=ops.xp),
            lambda x, y: np.array([codes.minus_log_learned(a, b) for a, b in zip(x, y, strict=True)]),
            {"x": images["x"], "y": normal((5, 3, 4))},
            far={"x": np.array([[1.0, -1e4]]), "y": np.array([[1e4, 0.0, 60.0, 20.0]])},
        ),
        Function(
            "bernoulli",
            lambda ops, x, y: costs.bernoulli_nll().of(x, y, xp=ops.xp),
            lambda x, y: np.array([codes.minus_log_bernoulli(a, b) for a, b in zip(x, y, strict=True)]),
            images,
            far={"x": np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.25]]), "y": np.array([[-1e4, 1e4, 30.0]] * 2)},
        ),
        Function(
            "bernoulli_mean",
            lambda ops, y: costs.bernoulli_nll().mean(y, xp=ops.xp),
            lambda y: 1 / (1 + np.exp(-y)),
            {"y": images["y"]},
        ),
        Function(
            "cross_entropy_mean",
            lambda ops, y: costs.cross_entropy(0.3).mean(y, xp=ops.xp),
            lambda y: 1 / (1 + np.exp(-y)),
            {"y": images["y"]},
            compiled=False,
        ),
    )


CORNERS = (
    Corner(
        "gaussian of a clipped log-variance",
        lambda ops, y: costs.gaussian_nll("learned").of(0 * y[:, :1], y, xp=ops.xp),
        [[0.0, 51.0], [1.0, 1e4]],
        [25 + math.log(2 * math.pi) / 2, (50 + math.log(2 * math.pi) + math.exp(-50)) / 2],
        [[0.0, 0.0], [math.exp(-50), 0.0]],
    ),
    Corner(
        "kl of the prior itself",
        lambda ops, m: F.kl_to_standard_normal(m, m, xp=ops.xp),
        [[0.0, 0.0]],
        [0.0],
        [[0.0, 0.0]],
    ),
    Corner(
        "w2_full from a singular covariance",
        lambda ops, m: F.w2_full(m, 0 * _identity(m, ops.xp), 0 * m, 4 * _identity(m, ops.xp), xp=ops.xp),
        [3.0, 0.0],
        9.0 + 8.0,
        [6.0, 0.0],
    ),
    Corner(  # the roots of their eigenvalues, which are rounding, would be 1e-8
        "w2_full between covariances of rank 1",
        lambda ops, m: F.w2_full(0 * m[0], _square(m[0]), 0 * m[1], _square(m[1]), xp=ops.xp),
        [[1.0, 2.0, 3.0], [3.0, 0.0, -1.0]],
        14.0 + 10.0,
    ),
    Corner(  # the small variance is rounding in float32, and none in float64
        "w2_full from a covariance that is nearly singular",
        lambda ops, m: F.w2_full(0 * m, m * _identity(m, ops.xp), 0 * m, 0 * _identity(m, ops.xp), xp=ops.xp),
        [1.0, 1e-9],
        1.0 + 1e-9,
    ),
    Corner(
        "bernoulli_mean at extremes",
        lambda ops, y: costs.bernoulli_nll().mean(y, xp=ops.xp),
        [[0.0, 1e4, -1e4]],
        [[0.5, 1.0, 0.0]],
        [[0.25, 0.0, 0.0]],
    ),
)
