"""How sharp samples are: images by their edges, points of the ring by how near they lie to a mode."""

import math

import numpy as np

from diptych.metrics import Estimate
from diptych.metrics.intervals import normal
from diptych_lab.data import RING_SCALE, ring_modes


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


def distance(points: np.ndarray) -> Estimate:
    """The median distance of a point to the nearest mode of the ring, in standard deviations of a mode.  (n, 2)

    √(2 log 2) = 1.18 for the data's own law, less for points too near the centres, more for blurred ones. Interval:
    order statistics, by the normal approximation of the binomial.
    """
    found = np.linalg.norm(points[:, None].astype(np.float64) - ring_modes(), axis=-1).min(axis=1) / RING_SCALE
    n, ordered = len(found), np.sort(found)
    reach = 1.96 * math.sqrt(n) / 2
    low, high = ordered[max(0, math.floor(n / 2 - reach))], ordered[min(n - 1, math.ceil(n / 2 + reach))]
    return Estimate(float(np.median(found)), float(low), float(high), "order statistics")
