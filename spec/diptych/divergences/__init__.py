"""Divergences between two samples: one implementation of each, used in data space and in latent space."""

from diptych.divergences.divergence import Divergence, smoothed
from diptych.divergences.entropic import entropic_transport, sinkhorn, sinkhorn_divergence
from diptych.divergences.features import through_features
from diptych.divergences.gan import discriminator_loss, non_saturating_gan, non_saturating_loss
from diptych.divergences.gaussian import (
    kl_diagonal,
    kl_full,
    kl_to_standard_normal,
    reparametrise,
    w2_diagonal,
    w2_full,
)
from diptych.divergences.kernels import (
    Kernel,
    classical_inverse_multiquadratic,
    energy,
    inverse_multiquadratic,
    laplacian,
    linear,
    median_bandwidth,
    polynomial,
    rational_quadratic,
    rbf,
)
from diptych.divergences.lipschitz import (
    gradient_penalty,
    interpolate,
    one_sided_penalty,
    roth_penalty,
    with_r1,
    with_r2,
    with_roth,
    zero_centred_penalty,
)
from diptych.divergences.mmd import (
    maximum_mean_discrepancy,
    mmd2_biased,
    mmd2_block,
    mmd2_h_form,
    mmd2_linear,
    mmd2_unbiased,
)
from diptych.divergences.mmd_features import feasible_set, mmd_of_features, mmd_of_features_gp
from diptych.divergences.mmd_statistics import mmd2_streamed, mmd2_variance, mmd_t_statistic, mmd_witness
from diptych.divergences.tilt import tilted
from diptych.divergences.transport import sliced, sliced_wasserstein, wasserstein_1d
from diptych.divergences.wasserstein import wasserstein_clip, wasserstein_gp, wasserstein_lp, witness_gap

__all__ = [
    "Divergence",
    "Kernel",
    "classical_inverse_multiquadratic",
    "discriminator_loss",
    "energy",
    "entropic_transport",
    "feasible_set",
    "gradient_penalty",
    "interpolate",
    "inverse_multiquadratic",
    "kl_diagonal",
    "kl_full",
    "kl_to_standard_normal",
    "laplacian",
    "linear",
    "maximum_mean_discrepancy",
    "median_bandwidth",
    "mmd2_biased",
    "mmd2_block",
    "mmd2_h_form",
    "mmd2_linear",
    "mmd2_streamed",
    "mmd2_unbiased",
    "mmd2_variance",
    "mmd_of_features",
    "mmd_of_features_gp",
    "mmd_t_statistic",
    "mmd_witness",
    "non_saturating_gan",
    "non_saturating_loss",
    "one_sided_penalty",
    "polynomial",
    "rational_quadratic",
    "rbf",
    "reparametrise",
    "roth_penalty",
    "sinkhorn",
    "sinkhorn_divergence",
    "sliced",
    "sliced_wasserstein",
    "smoothed",
    "through_features",
    "tilted",
    "w2_diagonal",
    "w2_full",
    "wasserstein_1d",
    "wasserstein_clip",
    "wasserstein_gp",
    "wasserstein_lp",
    "with_r1",
    "with_r2",
    "with_roth",
    "witness_gap",
    "zero_centred_penalty",
]
