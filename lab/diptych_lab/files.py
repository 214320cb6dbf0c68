"""A user's own data in files: NumPy arrays, IDX arrays, a folder of images."""

import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from PIL import Image

from diptych_lab.idx import read_idx

READ = ".npy, .npz (file.npz:ARRAY names one of several), IDX, or a folder of .png or .jpg images"
_PICTURES = (".png", ".jpg", ".jpeg")
_GRAY, _COLOUR = ("1", "L"), ("P", "RGB", "RGBA")  # Pillow's modes of 8 bits; what is transparent is ignored


def located(source: str) -> tuple[Path, str]:
    """The path in ``file.npz:array``, or in a source that names no array, and the array's name or ''."""
    place, _, name = source.rpartition(":")
    return (Path(place), name) if Path(place).suffix.lower() == ".npz" else (Path(source), "")


def read_files(path: Path, array: str = "") -> np.ndarray:
    """What lies at `path`, as one array; `array` names it among those of a ``.npz``.

    Raises FileNotFoundError or ValueError with the path, what is wrong there, and what to do about it.
    """
    if path.is_dir():
        return _read_pictures(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file or folder")
    if path.suffix.lower() in (".npy", ".npz"):
        return _read_numpy(path, array)
    if "idx" in path.name.lower():
        return read_idx(path)
    text = path.suffix.lower() in (".csv", ".txt", ".tsv")
    advice = (
        "; numpy.save('x.npy', numpy.loadtxt(FILE, delimiter=',')) makes one of numbers in text" if text else ""
    )
    raise ValueError(f"{path}: not among the data that are read: {READ}{advice}")


def _read_numpy(path: Path, name: str) -> np.ndarray:
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return found
            name = _chosen(name, found.files)
            array = found[name]
    except (ValueError, EOFError, OSError, BadZipFile, zlib.error) as error:
        reason = str(error)
        if reason.startswith("Object arrays"):
            reason = "it holds Python objects, which are never unpickled; save one numeric array"
        elif "pickle" in reason:
            reason = "it is no NumPy file, whatever its name says"
        raise ValueError(f"{path}: cannot be read as data: {reason}") from None
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path}: {name!r} is no array")
    return array


def _chosen(name: str, names: list[str]) -> str:
    """Which of a file's arrays: the named one, else the only one, else ``x``."""
    if not names:
        raise ValueError("it holds no array")
    if name and name not in names:
        raise ValueError(f"it holds no array {name!r}, but {', '.join(names)}")
    if not name and len(names) > 1 and "x" not in names:
        raise ValueError(f"it holds the arrays {', '.join(names)}; name one: file.npz:{names[0]}")
    return name or ("x" if "x" in names else names[0])


def _read_pictures(folder: Path) -> np.ndarray:
    """(n, height, width) or (n, height, width, 3) bytes, in the order of the file names."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    if not paths:
        raise ValueError(f"{folder}: a folder without {', '.join(_PICTURES)} files; data that are read: {READ}")
    pictures: list[np.ndarray] = []
    for path in paths:
        with Image.open(path) as image:
            if image.mode not in _GRAY + _COLOUR:
                raise ValueError(f"{path}: an image of Pillow's mode {image.mode!r}; save 8 bits, gray or RGB")
            pictures.append(np.asarray(image.convert("L" if image.mode in _GRAY else "RGB")))
        if pictures[-1].shape != pictures[0].shape:
            raise ValueError(
                f"{path}: of shape {pictures[-1].shape}, {paths[0].name} of {pictures[0].shape}; "
                "bring all images to one size, and all to gray or to colour"
            )
    return np.stack(pictures)
