"""A user's own data in files: NumPy arrays, IDX arrays, a folder of pictures."""

from pathlib import Path

import numpy as np

from diptych_lab.idx import read_idx
from diptych_lab.numpy_files import read_numpy
from diptych_lab.paths import expanded
from diptych_lab.picture_places import FORMATS, TAR
from diptych_lab.preparation import Kind, Preparation
from diptych_lab.table_files import CSV, PARQUET

READ = (
    ".npy, .npz (file.npz:ARRAY names one of several), IDX, a table of numbers in CSV or Parquet, or a folder or a "
    f"tar of pictures ({', '.join(FORMATS)})"
)


def located(source: str) -> tuple[Path, str]:
    """The path of a source, such as ``file.npz:array``, and the array's name, '' if the source names none.

    A leading ``~`` is the home folder. Raises ValueError where there is none of that name.
    """
    place, _, name = source.rpartition(":")
    if Path(place).suffix.lower() != ".npz":
        place, name = source, ""
    return expanded(place), name


def kind_of(path: Path) -> Kind:
    """What the data at a path are, as far as they can be prepared."""
    if path.is_dir() or path.suffix.lower() == TAR:
        return "pictures"
    return "table" if path.suffix.lower() in (*CSV, *PARQUET) else "array"


def read_files(path: Path, array: str, preparation: Preparation) -> tuple[np.ndarray, list[str]]:
    """The data at `path` as one array, and notes on them; `array` names one array of a ``.npz``.

    Raises FileNotFoundError or ValueError with the path, what is wrong there, and what to do about it.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    if kind_of(path) == "pictures":
        from diptych_lab.picture_files import read_pictures  # here, for few commands open pictures

        return read_pictures(path, preparation)
    if path.suffix.lower() in (".npy", ".npz"):
        return read_numpy(path, array), []
    if "idx" in path.name.lower():
        return read_idx(path), []
    advice = "; if it holds a table, give it the ending .csv" if path.suffix.lower() == ".txt" else ""
    raise ValueError(f"{path}: not among the data that are read: {READ}{advice}")
