"""Data as one checked array: the batch first, channels last, in the run's dtype, images in [0, 1]."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import inf, isfinite
from typing import Literal

import numpy as np

from diptych.noise import Shape
from diptych_lab import rows
from diptych_lab.preparation import UNPREPARED, Preparation
from diptych_lab.rows import Change, Data, Rows, Stream, blocks

Scaling = Literal["none", "bytes / 255"]
_ROUNDING = 1e-6  # so far beyond [0, 1] an image is taken, and clipped; of float16, its own rounding


@dataclass(frozen=True, eq=False)
class Dataset:
    """`x` is (n, *event), C-contiguous, `Rows` where it is large and converted as its rows are taken, or `Stream`.

    `source` finds it again; `notes` say what was done to it on the way. `scaling` is what was done to integers, so
    that it can be done alike to what a trained model is given, and `preparation` what was chosen of how files
    became rows. Of a table, whose `columns` have names, `x` are its numbers in float64: `diptych_lab.columns`
    scales them when a run begins. `labels` (n,) are what kind each row is of, where that is known: no run is
    trained by them, but its codes are coloured by them.
    """

    source: str
    x: Data
    notes: tuple[str, ...] = ()
    scaling: Scaling = "none"
    preparation: Preparation = UNPREPARED
    columns: tuple[str, ...] = ()
    labels: np.ndarray | None = None

    @property
    def event(self) -> Shape:
        return self.x.shape[1:]

    @property
    def fingerprint(self) -> str:
        """A hash of the values, shape and dtype; of a stream, shape and dtype."""
        if isinstance(self.x, Stream):
            return f"a stream of {self.x.dtype.name} {self.event}"
        digest = blake2b(f"{self.x.dtype.name} {self.x.shape}\0".encode(), digest_size=16)
        for block in blocks(self.x):
            digest.update(np.ascontiguousarray(block).data)
        return digest.hexdigest()


def prepare(
    source: str,
    x: np.ndarray,
    dtype: str = "float32",
    *,
    notes: Sequence[str] = (),
    channels_last: bool = False,
    scaling: Scaling = "none",
) -> Dataset:
    """`x` as a data set: checked, channels last, contiguous, integer images scaled to [0, 1].

    What has more than `rows.LARGE` entries and cannot stay as it is, is looked through once, and converted later.

    (n,) and (n, d) are flat events, (n, h, w) and (n, h, w, c) images; where that is not known (`channels_last`),
    the shape must look like it. `notes` tell what was done before. With the `scaling` of a run, integers are scaled
    as that run's were; without, where one is above 1. Raises ValueError, with `source` and the first bad position.
    """
    _check_kind(source, x)
    _check_shape(source, x.shape)
    told = [*notes, *([] if channels_last else _check_layout(source, x.shape))]
    number = float if x.dtype.kind == "f" else int
    with np.errstate(all="ignore"):  # NaN, and what overflows, is found below
        low, high = number(x.min()), number(x.max())
        change: Change | None = None
        if x.ndim > 2 and x.dtype.kind == "f":
            change = _within(source, x, low, high, told)
        elif x.ndim > 2 and x.dtype.kind in "iu":
            change, scaling = _scaled(source, low, high, scaling, told)
        elif x.dtype == np.uint8 and high > 1:
            told.append(f"rows of bytes up to {high}, taken as they are; if they are images, divide by 255")
        event = (*x.shape[1:], 1) if x.ndim in (1, 3) else x.shape[1:]
        lowest, highest = Rows(np.array([low, high], x.dtype), dtype, (), change)[:]  # a change keeps the order
        if not (isfinite(lowest) and isfinite(highest)):
            raise _not_finite(source, x, dtype)
        cast = _converted(source, x, dtype, event, change)
    if lowest == highest:
        told.append(f"in {dtype} every entry is {lowest:.9g}: there is nothing to learn")
    return Dataset(source, cast, tuple(told), scaling)


def _check_kind(source: str, x: np.ndarray) -> None:
    if x.dtype.kind in "buif":
        return
    if x.dtype.names:
        remedy = f"stack its fields: numpy.stack([x[name] for name in {list(x.dtype.names)}], axis=1)"
    elif x.dtype.kind == "c":
        remedy = "its parts are numpy.stack([x.real, x.imag], axis=-1)"
    else:
        remedy = "convert it first, x.astype('float32') where its entries are numbers"
    raise ValueError(f"{source}: data must be real numbers, this array has dtype {x.dtype}; {remedy}")


def _check_shape(source: str, shape: Shape) -> None:
    if len(shape) not in (1, 2, 3, 4):
        raise ValueError(
            f"{source}: data must have shape (n, d) or, for images, (n, height, width) or "
            f"(n, height, width, channels); this array has {shape}"
        )
    if 0 in shape:
        raise ValueError(f"{source}: data are empty, shape {shape}; the first axis counts the samples")


def _check_layout(source: str, shape: Shape) -> list[str]:
    """A note on a shape that can be read in two ways. Raises ValueError for channels first."""
    if len(shape) == 3 and shape[2] in (3, 4) and shape[1] > 4:
        return [
            f"{shape[0]} gray images of {shape[1]} x {shape[2]}; if it is one image in colour, hand over x[None]"
        ]
    if len(shape) < 4:
        return []
    a, b, c = shape[1:]
    square_first, square_last = a != b == c, a == b != c
    if (a <= 4 < c and not square_last) or (square_first and a in (1, 3)):
        raise ValueError(
            f"{source}: images of shape {shape} look channels-first; save np.moveaxis(x, 1, -1) instead"
        )
    if square_first or not (square_last or c <= 4 < a or a == b == c == 1):
        return [f"images of {a} x {b} with {c} channels; if channels come first, hand over np.moveaxis(x, 1, -1)"]
    return []


def _within(source: str, x: np.ndarray, low: float, high: float, told: list[str]) -> Change | None:
    """Floating-point images clipped to [0, 1], if rounding alone has put them outside."""
    if not (-inf < low <= high < inf) or (low >= 0 and high <= 1):  # what is not finite is told with its position
        return None
    rounding = max(_ROUNDING, float(np.finfo(x.dtype).eps))
    if low < -rounding or high > 1 + rounding:
        raise ValueError(
            f"{source}: images of floats must lie in [0, 1], these span {low:.9g}..{high:.9g}; {_remedy(low, high)}"
        )
    beyond = sum(int(np.count_nonzero((block < 0) | (block > 1))) for block in blocks(x))
    told.append(f"{beyond} of {x.size} entries beyond [0, 1] by rounding, {low:.9g}..{high:.9g}, clipped")
    return lambda block: np.clip(block, 0, 1)


def _remedy(low: float, high: float) -> str:
    if low >= 0 and 1.5 < high <= 255:
        return "save x / 255" + f", or x / {high:g} if that is white" * (high < 128)
    if low >= 0 and 255 < high <= 65535:
        return "save x / 65535 if they had 16 bits"
    if -1 <= low < 0 and high <= 1:
        return "save (x + 1) / 2"
    return "scale or clip them, numpy.clip(x, 0, 1), or save rows of numbers, (n, d), which may lie anywhere"


def _scaled(
    source: str, low: float, high: float, scaling: Scaling, told: list[str]
) -> tuple[Change | None, Scaling]:
    """Integer images divided by 255, unless all entries are 0 or 1, and were so in the run."""
    if low < 0 or high > 255:
        remedy = f"; {_remedy(low, high)}" if low >= 0 and high <= 65535 else "; save floats in [0, 1]"
        raise ValueError(f"{source}: images of integers must lie in 0..255, these span {low}..{high}{remedy}")
    if high <= 1 and scaling == "none":
        told.append("integer images of 0 and 1, taken as they are")
        return None, scaling
    dark = f"; the largest is {high}, so scale them yourself if that is white" * (high < 64)
    told.append(f"integer images in 0..255, divided by 255{dark}")
    return lambda block: block / 255, "bytes / 255"


def _converted(source: str, x: np.ndarray, dtype: str, event: Shape, change: Change | None) -> Data:
    """`x` in `dtype` and C order after `change`; x itself where there is nothing to do."""
    kept = change is None and x.dtype == dtype and x.dtype.isnative and x.flags.c_contiguous
    if kept:
        return x.reshape(len(x), *event)
    found = Rows(x, dtype, event, change)
    if x.size > rows.LARGE:
        return found
    try:
        return np.asarray(found)
    except MemoryError as error:
        raise ValueError(f"{source}: does not fit in memory as {dtype}: {error}") from None


def _not_finite(source: str, x: np.ndarray, dtype: str) -> ValueError:
    """The error for an entry of x that is not finite, or no longer is in the run's dtype; it names the first."""
    count, first = 0, None
    row = 0
    for block in blocks(x):
        bad = ~np.isfinite(block.astype(dtype))
        if first is None and bad.any():
            at = tuple(int(i) for i in np.argwhere(bad)[0])
            first = (row + at[0], *at[1:])
        count, row = count + int(bad.sum()), row + len(block)
    assert first is not None
    remedy = (
        f"{dtype} ends before it: scale the data, or train in float64"
        if np.isfinite(x[first])
        else "remove those rows or fill them in"
    )
    return ValueError(
        f"{source}: {x[first]} at row {first[0]}, position {first[1:]} "
        f"({count} of {x.size} entries are not finite in {dtype}); {remedy}"
    )
