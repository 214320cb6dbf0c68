"""Least-squares GAN.  Mao et al. 2017, eq. 8 and 9."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.least_squares import least_squares_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Least-squares GAN",
    paper="Mao et al., Least Squares Generative Adversarial Networks, ICCV 2017",
    equation="eq. 8, with the 0-1 labels of eq. 9",
    formula={
        "critic": r"\frac{1}{2} \mathbb{E}\,(f(x) - b)^2 + \frac{1}{2} \mathbb{E}\,(f(G(z)) - a)^2",
        "generator": r"\frac{1}{2} \mathbb{E}\,(f(G(z)) - c)^2",
    },
    conventions=(
        "f is the critic's raw output, no sigmoid. a labels samples of the model, b data, and c is what the "
        "generator wants; with the factors 1/2 of the paper. Optimum f* = (b p + a q) / (p + q). "
        + CONVENTION
        + " Defaults: a = 0, b = c = 1; one critic step, Adam 2e-4 with β1 = 0.5 (DCGAN)."
    ),
)


@constructor
def lsgan(
    *,
    a: float = 0.0,
    b: float = 1.0,
    c: float = 1.0,
    critic_steps: int = 1,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """Regression on the labels `a` and `b`; the generator aims at `c`.

    Args:
        a: label of the model's samples, in the critic's loss (eq. 8); finite
        b: label of the data, in the critic's loss (eq. 8); finite
        c: label the generator aims at, in its own loss (eq. 8); finite
        critic_steps: steps of the critic a round; a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    adam = Adam(2e-4, beta1=0.5)
    labels = {"a": checks.finite("a", a), "b": checks.finite("b", b), "c": checks.finite("c", c)}
    play = {"critic_steps": checks.whole("critic_steps", critic_steps), **noise_settings(smoothing, anneal)}
    method = dual(
        least_squares_gan(**labels),
        **play,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    return method.named("lsgan", card=CARD, hyper=labels | play)


PRESETS = {"lsgan": lsgan}
RANK = 12
