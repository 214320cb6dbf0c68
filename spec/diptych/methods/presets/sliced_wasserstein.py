"""Sliced Wasserstein generator.  Deshpande, Zhang & Schwing 2018, section 3."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.transport import sliced
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Sliced Wasserstein generator",
    paper="Deshpande, Zhang & Schwing, Generative Modeling using the Sliced Wasserstein Distance, CVPR 2018",
    equation="section 3, without a discriminator",
    formula={
        "generator": (
            r"\mathbb{E}_\theta\, \frac{1}{n} \sum_{i=1}^{n} \left|\langle x, \theta\rangle_{(i)}"
            r" - \langle G(z), \theta\rangle_{(i)}\right|^p,\quad \theta \sim U(\mathbb{S})"
        ),
    },
    conventions=(
        "No critic. W_p^p, not its root, averaged over directions and over the batch; (i) counts in order of size; "
        "directions θ are uniform on the unit sphere S. As many directions as the batch has rows, drawn anew every "
        "step (the paper: 10 000). " + CONVENTION + " Defaults: p = 2; Adam 1e-3, batch 256 (ours)."
    ),
)


@constructor
def sliced_wasserstein(*, order: float = 2.0, smoothing: float = 0.0, anneal: int = 0) -> Method:
    """min_G of the sliced W_p^p between data and samples.

    Args:
        order: exponent p of the distance, of which W_p^p is minimised; finite and at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    order = checks.at_least("order", order, 1)
    noise = noise_settings(smoothing, anneal)
    method = dual(sliced(order), **noise, generator_optimizer=Adam(1e-3), batch=256)
    return method.named("sliced-wasserstein", card=CARD, hyper={"order": order, **noise})


PRESETS = {"sliced-wasserstein": sliced_wasserstein}
RANK = 61
