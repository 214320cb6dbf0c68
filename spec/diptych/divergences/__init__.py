"""Divergences between two samples, as `dual`, `primal` and `hybrid` take them, in data space and in latent space.

The terms they are made of, functions of arrays, are `diptych.functional`.
"""

from diptych.divergences.divergence import Divergence, smoothed
from diptych.divergences.entropic import entropic_wasserstein
from diptych.divergences.f_divergence import FDivergence, f_gan
from diptych.divergences.f_families import alpha_divergence, weighted_jensen_shannon
from diptych.divergences.f_table import (
    GAN,
    JEFFREY,
    JENSEN_SHANNON,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    SQUARED_HELLINGER,
    TOTAL_VARIATION,
)
from diptych.divergences.features import through_features
from diptych.divergences.gan import minimax_gan, non_saturating_gan
from diptych.divergences.hinge import hinge_gan
from diptych.divergences.least_squares import least_squares_gan
from diptych.divergences.lipschitz import with_r1, with_r2, with_roth
from diptych.divergences.mmd import maximum_mean_discrepancy
from diptych.divergences.mmd_features import mmd_of_features, mmd_of_features_gp
from diptych.divergences.relativistic import relativistic_gan
from diptych.divergences.tilt import tilted
from diptych.divergences.transport import sliced
from diptych.divergences.wasserstein import wasserstein_clip, wasserstein_gp, wasserstein_lp

__all__ = [
    "GAN",
    "JEFFREY",
    "JENSEN_SHANNON",
    "KL",
    "NEYMAN",
    "PEARSON",
    "REVERSE_KL",
    "SQUARED_HELLINGER",
    "TOTAL_VARIATION",
    "Divergence",
    "FDivergence",
    "alpha_divergence",
    "entropic_wasserstein",
    "f_gan",
    "hinge_gan",
    "least_squares_gan",
    "maximum_mean_discrepancy",
    "minimax_gan",
    "mmd_of_features",
    "mmd_of_features_gp",
    "non_saturating_gan",
    "relativistic_gan",
    "sliced",
    "smoothed",
    "through_features",
    "tilted",
    "wasserstein_clip",
    "wasserstein_gp",
    "wasserstein_lp",
    "weighted_jensen_shannon",
    "with_r1",
    "with_r2",
    "with_roth",
]
