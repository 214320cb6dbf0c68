"""R3GAN: relativistic pairing, the slope charged at data and at samples.  Huang et al. 2024, section 2."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.construction import constructor
from diptych.divergences.lipschitz import with_r1, with_r2
from diptych.divergences.relativistic import relativistic_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam
from diptych.schedules import Cosine, Lazy, Schedule

CARD = Card(
    title="Regularised relativistic GAN",
    paper="Huang et al., The GAN is dead; long live the GAN! A Modern GAN Baseline, NeurIPS 2024",
    equation="section 2, RpGAN + R1 + R2",
    formula={
        "critic": (
            r"\mathbb{E}\,\mathrm{softplus}(-(f(x) - f(G(z))))"
            r" + \frac{\gamma}{2}\left(\mathbb{E}\,\lVert\nabla f(x)\rVert^2"
            r" + \mathbb{E}\,\lVert\nabla f(G(z))\rVert^2\right)"
        ),
        "generator": r"\mathbb{E}\,\mathrm{softplus}(-(f(G(z)) - f(x)))",
    },
    conventions=(
        "The losses are the paper's, one γ for both penalties; its networks are no part of the method. Pairs in "
        "the batch's order, as in rp-gan; squared norms over all non-batch axes of one sample, means over the "
        "batch. The critic may not hold batch norm. With gamma_anneal = T, γ falls from its first value to a tenth "
        "of it over T rounds, by half a wave of the cosine, and stays there: the authors' schedule. Their γ at "
        "first, for pixels in [-1, 1], is 0.05 on CIFAR-10, 0.5 and 1 on ImageNet of 32 and 64 pixels a side, 2 "
        "and 150 on FFHQ of 64 and 256. With lazy = k, k γ is charged in every k-th round and nothing in between "
        "(Karras et al. 2020; the paper charges every step), which saves no compute here. Instance noise may be "
        "added by `smoothing`, and annealed by `anneal`. One critic step and Adam 2e-4 with β1 = 0 are "
        "the authors', whose rate falls to 5e-5 while β2 rises from 0.9 to 0.99; γ, β2 and the batch are ours. "
        "Defaults: γ = 1, held; one critic step, Adam 2e-4 with β = (0, 0.99), batch 64."
    ),
)


@constructor
def r3gan(
    *,
    gamma: float = 1.0,
    gamma_anneal: int = 0,
    lazy: int = 1,
    critic_steps: int = 1,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """Relativistic pairing, the critic charged γ/2 of R1 and of R2.

    Args:
        gamma: weight γ of both penalties R1 and R2, charged by half (section 2); finite and at least 0
        gamma_anneal: rounds T over which γ falls to a tenth of itself, by half a wave of the cosine, 0 to hold it;
            a whole number of at least 0
        lazy: rounds from one charge of the penalties to the next, of lazy times the weight, 1 to charge every round
            (Karras et al. 2020); a whole number of at least 1
        critic_steps: steps of the critic a round; a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    gamma = checks.non_negative("gamma", gamma)
    gamma_anneal = checks.whole("gamma_anneal", gamma_anneal, 0)
    lazy = checks.whole("lazy", lazy)
    critic_steps = checks.whole("critic_steps", critic_steps)
    smoothing = checks.non_negative("smoothing", smoothing)
    anneal = checks.whole("anneal", anneal, 0)
    charge: float | Schedule = Cosine(gamma, 0.1 * gamma, gamma_anneal) if gamma_anneal else gamma
    charge = Lazy(charge, lazy) if lazy > 1 else charge
    adam = Adam(2e-4, beta1=0.0, beta2=0.99)
    method = dual(
        with_r2(with_r1(relativistic_gan(), charge), charge),
        smoothing=smoothing,
        anneal=anneal,
        critic_steps=critic_steps,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    hyper = {"gamma": gamma, "gamma_anneal": gamma_anneal, "lazy": lazy, "critic_steps": critic_steps}
    hyper |= {"smoothing": smoothing, "anneal": anneal}
    return method.named("r3gan", card=CARD, hyper=hyper)


PRESETS = {"r3gan": r3gan}
RANK = 31
