"""Adversarial variational Bayes.  Mescheder, Nowozin & Geiger 2017, Algorithm 1."""

from typing import Literal

from diptych import checks
from diptych.algebra import encoders
from diptych.algebra.adversarial import adversarial_kl
from diptych.algebra.likelihood import Decoder, Scale, checked_scale, likelihood
from diptych.algebra.primal import primal
from diptych.construction import constructor
from diptych.method import Card, Method
from diptych.optimizers import Adam


def _card(bound: str, adaptive_contrast: bool) -> Card:
    """T sees codes z or, with adaptive contrast, u = (z - μ) / σ; `bound` says how it estimates the log-ratio."""
    code, draw = ("u", "u'") if adaptive_contrast else ("z", "z'")
    estimate = f"T(x, {code})" + " - 1" * (bound == "f-gan")
    exactly = r" + \log N(z; \mu, \sigma^2) - \log N(z; 0, I)" * adaptive_contrast
    moments = r",\ u = (z - \mu) / \sigma" * adaptive_contrast
    critic = {
        "gan": r"\mathbb{E}\,\mathrm{softplus}(-T(x, %s)) + \mathbb{E}\,\mathrm{softplus}(T(x, %s))",
        "f-gan": r"-\mathbb{E}\,T(x, %s) + \mathbb{E}\,e^{T(x, %s) - 1}",
    }[bound] % (code, draw)
    return Card(
        title="Adversarial variational Bayes",
        paper="Mescheder, Nowozin & Geiger, Adversarial Variational Bayes, ICML 2017",
        equation="Algorithm 1" + ", with the adaptive contrast of section 3.3" * adaptive_contrast,
        formula={
            "autoencoder": rf"\mathbb{{E}}\,[-\log p_G(x \mid z) + {estimate}{exactly}],"
            rf"\quad z = e(x, \varepsilon),\ \varepsilon \sim N(0, I){moments}",
            "critic": rf"{critic},\quad {draw} \sim N(0, I)",
        },
        conventions=(
            "Codes are the positive class, prior draws the negative one: T* = log Q(z|x) - log P_Z(z). The encoder "
            "is implicit, with ε of `noise` dimensions; both players move at once, from gradients at one point. "
            "With adaptive contrast T compares (z - μ)/σ with N(0, I) and log N(z; μ, σ²) - log P_Z(z) is added, μ "
            "and σ held constant; to have moments the encoder is then separable, z = z_0(x) + Σ a_i(x) v_i(ε_i) "
            "over `bases` terms, each with its ε_i of `noise` dimensions. The bound 'f-gan' trains T by E exp(T(x, "
            "z') - 1) - E T(x, z) and takes T - 1 for the log-ratio. The reported loss is an ELBO only where T is "
            "optimal. The authors' code has rates 5e-5 and 1e-4. Defaults: s = 0.7, 16 dimensions of noise, 8 "
            "bases, Adam 1e-4 and 2e-4 with β1 = 0.5, batch 128."
        ),
    )


@constructor
def avb(
    *,
    decoder: Decoder = "gaussian",
    scale: Scale = 0.7,
    bound: Literal["gan", "f-gan"] = "gan",
    adaptive_contrast: bool = False,
    noise: int = 16,
    bases: int = 8,
) -> Method:
    """min E[-log p_G(x|z)] + KL(Q(z|x) | N(0, I)), the KL from a critic of pairs.

    Args:
        decoder: law of the decoder, 'gaussian' N(G(z), s² I), or 'bernoulli' with logits G(z) for data in [0, 1]
        scale: standard deviation s of the Gaussian decoder, in units of the data, or 'learned', one for every
            number of a sample; positive and finite, or 'learned'
        bound: how the critic estimates the KL, 'gan' as a discriminator of codes (eq. 3.3), 'f-gan' by a lower
            bound on it (Nowozin et al. 2016)
        adaptive_contrast: whether the critic compares standardised codes, with N(0, I), and the rest of the KL is
            added exactly (section 3.3)
        noise: dimensions of the encoder's noise ε, of every ε_i with adaptive contrast; a whole number of at least
            1
        bases: terms of the encoder's sum with adaptive contrast, and of no effect without it (section 3.3); a whole
            number of at least 1
    """
    scale = checked_scale(scale)
    noise, bases = checks.whole("noise", noise), checks.whole("bases", bases)
    method = primal(
        likelihood(decoder, scale),
        latent=adversarial_kl(bound, adaptive_contrast=adaptive_contrast),
        encoder=encoders.separable(bases, noise) if adaptive_contrast else encoders.implicit(noise),
        optimizer=Adam(1e-4, beta1=0.5),
        critic_optimizer=Adam(2e-4, beta1=0.5),
        order="simultaneous",
        batch=128,
    )
    hyper = {"decoder": decoder, "scale": scale, "bound": bound, "adaptive_contrast": adaptive_contrast}
    hyper |= {"noise": noise, "bases": bases}
    return method.named("avb", card=_card(bound, adaptive_contrast), hyper=hyper)


PRESETS = {"avb": avb}
RANK = 122
