"""GAN with a gradient-norm regulariser on the logit.  Roth, Lucchi, Nowozin & Hofmann 2017, Algorithm 1."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.construction import constructor
from diptych.divergences.gan import non_saturating_gan
from diptych.divergences.lipschitz import with_roth
from diptych.method import Card, Method
from diptych.optimizers import Adam
from diptych.schedules import Geometric

CARD = Card(
    title="Regularised non-saturating GAN",
    paper="Roth et al., Stabilizing Training of GANs through Regularization, NeurIPS 2017",
    equation="Algorithm 1, with the Jensen-Shannon regulariser",
    formula={
        "critic": (
            r"\mathbb{E}\,\mathrm{softplus}(-f(x)) + \mathbb{E}\,\mathrm{softplus}(f(G(z)))"
            r" + \frac{\gamma}{2}\left(\mathbb{E}\,(1 - \sigma(f(x)))^2 \lVert\nabla f(x)\rVert^2"
            r" + \mathbb{E}\,\sigma(f(G(z)))^2 \lVert\nabla f(G(z))\rVert^2\right)"
        ),
        "generator": r"\mathbb{E}\,\mathrm{softplus}(-f(G(z)))",
    },
    conventions=(
        "f is the logit, and the slopes are the logit's; squared norms over all non-batch axes of one sample, "
        "means over the batch; the weights (1 - σ)² and σ² are differentiated too. The generator's loss is the "
        "plain one. With gamma_anneal = T, γ falls from its first value to a hundredth of it over T rounds, as γ "
        "0.01^(t/T), and stays there: the paper's schedule on images. The regulariser is what little instance "
        "noise comes to; noise itself may be added all the same, by `smoothing`, and annealed by "
        "`anneal`. Defaults: γ = 2, held; one critic step, Adam 2e-4 with β1 = 0.5 (ours)."
    ),
)


@constructor
def roth_gan(
    *,
    gamma: float = 2.0,
    gamma_anneal: int = 0,
    critic_steps: int = 1,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """min_G of the GAN divergence, the critic charged γ/2 of the regulariser.

    Args:
        gamma: weight γ of the regulariser, charged by half (Algorithm 1); finite and at least 0, above 0 where
            annealed
        gamma_anneal: rounds T over which γ falls to a hundredth of itself, as γ 0.01^(t/T), 0 to hold it; a whole
            number of at least 0
        critic_steps: steps of the critic a round; a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    gamma_anneal = checks.whole("gamma_anneal", gamma_anneal, 0)
    gamma = (
        checks.positive("gamma, to be annealed,", gamma) if gamma_anneal else checks.non_negative("gamma", gamma)
    )
    critic_steps = checks.whole("critic_steps", critic_steps)
    smoothing = checks.non_negative("smoothing", smoothing)
    anneal = checks.whole("anneal", anneal, 0)
    adam = Adam(2e-4, beta1=0.5)
    method = dual(
        with_roth(non_saturating_gan(), Geometric(gamma, 0.01 * gamma, gamma_anneal) if gamma_anneal else gamma),
        smoothing=smoothing,
        anneal=anneal,
        critic_steps=critic_steps,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    hyper = {"gamma": gamma, "gamma_anneal": gamma_anneal, "critic_steps": critic_steps}
    hyper |= {"smoothing": smoothing, "anneal": anneal}
    return method.named("roth-gan", card=CARD, hyper=hyper)


PRESETS = {"roth-gan": roth_gan}
RANK = 30
