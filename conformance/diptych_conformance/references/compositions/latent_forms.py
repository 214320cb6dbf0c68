"""Auto-encoders whose penalty on codes has a closed form."""

import numpy as np

from diptych import costs, kernels, primal
from diptych import divergences as d
from diptych.algebra import aggregate, conditional_kl, encoders
from diptych.noise import Normal
from diptych_conformance.references.compositions.latent_parts import expected, together
from diptych_conformance.references.formulas import distances
from diptych_conformance.references.formulas.basics import (
    Array,
    inverse_multiquadratic,
    mean,
    mmd2,
    square,
)
from diptych_conformance.references.formulas.codes import (
    Likelihood,
    kl,
    minus_log_bernoulli,
    moments,
    moments_gap,
)
from diptych_conformance.references.methods.avb import of_bases
from diptych_conformance.references.methods.primal import GAUSSIAN
from diptych_conformance.references.play import (
    LATENT,
    NARROW,
    Z,
    instance_noise,
    normal,
)
from diptych_conformance.references.statement import Composition

SEPARABLE = of_bases(4, 2)


def _median_mmd(z: Array, codes: Array, held: Array) -> float:
    """MMD² by e^(-|a - b|² / (2 s² σ²)), s in (1, 2), the median σ held constant."""
    sigma = distances.median_bandwidth(z, held)
    return mmd2(z, codes, distances.rbf([sigma**2, 4 * sigma**2]), biased=False)


COMPOSITIONS = (
    Composition(
        "biased MMD in latent space, narrow prior",
        "wae-mmd",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(d.maximum_mean_discrepancy(kernels.inverse_multiquadratic([2.0]), estimator="biased")),
            prior=Normal(0.5),
            batch=32,
        ),
        together(
            expected(square),
            1,
            lambda nets, x, noise: mmd2(noise["z"], nets.encoder(x), inverse_multiquadratic([2.0]), biased=True),
            batch=32,
            noise={"z": NARROW},
            prior=NARROW,
        ),
    ),
    Composition(
        "sinkhorn in latent space, Bernoulli decoder",
        "wae-mmd",
        lambda: primal(
            costs.bernoulli_nll(),
            latent=aggregate(d.entropic_wasserstein(costs.squared_l2(), iterations=3)),
            weight=2.0,
        ),
        together(
            expected(minus_log_bernoulli),
            2,
            lambda nets, x, noise: distances.sinkhorn(noise["z"], nets.encoder(x), square, 1.0, 3),
            batch=64,
            shown=Likelihood(minus_log_bernoulli, np.vectorize(lambda v: 1 / (1 + np.exp(-v))), domain=(0.0, 1.0)),
            noise={"z": Z},
        ),
    ),
    Composition(
        "sliced W in latent space, smoothed",
        "wae-mmd",
        lambda: primal(costs.squared_l2(), latent=aggregate(d.sliced(), smoothing=0.3)),
        together(
            expected(square),
            1,
            lambda nets, x, noise: distances.sliced(
                noise["z"] + noise["smooth_p"], nets.encoder(x) + noise["smooth_q"], noise["theta"], 2
            ),
            batch=64,
            noise={"z": Z, "theta": normal(*LATENT), **instance_noise(0.3, event=LATENT)},
        ),
    ),
    Composition(
        "MMD of median bandwidth in latent space",
        "wae-mmd",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(d.maximum_mean_discrepancy(kernels.rbf([1.0, 2.0]), bandwidth="median")),
            weight=2.0,
        ),
        together(
            expected(square),
            2,
            lambda nets, x, noise: _median_mmd(noise["z"], nets.encoder(x), nets.held.encoder(x)),
            batch=64,
            noise={"z": Z},
        ),
    ),
    Composition(
        "closed KL of l2, the encoder pre-trained",
        "vae",
        lambda: primal(
            costs.l2_distance(2.0), latent=conditional_kl(), weight=0.3, encoder=encoders.gaussian(), pretrain=2
        ),
        together(
            expected(lambda a, b: 2 * float(np.sqrt(square(a, b))), GAUSSIAN.codes),
            0.3,
            lambda nets, x, noise: mean([kl(m, v) for m, v in zip(*moments(nets, x), strict=True)]),
            batch=64,
            encoding=GAUSSIAN,
            noise={"z": Z},
            pretrain=(2, lambda nets, x, noise: moments_gap(GAUSSIAN.codes(nets, x, noise), noise["z"])),
        ),
    ),
    Composition(
        "MMD of a separable encoder, pre-trained",  # of two networks
        "wae-mmd",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(d.maximum_mean_discrepancy(kernels.inverse_multiquadratic([2.0]))),
            weight=2.0,
            encoder=encoders.separable(2, 4),
            pretrain=2,
        ),
        together(
            expected(square, SEPARABLE.codes),
            2,
            lambda nets, x, noise: mmd2(
                noise["z"], SEPARABLE.codes(nets, x, noise), inverse_multiquadratic([2.0]), biased=False
            ),
            batch=64,
            encoding=SEPARABLE,
            noise={"z": Z},
            pretrain=(2, lambda nets, x, noise: moments_gap(SEPARABLE.codes(nets, x, noise), noise["z"])),
        ),
    ),
)
