"""Importance-weighted auto-encoder.  Burda, Grosse & Salakhutdinov 2016, eq. 8."""

from dataclasses import replace
from functools import partial
from math import log

from diptych import checks
from diptych.algebra import encoders
from diptych.algebra.latent import conditional_kl
from diptych.algebra.likelihood import Decoder, Scale, checked_scale, likelihood, likelihood_of, log_weights
from diptych.algebra.primal import primal
from diptych.construction import constructor
from diptych.costs import Cost
from diptych.divergences.gaussian import reparametrise
from diptych.method import Card, Method
from diptych.noise import Draw, Normal
from diptych.optimizers import Adam
from diptych.primitives import logsumexp
from diptych.typing import Array, Networks, NoiseDraws, Ops

CARD = Card(
    title="Importance-weighted auto-encoder",
    paper="Burda, Grosse & Salakhutdinov, Importance Weighted Autoencoders, ICLR 2016",
    equation="eq. 8",
    formula={
        "autoencoder": (
            r"-\mathbb{E}\,\log \frac{1}{K} \sum_{i=1}^{K} w_i,\quad"
            r" w_i = \frac{p_G(x \mid z_i)\,p(z_i)}{Q(z_i \mid x)},\quad z_i \sim Q(z \mid x)"
        ),
    },
    conventions=(
        "The logarithm of the mean over K draws is taken inside the mean over the batch, by logsumexp, so the "
        "loss is the bound itself and its gradient weighs the draws by softmax(log w). K = 1 is the VAE with a "
        "sampled KL. Decoder and clipping as in vae. Defaults: K = 5, s = 0.7, Adam 1e-3, batch 20."
    ),
)


def negative_bound(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, *, cost: Cost, draws: int) -> Array:
    """-E log 1/K Σ_i w_i,   log w_i = log p(x|z_i) + log p(z_i) - log Q(z_i|x)"""
    xp = ops.xp
    return log(draws) - xp.mean(logsumexp(log_weights(nets, x, noise.epsilon, ops, cost=cost), 1, xp=xp))


def draw_codes(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
    """z ~ Q(z|x), by the first of the K draws"""
    mean, logvar = encoders.gaussian_moments(nets, x, ops)
    return reparametrise(mean, logvar, noise.epsilon[:, 0, :], xp=ops.xp)


@constructor
def iwae(
    *,
    draws: int = 5,
    decoder: Decoder = "gaussian",
    scale: Scale = 0.7,
) -> Method:
    """The importance-weighted bound of K draws, as a loss: min -E log 1/K Σ_i p_G(x|z_i) p(z_i) / Q(z_i|x).

    Args:
        draws: codes drawn for a data point, the K of the bound (eq. 8), 1 for the VAE; a whole number of at least 1
        decoder: law of the decoder, 'gaussian' N(G(z), s² I), or 'bernoulli' with logits G(z) for data in [0, 1]
        scale: standard deviation s of the Gaussian decoder, in units of the data, or 'learned', one for every
            number of a sample; positive and finite, or 'learned'
    """
    draws = checks.whole("draws", draws)
    scale = checked_scale(scale)
    cost = likelihood(decoder, scale)
    bound = partial(negative_bound, cost=cost, draws=draws)
    vae = primal(cost, latent=conditional_kl(), encoder=encoders.gaussian(), optimizer=Adam(1e-3), batch=20)
    return vae.named(
        "iwae",
        card=CARD,
        composition=f"{vae.name}, {draws} draws in one bound",
        hyper={"draws": draws, "decoder": decoder, "scale": scale},
        players=(replace(vae.player("autoencoder"), objective=bound),),
        noise={"epsilon": Draw(Normal(), "latent", copies=draws)},
        draw_codes=draw_codes,
        **likelihood_of(cost),
    )


PRESETS = {"iwae": iwae}
RANK = 121
