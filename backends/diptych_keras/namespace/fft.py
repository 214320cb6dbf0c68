"""The Fourier transform extension."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ._arguments import axes_of, axis_of, placed, shape_of, tensor
from .dtypes import Array, DType, float32
from .manipulation import moveaxis, roll

__all__ = [
    "fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft",
    "rfftfreq", "rfftn",
]  # fmt: skip

# The power of the size to multiply by; TensorFlow's inverse transforms divide by the size already.
_FORWARD = {"backward": 0.0, "ortho": -0.5, "forward": -1.0}
_INVERSE = {"backward": 0.0, "ortho": 0.5, "forward": 1.0}
_OPPOSITE = {"backward": "forward", "ortho": "ortho", "forward": "backward"}


def _complex(x: Array) -> Array:
    x = tensor(x)
    return x if x.dtype.is_complex else tf.complex(x, tf.zeros_like(x))


def _resized(x: Array, size: Any) -> Array:
    """``x`` cut, or filled up with zeros, to a size along its last axis."""
    x = x[..., :size]
    return tf.pad(x, [[0, 0]] * (x.shape.rank - 1) + [[0, size - shape_of(x)[-1]]])


def _scaled(x: Array, size: Any, power: float) -> Array:
    return x * tf.cast(tf.cast(size, tf.float64) ** power, x.dtype) if power else x


def _along(compute: Callable[[Array], Array], x: Array, axis: int) -> Array:
    """A transform of the last axis, along another one."""
    axis = axis_of(axis, x.shape.rank)
    return moveaxis(compute(moveaxis(x, axis, -1)), -1, axis)


def fft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The Fourier transform, of size ``n``."""
    x = _complex(x)
    size = shape_of(x)[axis] if n is None else n
    return _scaled(_along(lambda v: tf.signal.fft(_resized(v, size)), x, axis), size, _FORWARD[norm])


def ifft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse of fft."""
    x = _complex(x)
    size = shape_of(x)[axis] if n is None else n
    return _scaled(_along(lambda v: tf.signal.ifft(_resized(v, size)), x, axis), size, _INVERSE[norm])


def rfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The Fourier transform of real numbers: the half of the spectrum that determines it."""
    x = tensor(x)
    size = shape_of(x)[axis] if n is None else n
    return _scaled(_along(lambda v: tf.signal.rfft(_resized(v, size)), x, axis), size, _FORWARD[norm])


def irfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse of rfft; an even size is assumed unless ``n`` is given."""
    x = _complex(x)
    size = 2 * (shape_of(x)[axis] - 1) if n is None else n
    transformed = _along(lambda v: tf.signal.irfft(_resized(v, size // 2 + 1), [size]), x, axis)
    return _scaled(transformed, size, _INVERSE[norm])


def hfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The real Fourier transform of a signal with Hermitian symmetry, of which half is given."""
    return irfft(tf.math.conj(_complex(x)), n=n, axis=axis, norm=_OPPOSITE[norm])


def ihfft(x: Array, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Array:
    """The inverse of hfft."""
    return tf.math.conj(rfft(x, n=n, axis=axis, norm=_OPPOSITE[norm]))


def _each(x: Array, s: Sequence[int] | None, axes: Sequence[int] | None) -> list[tuple[int, int | None]]:
    """The axes to transform, each with its size, or None for its own."""
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(x.shape.rank)
    return list(zip(axes, s if s is not None else [None] * len(axes), strict=True))


def fftn(
    x: Array, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Array:
    """fft along several axes."""
    x = tensor(x)
    for axis, n in _each(x, s, axes):
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def ifftn(
    x: Array, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Array:
    """ifft along several axes."""
    x = tensor(x)
    for axis, n in _each(x, s, axes):
        x = ifft(x, n=n, axis=axis, norm=norm)
    return x


def rfftn(
    x: Array, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Array:
    """rfft along the last of several axes, fft along the others."""
    x = tensor(x)
    *others, (axis, n) = _each(x, s, axes)
    x = rfft(x, n=n, axis=axis, norm=norm)
    for axis, n in others:
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def irfftn(
    x: Array, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: str = "backward"
) -> Array:
    """The inverse of rfftn."""
    x = tensor(x)
    *others, (last, n_last) = _each(x, s, axes)
    for axis, n in others:
        x = ifft(x, n=n, axis=axis, norm=norm)
    return irfft(x, n=n_last, axis=last, norm=norm)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: str | None = None) -> Array:
    """The frequencies of fft, for samples ``d`` apart."""
    with placed(device):
        return tf.constant(np.fft.fftfreq(n, d), dtype or float32)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: str | None = None) -> Array:
    """The frequencies of rfft, for samples ``d`` apart."""
    with placed(device):
        return tf.constant(np.fft.rfftfreq(n, d), dtype or float32)


def fftshift(x: Array, /, *, axes: int | Sequence[int] | None = None) -> Array:
    """Frequency 0 moved to the middle."""
    return _shifted(x, axes, lambda size: size // 2)


def ifftshift(x: Array, /, *, axes: int | Sequence[int] | None = None) -> Array:
    """The inverse of fftshift."""
    return _shifted(x, axes, lambda size: -(size // 2))


def _shifted(x: Array, axes: Any, shift: Callable[[Any], Any]) -> Array:
    x = tensor(x)
    places = axes_of(axes if axes is None or isinstance(axes, int) else tuple(axes), x.shape.rank)
    shape = shape_of(x)
    return roll(x, tuple(shift(shape[a]) for a in places), axis=tuple(places))
