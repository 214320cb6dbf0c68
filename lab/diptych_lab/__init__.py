"""diptych_lab: train a diptych method on data, keep the run, draw from it.

    from diptych_lab import evaluate, load, train

    run = train("wae-mmd", data="digits", backend="torch", out="runs/a", rounds=1000)
    images = run.sample(64)                        # (64, 8, 8, 1), NumPy
    run = load("runs/a", backend="keras")          # the same weights, another framework
    evaluate("runs/a", metrics=["fd", "precision-recall"])   # numbers with intervals, beside those of the data
    run.model                                      # the diptych.Model: step it on, take its modules out

Batches, noise and initial weights come from the seed alone, so the same call gives the same run. From a shell:
``diptych train wae-mmd --data digits --backend torch --out runs/a``.
"""

from diptych_lab.choices import configure
from diptych_lab.config import Config
from diptych_lab.data import load_data
from diptych_lab.dataset import Dataset
from diptych_lab.evaluation import Evaluation, evaluate
from diptych_lab.interpolation import interpolated
from diptych_lab.latent_map import LatentMap, latent_map
from diptych_lab.loop import Progress
from diptych_lab.run import train
from diptych_lab.trained import Run, load
from diptych_lab.transport import exact_transport

__all__ = [
    "Config",
    "Dataset",
    "Evaluation",
    "LatentMap",
    "Progress",
    "Run",
    "configure",
    "evaluate",
    "exact_transport",
    "interpolated",
    "latent_map",
    "load",
    "load_data",
    "train",
]
