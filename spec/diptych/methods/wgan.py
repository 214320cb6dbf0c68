"""Wasserstein GAN with clipped weights.  Arjovsky, Chintala & Bottou 2017, Algorithm 1."""

from diptych.divergences.wasserstein import wasserstein_clip
from diptych.method import Card, Method, Steps
from diptych.methods.dual import dual
from diptych.optimizers import RMSprop

CARD = Card(
    title="Wasserstein GAN, clipped weights",
    paper="Arjovsky, Chintala & Bottou, Wasserstein Generative Adversarial Networks, ICML 2017",
    equation="Algorithm 1",
    formula={
        "critic": (
            r"\mathbb{E} f(G(z)) - \mathbb{E} f(x),\quad w \leftarrow \mathrm{clip}(w, -c, c)\ \text{after a step}"
        ),
        "generator": r"-\mathbb{E} f(G(z))",
    },
    conventions=(
        "Means over the batch. All of the critic's parameters are clipped, biases too, after its step, as in the "
        "paper (the authors' code clips before). The critic's loss estimates -W1 up to the unknown Lipschitz "
        "constant. Defaults: c = 0.01, five critic steps, RMSprop 5e-5, batch 64. The authors' code takes 100 "
        "critic steps in each of the first 25 rounds and in every 500th: early_steps = 100."
    ),
)


def wgan(*, clip: float = 0.01, critic_steps: int = 5, early_steps: int = 5) -> Method:
    """min_G W1(P_X, P_G), `critic_steps` a round, `early_steps` in rounds 0 to 24 and every 500th."""
    rmsprop = RMSprop(5e-5)
    method = dual(
        wasserstein_clip(clip),
        critic_steps=Steps(critic_steps, early=early_steps, until=25, every=500),
        critic_optimizer=rmsprop,
        generator_optimizer=rmsprop,
        batch=64,
    )
    hyper = {"clip": clip, "critic_steps": critic_steps, "early_steps": early_steps}
    return method.named("wgan", card=CARD, hyper=hyper)
