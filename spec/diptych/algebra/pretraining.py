"""Pre-training of an encoder: its codes get the prior's mean and covariance before anything is reconstructed.

Tolstikhin et al. 2018, appendix; after a few hundred rounds the codes lie where the decoder will be asked for
samples.
"""

from diptych.algebra.encoders import Encoder
from diptych.primitives import flatten
from diptych.typing import Array, Namespace, Networks, NoiseDraws, Ops


def moments_gap(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, *, encoder: Encoder) -> Array:
    """|E z_q - E z_p|² / k + |Cov z_q - Cov z_p|² / k²: means over entries, codes z_q against prior draws z_p."""
    xp = ops.xp
    mean_q, covariance_q = _moments(encoder.encode(nets, x, noise, ops).z, xp)
    mean_p, covariance_p = _moments(noise.z, xp)
    return xp.mean((mean_q - mean_p) ** 2) + xp.mean((covariance_q - covariance_p) ** 2)


def formula(rounds: int) -> dict[str, str]:
    """Of a method's card, in LaTeX: a line for the player who pre-trains, if anybody does."""
    gap = r"\frac{1}{d} \lVert\mathbb{E}\,E(x) - \mathbb{E}\,z\rVert^2"
    covariances = r"\frac{1}{d^2} \lVert\mathrm{Cov}(E(x)) - \mathrm{Cov}(z)\rVert^2"
    return {"pretraining": f"{gap} + {covariances}"} if rounds else {}


def _moments(z: Array, xp: Namespace) -> tuple[Array, Array]:
    """Mean (k,) and biased covariance (k, k) over the batch, k the entries of a code of any shape."""
    z = flatten(z, xp=xp)
    mean = xp.mean(z, axis=0)
    centred = z - mean
    return mean, xp.mean(centred[:, :, None] * centred[:, None, :], axis=0)
