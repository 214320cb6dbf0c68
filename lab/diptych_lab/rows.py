"""Rows that stay where they are, in a file larger than memory say, and are converted as they are taken."""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from diptych.noise import Shape
from diptych_lab.memory import check_memory

LARGE = 2**28  # entries, 1 GiB in float32: data of more are not converted as a whole
_BLOCK = 2**20  # entries converted at once: beside an array and its conversion nothing large is held
Change = Callable[[np.ndarray], np.ndarray]


class Rows:
    """(n, *event) numbers of `dtype`: the rows of `source`, changed by `change` entry by entry, and cast.

    `chosen` are the places of the rows in `source`, in their order; all, where it is not given. An index, a slice
    or an array of indices gives an array; nothing else is read from `source`.
    """

    def __init__(
        self,
        source: np.ndarray,
        dtype: str,
        event: Shape,
        change: Change | None = None,
        chosen: np.ndarray | None = None,
    ) -> None:
        self.source, self.dtype, self.event, self.change, self.chosen = (
            source,
            np.dtype(dtype),
            event,
            change,
            chosen,
        )

    def __len__(self) -> int:
        return len(self.source) if self.chosen is None else len(self.chosen)

    @property
    def shape(self) -> Shape:
        return (len(self), *self.event)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __getitem__(self, index: Any) -> np.ndarray:
        if isinstance(index, int | np.integer):
            return self[np.array([index])][0]
        found = self.source[index if self.chosen is None else self.chosen[index]]
        with np.errstate(all="ignore"):  # what overflows was found when the data were looked through
            changed = found if self.change is None else self.change(found)
            return np.ascontiguousarray(changed, self.dtype).reshape(len(found), *self.event)

    def take(self, index: np.ndarray) -> "Rows":
        """These rows, still unread."""
        chosen = index if self.chosen is None else self.chosen[index]
        return Rows(self.source, self.dtype.name, self.event, self.change, chosen)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """All rows in memory. Raises ValueError where the machine has not so much."""
        size = prod(self.shape) * self.dtype.itemsize
        check_memory(f"an array of shape {self.shape}", size, "what needs all rows at once takes fewer")
        whole = np.empty(self.shape, self.dtype)
        for to, block in zip(blocks(whole), blocks(self), strict=True):
            to[...] = block
        return whole if dtype is None else whole.astype(dtype)


class Stream:
    """Rows that come batch after batch, and are nowhere as a whole. Only the first, `head`, can be taken.

    `batches(size, start)` gives those of steps `start`, `start` + 1, ... for ever.
    """

    def __init__(self, head: np.ndarray, batches: Callable[[int, int], Iterator[np.ndarray]]) -> None:
        self.head, self.batches = head, batches
        self.shape, self.dtype, self.ndim = head.shape, head.dtype, head.ndim

    def __len__(self) -> int:
        return len(self.head)

    def __getitem__(self, index: Any) -> np.ndarray:
        return self.head[index]


Data = np.ndarray | Rows | Stream


def blocks(x: Data) -> Iterator[np.ndarray]:
    """`x`, some rows at a time."""
    rows = max(1, _BLOCK // prod(x.shape[1:]))
    return (x[i : i + rows] for i in range(0, len(x), rows))


def taken(x: Data, index: np.ndarray) -> Data:
    """The rows at `index`: unread where those of `x` are."""
    return x.take(index) if isinstance(x, Rows) else x[index]


def same(x: Data, y: Data) -> bool:
    """Are they equal, entry by entry?"""
    return x.shape == y.shape and all(np.array_equal(a, b) for a, b in zip(blocks(x), blocks(y), strict=True))
