"""MMD-GAN.  Li, Chang, Cheng, Yang & Póczos 2017, Algorithm 1."""

from collections.abc import Sequence

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.mmd_features import mmd_of_features
from diptych.kernels import rbf_from_zero
from diptych.method import Card, Method
from diptych.methods.presets.wgan import wgan_steps
from diptych.optimizers import RMSprop

CARD = Card(
    title="MMD-GAN",
    paper="Li, Chang, Cheng, Yang & Póczos, MMD GAN: Towards Deeper Understanding of Moment Matching Network, "
    "NeurIPS 2017",
    equation="Algorithm 1",
    formula={
        "critic": (
            r"-M + \lambda_{AE}\left[\overline{(x - d(\varphi(x)))^2}"
            r" + \overline{(y - d(\varphi(y)))^2}\right],\quad y = G(z)"
        ),
        "generator": (
            r"M,\quad M = \sqrt{\mathrm{MMD}_b^2(\varphi(x), \varphi(y))}"
            r" + \lambda_{rg}\,\overline{\min(0, \mathbb{E}\varphi(x) - \mathbb{E}\varphi(y))},"
            r"\quad k(u, v) = \sum_\sigma \exp\left(-\lVert u - v\rVert^2 / (2 \sigma^2)\right)"
        ),
    },
    conventions=(
        "A bar is a mean over all entries (batch and event, or features). φ is clipped to ±clip after each of its "
        "steps (the authors' code: before), its decoder d is not. The kernel is computed less k(u, u), which no "
        "MMD sees and rounding does; the root of 0 is 0 with derivative 0. "
        + CONVENTION
        + " With early_steps = 100 the critic takes so many in the first 25 rounds and every 500th. Defaults (of "
        "the authors' code): σ in {1, 2, 4, 8, 16}, λ_AE = 8, λ_rg = 16, clip = 0.01, 100 features, RMSprop 5e-5, "
        "batch 64, five critic steps."
    ),
)


@constructor
def mmd_gan(
    *,
    bandwidths: Sequence[float] = (1.0, 2.0, 4.0, 8.0, 16.0),
    features: int = 100,
    clip: float = 0.01,
    decoding: float = 8.0,
    feasible: float = 16.0,
    critic_steps: int = 5,
    early_steps: int = 5,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """min_G max_φ M(P_X, P_G)

    Args:
        bandwidths: bandwidths σ of the Gaussian kernels, which are summed, in units of the features; one or more
            positive finite numbers
        features: number of features φ of a sample, which the kernel compares; a whole number of at least 1
        clip: bound c of the parameters of φ, which are clipped to [-c, c] after each of the critic's steps
            (Algorithm 1); positive and finite
        decoding: weight λ_AE of the errors of the decoder of φ, mean squares on data and on samples; finite and at
            least 0
        feasible: weight λ_rg of the feasible set's reduction, a mean over features of min(0, E φ(x) - E φ(y))
            (section 3.4); finite and at least 0
        critic_steps: steps of the critic a round, the paper's n_c (Algorithm 1); a whole number of at least 1
        early_steps: steps of the critic in early rounds, 0 to 24, and in every 500th, 100 in the authors' code; a
            whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    bandwidths = checks.each_positive("bandwidths", bandwidths)
    features = checks.whole("features", features)
    clip = checks.positive("clip", clip)
    charges = {
        "decoding": checks.non_negative("decoding", decoding),
        "feasible": checks.non_negative("feasible", feasible),
    }
    steps = wgan_steps(critic_steps, early_steps)
    noise = noise_settings(smoothing, anneal)
    rule = RMSprop(5e-5)
    method = dual(
        mmd_of_features(rbf_from_zero(bandwidths), size=features, clip=clip, **charges),
        **noise,
        critic_steps=steps,
        critic_optimizer=rule,
        generator_optimizer=rule,
        batch=64,
    )
    hyper = {
        "bandwidths": bandwidths,
        "features": features,
        "clip": clip,
        **charges,
        "critic_steps": steps.usual,
        "early_steps": steps.early,
        **noise,
    }
    return method.named("mmd-gan", card=CARD, hyper=hyper)


PRESETS = {"mmd-gan": mmd_gan}
RANK = 52
