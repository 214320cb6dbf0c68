"""One run, in a process of its own: train in one framework, draw samples, measure them, write one JSON file.

python -m experiments.evidence.one SETTINGS FOLDER
"""

import sys
import time
from pathlib import Path

import numpy as np

from diptych_lab import train
from diptych_lab.evaluation.record import made
from diptych_lab.recipes.recipe import read
from diptych_lab.trained import Run
from experiments.evidence.measured import PARTS, numbers, rows
from experiments.evidence.records import KEPT, Result, Settings

POINTS = 400  # that a result keeps, of the first seed, to be drawn


def result(settings: Settings, folder: Path) -> Result:
    """Train, or go on with what is in `folder`, and measure.  A run that left the finite numbers has failed."""
    of = rows(settings.data, settings.n)
    floor, began = numbers(settings.data, of, of.again, settings.backend), time.process_time()
    try:
        run = trained(settings, of.train, folder)
    except FloatingPointError as error:
        seconds = round(time.process_time() - began, 1)
        return Result(settings, {}, floor, (), seconds, str(error), made(settings.backend))
    seconds = round(time.process_time() - began, 1)
    fake = run.sample(PARTS * settings.n, seed=settings.seed)
    found = numbers(settings.data, of, fake, settings.backend)
    return Result(settings, found, floor, _shown(fake, settings.seed), seconds, "", made(settings.backend))


def _shown(fake: np.ndarray, seed: int) -> tuple[tuple[float, float], ...]:
    """The first samples of the first seed, where they are points in the plane."""
    if fake.ndim > 2 or seed:
        return ()
    return tuple((x, y) for x, y in np.round(fake[:POINTS], 3).astype(np.float64).tolist())


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


def main(text: str, folder: str) -> None:
    KEPT.made_by(result, text, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
