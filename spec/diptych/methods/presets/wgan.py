"""Wasserstein GAN with clipped weights.  Arjovsky, Chintala & Bottou 2017, Algorithm 1."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.wasserstein import wasserstein_clip
from diptych.method import Card, Method, Steps
from diptych.optimizers import RMSprop

CARD = Card(
    title="Wasserstein GAN, clipped weights",
    paper="Arjovsky, Chintala & Bottou, Wasserstein Generative Adversarial Networks, ICML 2017",
    equation="Algorithm 1",
    formula={
        "critic": (r"\mathbb{E} f(G(z)) - \mathbb{E} f(x),\quad w \leftarrow \mathrm{clip}(w, -c, c)"),
        "generator": r"-\mathbb{E} f(G(z))",
    },
    conventions=(
        "Means over the batch. All of the critic's parameters w are clipped, biases too, after its step, as in the "
        "paper (the authors' code clips before). The critic's loss estimates -W1 up to the unknown Lipschitz "
        "constant. "
        + CONVENTION
        + " Defaults: c = 0.01, five critic steps, RMSprop 5e-5, batch 64. The authors' code takes 100 critic "
        "steps in each of the first 25 rounds and in every 500th: early_steps = 100."
    ),
)


def wgan_steps(critic_steps: int, early_steps: int) -> Steps:
    """`early_steps` in rounds 0 to 24 and every 500th, `critic_steps` in the others, as in the authors' code."""
    usual, early = checks.whole("critic_steps", critic_steps), checks.whole("early_steps", early_steps)
    return Steps(usual, early=early, until=25, every=500)


@constructor
def wgan(
    *,
    clip: float = 0.01,
    critic_steps: int = 5,
    early_steps: int = 5,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """min_G W1(P_X, P_G), the critic's parameters in [-c, c].

    Args:
        clip: bound c of the critic's parameters, which are clipped to [-c, c] after each of its steps (Algorithm
            1); positive and finite
        critic_steps: steps of the critic a round, the paper's n_critic (Algorithm 1); a whole number of at least 1
        early_steps: steps of the critic in early rounds, 0 to 24, and in every 500th, 100 in the authors' code; a
            whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    clip = checks.positive("clip", clip)
    steps = wgan_steps(critic_steps, early_steps)
    noise = noise_settings(smoothing, anneal)
    rmsprop = RMSprop(5e-5)
    method = dual(
        wasserstein_clip(clip),
        **noise,
        critic_steps=steps,
        critic_optimizer=rmsprop,
        generator_optimizer=rmsprop,
        batch=64,
    )
    hyper = {"clip": clip, "critic_steps": steps.usual, "early_steps": steps.early, **noise}
    return method.named("wgan", card=CARD, hyper=hyper)


PRESETS = {"wgan": wgan}
RANK = 40
