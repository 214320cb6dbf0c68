"""The door of the metrics: what comes in is looked at here, once, and what goes out gets its type here.

A metric evaluates; it is not trained through. So it may look at values: it runs eagerly, refuses what is not
finite, carries no gradient, and computes in float64 where the library has it, whatever the type of the samples.
Sums over all pairs add up blocks on the host in float64. Where a library has no float64 (JAX unless told), a number
keeps float32's seven digits relative to the spread of the features, and matrix products must not have fewer (TF32).
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from array_api_compat import device

from diptych.pairs import same_events
from diptych.primitives import flatten
from diptych.term import Array
from diptych.typing import Namespace

Numbers = np.ndarray[Any, Any]  # on the host


def features(xp: Namespace, least: int = 1, **samples: Array) -> list[Array]:
    """The samples by name, as rows of their own type: (n, ...) each -> (n, d) each.

    ValueError, naming the sample, for events of another shape than the first's, for none or no entries, for fewer
    rows than `least`, and for numbers that are not finite.
    """
    (of, first), *_ = samples.items()
    for name, x in samples.items():
        same_events(first, x, name, of)
        if x.shape[0] is None:
            raise ValueError(f"{name} must hold numbers, not a graph's placeholder: a metric is not compiled")
        if x.shape[0] < least:
            raise ValueError(f"{name} must have at least {least} rows, got {x.shape[0]}")
        if math.prod(tuple(x.shape)[1:]) == 0:
            raise ValueError(f"{name} must hold features, got events of shape {tuple(x.shape)[1:]}")
    return [_finite(name, flatten(_without_gradient(x), xp=xp), xp) for name, x in samples.items()]


def wide(x: Array, *, xp: Namespace) -> Array:
    """x in float64, where its library has that."""
    known = xp.__array_namespace_info__().dtypes(kind="real floating")
    return xp.astype(x, xp.float64) if "float64" in known and x.dtype != xp.float64 else x


def wide_features(xp: Namespace, least: int = 1, **samples: Array) -> list[Array]:
    """`features`, `wide`."""
    return [wide(x, xp=xp) for x in features(xp, least, **samples)]


def like(x: Array, values: Any, *, xp: Namespace) -> Array:
    """Numbers of the host as an array of x's type, on x's device."""
    return xp.asarray(np.asarray(values), dtype=x.dtype, device=device(x))


def rows_of(x: Array, indices: Numbers, *, xp: Namespace) -> Array:
    """The rows of these indices."""
    return xp.take(x, xp.asarray(indices, device=device(x)), axis=0)


def host(x: Any) -> Numbers:
    """The numbers of an array, on the host."""
    return np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)  # PyTorch's go nowhere unasked


def number(x: Array) -> float:
    """Of a 0-d array."""
    return float(host(x))


def blocks(n: int, size: int) -> Iterator[slice]:
    """0..n in blocks of `size`, the last as short as it must be."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def _without_gradient(x: Any) -> Any:
    return x.detach() if hasattr(x, "detach") else x


def _finite(name: str, x: Array, xp: Namespace) -> Array:
    if not bool(xp.all(xp.isfinite(x))):
        row = int(np.flatnonzero(~np.isfinite(host(x)).all(axis=1))[0])
        raise ValueError(f"{name} must be finite, got infinity or NaN in row {row}")
    return x
