"""Wasserstein auto-encoder with a GAN penalty.  Tolstikhin et al. 2018, Algorithm 1."""

from diptych import checks
from diptych.algebra import pretraining
from diptych.algebra.latent import aggregate
from diptych.algebra.primal import primal
from diptych.construction import constructor
from diptych.costs import squared_l2
from diptych.divergences.gan import non_saturating_gan
from diptych.divergences.tilt import tilted
from diptych.method import Card, Method
from diptych.methods.presets.wae_mmd import AUTHORS
from diptych.noise import Normal
from diptych.optimizers import Adam


def _card(log_prior: bool, pretrain: int) -> Card:
    tilt = r",\quad f(z) = h(z) + \log N(z; 0, \sigma_z^2 I)" * log_prior
    return Card(
        title="Wasserstein auto-encoder, GAN penalty",
        paper="Tolstikhin, Bousquet, Gelly & Schölkopf, Wasserstein Auto-Encoders, ICLR 2018",
        equation="Algorithm 1",
        formula={
            **pretraining.formula(pretrain),
            "autoencoder": r"s\,\mathbb{E}\,\lVert x - G(E(x))\rVert^2"
            r" + w\,\mathbb{E}\,\mathrm{softplus}(-f(E(x)))",
            "critic": r"w\,[\mathbb{E}\,\mathrm{softplus}(-f(z)) + \mathbb{E}\,\mathrm{softplus}(f(E(x)))]" + tilt,
        },
        conventions=(
            "Prior draws are the positive class. Both players weigh the penalty by w. With `log_prior` the "
            "critic's logit is its network h plus the prior's log-density, so that h has only -log q_Z to learn; "
            "the density holds its whole constant, d/2 log 2πσ_z² in d dimensions, and one number a sample (the "
            "authors' code adds half a dimension's constant, and pairs every h with every norm). Squared l2 summed "
            "over the event, averaged over the batch. Deterministic encoder. "
            + AUTHORS
            + " Defaults: s = 1, w = 10, σ_z = 1, Adam 1e-3 and 5e-4 with β1 = 0.5, batch 100."
        ),
    )


@constructor
def wae_gan(
    *,
    weight: float = 10.0,
    prior_scale: float = 1.0,
    log_prior: bool = True,
    pretrain: int = 0,
    cost_scale: float = 1.0,
) -> Method:
    """min s E |x - G(E(x))|² + w GAN(P_Z, Q_Z)

    Args:
        weight: weight w of the GAN penalty, the paper's λ (Algorithm 1); finite and at least 0
        prior_scale: standard deviation σ_z of the prior, which is N(0, σ_z² I); positive and finite
        log_prior: whether the prior's log-density is added to the critic's network, which is left with -log q_Z to
            learn
        pretrain: first rounds for the codes alone, whose mean and covariance they match to the prior's, up to 200
            in the authors' code, 0 for none; a whole number of at least 0
        cost_scale: factor s of the squared error, 0.05 in the authors' code; positive and finite
    """
    weight = checks.non_negative("weight", weight)
    prior_scale = checks.positive("prior_scale", prior_scale)
    log_prior = checks.flag("log_prior", log_prior)
    pretrain = checks.whole("pretrain", pretrain, 0)
    cost_scale = checks.positive("cost_scale", cost_scale)
    divergence = non_saturating_gan()
    method = primal(
        squared_l2(cost_scale),
        latent=aggregate(tilted(divergence, prior_scale) if log_prior else divergence),
        weight=weight,
        prior=Normal(prior_scale),
        pretrain=pretrain,
        optimizer=Adam(1e-3, beta1=0.5),
        critic_optimizer=Adam(5e-4, beta1=0.5),
        batch=100,
    )
    hyper = {"weight": weight, "prior_scale": prior_scale, "log_prior": log_prior, "pretrain": pretrain}
    hyper |= {"cost_scale": cost_scale}
    return method.named("wae-gan", card=_card(log_prior, pretrain), hyper=hyper)


PRESETS = {"wae-gan": wae_gan}
RANK = 132
