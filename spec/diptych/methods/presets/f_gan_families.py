"""f-GANs of the f-divergences with a parameter.  Nowozin, Cseke & Tomioka 2016, Algorithm 1 and section 3.2."""

from collections.abc import Callable

from diptych import checks
from diptych.construction import constructor
from diptych.divergences.f_families import alpha_divergence, weighted_jensen_shannon
from diptych.method import Method
from diptych.methods.presets.f_gan import ROWS, Order, f_gan_method


@constructor
def fgan_js_weighted(
    *,
    pi: float = 0.25,
    non_saturating: bool = True,
    order: Order = "simultaneous",
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """max over V, min over G of the bound on D_f, Jensen-Shannon with weight π of the data.

    Args:
        pi: weight π of the data, in the mixture π P + (1 - π) Q, 1/2 for Jensen-Shannon itself; in (0, 1)
        non_saturating: whether the generator raises g(V) on its samples, as in section 3.2, instead of lowering the
            bound (eq. 6)
        order: who moves when, 'simultaneous' both players from gradients at one point (Algorithm 1), 'alternating'
            the critic first
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    pi = checks.between("pi", pi, 0, 1)
    formulas = (
        r"\pi\,\mathrm{KL}(P, M) + (1 - \pi)\,\mathrm{KL}(Q, M),\ M = \pi\,P + (1 - \pi)\,Q",
        r"-\pi \log \pi - \mathrm{softplus}(-v)",
        r"(1 - \pi) \log\frac{1 - \pi}{1 - e^{-\mathrm{softplus}(-v) / \pi}}",
    )
    row = weighted_jensen_shannon(pi)
    return f_gan_method(
        "js-weighted",
        row,
        formulas,
        non_saturating=non_saturating,
        order=order,
        smoothing=smoothing,
        anneal=anneal,
        pi=pi,
    )


@constructor
def fgan_alpha(
    *,
    alpha: float = 0.5,
    non_saturating: bool = True,
    order: Order = "simultaneous",
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """max over V, min over G of the bound on D_f, the α divergence.

    Args:
        alpha: order α of the divergence, 0 for reverse KL, 1 for KL, 1/2 for twice squared Hellinger; finite
        non_saturating: whether the generator raises g(V) on its samples, as in section 3.2, instead of lowering the
            bound (eq. 6)
        order: who moves when, 'simultaneous' both players from gradients at one point (Algorithm 1), 'alternating'
            the critic first
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    alpha = checks.finite("alpha", alpha)
    formulas = [
        r"(\int p^\alpha q^{1 - \alpha} - 1) / (\alpha (\alpha - 1))",
        "v" if alpha > 1 else r"1 / (1 - \alpha) - \mathrm{softplus}(-v)",
        r"(\max(0, 1 + (\alpha - 1) g(v))^{\alpha / (\alpha - 1)} - 1) / \alpha",
    ]
    if alpha in (0, 1):
        _, *formulas = ROWS["kl" if alpha else "reverse-kl"]
    row = alpha_divergence(alpha)
    return f_gan_method(
        "alpha",
        row,
        formulas,
        non_saturating=non_saturating,
        order=order,
        smoothing=smoothing,
        anneal=anneal,
        alpha=alpha,
    )


PRESETS: dict[str, Callable[..., Method]] = {"fgan-js-weighted": fgan_js_weighted, "fgan-alpha": fgan_alpha}
RANK = 20
