"""Divergences between two samples: one implementation of each, used in data space and in latent space."""

from diptych.divergences.divergence import Divergence, smoothed
from diptych.divergences.features import through_features
from diptych.divergences.gan import discriminator_loss, non_saturating_gan, non_saturating_loss
from diptych.divergences.gaussian import kl_to_standard_normal, reparametrise
from diptych.divergences.kernels import RadialKernel, inverse_multiquadratic, rbf
from diptych.divergences.lipschitz import gradient_penalty, interpolate
from diptych.divergences.mmd import maximum_mean_discrepancy, mmd2_biased, mmd2_unbiased
from diptych.divergences.tilt import tilted
from diptych.divergences.wasserstein import wasserstein_gp, witness_gap

__all__ = [
    "Divergence",
    "RadialKernel",
    "discriminator_loss",
    "gradient_penalty",
    "interpolate",
    "inverse_multiquadratic",
    "kl_to_standard_normal",
    "maximum_mean_discrepancy",
    "mmd2_biased",
    "mmd2_unbiased",
    "non_saturating_gan",
    "non_saturating_loss",
    "rbf",
    "reparametrise",
    "smoothed",
    "through_features",
    "tilted",
    "wasserstein_gp",
    "witness_gap",
]
