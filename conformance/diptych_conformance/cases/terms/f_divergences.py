"""Every row of the f-divergences, elementwise up to |v| = 40, and the terms made of them."""

from collections.abc import Iterator

import numpy as np

from diptych import divergences as d
from diptych import functional as F
from diptych.divergences import FDivergence
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.core.problem import generator
from diptych_conformance.references.formulas import f_gan as formulas

ROWS: dict[str, FDivergence] = {
    "fgan-kl": d.KL,
    "fgan-reverse-kl": d.REVERSE_KL,
    "fgan-pearson": d.PEARSON,
    "fgan-neyman": d.NEYMAN,
    "fgan-hellinger": d.SQUARED_HELLINGER,
    "fgan-jeffrey": d.JEFFREY,
    "fgan-js": d.JENSEN_SHANNON,
    "fgan-js-weighted": d.weighted_jensen_shannon(0.25),
    "fgan-tv": d.TOTAL_VARIATION,
    "fgan-gan": d.GAN,
    "fgan-alpha": d.alpha_divergence(0.5),
    "fgan-alpha-above": d.alpha_divergence(1.5),
}
# Points on both sides of every place where a formula gives way to another, so near that none serves too far.
FAR = np.linspace(-40.0, 40.0, 80)


def _row(name: str, row: FDivergence, seed: int) -> Iterator[Function]:
    v = {"v": generator("terms", name, seed).standard_normal(6)}
    g, conjugate = formulas.STEPS[name]
    yield Function(
        f"activation and composite of {row.name}",
        lambda ops, v: ops.xp.stack([row.activation(v, xp=ops.xp), row.composite(v, xp=ops.xp)]),
        lambda v: np.stack(
            [formulas.elementwise(g, v), formulas.elementwise(lambda value: conjugate(g(value)), v)]
        ),
        v,
        far={"v": FAR},
        compiled=False,  # level `objectives` does, in the method of each
        bare=False,
    )
    yield Function(
        f"density_ratio of {row.name}",
        lambda ops, v: F.density_ratio(v, row, xp=ops.xp),
        lambda v: formulas.elementwise(formulas.RATIOS[name], v),
        v,
        far={"v": FAR},
        compiled=False,
    )
    f, slope = formulas.GENERATORS[name]
    t = formulas.elementwise(g, v["v"])
    yield Function(
        f"f, its slope and its conjugate of {row.name}",
        lambda ops, u, t: ops.xp.stack(
            [row.f(u, xp=ops.xp), row.critic(u, xp=ops.xp), row.conjugate(t, xp=ops.xp)]
        ),
        lambda u, t: np.stack(
            [formulas.elementwise(f, u), formulas.elementwise(slope, u), formulas.elementwise(conjugate, t)]
        ),
        {"u": np.array([0.05, 0.3, 0.8, 1.3, 2.0, 7.0]), "t": t},
        by=("t",) if row is d.TOTAL_VARIATION else (),  # |u - 1| is not analytic, for a complex step
        compiled=False,  # for reference: training runs none of them
        bare=False,
    )


def functions(seed: int) -> tuple[Function, ...]:
    random = generator("terms", "f-divergences", seed)
    v_p, v_q = random.standard_normal(5), random.standard_normal(4)
    g, conjugate = formulas.STEPS["fgan-js"]
    return (
        *(function for name, row in ROWS.items() for function in _row(name, row, seed)),
        Function(
            "variational_bound",
            lambda ops, v_p, v_q: F.variational_bound(v_p, v_q, d.JENSEN_SHANNON, xp=ops.xp),
            lambda v_p, v_q: np.asarray(formulas.bound("fgan-js", v_p, v_q)),
            {"v_p": v_p, "v_q": v_q},
            far={"v_p": FAR, "v_q": FAR},
        ),
        Function(
            "bound_model_loss",
            lambda ops, v_q: F.bound_model_loss(v_q, d.JENSEN_SHANNON, xp=ops.xp),
            lambda v_q: np.asarray(-formulas.mean(lambda v: conjugate(g(v)), v_q)),
            {"v_q": v_q},
            far={"v_q": FAR},
        ),
        Function(
            "non_saturating_bound_loss",
            lambda ops, v_q: F.non_saturating_bound_loss(v_q, d.JENSEN_SHANNON, xp=ops.xp),
            lambda v_q: np.asarray(-formulas.mean(g, v_q)),
            {"v_q": v_q},
            far={"v_q": FAR},
        ),
    )


CORNERS = (
    Corner(
        "composite of alpha 1.5 at and below the clamp",
        lambda ops, v: d.alpha_divergence(1.5).composite(v, xp=ops.xp),
        [-1e4, -3.0, -2.0, 0.0],
        [-1 / 1.5, -1 / 1.5, -1 / 1.5, 0.0],
        [0.0, 0.0, 0.0, 1.0],
        [0.0, 0.0, 0.0, 1.0],
    ),
    Corner(
        "composite of Jeffrey where P and Q agree",
        lambda ops, v: d.JEFFREY.composite(v, xp=ops.xp),
        [0.0],
        [0.0],
        [1.0],
        [0.5],
    ),
    Corner(
        "composite of weighted Jensen-Shannon at extremes",
        lambda ops, v: d.weighted_jensen_shannon(0.5).composite(v, xp=ops.xp),
        [1e4, -1e4],
        [0.5 * (1e4 - 2 * np.log(2)), -0.5 * np.log(2)],
        [0.5, 0.0],
    ),
)
