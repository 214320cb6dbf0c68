"""Bousquet et al. 2017, section 4: WAE with MMD, its cost on features φ under the critic of reconstructions."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.codes import imq_mmd2
from diptych_conformance.references.methods.hybrid import autoencoder_in_game, of_learned_cost
from diptych_conformance.references.statement import ReferenceMethod, Statement


def wae_learned_cost(
    *, weight: float = 10.0, game_weight: float = 1.0, features: int = 64, cost_scale: float = 1.0
) -> ReferenceMethod:
    return autoencoder_in_game(
        of_learned_cost(cost_scale, game_weight, lambda nets, codes, noise: weight * imq_mmd2(noise["z"], codes)),
        owns=("features", "critic"),
        batch=100,
        sizes={"features": (features,)},
    )


READING = reading.Reading(
    symbols.learned_cost,
    {**reading.COSTS, r"\lambda": "game_weight"},
    numbers=(0,),
    words=(
        "tells data from reconstructions and owns φ",
        "summed over features",
        *reading.MEANS,
        "does not move φ, and the game does not move the encoder",
    ),
)
STATEMENTS = (
    Statement(
        "wae-learned-cost",
        wae_learned_cost,
        card=READING,
        others={"other": {"weight": 3.0, "game_weight": 0.7, "cost_scale": 0.5, "features": 4}},
    ),
)
