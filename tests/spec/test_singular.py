"""Gaussians whose covariances are singular, as those of fewer samples than dimensions are."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diptych.functional import kl_full, log_full_normal, w2_full


def singular() -> tuple[list[np.ndarray], list[np.ndarray], float]:
    """Moments of two near samples of fewer rows than dimensions, and their W2² by an SVD of the samples."""
    rng, n, k = np.random.default_rng(0), 60, 300
    a = 0.4 * abs(rng.standard_normal((n, k)))
    b = a[rng.permutation(n)] + 0.02 * rng.standard_normal((n, k))
    x, y = a - a.mean(0), b - b.mean(0)
    spread = np.sum(x**2) + np.sum(y**2) - 2 * np.sum(np.linalg.svd(x @ y.T)[1])
    moments, moments_q = ([z.mean(0), np.cov(z, rowvar=False)] for z in (a, b))
    return moments, moments_q, np.sum((moments[0] - moments_q[0]) ** 2) + spread / (n - 1)


def singular_errors(array: Callable[[np.ndarray], Any]) -> tuple[float, float]:
    """Of W2² and of W2² from itself, against the sum that it is the difference of."""
    (m, s), (m_q, s_q), exact = singular()
    size = np.trace(s) + np.trace(s_q)
    a, b = [array(m), array(s)], [array(m_q), array(s_q)]
    return abs(float(w2_full(*a, *b)) - exact) / size, abs(float(w2_full(*a, *a))) / size


@pytest.mark.parametrize(("dtype", "scale"), [("float64", 1.0), ("float32", 1.0), ("float64", 1e-150)])
def test_w2_of_singular_covariances(dtype: str, scale: float) -> None:
    """To the digits of the type, for the root of what is only rounding is left out; and homogeneous."""
    bound = 16 * float(np.finfo(dtype).eps)
    assert max(singular_errors(lambda x: x.astype(dtype))) < bound
    (m, s), (m_q, s_q), exact = singular()
    value = w2_full(0 * m, scale * s, 0 * m, scale * s_q)
    assert value / scale == pytest.approx(exact - np.sum((m - m_q) ** 2), rel=1e-10)


@pytest.mark.torch
def test_w2_of_singular_covariances_in_torch() -> None:
    torch = importlib.import_module("torch")
    for dtype in ("float64", "float32"):
        errors = singular_errors(lambda x, dtype=dtype: torch.asarray(x.astype(dtype)))  # type: ignore[misc]
        assert max(errors) < 16 * torch.finfo(getattr(torch, dtype)).eps


@pytest.mark.keras
def test_w2_of_singular_covariances_in_tensorflow() -> None:
    tf = importlib.import_module("tensorflow")
    for dtype in ("float64", "float32"):
        errors = singular_errors(lambda x, dtype=dtype: tf.constant(x, dtype))  # type: ignore[misc]
        assert max(errors) < 16 * np.finfo(dtype).eps


LIBRARIES = {"numpy": "asarray", "torch": "asarray", "tensorflow": "convert_to_tensor"}
MARKS = {"numpy": (), "torch": pytest.mark.torch, "tensorflow": pytest.mark.keras}


@pytest.mark.parametrize("library", [pytest.param(name, marks=MARKS[name]) for name in LIBRARIES])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_needs_a_definite_covariance_names_one_that_is_not(library: str, dtype: str) -> None:
    convert = getattr(importlib.import_module(library), LIBRARIES[library])
    (m, s), _, _ = singular()
    mean, whole, negative, zero = (convert(a.astype(dtype)) for a in (m, np.eye(len(m)), -s, 0 * s))
    with pytest.raises(ValueError, match=r"^covariance must be positive definite"):
        kl_full(mean, negative, mean, whole)
    with pytest.raises(ValueError, match=r"^covariance_q must be positive definite"):
        kl_full(mean, whole, mean, zero)
    with pytest.raises(ValueError, match=r"^covariance must be positive definite"):
        log_full_normal(mean[None, :], mean, zero)
    assert abs(float(kl_full(mean, whole, mean, whole))) < 1e-3
