"""Data sets by name: embedded digits, Fashion-MNIST, toys in the plane, or a user's own files or array."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from diptych import checks
from diptych.suggestion import suggestion
from diptych_lab.arrays import as_array
from diptych_lab.batches import is_loader, read_batches
from diptych_lab.dataset import Dataset, Scaling, prepare
from diptych_lab.files import kind_of, located, read_files
from diptych_lab.idx import read_idx
from diptych_lab.paths import expanded
from diptych_lab.preparation import UNPREPARED, Kind, Options, Preparation, chosen
from diptych_lab.streamed import streamed
from diptych_lab.tables import read_table
from diptych_lab.toys import TOYS, labels_of

FASHION = "fashion-mnist"
FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # of Debian's package dataset-fashion-mnist
FASHION_FILE = "train-images-idx3-ubyte"
NAMES = ("digits", FASHION, *TOYS)
IN_MEMORY = "array in memory"  # the source of data that no name finds again


def load_data(
    source: Any,
    dtype: str = "float32",
    *,
    scaling: Scaling = "none",
    stream: bool = False,
    **options: Unpack[Options],
) -> Dataset:
    """The data set of that name, or in the file or folder at that path, or in that array; checked.

    A str that is a built-in name is that set; a `Path` is always a path. ``file.npz:array`` names one of several
    arrays, ``fashion-mnist:folder-or-file`` looks for the IDX files there. An array is whatever NumPy can make one
    of; what gives batches, such as a `DataLoader`, is read to its end, or with `stream` batch by batch as a run
    goes on (`diptych_lab.streamed`); a `Dataset` is left as it is. `scaling` is that of a run, where its model is
    to be given the data, and `options` are those of `diptych_lab.preparation.chosen`: ``size=32, channels=1`` of
    pictures, ``columns="a,b", drop_missing=True`` of tables, whose numbers stay in float64 and are scaled when a
    run begins. Raises ValueError or OSError with what is wrong, where, and what to do about it.
    """
    wanted = chosen(**options)
    if not isinstance(source, Dataset):
        wanted.check(str(source) if _is_path(source) else IN_MEMORY, _kind(source))
    elif wanted not in (UNPREPARED, source.preparation):
        raise ValueError(f"{source.source}: these data are loaded already; give {', '.join(options)} to load_data")
    if checks.flag("stream", stream):
        if isinstance(source, Dataset) or _is_path(source) or not is_loader(source):
            raise ValueError("stream is for what gives batches: a loader, or a function that makes an iterator")
        return streamed(IN_MEMORY, source, checks.choice("dtype", dtype, ("float32", "float64")))
    return read_data(source, dtype, scaling=scaling, preparation=wanted)


def read_data(source: Any, dtype: str, *, scaling: Scaling, preparation: Preparation) -> Dataset:
    """As `load_data` does, by the scaling and the preparation of a run as far as they concern these data."""
    checks.choice("dtype", dtype, ("float32", "float64"))
    if isinstance(source, Dataset):
        return source
    if not _is_path(source):
        x, notes = read_batches(IN_MEMORY, source) if is_loader(source) else (as_array(IN_MEMORY, source), [])
        return prepare(IN_MEMORY, x, dtype, notes=notes, scaling=scaling)
    if _is_built_in(source):
        found, x, labels, notes = _built_in(source)
        return replace(prepare(found, x, dtype, notes=notes, scaling=scaling), labels=labels)
    place = _place(source)
    path, array = located(place)
    if not path.suffix and len(path.parts) == 1 and not path.exists():
        raise ValueError(f"unknown data {place!r}, and there is no such path{suggestion(place, NAMES)}")
    kind = kind_of(path)
    preparation = preparation.of(kind)
    if kind == "table":
        table = read_table(path, preparation)
        data = prepare(os.path.realpath(path), table.x, "float64", notes=table.notes)
        return replace(data, preparation=preparation, columns=table.names)
    x, notes = read_files(path, array, preparation)
    found = f"{os.path.realpath(path)}{':' * bool(array)}{array}"
    data = prepare(found, x, dtype, notes=notes, channels_last=kind == "pictures", scaling=scaling)
    return replace(data, preparation=preparation)


def data_path(source: str) -> Path | None:
    """The path of a source of data; None for data that come with diptych or another package."""
    if source in (*NAMES, IN_MEMORY):
        return None
    place = expanded(source.removeprefix(f"{FASHION}:")) if source.startswith(f"{FASHION}:") else located(source)[0]
    return Path(os.path.realpath(place))


def is_inside(place: Path, source: str) -> bool:
    """Would a file at `place` be one of those that this source of data is read from?"""
    data = data_path(source)
    if data is None:
        return False
    real = Path(os.path.realpath(place))
    if real == data or not data.is_dir():
        return real == data
    return real.parent == data if source.startswith(f"{FASHION}:") else real.is_relative_to(data)


def _is_path(source: Any) -> bool:
    return isinstance(source, str | bytes | os.PathLike)


def _is_built_in(source: Any) -> bool:
    return isinstance(source, str) and (source in NAMES or source.startswith(f"{FASHION}:"))


def _kind(source: Any) -> Kind:
    return "array" if not _is_path(source) or _is_built_in(source) else kind_of(located(_place(source))[0])


def _place(source: str | bytes | os.PathLike[Any]) -> str:
    """A path as text. Raises ValueError for what is none."""
    place = os.fsdecode(source)
    if not place or "\0" in place:
        raise ValueError(f"{place!r} is no path; data are a name of {', '.join(NAMES)}, or a path")
    if "://" in place:
        raise ValueError(f"{place}: data are not fetched from elsewhere; download the file and name its path")
    return place


def _built_in(source: str) -> tuple[str, np.ndarray, np.ndarray | None, list[str]]:
    """The source as it is recorded, the array, its labels if there are any, and notes for the user."""
    notes = [f"the built-in set; what lies here under that name is ./{source}"] * Path(source).exists()
    if source == "digits":
        return source, *_digits(), notes
    if source in TOYS:
        x = TOYS[source]()
        return source, x, labels_of(source, len(x)), notes
    place = source.partition(":")[2]
    path = _find_fashion(expanded(place) if place else FASHION_FOLDER)
    labels = path.with_name(path.name.replace("images-idx3", "labels-idx1"))
    found = f"{FASHION}:{os.path.realpath(path)}" if place else FASHION
    x, y = read_idx(path), read_idx(labels) if labels != path and labels.is_file() else None
    return found, x, y if y is not None and y.shape == x.shape[:1] else None, notes


def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # here, for it takes a second to import

    found = load_digits()
    return found.images / 16, found.target


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
