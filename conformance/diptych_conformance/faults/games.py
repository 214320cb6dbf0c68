"""Wrong games: f-divergences and the losses of a critic's output, as they shipped or are printed somewhere."""

from collections.abc import Callable
from typing import Any

from diptych import divergences as d
from diptych.divergences import FDivergence
from diptych.method import Objective
from diptych.primitives import softplus
from diptych_conformance.faults.fault import Fault
from diptych_conformance.faults.replaced import instead

Elementwise = Callable[[Any, Any], Any]  # (critic's output, namespace)


def _critic(row: FDivergence, *, g: Elementwise | None = None, h: Elementwise | None = None) -> Objective:
    """-E g(V(x)) + E h(V(G(z))), with the row's own g_f and f*(g_f(.)) where no other is given."""
    raised, lowered = g or row.activation, h or row.composite

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        real, fake = nets.critic(x), nets.critic(nets.generator(noise.z))
        return ops.xp.mean(lowered(fake, ops.xp)) - ops.xp.mean(raised(real, ops.xp))

    return loss


def _generator(of_samples: Elementwise) -> Objective:
    """The mean of a function of V(G(z))."""
    return lambda nets, x, noise, ops: ops.xp.mean(of_samples(nets.critic(nets.generator(noise.z)), ops.xp))


def _two_steps(row: FDivergence) -> Elementwise:
    """f* of g_f, one after the other."""
    return lambda v, xp: row.conjugate(row.activation(v, xp), xp)


def _halved(row: FDivergence) -> Objective:
    return _critic(row, g=lambda v, xp: 0.5 * row.activation(v, xp), h=lambda v, xp: 0.5 * row.composite(v, xp))


def _held(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """Jeffrey's with a conjugate that is found by a loop outside the graph."""
    objective = _critic(d.JEFFREY, h=lambda v, xp: ops.stop(d.JEFFREY.composite(v, xp)))
    return objective(nets, x, noise, ops)


def _smoothed_labels(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    real, fake = nets.critic(x), nets.critic(nets.generator(noise.z))
    return d.discriminator_loss(real, fake, xp=ops.xp) + 0.125 * ops.xp.mean(real)  # 0.875 for 1


def _interchanged(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return d.hinge_loss(nets.critic(nets.generator(noise.z)), nets.critic(x), xp=ops.xp)


def _twice_least_squares(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    real, fake = nets.critic(x), nets.critic(nets.generator(noise.z))
    return 2 * d.least_squares_loss(real, fake, xp=ops.xp)


def _probability(v: Any, xp: Any) -> Any:
    return 1 / (1 + xp.exp(-v))


def _fault(name: str, source: str, subject: str, leg: str, loss: Objective, *, alone: bool = False) -> Fault:
    wrap = instead(subject.rpartition("/")[2], loss)
    return Fault(name, source, f"objectives/{subject}/dense/float64/eager/*", leg, wrap, alone)


NOTEBOOK = "the decreasing g_f of the appendix table beside the increasing one's conjugate"

GAMES = (
    _fault(
        "KL's T shifted by 1 on data",
        "copies of rdevon/DIM",
        "fgan-kl/critic",
        "value",
        _critic(d.KL, g=lambda v, xp: v + 1),
    ),
    _fault(
        "KL's conjugate e^t for e^{t-1}",
        "the generator u log u - u, whose conjugate it is, beside u log u",
        "fgan-kl/critic",
        "value",
        _critic(d.KL, h=lambda v, xp: xp.exp(v)),
    ),
    _fault(
        "the trick for the bound",
        "section 3.2's generator under the name of Algorithm 1's",
        "fgan-kl-true/generator",
        "value",
        _generator(lambda v, xp: -d.KL.activation(v, xp)),
    ),
    _fault(
        "reverse KL's activation of the other sign",
        NOTEBOOK,
        "fgan-reverse-kl/critic",
        "gradient",
        _critic(d.REVERSE_KL, g=lambda v, xp: -xp.exp(v)),
    ),
    _fault(
        "Pearson's from another chi-square",
        "rdevon/DIM, X2: v² on data, -(|v| + 1)²/2 on samples",
        "fgan-pearson/critic",
        "value",
        _critic(d.PEARSON, g=lambda v, xp: v**2, h=lambda v, xp: -((xp.where(xp.real(v) < 0, -v, v) + 1) ** 2) / 2),
    ),
    _fault(
        "Neyman's activation of the other sign",
        NOTEBOOK,
        "fgan-neyman/critic",
        "gradient",
        _critic(d.NEYMAN, g=lambda v, xp: 1 - xp.exp(v)),
    ),
    _fault(
        "squared Hellinger's conjugate of V, the activation left out",
        "kozistr/Awesome-GANs issue 22: conjugates that do not go with their activations",
        "fgan-hellinger/critic",
        "value",
        _critic(d.SQUARED_HELLINGER, h=d.SQUARED_HELLINGER.conjugate),
    ),
    _fault(
        "squared Hellinger's conjugate in two steps",
        "LynnHo/f-GAN-Tensorflow: infinite from logit 30",
        "fgan-hellinger/critic",
        "exactness",
        _critic(d.SQUARED_HELLINGER, h=_two_steps(d.SQUARED_HELLINGER)),
        alone=True,
    ),
    _fault(
        "Jeffrey's conjugate without its gradient",
        "Lambert's W by a library that has no derivative of it",
        "fgan-jeffrey/critic",
        "gradient",
        _held,
    ),
    _fault(
        "Jeffrey's halved",
        "TensorFlow Probability's jeffreys",
        "fgan-jeffrey/critic",
        "value",
        _halved(d.JEFFREY),
    ),
    _fault(
        "Jensen-Shannon halved",
        "the integral as printed, with its factor 1/2",
        "fgan-js/critic",
        "value",
        _halved(d.JENSEN_SHANNON),
    ),
    _fault(
        "Jensen-Shannon's conjugate in two steps",
        "LynnHo/f-GAN-Tensorflow: infinite from logit 30",
        "fgan-js/critic",
        "exactness",
        _critic(d.JENSEN_SHANNON, h=_two_steps(d.JENSEN_SHANNON)),
        alone=True,
    ),
    _fault(
        "weighted Jensen-Shannon with the weight on the samples",
        "π of P in one paper, of Q in another",
        "fgan-js-weighted/critic",
        "value",
        _critic(d.weighted_jensen_shannon(0.75)),
    ),
    _fault(
        "total variation without its 1/2",
        "kozistr/Awesome-GANs issue 22: conjugates that do not go with their activations",
        "fgan-tv/critic",
        "value",
        _critic(d.TOTAL_VARIATION, g=lambda v, xp: xp.tanh(v), h=lambda v, xp: xp.tanh(v)),
    ),
    _fault(
        "the bound for the trick",
        "Algorithm 1's generator under the name of section 3.2's",
        "fgan-gan/generator",
        "value",
        _generator(lambda v, xp: -d.GAN.composite(v, xp)),
    ),
    _fault(
        "log(σ + eps) for the GAN's activation",
        "mimicry: no gradient where the critic is sure",
        "fgan-gan/generator",
        "exactness",
        _generator(lambda v, xp: -xp.log(_probability(v, xp) + 1e-12)),
    ),
    _fault(
        "alpha's conjugate divided in part",
        "table 5 read as (...)^{α/(α-1)} / α - 1",
        "fgan-alpha/critic",
        "value",
        _critic(d.alpha_divergence(0.5), h=lambda v, xp: d.alpha_divergence(0.5).composite(v, xp) + 1),
    ),
    _fault(
        "alpha's conjugate with the critic's sign turned",
        NOTEBOOK,
        "fgan-alpha/critic",
        "gradient",
        _critic(d.alpha_divergence(0.5), h=lambda v, xp: d.alpha_divergence(0.5).composite(-v, xp)),
    ),
    _fault(
        "alpha above 1 not clamped",
        "table 6 as printed: a power of a negative number",
        "fgan-alpha-above/critic",
        "exactness",
        _critic(d.alpha_divergence(1.5), h=lambda v, xp: ((1 + 0.5 * v) ** 3 - 1) / 1.5),
        alone=True,
    ),
    _fault(
        "labels smoothed unasked",
        "TF-GAN's modified_discriminator_loss",
        "gan/critic",
        "value",
        _smoothed_labels,
    ),
    _fault(
        "a constant for the real half",
        "TF-GAN's minimax_generator_loss: 0.313262 too much",
        "gan/generator",
        "value",
        _generator(lambda v, xp: 0.313262 - softplus(v, xp=xp)),
    ),
    _fault(
        "log(1 - D) by way of D",
        "infinite at logit 1e4",
        "gan/generator",
        "exactness",
        _generator(lambda v, xp: xp.log(1 - _probability(v, xp))),
        alone=True,
    ),
    _fault(
        "least squares without the halves",
        "a framework's mean squared error",
        "lsgan/critic",
        "value",
        _twice_least_squares,
    ),
    _fault(
        "least squares of probabilities",
        "a sigmoid left at the critic's end",
        "lsgan/generator",
        "gradient",
        _generator(lambda v, xp: 0.5 * (_probability(v, xp) - 1) ** 2),
    ),
    _fault(
        "hinge with data and samples interchanged",
        "a critic that calls data negative beside a generator that raises it",
        "hinge/critic",
        "value",
        _interchanged,
    ),
    _fault(
        "hinge in the generator too",
        "max(0, 1 - f) where the paper has -f",
        "hinge/generator",
        "value",
        _generator(lambda v, xp: softplus(1 - v, xp=xp)),
    ),
)
