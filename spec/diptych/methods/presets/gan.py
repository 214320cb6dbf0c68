"""Generative adversarial network, minimax.  Goodfellow et al. 2014, eq. 1 and Algorithm 1."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.gan import minimax_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Minimax GAN",
    paper="Goodfellow et al., Generative Adversarial Nets, NeurIPS 2014",
    equation="eq. 1 and Algorithm 1",
    formula={
        "critic": r"\mathbb{E}\,\mathrm{softplus}(-f(x)) + \mathbb{E}\,\mathrm{softplus}(f(G(z)))",
        "generator": r"-\mathbb{E}\,\mathrm{softplus}(f(G(z)))",
    },
    conventions=(
        "f is the logit, D = σ(f). The generator's loss is E log(1 - D(G(z))), which loses its gradient where D is "
        "sure. The critic's loss is the sum of two batch means, not their average; at the optimum f* = log p/q it "
        "is log 4 - 2 JS. " + CONVENTION + " Defaults: one critic step, Adam 2e-4 with β1 = 0.5 (DCGAN)."
    ),
)


@constructor
def gan(*, critic_steps: int = 1, smoothing: float = 0.0, anneal: int = 0) -> Method:
    """min over G, max over D of E log D(x) + E log(1 - D(G(z)))

    Args:
        critic_steps: steps of the critic a round, the paper's k (Algorithm 1); a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    adam = Adam(2e-4, beta1=0.5)
    hyper = {"critic_steps": checks.whole("critic_steps", critic_steps), **noise_settings(smoothing, anneal)}
    method = dual(
        minimax_gan(),
        **hyper,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    return method.named("gan", card=CARD, hyper=hyper)


PRESETS = {"gan": gan}
RANK = 10
