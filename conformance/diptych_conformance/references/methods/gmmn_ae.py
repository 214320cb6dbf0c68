"""Li, Swersky & Zemel 2015, section 4: an auto-encoder first, then a generator of its codes."""

import math
from collections.abc import Sequence

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import mmd2
from diptych_conformance.references.formulas.codes import plain, reconstruction
from diptych_conformance.references.formulas.distances import rbf
from diptych_conformance.references.play import LATENT, ReferencePlayer, adam, first, then, uniform
from diptych_conformance.references.statement import ReferenceMethod, Statement, coded, sampled


def gmmn_ae(
    *,
    pretrain: int = 1000,
    codes: int = 32,
    variances: Sequence[float] = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0),
) -> ReferenceMethod:
    k, z, rule = rbf(variances), uniform(-1.0, 1.0, *LATENT), adam(1e-3)
    return ReferenceMethod(
        "dual",
        {
            "autoencoder": lambda nets, x, noise: reconstruction(nets, x, nets.encoder(x)),
            "generator": lambda nets, x, noise: math.sqrt(
                mmd2(nets.encoder(x), nets.generator(noise["z"]), k, biased=True)
            ),
        },
        {
            "autoencoder": ReferencePlayer(("encoder", "decoder"), rule, first(pretrain)),
            "generator": ReferencePlayer(("generator",), rule, then(pretrain)),
        },
        256,
        {"z": z},
        z,
        sampled(lambda nets, z: nets.decoder(nets.generator(z))),
        sampled(lambda nets, codes: nets.decoder(codes), plain),
        coded(plain),
        sizes={"codes": (codes,)},
    )


READING = reading.Reading(
    symbols.matched_codes,
    reading.KERNEL,
    numbers=(1,),
    words=(
        "rests from then on, when the generator begins to match its codes",
        "a sample is D(G(z))",
        "sigmoid codes and v = 1",
        *reading.SQUARED,
    ),
)
STATEMENTS = (
    Statement(
        "gmmn-ae", gmmn_ae, card=READING, others={"other": {"pretrain": 4, "codes": 5, "variances": (0.5, 3.0)}}
    ),
)
