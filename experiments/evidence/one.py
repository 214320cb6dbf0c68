"""One run, in a process of its own: train in one framework, draw samples, measure them, write one JSON file.

python -m experiments.evidence.one SETTINGS FOLDER
"""

import math
import shutil
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from diptych.metrics import Estimate
from diptych.randomness import generator
from diptych_lab import train
from diptych_lab.evaluation.record import made
from diptych_lab.evaluation.truth import of_modes
from diptych_lab.recipes.recipe import read
from diptych_lab.toys import MODES, TOYS
from diptych_lab.trained import Run
from diptych_lab.transport import exact_transport
from experiments.evidence.records import KEPT, Result, Settings, settings_of
from experiments.values import Value, kept

PARTS = 4  # of the samples, for W1 and its interval
STUDENT = 3.182446  # t at 97.5 %, of PARTS - 1 degrees of freedom
POINTS = 400  # that a result keeps, of the first seed, to be drawn


def result(settings: Settings, folder: Path) -> Result:
    """Train, or go on with what is in `folder`, and measure.  A run that left the finite numbers has failed."""
    began = time.process_time()
    train_rows, real, again = rows(settings.data, settings.n)
    floor = numbers(settings.data, real, again)
    try:
        run = trained(settings, train_rows, folder)
    except FloatingPointError as error:
        seconds = round(time.process_time() - began, 1)
        return Result(settings, {}, floor, (), seconds, str(error), made(settings.backend))
    seconds = round(time.process_time() - began, 1)
    fake = run.sample(PARTS * settings.n, seed=settings.seed)
    shown = np.round(fake[: POINTS if settings.seed == 0 else 0], 3).astype(np.float64).tolist()
    points = tuple((x, y) for x, y in shown)
    found = numbers(settings.data, real, fake)
    return Result(settings, found, floor, points, seconds, "", made(settings.backend))


def rows(data: str, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to train on, as many as the lab's data set has; `PARTS` n to compare samples with; as many others.

    All of one law. The others are drawn anew from it, as samples are, their numbers in the modes by chance.
    """
    of_lab, compared = len(TOYS[data]()), PARTS * n
    drawn = TOYS[data](of_lab + 4 * compared).astype(np.float32)  # type: ignore[call-arg]
    train_rows, real, rest = np.split(drawn, [of_lab, of_lab + compared])
    return train_rows, real, rest[generator(0, "again").permutation(len(rest))[:compared]]


def trained(settings: Settings, data: np.ndarray, folder: Path) -> Run:
    return train(
        settings.method,
        data=data,
        backend=settings.backend,
        out=folder,
        rounds=settings.rounds,
        resume=folder.exists(),
        seed=settings.seed,
        recipe="none",
        **read(settings.recipe).settings(),
    )


def numbers(data: str, real: np.ndarray, fake: np.ndarray) -> dict[str, Value]:
    """Of the modes, and W1."""
    return kept({**of_modes(fake, MODES[data]), "w1": w1(real, fake)})


def w1(real: np.ndarray, fake: np.ndarray) -> Estimate:
    """W1 by the linear program, the mean of `PARTS` parts of the rows; Student's interval of their spread."""
    values = [exact_transport(*pair) for pair in zip(np.split(real, PARTS), np.split(fake, PARTS), strict=True)]
    mean, reach = statistics.fmean(values), STUDENT * statistics.stdev(values) / math.sqrt(PARTS)
    return Estimate(mean, max(0.0, mean - reach), mean + reach, f"Student's t, of {PARTS} parts")


def main(text: str, folder: str) -> None:
    settings = settings_of(text)
    own = Path(folder) / "runs" / settings.key
    KEPT.write(result(settings, own), Path(folder))
    shutil.rmtree(own, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
