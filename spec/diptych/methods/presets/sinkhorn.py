"""Generative model by Sinkhorn divergences.  Genevay, Peyré & Cuturi 2018, Algorithm 1."""

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.costs import squared_l2
from diptych.divergences import entropic
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Sinkhorn generative model",
    paper="Genevay, Peyré & Cuturi, Learning Generative Models with Sinkhorn Divergences, AISTATS 2018",
    equation="eq. 3, with a fixed cost",
    formula={
        "generator": (
            r"\mathrm{OT}_\varepsilon(x, G(z)) - \frac{1}{2} \mathrm{OT}_\varepsilon(x, x)"
            r" - \frac{1}{2} \mathrm{OT}_\varepsilon(G(z), G(z)),\quad c(x, y) = s\,\lVert x - y\rVert^2"
        ),
    },
    conventions=(
        "No critic. Half of the paper's eq. 3. OT is the dual value, its entropy taken relative to the product of "
        "the samples (Feydy et al. 2019); the paper's own loss is the transport cost of the plan, doubled. Equal "
        "weights a row; symmetric updates in the log domain, a fixed number of them, all differentiated. ε is in "
        "units of the cost, which sums over pixels. "
        + CONVENTION
        + " Defaults: ε = 1, s = 1, 10 iterations; Adam 1e-3, batch 200 (ours)."
    ),
)


@constructor
def sinkhorn(
    *,
    epsilon: float = 1.0,
    iterations: int = 10,
    cost_scale: float = 1.0,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """min_G S_ε(P_X, P_G) with the cost s |x - y|².

    Args:
        epsilon: strength ε of the entropic regularisation, in units of the cost; positive and finite
        iterations: Sinkhorn iterations a loss, all of them differentiated (Algorithm 1); a whole number of at least
            1
        cost_scale: factor s of the squared error, in the cost s |x - y|² summed over a sample; positive and finite
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    epsilon = checks.positive("epsilon", epsilon)
    iterations = checks.whole("iterations", iterations)
    cost_scale = checks.positive("cost_scale", cost_scale)
    noise = noise_settings(smoothing, anneal)
    method = dual(
        entropic.entropic_wasserstein(squared_l2(cost_scale), epsilon=epsilon, iterations=iterations),
        **noise,
        generator_optimizer=Adam(1e-3),
        batch=200,
    )
    hyper = {"epsilon": epsilon, "iterations": iterations, "cost_scale": cost_scale, **noise}
    return method.named("sinkhorn", card=CARD, hyper=hyper)


PRESETS = {"sinkhorn": sinkhorn}
RANK = 60
