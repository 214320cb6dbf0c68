"""Auto-encoders whose codes are compared by trained features."""

from typing import Any

from diptych import costs, kernels, primal
from diptych import divergences as d
from diptych.algebra import aggregate
from diptych.schedules import Linear
from diptych_conformance.references.compositions.latent_parts import (
    expected,
    together,
)
from diptych_conformance.references.formulas.basics import (
    Array,
    Noise,
    mean,
    square,
)
from diptych_conformance.references.methods import mmd_gan_gp
from diptych_conformance.references.methods.mmd_gan import of_decoded_features, of_features
from diptych_conformance.references.play import (
    CRITIC,
    ReferencePlayer,
    Z,
    constant,
    line,
    uniform,
)
from diptych_conformance.references.statement import Composition


def _sloped(nets: Any, x: Array, noise: Noise) -> float:
    """The critic of codes by features, charged for slopes by the weight of the round."""
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
                    ReferencePlayer(("features", "features_decoder"), CRITIC, clip={"features": 0.3}),
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
            others={"critic": (_sloped, ReferencePlayer(("features",), CRITIC))},
            noise={"z": Z, "e": uniform(0.0, 1.0, 1), "penalty_weight": constant(line(2.0, 4.0, 600))},
            sizes={"features": (3,)},
            slopes=("features",),
        ),
    ),
)
