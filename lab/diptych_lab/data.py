"""Data sets by name: embedded digits, Fashion-MNIST, a ring of Gaussians, or a user's own NumPy file.

A data set is one array, the batch first and channels last, loaded once in the run's dtype; images are in [0, 1].
"""

from dataclasses import dataclass
from hashlib import blake2b
from math import cos, pi, sin
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from diptych.noise import Shape
from diptych.suggestion import suggestion
from diptych_lab.idx import read_idx
from diptych_lab.randomness import DATA, generator

FASHION = "fashion-mnist"
FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # of Debian's package dataset-fashion-mnist
FASHION_FILE = "train-images-idx3-ubyte"
NAMES = ("digits", FASHION, "ring")


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


def load_data(source: str, dtype: str = "float32") -> Dataset:
    """The data set of that name, or the array in a ``.npy`` or ``.npz`` file, checked.

    ``fashion-mnist:folder-or-file`` looks for the IDX files there. Raises ValueError or FileNotFoundError with
    what is wrong, where, and what to do about it.
    """
    name, _, place = source.partition(":")
    if source == "digits":
        return prepare(source, _digits(), dtype)
    if source == "ring":
        return prepare(source, ring(), dtype)
    if name == FASHION:
        path = _find_fashion(Path(place) if place else FASHION_FOLDER)
        return prepare(f"{FASHION}:{path.resolve()}" if place else FASHION, read_idx(path), dtype)
    path = Path(source)
    if path.suffix in (".npy", ".npz"):
        return prepare(str(path.resolve()), _read_numpy(path), dtype)
    raise ValueError(f"unknown data {source!r}{suggestion(source, NAMES)}, or the path of a .npy or .npz file")


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


def _read_numpy(path: Path) -> np.ndarray:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if not isinstance(found, np.ndarray):
                if len(found.files) != 1 and "x" not in found.files:
                    raise ValueError(f"it holds the arrays {found.files}; name the one to use 'x'")
                found = found["x" if "x" in found.files else found.files[0]]
            array: np.ndarray = found
            return array
    except (ValueError, EOFError, OSError, BadZipFile) as error:
        if "allow_pickle" in str(error):
            error = ValueError("it holds Python objects, which are never unpickled; save one numeric array")
        raise ValueError(f"{path}: cannot be read as data: {error}") from None


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
    if x.ndim > 2 and x.dtype.kind in "ui":
        x = _to_unit_interval(source, x, dtype, notes)
    with np.errstate(over="ignore"):  # becomes an infinity, which is found below
        x = np.ascontiguousarray(x, dtype=dtype)
    finite = np.isfinite(x)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(
            f"{source}: {x[where]} at row {where[0]}, position {where[1:]} ({int((~finite).sum())} such entries "
            f"in {dtype}); remove those rows or fill them in"
        )
    return Dataset(source, x[..., None] if x.ndim in (1, 3) else x, tuple(notes))


def _to_unit_interval(source: str, x: np.ndarray, dtype: str, notes: list[str]) -> np.ndarray:
    low, high = int(x.min()), int(x.max())
    if low < 0 or high > 255:
        raise ValueError(
            f"{source}: images of integers must lie in 0..255, these span {low}..{high}; save floats in [0, 1]"
        )
    if high <= 1:
        notes.append("integer images of 0 and 1, taken as they are")
        return x
    notes.append("integer images in 0..255, divided by 255")
    return (x / 255).astype(dtype)
