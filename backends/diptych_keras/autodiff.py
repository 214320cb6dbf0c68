"""The autodiff verbs, and a player's loss and gradients, on gradient tapes that watch what they are told to."""

from collections.abc import Callable, Mapping

import tensorflow as tf

from diptych.method import Method, Player
from diptych.named import Noise
from diptych_keras import namespace
from diptych_keras.called import Caller
from diptych_keras.nets import Nets, Owned

Gradients = dict[str, dict[str, tf.Tensor]]  # role -> canonical name -> gradient, in native layout


class Ops:
    """`diptych.protocol.Ops` by nested tapes."""

    xp = namespace

    @staticmethod
    def grad(f: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor) -> tf.Tensor:
        """The gradient of Σ f(x) by x: of each sample its own."""
        point = tf.identity(x)  # f may hold x itself too; that is not its argument
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(point)
            y = f(point)
        if isinstance(f, Caller):
            f.keep(x, y)
        return _dense(tape.gradient(y, point, unconnected_gradients=tf.UnconnectedGradients.ZERO))

    @staticmethod
    def stop(x: tf.Tensor) -> tf.Tensor:
        """x as a constant to every derivative."""
        return tf.stop_gradient(x)


def gradients(
    player: Player, nets: Nets, owned: Owned, x: tf.Tensor, noise: Mapping[str, tf.Tensor]
) -> tuple[tf.Tensor, Gradients]:
    """Loss and gradients by the owned variables; running statistics of the owned networks follow the batch.

    The tape watches only owned variables: nothing is recorded through the networks of others, and a variable
    the loss does not reach has a gradient of zeros.
    """
    view = nets.view(training=True, moving=player.owns)
    variables = owned.variables()
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tf.nest.flatten(variables))
        loss: tf.Tensor = player.objective(view, x, Noise(noise), Ops())
    if not tf.is_tensor(loss):
        raise ValueError(
            f"the objective of player {player.name!r} must give a 0-d tensor, without float() or .numpy(), "
            f"got {type(loss).__name__}"
        )
    if loss.shape.rank != 0:
        raise ValueError(f"the objective of player {player.name!r} must give a scalar, got shape {loss.shape}")
    if loss.dtype.name != nets.dtype:
        raise ValueError(
            f"the objective of player {player.name!r} must give {nets.dtype}, as its networks, got "
            f"{loss.dtype.name}: a function in it has a dtype of its own, as those of keras.losses have; give it "
            f"dtype={nets.dtype!r}"
        )
    found = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    grads = tf.nest.map_structure(_dense, found)
    return loss, nets.replicas.summed(grads) if nets.replicas and nets.replicas.here else grads


def moves(method: Method, nets: Nets, x: tf.Tensor, noise: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """What the method's gate says of its players; nothing where it has none."""
    if method.gate is None:
        return {}
    return dict(method.gate(nets.view(training=True), x, Noise(noise), Ops()))


def _dense(gradient: tf.Tensor | tf.IndexedSlices) -> tf.Tensor:
    return tf.convert_to_tensor(gradient)
