"""Pairs of rows of two samples: every row with every other, or row by row.

A kernel or a cost is one formula on pairs, written with what is here. On `AllPairs` of (m, ...) and (n, ...) it is
the (m, n) matrix; on `RowPairs` of (n, ...) and (n, ...) it is one number a row, (n,). Squared distances are
computed once, however many bandwidths or kernels of a sum ask for them.
"""

from collections.abc import Callable
from math import prod
from typing import Protocol

from diptych.namespaces import array_namespace
from diptych.primitives import (
    absolute,
    flatten,
    row_norm,
    row_squared_distances,
    row_sum,
    self_distances,
    sqrt,
    squared_distances,
    unit,
)
from diptych.term import FOUND, Array, Rows, Sample, Shaped, term
from diptych.typing import Namespace

FIRST, SECOND = "the first", "the second sample"  # what refusals call x and y, unless told


class Pairs(Protocol):
    """What a formula may ask of its pairs (x, y). Sums run over all non-batch axes."""

    xp: Namespace

    @property
    def d(self) -> int:
        """The number of entries of an event."""
        ...

    @property
    def squared(self) -> Array:
        """|x - y|²"""
        ...

    @property
    def distance(self) -> Array:
        """|x - y|, of derivative 0 at 0"""
        ...

    @property
    def dot(self) -> Array:
        """<x, y>"""
        ...

    @property
    def norms(self) -> tuple[Array, Array]:
        """|x| and |y|, of derivative 0 at 0, in shapes that broadcast to the pairs."""
        ...

    def total(self, f: Callable[[Array, Array], Array]) -> Array:
        """Σ_k f(x_k, y_k) for an elementwise f. On all pairs, f takes m n d numbers at once."""
        ...


class AllPairs:
    """Every row of x with every row of y, or of x itself where y is None: then |x_i - x_i|² is exactly 0.

    ValueError where the events differ in shape.
    """

    @term
    def __init__(self, x: Sample, y: Sample | None = None, *, xp: Namespace = FOUND) -> None:
        self.xp = xp
        self.x, self.y = x, y
        self._squared: Array | None = None  # not a cached_property, which PyTorch's compiler cannot trace
        if y is not None:
            same_events(x, y)

    @property
    def d(self) -> int:
        return prod(tuple(self.x.shape)[1:])

    @property
    def squared(self) -> Array:
        if self._squared is None:
            x, y, xp = self.x, self.y, self.xp
            self._squared = self_distances(x, xp=xp) if y is None else squared_distances(x, y, xp=xp)
        return self._squared

    @property
    def distance(self) -> Array:
        x, y, xp = self.x, self.y, self.xp
        u = unit(xp.sum(x * x) if y is None else xp.sum(x * x) + xp.sum(y * y), xp=xp)
        squared = self_distances(x * u, xp=xp) if y is None else squared_distances(x * u, y * u, xp=xp)
        return sqrt(squared, xp=xp) / u

    @property
    def dot(self) -> Array:
        x, y = self._flat
        return self.xp.matmul(x, self.xp.permute_dims(y, (1, 0)))

    @property
    def norms(self) -> tuple[Array, Array]:
        x, y = self._flat
        return row_norm(x, xp=self.xp)[:, None], row_norm(y, xp=self.xp)[None, :]

    def total(self, f: Callable[[Array, Array], Array]) -> Array:
        x, y = self._flat
        return self.xp.sum(f(x[:, None, :], y[None, :, :]), axis=2)

    @property
    def _flat(self) -> tuple[Array, Array]:
        x = flatten(self.x, xp=self.xp)
        return x, x if self.y is None else flatten(self.y, xp=self.xp)


class RowPairs:
    """Row i of x with row i of y.

    ValueError where they differ in events or in size; it calls y `what`, and x `of`.
    """

    @term
    def __init__(self, x: Rows, y: Rows, *, xp: Namespace = FOUND, what: str = SECOND, of: str = FIRST) -> None:
        self.xp = xp
        self.x, self.y = x, y
        self._squared: Array | None = None
        same_events(x, y, what, of)
        same_size(x, y, what, of)

    @property
    def d(self) -> int:
        return prod(tuple(self.x.shape)[1:])

    @property
    def squared(self) -> Array:
        if self._squared is None:
            self._squared = row_squared_distances(self.x, self.y, xp=self.xp)
        return self._squared

    @property
    def distance(self) -> Array:
        return row_norm(self.x - self.y, xp=self.xp)

    @property
    def dot(self) -> Array:
        return row_sum(self.x * self.y, xp=self.xp)

    @property
    def norms(self) -> tuple[Array, Array]:
        return row_norm(self.x, xp=self.xp), row_norm(self.y, xp=self.xp)

    def total(self, f: Callable[[Array, Array], Array]) -> Array:
        return row_sum(f(self.x, self.y), xp=self.xp)


def l1(pairs: Pairs) -> Array:
    """|x - y|_1, of derivative 0 in a coordinate where x and y agree."""
    return pairs.total(lambda x, y: absolute(x - y, xp=pairs.xp))


def same_events(x: Shaped, y: Shaped, what: str = SECOND, of: str = FIRST) -> None:
    """ValueError unless the rows of x and y have one shape."""
    event, other = tuple(x.shape)[1:], tuple(y.shape)[1:]
    if event != other:
        raise ValueError(f"{what} must hold events of shape {event}, as {of}, got {other}")


def same_size(x: Shaped, y: Shaped, what: str = SECOND, of: str = FIRST) -> None:
    """ValueError unless x and y are known to have, or may have, as many rows.

    Where a graph does not know their numbers, its namespace may look as it runs: one row would be broadcast.
    """
    m, n = x.shape[0], y.shape[0]
    if m is None or n is None:
        look = getattr(array_namespace(x, y), "assert_same_rows", None)
        if look:
            look(x, y, f"{what} must have as many rows as {of}")
    elif m != n:
        raise ValueError(f"{what} must have {m} rows, as {of}, got {n}")


def same_shape(**arrays: Shaped) -> None:
    """ValueError, in these names, unless all have the events and the size of the first."""
    (of, x), *others = arrays.items()
    for what, y in others:
        same_events(x, y, what, of)
        same_size(x, y, what, of)


def enough_rows(least: int, p: Shaped, q: Shaped, who: str) -> None:
    """ValueError where p or q is known to have fewer rows than `who`, named in it, needs."""
    for which, x in (("first", p), ("second", q)):
        n = x.shape[0]
        if n is not None and n < least:
            rows = "row" if least == 1 else "rows"
            raise ValueError(f"{who} needs at least {least} {rows} in the {which} sample, got {n}")


def check_one_per_sample(values: Shaped, x: Shaped, what: str) -> None:
    """ValueError unless `values`, a critic's at the rows of x, are (n,): (n, 1) would meet (n,) as (n, n)."""
    shape = tuple(values.shape)
    if len(shape) != 1:
        raise ValueError(f"{what} must be one number a sample, shape (n,), got {shape}: reshape it to (-1,)")
    same_size(x, values, what, "its samples")
