"""Functions of symmetric matrices that a complex step passes through: f(A + ih B) = f(A) + ih df(A)[B].

NumPy's own take A + ih B for a Hermitian matrix, which is another function.
"""

from collections import namedtuple
from typing import Any

import array_api_compat.numpy as compat
import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
EighResult = namedtuple("EighResult", "eigenvalues eigenvectors")


def cholesky(a: Array) -> Array:
    """dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ the lower triangle with half of the diagonal."""
    if not np.iscomplexobj(a):
        return np.linalg.cholesky(a)
    lower = np.linalg.cholesky(np.real(a))
    inner = np.linalg.solve(lower, np.linalg.solve(lower, np.imag(a)).T)
    return lower + 1j * (lower @ (np.tril(inner) - np.diag(np.diag(inner)) / 2))


def eigh(a: Array) -> EighResult:
    """dλ_i = v_i dA v_i,  dV_ij = Σ_k V_ik (v_k dA v_j) / (λ_j - λ_k):  where dA mixes no two that coincide."""
    values, vectors = np.linalg.eigh(np.real(a))
    if not np.iscomplexobj(a):
        return EighResult(values, vectors)
    inner = vectors.T @ np.imag(a) @ vectors
    gaps = values[None, :] - values[:, None] + np.eye(len(a))
    turn = np.divide(inner, gaps, out=np.zeros_like(inner), where=inner != 0) * (1 - np.eye(len(a)))
    return EighResult(values + 1j * np.diag(inner), vectors + 1j * vectors @ turn)


def svdvals(a: Array) -> Array:
    """dσ_i = u_i dA v_i"""
    left, values, right = np.linalg.svd(np.real(a))
    if not np.iscomplexobj(a):
        return values
    return values + 1j * np.diag(left.T @ np.imag(a) @ right.T)


def __getattr__(name: str) -> Any:
    """Every other function is NumPy's."""
    return getattr(compat.linalg, name)
