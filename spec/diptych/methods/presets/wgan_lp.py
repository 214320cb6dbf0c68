"""Wasserstein GAN with the one-sided gradient penalty.  Petzka, Fischer & Lukovnikov 2018, section 5."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.wasserstein import wasserstein_lp
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Wasserstein GAN with Lipschitz penalty",
    paper="Petzka, Fischer & Lukovnikov, On the Regularization of Wasserstein GANs, ICLR 2018",
    equation="section 5",
    formula={
        "critic": (
            r"\mathbb{E} f(G(z)) - \mathbb{E} f(x) + w\,\mathbb{E}\max(0, \lVert\nabla f(\hat x)\rVert_2 - 1)^2,"
            r"\quad \hat x = e\,x + (1 - e)\,G(z),\ e \sim U[0, 1]"
        ),
        "generator": r"-\mathbb{E} f(G(z))",
    },
    conventions=(
        "As wgan-gp, but slopes below 1 are free: a 1-Lipschitz critic is not charged. Points between the samples "
        "as there; at a slope of exactly 1 the derivative is 0. "
        + CONVENTION
        + " Defaults: w = 10, five critic steps, Adam 1e-4 with β = (0.5, 0.9)."
    ),
)


@constructor
def wgan_lp(*, weight: float = 10.0, critic_steps: int = 5, smoothing: float = 0.0, anneal: int = 0) -> Method:
    """min_G W1(P_X, P_G), the critic charged w E max(0, |∇f(x̂)| - 1)².

    Args:
        weight: weight w of the one-sided gradient penalty, the paper's λ (section 5); finite and at least 0
        critic_steps: steps of the critic a round; a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    weight = checks.non_negative("weight", weight)
    play = {"critic_steps": checks.whole("critic_steps", critic_steps), **noise_settings(smoothing, anneal)}
    adam = Adam(1e-4, beta1=0.5, beta2=0.9)
    method = dual(
        wasserstein_lp(weight),
        **play,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    return method.named("wgan-lp", card=CARD, hyper={"weight": weight, **play})


PRESETS = {"wgan-lp": wgan_lp}
RANK = 42
