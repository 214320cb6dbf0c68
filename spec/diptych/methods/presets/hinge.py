"""Hinge GAN.  Lim & Ye 2017; Miyato et al. 2018, eq. 16 and 17."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.hinge import hinge_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Hinge GAN",
    paper="Lim & Ye, Geometric GAN, 2017",
    equation="section 3; also Miyato et al. 2018, eq. 16 and 17",
    formula={
        "critic": r"\mathbb{E}\,\max(0, 1 - f(x)) + \mathbb{E}\,\max(0, 1 + f(G(z)))",
        "generator": r"-\mathbb{E}\,f(G(z))",
    },
    conventions=(
        "Batch means; on the margin itself the derivative of max is 0. The critic's spectral norm, with which the "
        "loss is often met, is not part of it. "
        + CONVENTION
        + " Defaults: one critic step, Adam 2e-4 with β1 = 0.5 (DCGAN)."
    ),
)


@constructor
def hinge(*, critic_steps: int = 1, smoothing: float = 0.0, anneal: int = 0) -> Method:
    """A critic with a margin; the generator raises f on its samples.

    Args:
        critic_steps: steps of the critic a round; a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    adam = Adam(2e-4, beta1=0.5)
    hyper = {"critic_steps": checks.whole("critic_steps", critic_steps), **noise_settings(smoothing, anneal)}
    method = dual(
        hinge_gan(),
        **hyper,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    return method.named("hinge", card=CARD, hyper=hyper)


PRESETS = {"hinge": hinge}
RANK = 13
