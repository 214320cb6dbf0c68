"""Wrong f-divergences, as some implementation or publication has them."""

from typing import Any

from diptych import divergences as d
from diptych.divergences import FDivergence
from diptych.method import Objective
from diptych_conformance.faults.gans import Elementwise, of_samples, probability
from diptych_conformance.faults.replaced import instead, loss_fault


def _critic(row: FDivergence, *, g: Elementwise | None = None, h: Elementwise | None = None) -> Objective:
    """-E g(V(x)) + E h(V(G(z))); g is the row's g_f and h its f*(g_f(.)), unless others are given."""
    raised, lowered = g or row.activation, h or row.composite

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        real, fake = nets.critic(x), nets.critic(nets.generator(noise.z))
        return ops.xp.mean(lowered(fake, xp=ops.xp)) - ops.xp.mean(raised(real, xp=ops.xp))

    return loss


def _two_steps(row: FDivergence) -> Elementwise:
    """f*(g_f(v)), computed in two steps."""
    return lambda v, xp: row.conjugate(row.activation(v, xp=xp), xp=xp)


def _halved(row: FDivergence) -> Objective:
    return _critic(
        row, g=lambda v, xp: 0.5 * row.activation(v, xp=xp), h=lambda v, xp: 0.5 * row.composite(v, xp=xp)
    )


def _held(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """Jeffrey's divergence, whose conjugate is held constant, as if a loop outside the graph had found it."""
    objective = _critic(d.JEFFREY, h=lambda v, xp: ops.stop(d.JEFFREY.composite(v, xp=xp)))
    return objective(nets, x, noise, ops)


NOTEBOOK = "the decreasing g_f of the appendix table beside the increasing one's conjugate"


F_GANS = (
    loss_fault(
        "KL's T shifted by 1 on data",
        "copies of rdevon/DIM",
        "fgan-kl/critic",
        "value",
        instead("critic", _critic(d.KL, g=lambda v, xp: v + 1)),
    ),
    loss_fault(
        "KL's conjugate e^t for e^{t-1}",
        "the generator u log u - u, whose conjugate it is, beside u log u",
        "fgan-kl/critic",
        "value",
        instead("critic", _critic(d.KL, h=lambda v, xp: xp.exp(v))),
    ),
    loss_fault(
        "the non-saturating loss for the bound",
        "section 3.2's generator under the name of Algorithm 1's",
        "fgan-kl-true/generator",
        "value",
        instead("generator", of_samples(lambda v, xp: -d.KL.activation(v, xp=xp))),
    ),
    loss_fault(
        "reverse KL's activation of the other sign",
        NOTEBOOK,
        "fgan-reverse-kl/critic",
        "gradient",
        instead("critic", _critic(d.REVERSE_KL, g=lambda v, xp: -xp.exp(v))),
    ),
    loss_fault(
        "Pearson's from another chi-square",
        "rdevon/DIM, X2: v² on data, -(|v| + 1)²/2 on samples",
        "fgan-pearson/critic",
        "value",
        instead(
            "critic",
            _critic(
                d.PEARSON, g=lambda v, xp: v**2, h=lambda v, xp: -((xp.where(xp.real(v) < 0, -v, v) + 1) ** 2) / 2
            ),
        ),
    ),
    loss_fault(
        "Neyman's activation of the other sign",
        NOTEBOOK,
        "fgan-neyman/critic",
        "gradient",
        instead("critic", _critic(d.NEYMAN, g=lambda v, xp: 1 - xp.exp(v))),
    ),
    loss_fault(
        "squared Hellinger's conjugate of V, the activation left out",
        "kozistr/Awesome-GANs issue 22: conjugates that do not go with their activations",
        "fgan-hellinger/critic",
        "value",
        instead("critic", _critic(d.SQUARED_HELLINGER, h=d.SQUARED_HELLINGER.conjugate)),
    ),
    loss_fault(
        "squared Hellinger's conjugate in two steps",
        "LynnHo/f-GAN-Tensorflow: infinite from logit 30",
        "fgan-hellinger/critic",
        "exactness",
        instead("critic", _critic(d.SQUARED_HELLINGER, h=_two_steps(d.SQUARED_HELLINGER))),
        alone=True,
    ),
    loss_fault(
        "Jeffrey's conjugate without its gradient",
        "Lambert's W by a library that has no derivative of it",
        "fgan-jeffrey/critic",
        "gradient",
        instead("critic", _held),
    ),
    loss_fault(
        "Jeffrey's halved",
        "TensorFlow Probability's jeffreys",
        "fgan-jeffrey/critic",
        "value",
        instead("critic", _halved(d.JEFFREY)),
    ),
    loss_fault(
        "Jensen-Shannon halved",
        "the integral as printed, with its factor 1/2",
        "fgan-js/critic",
        "value",
        instead("critic", _halved(d.JENSEN_SHANNON)),
    ),
    loss_fault(
        "Jensen-Shannon's conjugate in two steps",
        "LynnHo/f-GAN-Tensorflow: infinite from logit 30",
        "fgan-js/critic",
        "exactness",
        instead("critic", _critic(d.JENSEN_SHANNON, h=_two_steps(d.JENSEN_SHANNON))),
        alone=True,
    ),
    loss_fault(
        "weighted Jensen-Shannon with the weight on the samples",
        "π of P in one paper, of Q in another",
        "fgan-js-weighted/critic",
        "value",
        instead("critic", _critic(d.weighted_jensen_shannon(0.75))),
    ),
    loss_fault(
        "total variation without its 1/2",
        "kozistr/Awesome-GANs issue 22: conjugates that do not go with their activations",
        "fgan-tv/critic",
        "value",
        instead("critic", _critic(d.TOTAL_VARIATION, g=lambda v, xp: xp.tanh(v), h=lambda v, xp: xp.tanh(v))),
    ),
    loss_fault(
        "the bound for the non-saturating loss",
        "Algorithm 1's generator under the name of section 3.2's",
        "fgan-gan/generator",
        "value",
        instead("generator", of_samples(lambda v, xp: -d.GAN.composite(v, xp=xp))),
    ),
    loss_fault(
        "log(σ + eps) for the GAN's activation",
        "mimicry: no gradient where the critic is sure",
        "fgan-gan/generator",
        "exactness",
        instead("generator", of_samples(lambda v, xp: -xp.log(probability(v, xp) + 1e-12))),
    ),
    loss_fault(
        "alpha's conjugate divided in part",
        "table 5 read as (...)^{α/(α-1)} / α - 1",
        "fgan-alpha/critic",
        "value",
        instead(
            "critic",
            _critic(d.alpha_divergence(0.5), h=lambda v, xp: d.alpha_divergence(0.5).composite(v, xp=xp) + 1),
        ),
    ),
    loss_fault(
        "alpha's conjugate with the critic's sign turned",
        NOTEBOOK,
        "fgan-alpha/critic",
        "gradient",
        instead(
            "critic", _critic(d.alpha_divergence(0.5), h=lambda v, xp: d.alpha_divergence(0.5).composite(-v, xp=xp))
        ),
    ),
    loss_fault(
        "alpha above 1 not clamped",
        "table 6 as printed: a power of a negative number",
        "fgan-alpha-above/critic",
        "exactness",
        instead("critic", _critic(d.alpha_divergence(1.5), h=lambda v, xp: ((1 + 0.5 * v) ** 3 - 1) / 1.5)),
        alone=True,
    ),
)
