"""f-GANs of the table of f-divergences.  Nowozin, Cseke & Tomioka 2016, Algorithm 1 and section 3.2."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences import f_table as table
from diptych.divergences.f_divergence import FDivergence, f_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam

Order = Literal["simultaneous", "alternating"]

# key -> (row, D_f, g(v), h(v) = f*(g(v))), in LaTeX
ROWS: dict[str, tuple[FDivergence, str, str, str]] = {
    "kl": (table.KL, r"\int p \log(p / q)", "v", r"e^{v - 1}"),
    "reverse-kl": (table.REVERSE_KL, r"\int q \log(q / p)", r"-e^{-v}", "v - 1"),
    "pearson": (table.PEARSON, r"\int (p - q)^2 / q", "v", "v^2 / 4 + v"),
    "neyman": (table.NEYMAN, r"\int (p - q)^2 / p", r"1 - e^{-v}", r"2 - 2 e^{-v / 2}"),
    "hellinger": (table.SQUARED_HELLINGER, r"\int (\sqrt{p} - \sqrt{q})^2", r"1 - e^{-v}", r"e^v - 1"),
    "jeffrey": (
        table.JEFFREY,
        r"\int (p - q) \log(p / q)",
        "v",
        r"W(e^{1 - v}) + 1 / W(e^{1 - v}) + v - 2",
    ),
    "js": (
        table.JENSEN_SHANNON,
        r"2\,\mathrm{JS}(P, Q)",
        r"\log 2 - \mathrm{softplus}(-v)",
        r"\mathrm{softplus}(v) - \log 2",
    ),
    "tv": (table.TOTAL_VARIATION, r"\frac{1}{2} \int |p - q|", r"\frac{1}{2} \tanh v", r"\frac{1}{2} \tanh v"),
    "gan": (table.GAN, r"2\,\mathrm{JS}(P, Q) - \log 4", r"-\mathrm{softplus}(-v)", r"\mathrm{softplus}(v)"),
}


def f_gan_method(
    key: str,
    row: FDivergence,
    formulas: Sequence[str],
    *,
    non_saturating: bool,
    order: Order,
    smoothing: float,
    anneal: int,
    **parameter: float,
) -> Method:
    """The f-GAN of a row, named fgan-`key`; `formulas` are D_f, g and f* ∘ g in LaTeX, `parameter` its own."""
    integral, g, h = formulas
    non_saturating = checks.flag("non_saturating", non_saturating)
    noise = noise_settings(smoothing, anneal)
    adam = Adam(2e-4, beta1=0.5)
    method = dual(
        f_gan(row, non_saturating=non_saturating),
        **noise,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
        order=order,
    )
    critic = (
        r"-\mathbb{E}\,g(V(x)) + \mathbb{E}\,h(V(G(z))) \geq -D_f(P, Q),\quad D_f(P, Q) = %s,"
        r"\quad g(v) = %s,\ h(v) = f^*(g(v)) = %s"
    )
    card = Card(
        title=f"f-GAN, {row.name}",
        paper="Nowozin, Cseke & Tomioka, f-GAN, NeurIPS 2016",
        equation=f"Algorithm 1 and eq. 6{', with the generator of section 3.2' * non_saturating}",
        formula={
            "critic": critic % (integral, g, h),
            "generator": r"-\mathbb{E}\,g(V(G(z)))" if non_saturating else r"-\mathbb{E}\,h(V(G(z)))",
        },
        conventions=(
            "Minus the critic's loss bounds the divergence from below; g increases, so a large V means data. Batch "
            "means; both losses are minimised, from gradients at one point (simultaneous) or the critic's step "
            "first (alternating). A non-saturating generator raises g(V) on its samples, another lowers the "
            "bound. "
            + CONVENTION
            + " W is Lambert's function." * (key == "jeffrey")
            + " Defaults: non-saturating (as practised on images), Adam 2e-4 with β1 = 0.5, batch 64 (DCGAN)."
        ),
    )
    hyper = {**parameter, "non_saturating": non_saturating, "order": order, **noise}
    return method.named(f"fgan-{key}", card=card, hyper=hyper)


class FGan(Protocol):
    """A method of one row of the table."""

    def __call__(
        self, *, non_saturating: bool = True, order: Order = "simultaneous", smoothing: float = 0.0, anneal: int = 0
    ) -> Method: ...


def _preset(key: str) -> FGan:
    row, *formulas = ROWS[key]

    def preset(
        *, non_saturating: bool = True, order: Order = "simultaneous", smoothing: float = 0.0, anneal: int = 0
    ) -> Method:
        return f_gan_method(
            key, row, formulas, non_saturating=non_saturating, order=order, smoothing=smoothing, anneal=anneal
        )

    preset.__name__ = preset.__qualname__ = f"fgan_{key}".replace("-", "_")
    preset.__doc__ = f"""max over V, min over G of the bound on D_f, {row.name}.

    Args:
        non_saturating: whether the generator raises g(V) on its samples, as in section 3.2, instead of lowering the
            bound (eq. 6)
        order: who moves when, 'simultaneous' both players from gradients at one point (Algorithm 1), 'alternating'
            the critic first
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    return constructor(preset)


fgan_kl, fgan_reverse_kl, fgan_pearson = _preset("kl"), _preset("reverse-kl"), _preset("pearson")
fgan_neyman, fgan_hellinger, fgan_jeffrey = _preset("neyman"), _preset("hellinger"), _preset("jeffrey")
fgan_js, fgan_tv, fgan_gan = _preset("js"), _preset("tv"), _preset("gan")

PRESETS: dict[str, Callable[..., Method]] = {
    "fgan-kl": fgan_kl,
    "fgan-reverse-kl": fgan_reverse_kl,
    "fgan-pearson": fgan_pearson,
    "fgan-neyman": fgan_neyman,
    "fgan-hellinger": fgan_hellinger,
    "fgan-jeffrey": fgan_jeffrey,
    "fgan-js": fgan_js,
    "fgan-tv": fgan_tv,
    "fgan-gan": fgan_gan,
}
RANK = 20
