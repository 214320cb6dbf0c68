"""Wasserstein GAN with gradient penalty.  Gulrajani et al. 2017, Algorithm 1."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.wasserstein import wasserstein_gp
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Wasserstein GAN with gradient penalty",
    paper="Gulrajani et al., Improved Training of Wasserstein GANs, NeurIPS 2017",
    equation="Algorithm 1",
    formula={
        "critic": (
            r"\mathbb{E} f(G(z)) - \mathbb{E} f(x) + w\,\mathbb{E}\,(\lVert\nabla f(\hat x)\rVert_2 - 1)^2,"
            r"\quad \hat x = e\,x + (1 - e)\,G(z),\ e \sim U[0, 1]"
        ),
        "generator": r"-\mathbb{E} f(G(z))",
    },
    conventions=(
        "Means over the batch; the norm runs over all non-batch axes of one sample, and e is one number a sample. "
        "The slope of a flat critic counts as 0 with derivative 0. The critic may not hold batch norm. "
        + CONVENTION
        + " Defaults: w = 10, five critic steps, Adam 1e-4 with β = (0.5, 0.9)."
    ),
)


@constructor
def wgan_gp(*, weight: float = 10.0, critic_steps: int = 5, smoothing: float = 0.0, anneal: int = 0) -> Method:
    """min_G W1(P_X, P_G), the critic charged w E (|∇f(x̂)| - 1)².

    Args:
        weight: weight w of the gradient penalty, the paper's λ (Algorithm 1); finite and at least 0
        critic_steps: steps of the critic a round, the paper's n_critic (Algorithm 1); a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    weight = checks.non_negative("weight", weight)
    play = {"critic_steps": checks.whole("critic_steps", critic_steps), **noise_settings(smoothing, anneal)}
    adam = Adam(1e-4, beta1=0.5, beta2=0.9)
    method = dual(
        wasserstein_gp(weight),
        **play,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    return method.named("wgan-gp", card=CARD, hyper={"weight": weight, **play})


PRESETS = {"wgan-gp": wgan_gp}
RANK = 41
