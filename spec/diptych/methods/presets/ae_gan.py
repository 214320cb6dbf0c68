"""An auto-encoder whose decoder also plays the GAN game in data space."""

from typing import Literal

from diptych import checks
from diptych.algebra.hybrid import hybrid
from diptych.construction import constructor
from diptych.costs import squared_l2
from diptych.divergences.gan import non_saturating_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam


def _card(fakes: str, through_encoder: bool) -> Card:
    fake = {"samples": "G(z)", "reconstructions": r"\tilde x"}[fakes]
    error = r"\mathbb{E}\,\lVert x - \tilde x\rVert^2"
    game = rf" + \lambda\,\mathbb{{E}}\,\mathrm{{softplus}}(-f({fake}))"
    return Card(
        title="Auto-encoder with a GAN criterion",
        paper="Bousquet et al., From optimal transport to generative modeling: the VEGAN cookbook, 2017",
        equation="section 4, the sum of a primal cost and a dual criterion",
        formula={
            "encoder": error + game * through_encoder + r",\quad \tilde x = G(E(x))",
            "decoder": error + game,
            "critic": rf"\mathbb{{E}}\,\mathrm{{softplus}}(-f(x)) + \mathbb{{E}}\,\mathrm{{softplus}}(f({fake}))",
        },
        conventions=(
            "All players move at once. The fakes are samples G(z), z ~ N(0, I), or, with fakes = reconstructions, "
            "x̃; then through_encoder = True sends the game's gradient into the encoder too. Squared l2 summed "
            "over the event, averaged over the batch. Deterministic encoder. Defaults (ours): λ = 1, Adam 1e-3 and "
            "5e-4 with β1 = 0.5, batch 64."
        ),
    )


@constructor
def ae_gan(
    *,
    weight: float = 1.0,
    fakes: Literal["samples", "reconstructions"] = "samples",
    through_encoder: bool = False,
) -> Method:
    """min E |x - G(E(x))|² + λ GAN(P_X, P_G)

    Args:
        weight: weight λ of the game; finite and at least 0
        fakes: what the critic tells from data, 'samples' G(z) or 'reconstructions' G(E(x))
        through_encoder: whether the game's gradient moves the encoder too, which takes fakes='reconstructions'

    Raises:
        ValueError: where `through_encoder` goes with samples, which know nothing of the encoder
    """
    weight = checks.non_negative("weight", weight)
    method = hybrid(
        squared_l2(),
        non_saturating_gan(),
        game_weight=weight,
        fakes=fakes,
        through_encoder=through_encoder,
        optimizer=Adam(1e-3, beta1=0.5),
        critic_optimizer=Adam(5e-4, beta1=0.5),
    )
    hyper = {"weight": weight, "fakes": fakes, "through_encoder": through_encoder}
    return method.named("ae-gan", card=_card(fakes, through_encoder), hyper=hyper)


PRESETS = {"ae-gan": ae_gan}
RANK = 211
