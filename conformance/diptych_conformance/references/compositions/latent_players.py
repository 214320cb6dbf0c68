"""Auto-encoders whose penalty has players of its own: apart from the rest, of pairs, of features."""

from typing import Any

from diptych import costs, kernels, primal
from diptych import divergences as d
from diptych.algebra import adversarial_kl, aggregate, encoders
from diptych.noise import Uniform
from diptych.schedules import Linear
from diptych_conformance.references.compositions.latent_parts import (
    against,
    expected,
    game_of,
    half,
    kl_bound,
    together,
)
from diptych_conformance.references.formulas import distances
from diptych_conformance.references.formulas.basics import (
    Array,
    Noise,
    mean,
    square,
)
from diptych_conformance.references.formulas.codes import (
    moments_gap,
)
from diptych_conformance.references.formulas.games import hinge, non_saturating
from diptych_conformance.references.methods import mmd_gan_gp
from diptych_conformance.references.methods.mmd_gan import of_decoded_features, of_features
from diptych_conformance.references.methods.primal import GAUSSIAN, autoencoder
from diptych_conformance.references.play import (
    CRITIC,
    WIDE,
    Plays,
    Z,
    adam,
    constant,
    every,
    line,
    uniform,
)
from diptych_conformance.references.statement import Composition


def _pairs(nets: Any, x: Array, noise: Noise) -> float:
    """Of pairs (x, z), codes in the place of data."""
    return 2 * kl_bound(nets.critic(x, GAUSSIAN.codes(nets, x, noise)), nets.critic(x, noise["z"]))


def _sloped(nets: Any, x: Array, noise: Noise) -> float:
    """Of codes, with the charge of the round."""
    return 2 * mmd_gan_gp.of_sloped_features(
        nets,
        noise["z"],
        nets.encoder(x),
        noise["e"],
        (0.5, 3.0),
        penalty=mean(noise["penalty_weight"]),
        activation=3.0,
    )


COMPOSITIONS = (
    Composition(
        "MMD of features in latent space",
        "mmd-gan",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(
                d.mmd_of_features(kernels.rbf([1.0, 2.0]), size=3, clip=0.3, decoding=2.0, feasible=3.0)
            ),
            weight=2.0,
        ),
        together(
            expected(square),
            2,
            lambda nets, x, noise: of_features(
                nets.features(noise["z"]), nets.features(nets.encoder(x)), (1.0, 2.0), 3.0
            ),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: (
                        2
                        * of_decoded_features(
                            nets, noise["z"], nets.encoder(x), (1.0, 2.0), decoding=2.0, feasible=3.0
                        )
                    ),
                    Plays(("features", "features_decoder"), CRITIC, clip={"features": 0.3}),
                )
            },
            noise={"z": Z},
            sizes={"features": (3,)},
        ),
    ),
    Composition(
        "MMD of features whose slope is charged, by round, in latent space",
        "mmd-gan-gp",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(
                d.mmd_of_features_gp(
                    kernels.rational_quadratic([0.5, 3.0]) + kernels.linear(),
                    size=3,
                    penalty=Linear(2.0, 4.0, 600),
                    activation=3.0,
                )
            ),
            weight=2.0,
        ),
        together(
            expected(square),
            2,
            lambda nets, x, noise: mmd_gan_gp.of_features(nets, noise["z"], nets.encoder(x), (0.5, 3.0)),
            batch=64,
            others={"critic": (_sloped, Plays(("features",), CRITIC))},
            noise={"z": Z, "e": uniform(0.0, 1.0, 1), "penalty_weight": constant(line(2.0, 4.0, 600))},
            sizes={"features": (3,)},
            slopes=("features",),
        ),
    ),
    Composition(
        "penalty apart, weighted by round",
        "aae",
        lambda: primal(
            costs.squared_l2(0.5),
            latent=aggregate(d.hinge_gan()),
            weight=Linear(2.0, 4.0, 600),
            encoder=encoders.gaussian(),
            prior=Uniform(-2.0, 2.0),
            apart=True,
            critic_steps=2,
        ),
        autoencoder(
            expected(half, GAUSSIAN.codes),
            rule=adam(1e-3),
            batch=64,
            encoding=GAUSSIAN,
            others={
                "critic": (
                    lambda nets, x, noise: (
                        mean(noise["weight"])
                        * hinge(nets.critic(noise["z"]), nets.critic(GAUSSIAN.codes(nets, x, noise)))
                    ),
                    against(steps=every(2)),
                ),
                "regulariser": (
                    lambda nets, x, noise: (
                        -mean(noise["weight"]) * mean(list(nets.critic(GAUSSIAN.codes(nets, x, noise))))
                    ),
                    Plays(("encoder",), adam(1e-3)),
                ),
            },
            noise={"z": WIDE, "weight": constant(line(2.0, 4.0, 600))},
            prior=WIDE,
        ),
    ),
    Composition(
        "penalty apart, the encoder pre-trained",
        "aae",
        lambda: primal(
            costs.l1_distance(0.3),
            latent=aggregate(d.non_saturating_gan()),
            weight=2.0,
            apart=True,
            pretrain=3,
            critic_steps=2,
        ),
        autoencoder(
            expected(lambda a, b: 0.3 * distances.l1(a, b)),
            rule=adam(1e-3),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: 2 * game_of(nets, noise["z"], nets.encoder(x)),
                    against(steps=every(2)),
                ),
                "regulariser": (
                    lambda nets, x, noise: 2 * non_saturating(nets.critic(nets.encoder(x))),
                    Plays(("encoder",), adam(1e-3)),
                ),
            },
            noise={"z": Z},
            pretrain=(3, lambda nets, x, noise: moments_gap(nets.encoder(x), noise["z"])),
        ),
    ),
    Composition(
        "adversarial KL of a Gaussian encoder, weighted",
        "avb",
        lambda: primal(costs.squared_l2(), latent=adversarial_kl("f-gan"), weight=2.0, encoder=encoders.gaussian()),
        together(
            expected(square, GAUSSIAN.codes),
            2,
            lambda nets, x, noise: mean(list(nets.critic(x, GAUSSIAN.codes(nets, x, noise)))) - 1,
            batch=64,
            encoding=GAUSSIAN,
            others={"critic": (_pairs, against())},
            noise={"z": Z},
            reach=40.0,
        ),
    ),
)
