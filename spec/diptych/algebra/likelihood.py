"""Methods that have a likelihood: the law of the decoder, and the weights of draws of the encoder."""

from functools import partial
from typing import Any, Literal

from diptych import checks
from diptych.algebra.encoders import gaussian_moments
from diptych.costs import Cost, bernoulli_nll, gaussian_nll
from diptych.divergences.gaussian import reparametrise
from diptych.noise import Draw
from diptych.primitives import event_axes
from diptych.typing import Array, Networks, Ops

Decoder = Literal["gaussian", "bernoulli"]
Scale = float | Literal["learned"]


def likelihood(decoder: Decoder, scale: Scale) -> Cost:
    """-log p(x|z) of a Gaussian decoder with standard deviation `scale`, or of a Bernoulli one, which has none.

    ValueError for another decoder, and for a scale that no decoder has.
    """
    checks.choice("decoder", decoder, ("gaussian", "bernoulli"))
    scale = checked_scale(scale)
    return gaussian_nll(scale) if decoder == "gaussian" else bernoulli_nll()


def checked_scale(scale: Scale) -> Scale:
    """A number of Python, or 'learned'."""
    if isinstance(scale, str) and scale == "learned":
        return scale
    return checks.positive("scale, if not 'learned',", scale)


def likelihood_of(cost: Cost) -> dict[str, Any]:
    """The fields of a `Method` whose decoder has the law of this `cost`, and whose encoder is Gaussian."""
    assert cost.noise_law is not None  # a likelihood's
    return {
        "log_weights": partial(log_weights, cost=cost),
        "simulate": partial(simulate, cost=cost),
        "data_noise": Draw(cost.noise_law, "data"),
    }


def log_weights(nets: Networks, x: Array, epsilon: Array, ops: Ops, *, cost: Cost) -> Array:
    """log w_i = log p(x|z_i) + log p(z_i) - log Q(z_i|x),   z_i = μ(x) + σ(x) ε_i.  (n, ...), (n, K, k) -> (n, K)

    Of a Gaussian encoder and the prior N(0, I); `cost` is -log p(x|z). Burda et al. 2016, eq. 8.
    """
    xp, draws = ops.xp, epsilon.shape[1]
    mean, logvar = gaussian_moments(nets, x, ops)
    z = reparametrise(mean[:, None, :], logvar[:, None, :], epsilon, xp=xp)
    copies = xp.tile(x[:, None, ...], (1, draws, *(1 for _ in event_axes(x))))
    outputs = nets.decoder(xp.reshape(z, (-1, z.shape[2])))
    log_p_x = -xp.reshape(cost.of(xp.reshape(copies, (-1, *tuple(x.shape)[1:])), outputs, xp=xp), (-1, draws))
    # log p(z) - log Q(z|x): the constants cancel, and (z - μ) / σ is ε
    log_ratio = 0.5 * xp.sum(epsilon**2 - z * z + logvar[:, None, :], axis=2)
    return log_p_x + log_ratio


def simulate(nets: Networks, z: Array, noise: Array, ops: Ops, *, cost: Cost) -> tuple[Array, Array]:
    """x ~ p(x|z), and ε = (z - μ(x)) / σ(x), at which the encoder's draw for x is z.  (n, k), (n, ...) -> x, ε

    If z is a draw of the prior, (x, z) is one of p(x, z), and so z an exact one of the posterior p(z|x).
    """
    assert cost.sample is not None
    x = cost.sample(nets.decoder(z), noise, xp=ops.xp)
    mean, logvar = gaussian_moments(nets, x, ops)
    return x, (z - mean) * ops.xp.exp(-0.5 * logvar)
