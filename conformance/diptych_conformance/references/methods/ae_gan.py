"""An auto-encoder by squared distance whose decoder plays a GAN, of samples or of reconstructions."""

from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise
from diptych_conformance.references.formulas.codes import reconstruction
from diptych_conformance.references.formulas.games import discriminator, non_saturating
from diptych_conformance.references.methods.hybrid import autoencoder_in_game
from diptych_conformance.references.play import Z
from diptych_conformance.references.statement import ReferenceMethod, Statement


def ae_gan(*, weight: float = 1.0, fakes: str = "samples", through_encoder: bool = False) -> ReferenceMethod:
    def fake(nets: Any, x: Array, noise: Noise) -> Array:
        y: Array = nets.decoder(noise["z"] if fakes == "samples" else nets.encoder(x))
        return y

    def cost(nets: Any, x: Array, noise: Noise) -> float:
        return reconstruction(nets, x, nets.encoder(x))

    def both(nets: Any, x: Array, noise: Noise) -> float:
        return cost(nets, x, noise) + weight * non_saturating(nets.critic(fake(nets, x, noise)))

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return discriminator(nets.critic(x), nets.critic(fake(nets, x, noise)))

    return autoencoder_in_game(
        {"encoder": both if through_encoder else cost, "decoder": both, "critic": critic},
        noise={"z": Z} if fakes == "samples" else {},
    )


READING = reading.Reading(
    symbols.in_game,
    {r"\lambda": "weight"},
    numbers=(0,),
    words=(
        "fakes are samples G(z), z ~ N(0, I), or, with fakes = reconstructions, x̃",
        "through_encoder = True sends the game's gradient into the encoder too",
        *reading.SQUARED,
    ),
)
STATEMENTS = (
    Statement(
        "ae-gan",
        ae_gan,
        card=READING,
        whole={"through": {"fakes": "reconstructions", "through_encoder": True}},
        others={
            "other": {"weight": 0.7},
            "through-weighted": {"fakes": "reconstructions", "through_encoder": True, "weight": 0.7},
            "reconstructions": {"fakes": "reconstructions"},
        },
    ),
)
