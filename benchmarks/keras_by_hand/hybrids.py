"""Auto-encoders that play a game of data, all players at once, as a Keras user writes them by hand."""

import tensorflow as tf
from tensorflow import reduce_mean as mean

from keras_by_hand.autoencoders import (
    FAST,
    SLOW,
    discriminator,
    encoded,
    inverse_multiquadratic,
    kl,
    squared_error,
)
from keras_by_hand.matching import unbiased_mmd2
from keras_by_hand.steps import Adam, Found, Method, Nets, Noise, Player, RMSprop, Step


def ae_gan(nets: Nets, x: tf.Tensor, noise: Noise) -> Found:
    cost = mean(squared_error(x, nets["decoder"](nets["encoder"](x))))
    f_x, f_y = nets["critic"](x), nets["critic"](nets["decoder"](noise["z"]))
    return {"encoder": cost, "decoder": cost + mean(tf.nn.softplus(-f_y)), "critic": discriminator(f_x, f_y)}


def wae_learned_cost(nets: Nets, x: tf.Tensor, noise: Noise) -> Found:
    z = nets["encoder"](x)
    h_x, h_y = nets["features"](x), nets["features"](nets["decoder"](z))
    f_x, f_y = nets["critic"](h_x), nets["critic"](h_y)
    cost = mean(squared_error(h_x, h_y))
    return {
        "encoder": cost + 10 * unbiased_mmd2(inverse_multiquadratic, noise["z"], z),
        "decoder": cost + mean(tf.nn.softplus(-f_y)),
        "critic": discriminator(f_x, f_y),
    }


def vae_gan(nets: Nets, x: tf.Tensor, noise: Noise) -> Found:
    mu, logvar, z = encoded(nets, x, noise["epsilon"])
    h_x, h_y = nets["features"](x), nets["features"](nets["decoder"](z))
    f_y, f_sample = nets["critic"](h_y), nets["critic"](nets["features"](nets["decoder"](noise["z"])))
    dissimilarity = 0.5 * mean(squared_error(h_x, h_y))
    real, of_y, of_sample = (
        mean(tf.nn.softplus(-nets["critic"](h_x))),
        mean(tf.nn.softplus(f_y)),
        mean(tf.nn.softplus(f_sample)),
    )
    told = real + of_y + of_sample
    return {
        "encoder": mean(kl(mu, logvar)) + dissimilarity,
        "decoder": 0.01 * dissimilarity - told,
        "critic": told,
        "real": real,
        "fake": 0.5 * (of_y + of_sample),
    }


def equilibrium(found: Found) -> dict[str, tf.Tensor]:
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
