"""The data of the experiment: rows to train on, and rows that no run sees, to compare samples with."""

from dataclasses import dataclass

import numpy as np

from diptych_lab.data import ring
from diptych_lab.evaluation.labelled import labelled

RING_ROWS = 8192


@dataclass(frozen=True, eq=False)
class Data:
    """`train`, `real` and `again` share no row; (n, *event).  `real` is the reference, `again` the floor's sample.

    `features` and `measures` are names of the lab's; `source` is the data set's name where its truth is known.
    """

    train: np.ndarray
    real: np.ndarray
    again: np.ndarray
    features: str
    measures: tuple[str, ...]
    source: str = ""


def rows(name: str, n: int) -> Data:
    """The data of that name, with n rows on either side of a comparison.

    Raises FileNotFoundError, saying how to install them, where the files of Fashion-MNIST are missing, and
    ValueError where there are fewer rows than n takes.
    """
    compared = ("precision-recall", "density-coverage", "prd")
    if name == "ring":
        drawn = ring(RING_ROWS + 2 * n).astype(np.float32)  # begins with the rows of the lab's ring
        train, held = drawn[:RING_ROWS], drawn[RING_ROWS:]
        return Data(train, held[:n], held[n:], "pixels", (*compared, "modes"), "ring")
    of_train, of_test = labelled(name)
    if len(of_test.x) < 2 * n:
        raise ValueError(f"{name} has {len(of_test.x)} rows that no run sees, n = {n} takes {2 * n}")
    return Data(of_train.x, of_test.x[:n], of_test.x[n : 2 * n], "classifier", compared)
