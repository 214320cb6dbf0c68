"""Games of a critic and a generator, one after the other, as a Keras user writes them by hand."""

from collections.abc import Callable

import tensorflow as tf
from tensorflow import reduce_mean as mean

from keras_by_hand.steps import Adam, Method, Nets, Noise, Player, RMSprop, Step

Loss = Callable[[Nets, tf.Tensor, Noise], tf.Tensor]


def game(critic: Loss, generator: Loss, rule: Adam | RMSprop, clips: tuple[str, ...] = ()) -> Method:
    return {
        **alone("critic", Player(("critic",), rule, clips), critic),
        **alone("generator", Player(("generator",), rule), generator),
    }


def alone(name: str, player: Player, loss: Loss) -> Method:
    """The step of one player."""
    return {(name,): Step({name: player}, lambda nets, x, noise: {name: loss(nets, x, noise)})}


def generated(nets: Nets, noise: Noise) -> tf.Tensor:
    return nets["critic"](nets["generator"](noise["z"]))


def gan_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(tf.nn.softplus(-nets["critic"](x))) + mean(tf.nn.softplus(generated(nets, noise)))


def gan_generator(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return -mean(tf.nn.softplus(generated(nets, noise)))


def ns_gan_generator(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(tf.nn.softplus(-generated(nets, noise)))


def lsgan_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return 0.5 * mean((nets["critic"](x) - 1) ** 2) + 0.5 * mean(generated(nets, noise) ** 2)


def lsgan_generator(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return 0.5 * mean((generated(nets, noise) - 1) ** 2)


def hinge_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(tf.nn.relu(1 - nets["critic"](x))) + mean(tf.nn.relu(1 + generated(nets, noise)))


def wgan_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(generated(nets, noise)) - mean(nets["critic"](x))


def wgan_generator(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return -mean(generated(nets, noise))


def rp_gan_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(tf.nn.softplus(generated(nets, noise) - nets["critic"](x)))


def rp_gan_generator(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(tf.nn.softplus(nets["critic"](x) - generated(nets, noise)))


def value_and_slope(f: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """f(x) of every sample and its gradient by x, from one call of f."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        values = f(x)
    return values, tape.gradient(values, x)


def wgan_gp_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return charged_between(nets, x, noise, lambda norm: (norm - 1) ** 2)


def wgan_lp_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return charged_between(nets, x, noise, lambda norm: tf.nn.relu(norm - 1) ** 2)


def charged_between(nets: Nets, x: tf.Tensor, noise: Noise, penalty: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    critic, fake, e = nets["critic"], nets["generator"](noise["z"]), noise["e"]
    _, slope = value_and_slope(critic, e * x + (1 - e) * fake)
    return mean(critic(fake)) - mean(critic(x)) + 10 * mean(penalty(tf.sqrt(squares(slope))))


def r3gan_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    f_x, of_x = value_and_slope(nets["critic"], x)
    f_y, of_y = value_and_slope(nets["critic"], nets["generator"](noise["z"]))
    return mean(tf.nn.softplus(f_y - f_x)) + 0.5 * mean(squares(of_x)) + 0.5 * mean(squares(of_y))


def roth_gan_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    f_x, of_x = value_and_slope(nets["critic"], x)
    f_y, of_y = value_and_slope(nets["critic"], nets["generator"](noise["z"]))
    charge = tf.sigmoid(-f_x[:, 0]) ** 2 * squares(of_x) + tf.sigmoid(f_y[:, 0]) ** 2 * squares(of_y)
    return mean(tf.nn.softplus(-f_x)) + mean(tf.nn.softplus(f_y)) + mean(charge)


def squares(x: tf.Tensor) -> tf.Tensor:
    """Σ x² of every row."""
    return tf.reduce_sum(x * x, axis=range(1, x.shape.rank))


DCGAN, GULRAJANI = Adam(2e-4, (0.5, 0.999)), Adam(1e-4, (0.5, 0.9))

METHODS = {
    "gan": game(gan_critic, gan_generator, DCGAN),
    "ns-gan": game(gan_critic, ns_gan_generator, DCGAN),
    "lsgan": game(lsgan_critic, lsgan_generator, DCGAN),
    "hinge": game(hinge_critic, wgan_generator, DCGAN),
    "rp-gan": game(rp_gan_critic, rp_gan_generator, DCGAN),
    "r3gan": game(r3gan_critic, rp_gan_generator, Adam(2e-4, (0.0, 0.99))),
    "roth-gan": game(roth_gan_critic, ns_gan_generator, DCGAN),
    "wgan": game(wgan_critic, wgan_generator, RMSprop(5e-5), clips=("critic",)),
    "wgan-gp": game(wgan_gp_critic, wgan_generator, GULRAJANI),
    "wgan-lp": game(wgan_lp_critic, wgan_generator, GULRAJANI),
}
