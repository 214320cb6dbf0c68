"""Variational auto-encoder.  Kingma & Welling 2014, eq. 10."""

from diptych import checks
from diptych.algebra import encoders
from diptych.algebra.latent import conditional_kl
from diptych.algebra.likelihood import Decoder, Scale, checked_scale, likelihood, likelihood_of
from diptych.algebra.primal import primal
from diptych.construction import constructor
from diptych.method import Card, Method
from diptych.optimizers import Adam
from diptych.schedules import Linear

CARD = Card(
    title="Variational auto-encoder",
    paper="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014",
    equation="eq. 10",
    formula={
        "autoencoder": (
            r"\mathbb{E}\,[-\log p_G(x \mid z)] + \beta\,\mathbb{E}\,\mathrm{KL}(Q(z \mid x)\,\|\,N(0, I)),"
            r"\quad z = \mu(x) + \sigma(x)\,\varepsilon,\ \varepsilon \sim N(0, I)"
        ),
    },
    conventions=(
        "The negative ELBO at β = 1: summed over pixels and over latent dimensions, averaged over the batch, with "
        "the Gaussian's constant. Gaussian decoder N(G(z), s² I); with s learned, G(z) holds a mean and a "
        "log-variance for every pixel, its last axis doubled. Or Bernoulli with logits G(z) for x in [0, 1]. "
        "log-variances are clipped to [-50, 50]. Defaults: s = 0.7, Adam 1e-3, batch 100."
    ),
)


@constructor
def vae(
    *,
    decoder: Decoder = "gaussian",
    scale: Scale = 0.7,
    beta: float = 1.0,
    warm_up: int = 0,
) -> Method:
    """The negative ELBO, min E[-log p_G(x|z)] + β E KL(Q(z|x) | N(0, I)).

    Args:
        decoder: law of the decoder, 'gaussian' N(G(z), s² I), or 'bernoulli' with logits G(z) for data in [0, 1]
        scale: standard deviation s of the Gaussian decoder, in units of the data, or 'learned', one for every
            number of a sample; positive and finite, or 'learned'
        beta: weight β of the KL, 1 for the ELBO; finite and at least 0
        warm_up: rounds over which β rises linearly from 0, 0 to hold it; a whole number of at least 0
    """
    scale = checked_scale(scale)
    beta = checks.non_negative("beta", beta)
    warm_up = checks.whole("warm_up", warm_up, 0)
    cost = likelihood(decoder, scale)
    method = primal(
        cost,
        latent=conditional_kl(),
        weight=Linear(0.0, beta, warm_up) if warm_up else beta,
        encoder=encoders.gaussian(),
        optimizer=Adam(1e-3),
        batch=100,
    )
    hyper = {"decoder": decoder, "scale": scale, "beta": beta, "warm_up": warm_up}
    return method.named("vae", card=CARD, hyper=hyper, **likelihood_of(cost))


PRESETS = {"vae": vae}
RANK = 120
