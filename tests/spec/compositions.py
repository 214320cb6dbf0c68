"""The methods the tests run: every preset of the catalogue, and compositions that have no name."""

from collections.abc import Callable

from diptych import CATALOGUE, Method, dual, hybrid, make, primal
from diptych.algebra import aggregate, conditional_kl, encoders
from diptych.costs import bernoulli_nll, l2_distance, squared_l2
from diptych.divergences import (
    KL,
    entropic_wasserstein,
    f_gan,
    maximum_mean_discrepancy,
    non_saturating_gan,
    sliced,
    wasserstein_clip,
    wasserstein_gp,
    with_r1,
    with_r2,
)
from diptych.kernels import energy, inverse_multiquadratic, rbf
from diptych.schedules import Lazy, Linear

METHODS: dict[str, Callable[[], Method]] = {
    **{name: lambda name=name: make(name) for name in CATALOGUE},  # type: ignore[misc]
    "lsgan, labels": lambda: make("lsgan", a=-1.0, b=2.0, c=0.5),
    "fgan-alpha, above 1": lambda: make("fgan-alpha", alpha=1.5, non_saturating=False),
    "fgan-js-weighted, bound": lambda: make("fgan-js-weighted", pi=0.9, non_saturating=False, order="alternating"),
    "KL in latent space": lambda: primal(squared_l2(), latent=aggregate(f_gan(KL)), weight=2.0),
    "vae, Bernoulli": lambda: make("vae", decoder="bernoulli", beta=0.5),
    "vae, learned scale": lambda: make("vae", scale="learned"),
    "vae, s and beta": lambda: make("vae", scale=2.0, beta=3.0),
    "wgan-gp, weight": lambda: make("wgan-gp", weight=0.5),
    "roth-gan, gamma": lambda: make("roth-gan", gamma=0.1),
    "roth-gan, annealed": lambda: make("roth-gan", gamma=3.0, gamma_anneal=600),
    "r3gan, every setting": lambda: make("r3gan", gamma=3.0, gamma_anneal=600, lazy=100, smoothing=0.4, anneal=600),
    "wgan-gp, lazy": lambda: dual(wasserstein_gp(Lazy(0.5, 3))),
    "wgan-lp, weight": lambda: make("wgan-lp", weight=0.5),
    "gmmn, unbiased": lambda: make("gmmn", estimator="unbiased"),
    "entropic_wasserstein, every setting": lambda: make("sinkhorn", epsilon=0.3, iterations=4, cost_scale=0.5),
    "sliced-wasserstein, order": lambda: make("sliced-wasserstein", order=1.0),
    "W1 with R1 and R2": lambda: dual(with_r2(with_r1(wasserstein_clip(0.1), 4.0), 3.0)),
    "energy distance in data space": lambda: dual(maximum_mean_discrepancy(energy())),
    "entropic transport in latent space": lambda: primal(
        squared_l2(), latent=aggregate(entropic_wasserstein(l2_distance(), iterations=3))
    ),
    "sliced W in latent space": lambda: primal(squared_l2(), latent=aggregate(sliced())),
    "gmmn, variances": lambda: make("gmmn", variances=[0.5, 3.0]),
    "wae-mmd, every setting": lambda: make(
        "wae-mmd", weight=2.0, prior_scale=3.0, scales=[0.3, 4.0], cost_scale=0.05
    ),
    "iwae, learned scale": lambda: make("iwae", scale="learned"),
    "iwae, Bernoulli": lambda: make("iwae", decoder="bernoulli", draws=3),
    "avb, f-gan bound": lambda: make("avb", bound="f-gan", decoder="bernoulli"),
    "avb, adaptive contrast": lambda: make("avb", adaptive_contrast=True, scale=1.5),
    "aae, Gaussian": lambda: make("aae", encoder="gaussian"),
    "aae, implicit": lambda: make("aae", encoder="implicit"),
    "wae-gan, pre-trained": lambda: make("wae-gan", weight=2.0, prior_scale=1.5, pretrain=20, cost_scale=0.05),
    "wae-gan, no prior density": lambda: make("wae-gan", log_prior=False),
    "GAN in latent space, scaled cost": lambda: primal(
        squared_l2(0.05), latent=aggregate(non_saturating_gan()), weight=3.0
    ),
    "ae-gan, through the encoder": lambda: make(
        "ae-gan", weight=0.5, fakes="reconstructions", through_encoder=True
    ),
    "mmd-gan, other settings": lambda: make("mmd-gan", features=3, bandwidths=[0.5], decoding=2.0, feasible=3.0),
    "mmd-gan-gp, other settings": lambda: make("mmd-gan-gp", features=2, alphas=[0.5], penalty=3.0, activation=0.0),
    "gmmn-ae, other settings": lambda: make("gmmn-ae", codes=3, variances=[2.0], pretrain=7),
    "vae-gan, other settings": lambda: make("vae-gan", gamma=0.5, margin=None, features=3),
    "vae-gan, samples alone": lambda: make("vae-gan", discriminate_reconstructions=False),
    "wae-learned-cost, cost scale": lambda: make("wae-learned-cost", features=3, cost_scale=0.05),
    "hybrid of weights that change": lambda: hybrid(
        squared_l2(),
        non_saturating_gan(),
        game_weight=Linear(0.0, 1.0, 600),
        latent=aggregate(non_saturating_gan()),
        weight=Linear(4.0, 2.0, 600),
    ),
    "hybrid of two games": lambda: hybrid(
        bernoulli_nll(),
        non_saturating_gan(),
        game_weight=2.0,
        latent=aggregate(wasserstein_gp(2.0)),
        weight=3.0,
        encoder=encoders.gaussian(),
    ),
    "KL warm-up": lambda: make("vae", beta=2.0, warm_up=400),
    "GAN with annealed noise": lambda: make("ns-gan", smoothing=0.4, anneal=600),
    "gradient penalty with annealed noise": lambda: make("wgan-gp", smoothing=0.4, anneal=600),
    "W1 in latent space": lambda: primal(
        bernoulli_nll(), latent=aggregate(wasserstein_gp(2.0)), encoder=encoders.gaussian()
    ),
    "unbiased MMD² in data space": lambda: dual(maximum_mean_discrepancy(rbf([1.0, 3.0]))),
    "biased MMD² in latent space": lambda: primal(
        squared_l2(),
        latent=aggregate(maximum_mean_discrepancy(inverse_multiquadratic([2.0]), estimator="biased")),
    ),
    "conditional KL, squared cost": lambda: primal(
        squared_l2(), latent=conditional_kl(), encoder=encoders.gaussian()
    ),
}

OBJECTIVES = [(name, player.name) for name, build in METHODS.items() for player in build().players]
