"""Divergences between two samples: one implementation of each, used in data space and in latent space."""

from diptych.divergences.divergence import Divergence, smoothed
from diptych.divergences.f_divergence import (
    FDivergence,
    bound_model_loss,
    density_ratio,
    f_gan,
    trick_model_loss,
    variational_bound,
)
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
from diptych.divergences.gan import (
    discriminator_loss,
    minimax_gan,
    minimax_loss,
    non_saturating_gan,
    non_saturating_loss,
)
from diptych.divergences.gaussian import kl_to_standard_normal, reparametrise
from diptych.divergences.hinge import hinge_gan, hinge_loss
from diptych.divergences.kernels import RadialKernel, inverse_multiquadratic, rbf
from diptych.divergences.least_squares import least_squares_gan, least_squares_loss, least_squares_model_loss
from diptych.divergences.lipschitz import gradient_penalty, interpolate
from diptych.divergences.mmd import maximum_mean_discrepancy, mmd2_biased, mmd2_unbiased
from diptych.divergences.tilt import tilted
from diptych.divergences.wasserstein import wasserstein_gp, witness_gap

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
    "RadialKernel",
    "alpha_divergence",
    "bound_model_loss",
    "density_ratio",
    "discriminator_loss",
    "f_gan",
    "gradient_penalty",
    "hinge_gan",
    "hinge_loss",
    "interpolate",
    "inverse_multiquadratic",
    "kl_to_standard_normal",
    "least_squares_gan",
    "least_squares_loss",
    "least_squares_model_loss",
    "maximum_mean_discrepancy",
    "minimax_gan",
    "minimax_loss",
    "mmd2_biased",
    "mmd2_unbiased",
    "non_saturating_gan",
    "non_saturating_loss",
    "rbf",
    "reparametrise",
    "smoothed",
    "through_features",
    "tilted",
    "trick_model_loss",
    "variational_bound",
    "wasserstein_gp",
    "weighted_jensen_shannon",
    "witness_gap",
]
