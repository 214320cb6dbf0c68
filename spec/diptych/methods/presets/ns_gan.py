"""Generative adversarial network, non-saturating.  Goodfellow et al. 2014, Algorithm 1 and section 3."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.gan import non_saturating_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Non-saturating GAN",
    paper="Goodfellow et al., Generative Adversarial Nets, NeurIPS 2014",
    equation="Algorithm 1, with the generator loss of section 3",
    formula={
        "critic": r"\mathbb{E}\,\mathrm{softplus}(-f(x)) + \mathbb{E}\,\mathrm{softplus}(f(G(z)))",
        "generator": r"\mathbb{E}\,\mathrm{softplus}(-f(G(z)))",
    },
    conventions=(
        "f is the logit, D = σ(f). The critic's loss is the sum of two batch means, not their average; both losses "
        "are minimised. Optimum f* = log p/q. "
        + CONVENTION
        + " Defaults: one critic step, Adam 2e-4 with β1 = 0.5 (DCGAN)."
    ),
)


@constructor
def ns_gan(*, critic_steps: int = 1, smoothing: float = 0.0, anneal: int = 0) -> Method:
    """min_G of the GAN divergence, by the generator's loss that does not saturate.

    Args:
        critic_steps: steps of the critic a round, the paper's k (Algorithm 1); a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    adam = Adam(2e-4, beta1=0.5)
    hyper = {"critic_steps": checks.whole("critic_steps", critic_steps), **noise_settings(smoothing, anneal)}
    method = dual(
        non_saturating_gan(),
        **hyper,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    return method.named("ns-gan", card=CARD, hyper=hyper)


PRESETS = {"ns-gan": ns_gan}
RANK = 11
