"""MMD-GAN with gradient penalty.  Bińkowski, Sutherland, Arbel & Gretton 2018, section 3."""

from collections.abc import Sequence

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.mmd_features import mmd_of_features_gp
from diptych.kernels import linear, rational_quadratic
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="MMD-GAN with gradient penalty",
    paper="Bińkowski, Sutherland, Arbel & Gretton, Demystifying MMD GANs, ICLR 2018",
    equation="section 3; penalty: appendix A.2",
    formula={
        "critic": (
            r"-\mathrm{MMD}_u^2(\varphi(x), \varphi(y)) + \lambda\,\mathbb{E}(\lVert\nabla w(\hat x)\rVert - 1)^2"
            r" + \frac{a}{2}\left[\overline{\varphi(x)^2} + \overline{\varphi(y)^2}\right],\quad y = G(z),"
            r"\quad w(u) = \mathbb{E}\,k(\varphi(u), \varphi(x)) - \mathbb{E}\,k(\varphi(u), \varphi(y)),"
            r"\quad \hat x = e\,x + (1 - e)\,y,\ e \sim U[0, 1]"
        ),
        "generator": (
            r"\mathrm{MMD}_u^2(\varphi(x), \varphi(y)),\quad"
            r" k(u, v) = \langle u, v\rangle + \sum_\alpha (1 + \lVert u - v\rVert^2 / (2 \alpha))^{-\alpha}"
        ),
    },
    conventions=(
        "w is the witness function; e is one number a sample, and the norm of the slope runs over all non-batch "
        "axes (the authors' code: one spatial axis). The diagonals are removed with the linear part's own trace. A "
        "bar is a mean over all entries; the authors charge the size of the features too, by another mean. Left "
        "out of their training: gradients clipped to norm 1, and a learning rate that halves when a test on the "
        "KID sees no progress. "
        + CONVENTION
        + " Defaults: λ = 1, a = 1, 16 features, α in {0.2, 0.5, 1, 2, 5}, five critic steps, Adam 1e-4 with "
        "β = (0.5, 0.9), batch 64."
    ),
)


@constructor
def mmd_gan_gp(
    *,
    alphas: Sequence[float] = (0.2, 0.5, 1.0, 2.0, 5.0),
    features: int = 16,
    penalty: float = 1.0,
    activation: float = 1.0,
    critic_steps: int = 5,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """min_G max_φ MMD_u² of features φ

    Args:
        alphas: exponents α of the rational quadratic kernels, which are summed, with a linear one (section 2.1);
            one or more positive finite numbers
        features: number of features φ of a sample, which the kernel compares; a whole number of at least 1
        penalty: weight λ of the gradient penalty, on slopes of the witness function (appendix A.2); finite and at
            least 0
        activation: weight a of the squared features, the average of their means on data and on samples; finite and
            at least 0
        critic_steps: steps of the critic a round; a whole number of at least 1
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    alphas = checks.each_positive("alphas", alphas)
    features = checks.whole("features", features)
    charges = {
        "penalty": checks.non_negative("penalty", penalty),
        "activation": checks.non_negative("activation", activation),
    }
    play = {"critic_steps": checks.whole("critic_steps", critic_steps), **noise_settings(smoothing, anneal)}
    adam = Adam(1e-4, beta1=0.5, beta2=0.9)
    kernel = rational_quadratic(alphas) + linear()
    method = dual(
        mmd_of_features_gp(kernel, size=features, **charges),
        **play,
        critic_optimizer=adam,
        generator_optimizer=adam,
        batch=64,
    )
    hyper = {"alphas": alphas, "features": features, **charges, **play}
    return method.named("mmd-gan-gp", card=CARD, hyper=hyper)


PRESETS = {"mmd-gan-gp": mmd_gan_gp}
RANK = 53
