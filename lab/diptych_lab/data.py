"""Data sets by name: embedded digits, Fashion-MNIST, a ring of Gaussians, or a user's own files or array.

A data set is one array, the batch first and channels last, loaded once in the run's dtype; images are in [0, 1].
"""

from dataclasses import dataclass
from hashlib import blake2b
from math import cos, inf, pi, sin
from pathlib import Path
from typing import Any

import numpy as np

from diptych.noise import Shape
from diptych.suggestion import suggestion
from diptych_lab.files import located, read_files
from diptych_lab.idx import read_idx
from diptych_lab.randomness import DATA, generator

FASHION = "fashion-mnist"
FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # of Debian's package dataset-fashion-mnist
FASHION_FILE = "train-images-idx3-ubyte"
NAMES = ("digits", FASHION, "ring")
IN_MEMORY = "array in memory"  # the source of data that no name finds again


@dataclass(frozen=True, eq=False)
class Dataset:
    """`x` is (n, *event), C-contiguous; `source` finds it again; `notes` say what was done to it on the way."""

    source: str
    x: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def event(self) -> Shape:
        return self.x.shape[1:]

    @property
    def fingerprint(self) -> str:
        """A hash of the values, shape and dtype."""
        digest = blake2b(f"{self.x.dtype.name} {self.x.shape}\0".encode(), digest_size=16)
        digest.update(np.ascontiguousarray(self.x).data)
        return digest.hexdigest()


def load_data(source: Any, dtype: str = "float32") -> Dataset:
    """The data set of that name, or in the file or folder at that path, or in that array; checked.

    ``file.npz:array`` names one of several arrays, ``fashion-mnist:folder-or-file`` looks for the IDX files there.
    An array is whatever NumPy can make one of; a `Dataset` is left as it is. Raises ValueError or FileNotFoundError
    with what is wrong, where, and what to do about it.
    """
    if isinstance(source, Dataset):
        return source
    if not isinstance(source, str | Path):
        return prepare(IN_MEMORY, np.asarray(source), dtype)
    source = str(source)
    name, _, place = source.partition(":")
    if source == "digits":
        return prepare(source, _digits(), dtype)
    if source == "ring":
        return prepare(source, ring(), dtype)
    if name == FASHION:
        path = _find_fashion(Path(place) if place else FASHION_FOLDER)
        return prepare(f"{FASHION}:{path.resolve()}" if place else FASHION, read_idx(path), dtype)
    path, array = located(source)
    if not path.suffix and len(path.parts) == 1 and not path.exists():
        raise ValueError(f"unknown data {source!r}, and there is no such path{suggestion(source, NAMES)}")
    return prepare(f"{path.resolve()}{':' * bool(array)}{array}", read_files(path, array), dtype)


def data_path(source: str) -> Path | None:
    """Where the data of that source lie; None for those that come with diptych or another package."""
    if source.startswith(f"{FASHION}:"):
        return Path(source.removeprefix(f"{FASHION}:"))
    return None if source in (*NAMES, IN_MEMORY) else located(source)[0]


def _digits() -> np.ndarray:
    from sklearn.datasets import load_digits  # here, for it takes a second to import

    return load_digits().images / 16


def ring(n: int = 8192, modes: int = 8, radius: float = 2.0, scale: float = 0.02) -> np.ndarray:
    """An equal mixture of Gaussians of standard deviation `scale`, their means on a circle.  (n, 2)

    Metz et al. 2017, Unrolled Generative Adversarial Networks, section 3.1.
    """
    means = [(radius * cos(2 * pi * i / modes), radius * sin(2 * pi * i / modes)) for i in range(modes)]
    return np.array(means)[np.arange(n) % modes] + scale * generator(0, DATA, "ring").standard_normal((n, 2))


def _find_fashion(place: Path) -> Path:
    if place.is_file():
        return place
    for name in (FASHION_FILE, f"{FASHION_FILE}.gz"):
        if (place / name).is_file():
            return place / name
    raise FileNotFoundError(
        f"no {FASHION_FILE} or {FASHION_FILE}.gz in {place}: on Debian and Ubuntu `apt-get install "
        "dataset-fashion-mnist`; elsewhere fetch the file from https://github.com/zalandoresearch/fashion-mnist "
        f"and pass its folder, --data {FASHION}:FOLDER"
    )


def prepare(source: str, x: np.ndarray, dtype: str = "float32") -> Dataset:
    """`x` as a data set: checked, channels last, contiguous, integer images scaled to [0, 1].

    (n,) and (n, d) are flat events, (n, h, w) and (n, h, w, c) images. Raises ValueError, naming `source` and the
    first bad position.
    """
    if x.dtype.kind not in "buif":
        raise ValueError(f"{source}: data must be real numbers, this array has dtype {x.dtype}; convert it first")
    if x.size == 0:
        raise ValueError(f"{source}: data are empty, shape {x.shape}; the first axis counts the samples")
    if x.ndim not in (1, 2, 3, 4):
        raise ValueError(
            f"{source}: data must have shape (n, d) or, for images, (n, height, width) or "
            f"(n, height, width, channels); this array has {x.shape}"
        )
    if x.ndim == 4 and x.shape[1] in (1, 3) and x.shape[3] > 4:
        raise ValueError(
            f"{source}: images of shape {x.shape} look channels-first; save np.moveaxis(x, 1, -1) instead"
        )
    notes: list[str] = []
    if x.ndim > 2:
        x = _to_unit_interval(source, x, dtype, notes)
    elif x.dtype == np.uint8 and x.max() > 1:
        notes.append(f"rows of bytes up to {x.max()}, taken as they are; if they are images, divide by 255")
    with np.errstate(over="ignore"):  # becomes an infinity, which is found below
        cast = np.ascontiguousarray(x, dtype=dtype)
    _check_finite(source, x, cast)
    return Dataset(source, cast[..., None] if x.ndim in (1, 3) else cast, tuple(notes))


def _check_finite(source: str, x: np.ndarray, cast: np.ndarray) -> None:
    """Raise ValueError where an entry of x is not finite, or no longer is in the run's dtype."""
    bad = ~np.isfinite(cast)
    if not bad.any():
        return
    where = tuple(int(i) for i in np.argwhere(bad)[0])
    remedy = (
        f"{cast.dtype} ends before it: scale the data, or train in float64"
        if np.isfinite(x[where])
        else "remove those rows or fill them in"
    )
    raise ValueError(
        f"{source}: {x[where]} at row {where[0]}, position {where[1:]} "
        f"({int(bad.sum())} of {bad.size} entries are not finite in {cast.dtype}); {remedy}"
    )


def _to_unit_interval(source: str, x: np.ndarray, dtype: str, notes: list[str]) -> np.ndarray:
    """Images in [0, 1]: floats must lie there, bytes are brought there."""
    low, high = x.min(), x.max()
    if x.dtype.kind == "f":
        if -inf < low <= high < inf and (low < 0 or high > 1):  # what is not finite is told with its position
            raise ValueError(
                f"{source}: images of floats must lie in [0, 1], these span {low:g}..{high:g}; {_remedy(low, high)}"
            )
        return x
    if low < 0 or high > 255:
        raise ValueError(
            f"{source}: images of integers must lie in 0..255, these span {low}..{high}; save floats in [0, 1]"
        )
    if high <= 1:
        notes.append("integer images of 0 and 1, taken as they are")
        return x
    notes.append("integer images in 0..255, divided by 255")
    return (x / 255).astype(dtype)


def _remedy(low: float, high: float) -> str:
    if low >= 0 and 1.5 < high <= 255:
        return "save x / 255"
    if low >= -1 and high <= 1:
        return "save (x + 1) / 2"
    return "scale or clip them, or save rows of numbers, (n, d), which may lie anywhere"
