"""Auto-encoders that play a game of data, all players at once, as a PyTorch user writes them by hand."""

import torch.nn.functional as F
from torch import Tensor

from torch_by_hand.autoencoders import (
    FAST,
    SLOW,
    discriminator,
    encoded,
    inverse_multiquadratic,
    kl,
    squared_error,
)
from torch_by_hand.matching import unbiased_mmd2
from torch_by_hand.steps import Adam, Found, Method, Nets, Noise, Player, RMSprop, Step


def ae_gan(nets: Nets, x: Tensor, noise: Noise) -> Found:
    cost = squared_error(x, nets["decoder"](nets["encoder"](x))).mean()
    f_x, f_y = nets["critic"](x), nets["critic"](nets["decoder"](noise["z"]))
    return {"encoder": cost, "decoder": cost + F.softplus(-f_y).mean(), "critic": discriminator(f_x, f_y)}


def wae_learned_cost(nets: Nets, x: Tensor, noise: Noise) -> Found:
    z = nets["encoder"](x)
    h_x, h_y = nets["features"](x), nets["features"](nets["decoder"](z))
    f_x, f_y = nets["critic"](h_x), nets["critic"](h_y)
    cost = squared_error(h_x, h_y).mean()
    return {
        "encoder": cost + 10 * unbiased_mmd2(inverse_multiquadratic, noise["z"], z),
        "decoder": cost + F.softplus(-f_y).mean(),
        "critic": discriminator(f_x, f_y),
    }


def vae_gan(nets: Nets, x: Tensor, noise: Noise) -> Found:
    mean, logvar, z = encoded(nets, x, noise["epsilon"])
    h_x, h_y = nets["features"](x), nets["features"](nets["decoder"](z))
    f_y, f_sample = nets["critic"](h_y), nets["critic"](nets["features"](nets["decoder"](noise["z"])))
    dissimilarity = 0.5 * squared_error(h_x, h_y).mean()
    real, of_y, of_sample = (
        F.softplus(-nets["critic"](h_x)).mean(),
        F.softplus(f_y).mean(),
        F.softplus(f_sample).mean(),
    )
    told = real + of_y + of_sample
    return {
        "encoder": kl(mean, logvar).mean() + dissimilarity,
        "decoder": 0.01 * dissimilarity - told,
        "critic": told,
        "real": real,
        "fake": 0.5 * (of_y + of_sample),
    }


def equilibrium(found: Found) -> dict[str, Tensor]:
    """Who moves: the critic unless it is far ahead, the decoder unless the critic is far behind."""
    low, high, real, fake = 0.68 - 0.35, 0.68 + 0.35, found["real"], found["fake"]
    ahead, behind = (real < low) | (fake < low), (real > high) | (fake > high)
    return {"critic": ~ahead | behind, "decoder": ~behind | ahead}


def players(encoder: Adam | RMSprop, critic: Adam | RMSprop, *features: str, by: str = "") -> dict[str, Player]:
    return {
        "encoder": Player(("encoder",), encoder, by=by),
        "decoder": Player(("decoder",), encoder),
        "critic": Player((*features, "critic"), critic),
    }


ALL = ("encoder", "decoder", "critic")
LARSEN = RMSprop(3e-4)

METHODS: dict[str, Method] = {
    "ae-gan": {ALL: Step(players(FAST, SLOW, by="decoder"), ae_gan)},  # the game does not reach the encoder
    "wae-learned-cost": {ALL: Step(players(FAST, SLOW, "features"), wae_learned_cost)},
    "vae-gan": {ALL: Step(players(LARSEN, LARSEN, "features"), vae_gan, equilibrium)},
}
