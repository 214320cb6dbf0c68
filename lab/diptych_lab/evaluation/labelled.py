"""Images with the labels that lie beside them, for the classifiers: rows to train on, and rows held out."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from diptych.randomness import ORDER, generator
from diptych_lab.data import FASHION, FASHION_FOLDER
from diptych_lab.idx import read_idx
from diptych_lab.paths import expanded

CLASSES = 10
NAMES = ("digits", FASHION)


class Labelled(NamedTuple):
    """Images (n, height, width, 1) in [0, 1], float32, and their labels (n,), whole numbers below `CLASSES`."""

    x: np.ndarray
    y: np.ndarray


def labelled(source: str) -> tuple[Labelled, Labelled]:
    """Of ``digits``, ``fashion-mnist`` or ``fashion-mnist:FOLDER``: the rows to train on, and those held out.

    Of the digits a fifth is held out, drawn by seed 0; Fashion-MNIST comes with 10,000 such rows. Raises ValueError
    or OSError where there are no such data.
    """
    name, _, place = source.partition(":")
    if name == "digits" and not place:
        from sklearn.datasets import load_digits  # here, for it takes a second to import

        found = load_digits()
        order = generator(0, ORDER, "held out").permutation(len(found.target))
        held = len(order) // 5
        x, y = (found.images / 16).astype(np.float32)[..., None], found.target
        return Labelled(x[order[held:]], y[order[held:]]), Labelled(x[order[:held]], y[order[:held]])
    if name == FASHION:
        folder = expanded(place) if place else FASHION_FOLDER
        return _pair(folder, "train"), _pair(folder, "t10k")
    raise ValueError(f"no labels are known for {source!r}; there are classifiers of {', '.join(NAMES)}")


def _pair(folder: Path, part: str) -> Labelled:
    images, labels = (_read(folder, f"{part}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1"))
    if labels.shape != images.shape[:1] or labels.max() >= CLASSES:
        raise ValueError(f"{folder}: {part} has {images.shape} images and {labels.shape} labels: not Fashion-MNIST")
    return Labelled((images / 255).astype(np.float32)[..., None], labels)


def _read(folder: Path, name: str) -> np.ndarray:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return read_idx(path)
    raise FileNotFoundError(
        f"no {name} or {name}.gz in {folder}: on Debian and Ubuntu `apt-get install dataset-fashion-mnist`; "
        f"elsewhere pass the folder it lies in, {FASHION}:FOLDER"
    )
