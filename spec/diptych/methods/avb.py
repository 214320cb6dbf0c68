"""Adversarial variational Bayes.  Mescheder, Nowozin & Geiger 2017, Algorithm 1."""

from typing import Literal

from diptych.method import Card, Method
from diptych.methods import encoders
from diptych.methods.adversarial_kl import adversarial_kl
from diptych.methods.likelihood import Decoder, likelihood
from diptych.methods.primal import primal
from diptych.optimizers import Adam

CARD = Card(
    title="Adversarial variational Bayes",
    paper="Mescheder, Nowozin & Geiger, Adversarial Variational Bayes, ICML 2017",
    equation="Algorithm 1; adaptive contrast: section 3.3",
    formula={
        "autoencoder": (
            r"\mathbb{E}\,[-\log p_G(x \mid z) + T(x, z)],\quad z = e(x, \varepsilon),\ \varepsilon \sim N(0, I)"
        ),
        "critic": (
            r"\mathbb{E}\,\mathrm{softplus}(-T(x, z)) + \mathbb{E}\,\mathrm{softplus}(T(x, z')),"
            r"\quad z' \sim N(0, I)"
        ),
    },
    conventions=(
        "Codes are the positive class, prior draws the negative one: T* = log Q(z|x) - log P_Z(z). The encoder "
        "is implicit; both players move at once, from gradients at one point. With adaptive contrast T compares "
        "(z - μ)/σ with N(0, I) and log N(z; μ, σ²) - log P_Z(z) is added, μ and σ held constant. The bound "
        "'f-gan' trains T by E exp(T(x, z') - 1) - E T(x, z) and takes T - 1 for the log-ratio. The reported "
        "loss is an ELBO only where T is optimal. Defaults: s = 0.7, Adam 1e-4 and 2e-4 with β1 = 0.5 (ours; the "
        "authors' code: 5e-5 and 1e-4), batch 128."
    ),
)


def avb(
    *,
    decoder: Decoder = "gaussian",
    scale: float | Literal["learned"] = 0.7,
    bound: Literal["gan", "f-gan"] = "gan",
    adaptive_contrast: bool = False,
) -> Method:
    """min E[-log p_G(x|z)] + KL(Q(z|x) | N(0, I)), the KL from a critic of pairs."""
    method = primal(
        likelihood(decoder, scale),
        latent=adversarial_kl(bound, adaptive_contrast=adaptive_contrast),
        encoder=encoders.separable() if adaptive_contrast else encoders.implicit(),
        optimizer=Adam(1e-4, beta1=0.5),
        critic_optimizer=Adam(2e-4, beta1=0.5),
        order="simultaneous",
        batch=128,
    )
    hyper = {"decoder": decoder, "scale": scale, "bound": bound, "adaptive_contrast": adaptive_contrast}
    return method.named("avb", card=CARD, hyper=hyper)
