"""The data of the experiment: rows to train on, and rows that no run sees, to compare samples with."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diptych.metrics import Estimate
from diptych_lab.evaluation.labelled import labelled
from experiments.precision_recall import sharpness, toy

RING_ROWS = 8192


@dataclass(frozen=True, eq=False)
class Data:
    """`train`, `real` and `again` share no row; (n, *event).  `real` is the reference, `again` the floor's sample.

    `features` are the lab's of that name; `own(samples, real)` gives the numbers that only these data have.
    """

    train: np.ndarray
    real: np.ndarray
    again: np.ndarray
    features: str
    own: Callable[[np.ndarray, np.ndarray], dict[str, Estimate]]


def rows(name: str, n: int) -> Data:
    """The data of that name, with n rows on either side of a comparison.

    Raises FileNotFoundError, saying how to install them, where the files of Fashion-MNIST are missing, and
    ValueError where there are fewer rows than n takes.
    """
    if name == "ring":
        drawn = toy.draw(RING_ROWS + 2 * n)
        train, held = drawn[:RING_ROWS], drawn[RING_ROWS:]
        return Data(train, held[:n], held[n:], "pixels", toy.numbers)
    of_train, of_test = labelled(name)
    if len(of_test.x) < 2 * n:
        raise ValueError(f"{name} has {len(of_test.x)} rows that no run sees, n = {n} takes {2 * n}")
    return Data(of_train.x, of_test.x[:n], of_test.x[n : 2 * n], "classifier", sharpness.numbers)
