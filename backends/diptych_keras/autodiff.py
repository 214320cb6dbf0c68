"""The autodiff verbs, and a player's loss and gradients, on gradient tapes that watch what they are told to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType

import tensorflow as tf

from diptych.method import Method, Player
from diptych.named import Noise
from diptych_keras import namespace
from diptych_keras.called import Caller
from diptych_keras.memory import Memory, remembering
from diptych_keras.namespace.kernels import by_kernel
from diptych_keras.nets import Nets, Owned

Gradients = dict[str, dict[str, tf.Tensor]]  # role -> canonical name -> gradient, in native layout


class Ops:
    """`diptych.protocol.Ops` by nested tapes."""

    def __init__(self, xp: ModuleType = namespace) -> None:
        self.xp = xp

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


class Tape:
    """On which the losses of players who move at once are recorded, before any of them is differentiated.

    For each player it watches only what the player owns: nothing is recorded through the networks of others. What
    several losses compute is computed once.
    """

    def __init__(self, players: Sequence[Player], nets: Nets, owned: Mapping[str, Owned], execution: str) -> None:
        self._nets = nets
        self._variables = {player.name: owned[player.name].variables() for player in players}
        self._tapes = {name: tf.GradientTape(watch_accessed_variables=False) for name in self._variables}
        self._memory = Memory(every=len(players) > 1)
        evaluate = namespace.evaluate if execution == "xla" else by_kernel
        self._ops = Ops(remembering(self._memory, evaluate))

    @contextmanager
    def recording(self) -> Iterator[None]:
        with ExitStack() as stack:
            for name, tape in self._tapes.items():
                stack.enter_context(tape).watch(tf.nest.flatten(self._variables[name]))
            yield

    def moves(self, method: Method, x: tf.Tensor, noise: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """What the method's gate says of its players; nothing where it has none."""
        if method.gate is None:
            return {}
        view = self._nets.view(training=True, memory=self._memory)
        return dict(method.gate(view, x, Noise(noise), self._ops))

    def loss(self, player: Player, x: tf.Tensor, noise: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """The player's loss; running statistics of the networks it owns follow the batch."""
        nets = self._nets
        view = nets.view(training=True, moving=player.owns, memory=self._memory)
        loss: tf.Tensor = player.objective(view, x, Noise(noise), self._ops)
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
                f"{loss.dtype.name}: a function in it has a dtype of its own, as those of keras.losses have; give "
                f"it dtype={nets.dtype!r}"
            )
        return loss

    def gradients(self, player: Player, loss: tf.Tensor) -> Gradients:
        """Of a loss that was recorded, by the variables that its player owns; zeros where it does not reach one."""
        found = self._tapes[player.name].gradient(
            loss, self._variables[player.name], unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        grads: Gradients = tf.nest.map_structure(_dense, found)
        replicas = self._nets.replicas
        return replicas.summed(grads) if replicas and replicas.here else grads


def gradients(
    player: Player, nets: Nets, owned: Owned, x: tf.Tensor, noise: Mapping[str, tf.Tensor], execution: str
) -> tuple[tf.Tensor, Gradients]:
    """Loss and gradients of one player, as `Tape` has them."""
    tape = Tape([player], nets, {player.name: owned}, execution)
    with tape.recording():
        loss = tape.loss(player, x, noise)
    return loss, tape.gradients(player, loss)


def _dense(gradient: tf.Tensor | tf.IndexedSlices) -> tf.Tensor:
    return tf.convert_to_tensor(gradient)
