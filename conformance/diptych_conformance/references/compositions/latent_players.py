"""Auto-encoders whose penalty has its own player, or a critic of pairs."""

from typing import Any

from diptych import costs, primal
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
from diptych_conformance.references.methods.primal import GAUSSIAN, autoencoder
from diptych_conformance.references.play import (
    WIDE,
    ReferencePlayer,
    Z,
    adam,
    constant,
    every,
    line,
)
from diptych_conformance.references.statement import Composition


def _pairs(nets: Any, x: Array, noise: Noise) -> float:
    """The critic of pairs (x, z), where codes take the place of data."""
    return 2 * kl_bound(nets.critic(x, GAUSSIAN.codes(nets, x, noise)), nets.critic(x, noise["z"]))


COMPOSITIONS = (
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
                    ReferencePlayer(("encoder",), adam(1e-3)),
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
                    ReferencePlayer(("encoder",), adam(1e-3)),
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
