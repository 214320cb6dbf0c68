"""Relativistic pairing GAN.  Jolicoeur-Martineau 2018, section 4.1."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.relativistic import relativistic_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Relativistic pairing GAN",
    paper="Jolicoeur-Martineau, The relativistic discriminator: a key element missing from standard GAN, 2018",
    equation="section 4.1, the relativistic standard GAN",
    formula={
        "critic": r"\mathbb{E}\,\mathrm{softplus}(-(f(x) - f(G(z))))",
        "generator": r"\mathbb{E}\,\mathrm{softplus}(-(f(G(z)) - f(x)))",
    },
    conventions=(
        "f is the paper's C, and σ(f(x) - f(y)) the probability that x, and not y, is of the data. Each row of the "
        "batch meets the sample of its place: n pairs, means over them. The generator's loss is of the data too, "
        "which it cannot move. Optimum f* = log p/q + any constant, which no loss sees. "
        + CONVENTION
        + " Defaults: one critic step, Adam 2e-4 with β1 = 0.5 (DCGAN)."
    ),
)


@constructor
def rp_gan(*, critic_steps: int = 1, smoothing: float = 0.0, anneal: int = 0) -> Method:
    """A critic of pairs, one of the data and one of the model; the generator wants its own taken for the data's.

    Args:
        critic_steps: steps of the critic a round; a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    adam = Adam(2e-4, beta1=0.5)
    hyper = {"critic_steps": checks.whole("critic_steps", critic_steps), **noise_settings(smoothing, anneal)}
    method = dual(
        relativistic_gan(),
        **hyper,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    return method.named("rp-gan", card=CARD, hyper=hyper)


PRESETS = {"rp-gan": rp_gan}
RANK = 14
