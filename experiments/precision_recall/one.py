"""One run, in a process of its own: train in one framework, draw samples, measure them, write one JSON file.

python -m experiments.precision_recall.one SETTINGS FOLDER
"""

import sys
from pathlib import Path

import numpy as np

from diptych_lab import train
from diptych_lab.evaluation.catalogue import chosen
from diptych_lab.evaluation.extractors import extractor
from diptych_lab.evaluation.measure import Compared
from diptych_lab.evaluation.prd import curve
from diptych_lab.evaluation.record import made
from diptych_lab.trained import Run
from experiments.precision_recall.data import Data, rows
from experiments.precision_recall.records import KEPT, Curve, Result, Settings
from experiments.values import Value, kept, rounded

MEASURES = ("precision-recall", "density-coverage", "prd")
ANGLES = 51  # of a curve that is kept


def result(settings: Settings, folder: Path) -> Result:
    """Train, or go on with what is in `folder`, and measure.  A run that left the finite numbers has failed."""
    data = rows(settings.data, settings.n)
    try:
        run = trained(settings, data, folder)
    except FloatingPointError as error:
        return Result(settings, {}, {}, Curve((), ()), str(error), made(settings.backend))
    return measured(settings, data, run)


def trained(settings: Settings, data: Data, folder: Path) -> Run:
    return train(
        settings.method,
        data=data.train,
        backend=settings.backend,
        out=folder,
        rounds=settings.rounds,
        resume=folder.exists(),
        hyper=settings.hyper,
        seed=settings.seed,
        batch=settings.batch,
        latent=settings.latent,
        architecture=settings.architecture,
        width=settings.width,
        learning_rate=settings.rate,
        recipe="none",
    )


def measured(settings: Settings, data: Data, run: Run) -> Result:
    """The numbers of n samples against n rows that the run has not seen, and of n other such rows, the floor.

    Images are clipped to [0, 1], as they are shown.
    """
    fake = run.sample(settings.n, seed=settings.seed)
    if fake.ndim > 2:
        fake = np.clip(fake, 0, 1)
    extract = extractor(data.features, data.train, backend=run.model.backend)
    real, again, features = (
        extract(what, x) for what, x in (("data", data.real), ("data", data.again), ("samples", fake))
    )
    of_samples = Compared(real, features, data.real, fake)
    of_data = Compared(real, again, data.real, data.again)
    precision, recall = curve(real, features, angles=ANGLES)
    return Result(
        settings,
        numbers(data, of_samples),
        numbers(data, of_data),
        Curve(rounded(precision), rounded(recall)),
        "",
        made(settings.backend),
    )


def numbers(data: Data, compared: Compared) -> dict[str, Value]:
    """Those of two samples of features, and those that only these data have."""
    found = data.own(compared.fake_rows, compared.real_rows)
    for measure in chosen(MEASURES):
        found |= measure.estimate(compared, 0)
    return kept(found)


def main(text: str, folder: str) -> None:
    KEPT.made_by(result, text, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
