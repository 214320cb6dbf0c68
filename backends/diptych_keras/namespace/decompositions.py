"""Factors and eigenvalues of matrices: a part of the linear algebra extension."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from .dtypes import Array


class EigResult(NamedTuple):
    """The result of eig and eigh; the eigenvectors are columns."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """The result of qr."""

    Q: Array
    R: Array


class SVDResult(NamedTuple):
    """The result of svd: x = U diag(S) Vh."""

    U: Array
    S: Array
    Vh: Array


def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """The triangular factor: x = L L^H, or U^H U.  Only the lower triangle of ``x`` is read.

    Eagerly, NumPy's LinAlgError where ``x`` is not positive definite; in a graph NaN or zeros on the diagonal.
    """
    lower = tf.linalg.cholesky(x)
    if tf.executing_eagerly() and not tf.reduce_all(tf.math.real(tf.linalg.diag_part(lower)) > 0):
        raise np.linalg.LinAlgError("Matrix is not positive definite")
    return tf.linalg.adjoint(lower) if upper else lower


def eigh(x: Array, /) -> EigResult:
    """Eigenvalues, ascending, and eigenvectors of Hermitian matrices."""
    values, vectors = tf.linalg.eigh(x)
    return EigResult(tf.math.real(values), vectors)


def eigvalsh(x: Array, /) -> Array:
    """The eigenvalues of Hermitian matrices, ascending."""
    return tf.math.real(tf.linalg.eigvalsh(x))


def eig(x: Array, /) -> EigResult:
    """Eigenvalues and eigenvectors.  On the CPU and not under XLA."""
    return EigResult(*tf.linalg.eig(x))


def eigvals(x: Array, /) -> Array:
    """Eigenvalues.  On the CPU and not under XLA."""
    return tf.linalg.eigvals(x)


def qr(x: Array, /, *, mode: str = "reduced") -> QRResult:
    """The factors of x = Q R."""
    return QRResult(*tf.linalg.qr(x, full_matrices=mode == "complete"))


def svd(x: Array, /, *, full_matrices: bool = True) -> SVDResult:
    """The singular value decomposition.

    Its derivative needs matrices of known size; under XLA singular vectors are right to 1e-7 only.
    """
    values, left, right = tf.linalg.svd(x, full_matrices)
    return SVDResult(left, values, tf.linalg.adjoint(right))


def svdvals(x: Array, /) -> Array:
    """The singular values, descending."""
    return tf.linalg.svd(x, compute_uv=False)
