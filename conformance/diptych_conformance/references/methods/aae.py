"""Makhzani et al. 2016, section 2: three phases; prior draws are the critic's positive class."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.codes import reconstruction
from diptych_conformance.references.formulas.games import discriminator, non_saturating
from diptych_conformance.references.methods.primal import DETERMINISTIC, GAUSSIAN, autoencoder, implicit
from diptych_conformance.references.play import CRITIC, OURS, ReferencePlayer, Z
from diptych_conformance.references.statement import ReferenceMethod, Statement


def aae(*, encoder: str = "deterministic") -> ReferenceMethod:
    encoding = {"deterministic": DETERMINISTIC, "gaussian": GAUSSIAN, "implicit": implicit()}[encoder]
    codes = encoding.codes
    return autoencoder(
        lambda nets, x, noise: reconstruction(nets, x, codes(nets, x, noise)),
        rule=OURS,
        encoding=encoding,
        others={
            "critic": (
                lambda nets, x, noise: discriminator(nets.critic(noise["z"]), nets.critic(codes(nets, x, noise))),
                ReferencePlayer(("critic",), CRITIC),
            ),
            "regulariser": (
                lambda nets, x, noise: non_saturating(nets.critic(codes(nets, x, noise))),
                ReferencePlayer(encoding.roles, OURS),
            ),
        },
        noise={"z": Z},
    )


READING = reading.Reading(
    symbols.encoded,
    {},
    reading.CODES,
    (0,),
    (
        "reconstruction moves encoder and decoder, the critic its own weights, the regulariser the encoder",
        "Prior draws z ~ N(0, I) are the positive class, codes the negative one",
        *reading.SQUARED,
    ),
)
STATEMENTS = (
    Statement(
        "aae",
        aae,
        card=READING,
        whole={"implicit": {"encoder": "implicit"}},
        others={"gaussian": {"encoder": "gaussian"}},
    ),
)
