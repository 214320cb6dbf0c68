"""What each kind of data is measured by: rows to train on, rows to compare with, and the numbers of samples."""

import math
import statistics
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from diptych.metrics import Estimate
from diptych.randomness import generator
from diptych_lab.evaluation.catalogue import chosen
from diptych_lab.evaluation.extractors import extractor
from diptych_lab.evaluation.labelled import labelled
from diptych_lab.evaluation.measure import Compared
from diptych_lab.evaluation.truth import of_modes
from diptych_lab.toys import MODES, TOYS
from diptych_lab.transport import exact_transport
from experiments.values import Value, kept

PARTS = 4  # of the samples, for W1 and its interval
STUDENT = 3.182446  # t at 97.5 %, of PARTS - 1 degrees of freedom
OF_IMAGES = ("fd", "precision-recall", "density-coverage")


class Rows(NamedTuple):
    """`train`; `real` to compare samples with; `again` to compare with these, as samples of the data's own law."""

    train: np.ndarray
    real: np.ndarray
    again: np.ndarray


Numbers = dict[str, Value]


def rows(data: str, n: int) -> Rows:
    """Rows to train on, as many as the lab's data set has, and `PARTS` n on either side of a comparison."""
    return _of_law(data, PARTS * n) if data in TOYS else _of_images(data, PARTS * n)


def numbers(data: str, of: Rows, fake: np.ndarray, backend: str) -> Numbers:
    """In the plane those of the modes, and W1; of images, clipped to [0, 1], those of the shipped classifier's."""
    if data in TOYS:
        return kept({**of_modes(fake, MODES[data]), "w1": w1(of.real, fake)})
    extract = extractor("classifier", of.train, backend=backend)
    fake = np.clip(fake, 0, 1)
    real, features = (extract(what, x) for what, x in (("data", of.real), ("samples", fake)))
    compared = Compared(real, features, of.real, fake)
    return kept({name: v for each in chosen(OF_IMAGES) for name, v in each.estimate(compared, 0).items()})


def w1(real: np.ndarray, fake: np.ndarray) -> Estimate:
    """W1 by the linear program, the mean of `PARTS` parts of the rows; Student's interval of their spread."""
    values = [exact_transport(*pair) for pair in zip(np.split(real, PARTS), np.split(fake, PARTS), strict=True)]
    mean, reach = statistics.fmean(values), STUDENT * statistics.stdev(values) / math.sqrt(PARTS)
    return Estimate(mean, max(0.0, mean - reach), mean + reach, f"Student's t, of {PARTS} parts")


def _of_law(data: str, compared: int) -> Rows:
    """All of one law. `again` is drawn anew from it, as samples are, its numbers in the modes by chance."""
    law: Callable[..., np.ndarray] = TOYS[data]
    of_lab = len(law())
    drawn = law(of_lab + 4 * compared).astype(np.float32)
    train, real, rest = np.split(drawn, [of_lab, of_lab + compared])
    return Rows(train, real, rest[generator(0, "again").permutation(len(rest))[:compared]])


def _of_images(data: str, compared: int) -> Rows:
    train, test = labelled(data)
    if len(test.x) < 2 * compared:
        raise ValueError(f"{data} has {len(test.x)} rows that no run sees, and 2 x {compared} are to be compared")
    return Rows(train.x, test.x[:compared], test.x[compared : 2 * compared])


SPREAD: Mapping[str, float] = {"ring": 2.0, "grid": 4.0}  # √E|x|², which is that of the centres of the modes
