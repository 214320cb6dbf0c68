"""How sharp images are, by their edges."""

import math

import numpy as np

from diptych.metrics import Estimate
from diptych.metrics.intervals import normal


def numbers(samples: np.ndarray, real: np.ndarray) -> dict[str, Estimate]:
    """The sharpness of images, by its name.  (n, h, w, c), (m, h, w, c)"""
    return {"sharpness": sharpness(samples, real)}


def sharpness(images: np.ndarray, of: np.ndarray) -> Estimate:
    """E var(Δx) of images, divided by that of the images `of`.  (n, h, w, c), (m, h, w, c)

    Var(Δx) is the variance over an image's pixels of the Laplacian's response: Pech-Pacheco et al. 2000,
    section 3; averaged over samples by Tolstikhin et al. 2018, section 4, as the opposite of blur. Low for blurred
    images, 1 for the data's own; noise raises it too. Interval: normal, by the delta method for a ratio of means.
    """
    above, below = edges(images), edges(of)
    ratio = float(above.mean() / below.mean())
    of_above, of_below = (float(x.std(ddof=1)) / math.sqrt(len(x)) for x in (above, below))
    error = math.hypot(of_above, ratio * of_below) / float(below.mean())
    return normal(ratio, error, "normal, a ratio of means", within=(0.0, math.inf))


def edges(images: np.ndarray) -> np.ndarray:
    """Var(Δx) of each image, over its inner pixels and channels.  (n, h, w, c) -> (n,)"""
    x = images.astype(np.float64)
    middle = x[:, 1:-1, 1:-1]
    response = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:] - 4 * middle
    return response.reshape(len(x), -1).var(axis=1)
