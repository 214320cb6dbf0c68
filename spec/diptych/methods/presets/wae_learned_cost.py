"""A Wasserstein auto-encoder with an adversarially learned cost.

The cost compares features of a critic that learns to tell data from reconstructions, as the authors of the WAE
tried in their first code: optimal transport under a cost that looks where reconstructions still fail.
"""

from diptych import checks
from diptych.algebra.hybrid import hybrid
from diptych.algebra.hybrid_losses import LearnedCost
from diptych.algebra.latent import aggregate
from diptych.construction import constructor
from diptych.divergences.gan import non_saturating_gan
from diptych.divergences.mmd import maximum_mean_discrepancy
from diptych.kernels import inverse_multiquadratic
from diptych.method import Card, Method
from diptych.methods.presets.wae_mmd import SCALES
from diptych.optimizers import Adam

CARD = Card(
    title="Wasserstein auto-encoder, learned cost",
    paper="Bousquet et al., From optimal transport to generative modeling: the VEGAN cookbook, 2017; "
    "Tolstikhin et al., Wasserstein Auto-Encoders, ICLR 2018",
    equation="eq. 4 of the WAE, the cost learned",
    formula={
        "encoder": r"s\,\mathbb{E}\,\lVert \varphi(x) - \varphi(\tilde x)\rVert^2 + w\,\mathrm{MMD}_u^2(z, E(x)),"
        r"\quad \tilde x = G(E(x)),\quad k(z, z') = \sum_c C / (C + \lVert z - z'\rVert^2),\quad C = 2\,c\,d",
        "decoder": r"s\,\mathbb{E}\,\lVert \varphi(x) - \varphi(\tilde x)\rVert^2"
        r" + \lambda\,\mathbb{E}\,\mathrm{softplus}(-f(\tilde x))",
        "critic": r"\mathbb{E}\,\mathrm{softplus}(-f(x)) + \mathbb{E}\,\mathrm{softplus}(f(\tilde x)),"
        r"\quad f = h \circ \varphi",
    },
    conventions=(
        "All players move at once. The critic h∘φ tells data from reconstructions and owns φ; the cost, squared "
        "and summed over features, averaged over the batch, does not move φ, and the game does not move the "
        "encoder. Latent penalty and the c as in wae-mmd, with prior N(0, I) in d dimensions. s is `cost_scale`. "
        "Defaults (ours): 64 features, s = 1, w = 10, λ = 1, Adam 1e-3 and 5e-4 with β1 = 0.5, batch 100."
    ),
)


@constructor
def wae_learned_cost(
    *, weight: float = 10.0, game_weight: float = 1.0, features: int = 64, cost_scale: float = 1.0
) -> Method:
    """min s E |φ(x) - φ(G(E(x)))|² + w MMD_u²(P_Z, Q_Z), φ under a critic of reconstructions.

    Args:
        weight: weight w of the MMD², the WAE's λ (Tolstikhin et al. 2018, Algorithm 2); finite and at least 0
        game_weight: weight λ of the game in the decoder's loss; finite and at least 0
        features: number of features φ of a sample, by which reconstructions are compared; a whole number of at
            least 1
        cost_scale: factor s of the squared error, which is of features; positive and finite
    """
    weight = checks.non_negative("weight", weight)
    game_weight = checks.non_negative("game_weight", game_weight)
    features = checks.whole("features", features)
    cost_scale = checks.positive("cost_scale", cost_scale)
    kernel = inverse_multiquadratic([2 * scale for scale in SCALES])
    method = hybrid(
        LearnedCost(features, cost_scale),
        non_saturating_gan(),
        game_weight=game_weight,
        fakes="reconstructions",
        latent=aggregate(maximum_mean_discrepancy(kernel)),
        weight=weight,
        optimizer=Adam(1e-3, beta1=0.5),
        critic_optimizer=Adam(5e-4, beta1=0.5),
        batch=100,
    )
    hyper = {"weight": weight, "game_weight": game_weight, "features": features, "cost_scale": cost_scale}
    return method.named("wae-learned-cost", card=CARD, hyper=hyper)


PRESETS = {"wae-learned-cost": wae_learned_cost}
RANK = 212
