"""Data sets by name: embedded digits, Fashion-MNIST, a ring of Gaussians, or a user's own files or array."""

import os
from math import cos, pi, sin
from pathlib import Path
from typing import Any

import numpy as np

from diptych import checks
from diptych.randomness import DATA, generator
from diptych.suggestion import suggestion
from diptych_lab.arrays import as_array
from diptych_lab.dataset import Dataset, Scaling, prepare
from diptych_lab.files import located, read_files
from diptych_lab.idx import read_idx
from diptych_lab.paths import expanded

FASHION = "fashion-mnist"
FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # of Debian's package dataset-fashion-mnist
FASHION_FILE = "train-images-idx3-ubyte"
NAMES = ("digits", FASHION, "ring")
RING_SCALE = 0.02  # standard deviation of each of its Gaussians
IN_MEMORY = "array in memory"  # the source of data that no name finds again


def load_data(source: Any, dtype: str = "float32", *, scaling: Scaling = "none") -> Dataset:
    """The data set of that name, or in the file or folder at that path, or in that array; checked.

    A str that is a built-in name is that set; a `Path` is always a path. ``file.npz:array`` names one of several
    arrays, ``fashion-mnist:folder-or-file`` looks for the IDX files there. An array is whatever NumPy can make one
    of; a `Dataset` is left as it is. `scaling` is that of a run, where its model is to be given the data. Raises
    ValueError or OSError with what is wrong, where, and what to do about it.
    """
    checks.choice("dtype", dtype, ("float32", "float64"))
    if isinstance(source, Dataset):
        return source
    if not isinstance(source, str | bytes | os.PathLike):
        return prepare(IN_MEMORY, as_array(IN_MEMORY, source), dtype, scaling=scaling)
    if isinstance(source, str) and (source in NAMES or source.startswith(f"{FASHION}:")):
        found, x, notes = _built_in(source)
        return prepare(found, x, dtype, notes=notes, scaling=scaling)
    place = _place(source)
    path, array = located(place)
    if not path.suffix and len(path.parts) == 1 and not path.exists():
        raise ValueError(f"unknown data {place!r}, and there is no such path{suggestion(place, NAMES)}")
    x, notes = read_files(path, array)
    found = f"{os.path.realpath(path)}{':' * bool(array)}{array}"
    return prepare(found, x, dtype, notes=notes, channels_last=path.is_dir(), scaling=scaling)


def data_path(source: str) -> Path | None:
    """The path of a source of data; None for data that come with diptych or another package."""
    if source in (*NAMES, IN_MEMORY):
        return None
    place = expanded(source.removeprefix(f"{FASHION}:")) if source.startswith(f"{FASHION}:") else located(source)[0]
    return Path(os.path.realpath(place))


def _place(source: str | bytes | os.PathLike[Any]) -> str:
    """A path as text. Raises ValueError for what is none."""
    place = os.fsdecode(source)
    if not place or "\0" in place:
        raise ValueError(f"{place!r} is no path; data are a name of {', '.join(NAMES)}, or a path")
    if "://" in place:
        raise ValueError(f"{place}: data are not fetched from elsewhere; download the file and name its path")
    return place


def _built_in(source: str) -> tuple[str, np.ndarray, list[str]]:
    """The source as it is recorded, the array, and notes for the user."""
    notes = [f"the built-in set; what lies here under that name is ./{source}"] * Path(source).exists()
    if source == "digits":
        return source, _digits(), notes
    if source == "ring":
        return source, ring(), notes
    place = source.partition(":")[2]
    path = _find_fashion(expanded(place) if place else FASHION_FOLDER)
    return f"{FASHION}:{os.path.realpath(path)}" if place else FASHION, read_idx(path), notes


def _digits() -> np.ndarray:
    from sklearn.datasets import load_digits  # here, for it takes a second to import

    return load_digits().images / 16


def ring(n: int = 8192, modes: int = 8, radius: float = 2.0, scale: float = RING_SCALE) -> np.ndarray:
    """An equal mixture of Gaussians of standard deviation `scale`, their means on a circle.  (n, 2)

    Metz et al. 2017, Unrolled Generative Adversarial Networks, section 3.1.
    """
    means = ring_modes(modes, radius)
    return means[np.arange(n) % modes] + scale * generator(0, DATA, "ring").standard_normal((n, 2))


def ring_modes(modes: int = 8, radius: float = 2.0) -> np.ndarray:
    """The means of `ring`, (modes, 2)."""
    return np.array([(radius * cos(2 * pi * i / modes), radius * sin(2 * pi * i / modes)) for i in range(modes)])


def _find_fashion(place: Path) -> Path:
    if place.is_file():
        return place
    for name in (FASHION_FILE, f"{FASHION_FILE}.gz"):
        if (place / name).is_file():
            return place / name
    raise FileNotFoundError(
        f"no {FASHION_FILE} or {FASHION_FILE}.gz in {place}: on Debian and Ubuntu `apt-get install "
        "dataset-fashion-mnist`; elsewhere fetch the file from https://github.com/zalandoresearch/fashion-mnist "
        f"and pass its folder, data='{FASHION}:FOLDER' (--data {FASHION}:FOLDER)"
    )
