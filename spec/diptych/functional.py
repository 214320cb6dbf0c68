"""Losses and distances as functions of arrays, of whatever library: ``from diptych import functional as F``.

    F.mmd2_unbiased(prior, codes, kernels.inverse_multiquadratic([2.0])).backward()

Each takes plain arrays of float32 or float64, the batch along the first axis, and is differentiable where the
arrays' framework is. Nothing here has networks or randomness.
"""

from diptych.densities import log_diagonal_normal, log_full_normal, log_standard_normal
from diptych.divergences.entropic import entropic_transport, sinkhorn_divergence
from diptych.divergences.f_divergence import (
    bound_model_loss,
    density_ratio,
    non_saturating_bound_loss,
    variational_bound,
)
from diptych.divergences.gan import discriminator_loss, minimax_loss, non_saturating_loss
from diptych.divergences.gaussian import (
    kl_diagonal,
    kl_full,
    kl_to_standard_normal,
    reparametrise,
    w2_diagonal,
    w2_full,
)
from diptych.divergences.hinge import hinge_loss
from diptych.divergences.least_squares import least_squares_loss, least_squares_model_loss
from diptych.divergences.lipschitz import (
    gradient_penalty,
    interpolate,
    one_sided_penalty,
    roth_penalty,
    zero_centred_penalty,
)
from diptych.divergences.mmd import mmd2_biased, mmd2_block, mmd2_h_form, mmd2_linear, mmd2_unbiased
from diptych.divergences.mmd_features import feasible_set
from diptych.divergences.mmd_statistics import mmd2_streamed, mmd2_variance, mmd_t_statistic, mmd_witness
from diptych.divergences.relativistic import relativistic_loss, relativistic_model_loss
from diptych.divergences.transport import sliced_wasserstein_distance, wasserstein_1d
from diptych.divergences.wasserstein import critic_gap

__all__ = [
    "bound_model_loss",
    "critic_gap",
    "density_ratio",
    "discriminator_loss",
    "entropic_transport",
    "feasible_set",
    "gradient_penalty",
    "hinge_loss",
    "interpolate",
    "kl_diagonal",
    "kl_full",
    "kl_to_standard_normal",
    "least_squares_loss",
    "least_squares_model_loss",
    "log_diagonal_normal",
    "log_full_normal",
    "log_standard_normal",
    "minimax_loss",
    "mmd2_biased",
    "mmd2_block",
    "mmd2_h_form",
    "mmd2_linear",
    "mmd2_streamed",
    "mmd2_unbiased",
    "mmd2_variance",
    "mmd_t_statistic",
    "mmd_witness",
    "non_saturating_bound_loss",
    "non_saturating_loss",
    "one_sided_penalty",
    "relativistic_loss",
    "relativistic_model_loss",
    "reparametrise",
    "roth_penalty",
    "sinkhorn_divergence",
    "sliced_wasserstein_distance",
    "variational_bound",
    "w2_diagonal",
    "w2_full",
    "wasserstein_1d",
    "zero_centred_penalty",
]
