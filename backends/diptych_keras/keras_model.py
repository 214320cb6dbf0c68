"""A method in training as a `keras.Model`: `fit`, callbacks and `.keras` files, with the steps of `diptych.Model`.

    model = KerasModel(method, networks.mlp(method, data=(2,), latent=(8,)))
    model.compile()
    model.fit(x, batch_size=64, epochs=10)
    model.predict(z)

A batch is one step, of the players whose turn it is: an epoch uses each row once, as a loop of `Model.step` does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from math import isnan
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import load as read_tensors

from diptych import checks, composition, model_state
from diptych.method import Method
from diptych.model_in_place import ModelInPlace
from diptych.networks.network import Network
from diptych.optimizers import Optimizer
from diptych.protocol import Device, Execution
from diptych.typing import Shape, Weights
from diptych_keras import weights as layout
from diptych_keras.autodiff import Ops
from diptych_keras.backend import KerasBackend
from diptych_keras.surroundings import isolated

_STATE = "diptych"  # the entry of a weights file that has what the networks do not hold


class Loss(keras.metrics.Mean):
    """A player's loss, averaged over its steps since the epoch began; NaN where it has had none."""

    def result(self) -> Any:
        return keras.ops.where(self.count > 0, super().result(), float("nan"))


class InPlace(ModelInPlace):
    """A model whose networks stay the ones that Keras knows."""

    def write(self, weights: Weights) -> None:
        """Into the networks of every replica."""
        for nets in (self.nets, *self.nets.others):
            for role, holders in nets.holders.items():
                layout.load(holders, weights[role])


@keras.saving.register_keras_serializable("diptych")
class KerasModel(keras.Model):
    """`method` with these networks, as `diptych.Model` takes both; `model` is the one that `fit` steps.

    Its losses are named ``PLAYER_loss``: in `History` and in logs the mean over the player's steps in the epoch so
    far, NaN where it had none. `predict` takes codes, (n, *latent), and gives samples; `evaluate` gives the losses
    of rows, with running statistics and noise of its own, and moves nothing. Weights, optimisers' state, round and
    turn are all in what `save`, `save_weights` and the callbacks write.

    Under ``strategy.scope()`` the networks have a replica on each of its devices: batches stay whole, and losses
    are those of one device (docs/replicas.md). Leave the scope before `fit`.

    Raises ValueError as `diptych.Model` does, and for a strategy that has no mirrored variables.
    """

    def __init__(
        self,
        method: Method,
        networks: Mapping[str, Any],
        *,
        seed: int = 0,
        data: Shape | None = None,
        latent: Shape | None = None,
        weights: Weights | None = None,
        dtype: Literal["float32", "float64"] = "float32",
        device: Device = None,
        name: str | None = None,
    ) -> None:
        self._shapes = {"data": data, "latent": latent}
        strategy = tf.distribute.get_strategy() if tf.distribute.has_strategy() else None
        settings = {**self._shapes, "seed": seed, "weights": weights, "dtype": dtype, "device": device}
        self.model: InPlace = _outside(partial(InPlace, method, networks, **settings | _placed(strategy)))
        super().__init__(name=name, dtype=dtype)
        self.networks = {role: self.model.module(role) for role in method.roles}  # where Keras finds them
        self._described = {role: network for role, network in networks.items() if isinstance(network, Network)}
        names = [player.name for player in method.players]
        means = _outside(lambda: [Loss(f"{name}_loss", dtype=dtype) for name in names])
        self._means = dict(zip(names, means, strict=True))
        self._loaded = False  # has Keras written into the first replica alone?
        self.built = True

    @property
    def distribute_strategy(self) -> Any:
        """None of Keras's own: `fit` hands on whole batches, and a step computes on its replicas."""
        return tf.distribute.get_strategy()

    def compile(
        self,
        optimizer: Optimizer | Mapping[str, Optimizer] | None = None,
        *,
        run_eagerly: bool = False,
        jit_compile: bool = False,
        **others: Any,
    ) -> None:
        """By which rules players move, one of `diptych.optimizers` for all or by player; the method's own else.

        A step is one compiled function, `jit_compile` by XLA, or eager. The optimisers begin anew, the weights and
        the round stay. ValueError for a Keras optimiser, whose formulas differ, and for other losses.
        """
        if others:
            raise ValueError(f"compile takes no {', '.join(sorted(others))}: the losses are those of the method")
        if run_eagerly and jit_compile:
            raise ValueError("compile: run_eagerly and jit_compile exclude each other")
        if isinstance(optimizer, keras.optimizers.Optimizer | str):
            raise ValueError(
                "compile: optimizer must be a rule of diptych.optimizers, or rules by player: those of Keras have "
                "other formulas under the same names, and a step would differ from other frameworks'"
            )
        whole = optimizer is None or isinstance(optimizer, Mapping)
        rules: Any = optimizer if whole else dict.fromkeys(self.model.optimizers, optimizer)
        execution = "eager" if run_eagerly else "xla" if jit_compile else "compiled"
        _outside(partial(self.model.train_by, rules, execution=execution))
        # around a step, which is compiled by itself and draws its noise, Keras compiles nothing
        super().compile(optimizer=None, loss=None, run_eagerly=True, jit_compile=False)

    @property
    def metrics(self) -> list[keras.Metric]:
        """The mean losses of the players."""
        return list(self._means.values())

    def call(self, z: tf.Tensor) -> tf.Tensor:
        """(n, *latent) to samples, (n, *data), as `Model.sample` gives them; in a graph too, and differentiable."""
        around = isolated(self.model.nets.device) if tf.executing_eagerly() else nullcontext()
        with self.model.shown() as nets, around:
            return self.model.method.generate(nets.view(training=False), z, ops=Ops())

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """The next step of the round, on one batch; mean losses so far."""
        if self._loaded:
            self.model.write(self.model.weights())  # those of the first replica
            self._loaded = False
        return self._told(self.model.step(_rows(data)), 1)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        x, before = _rows(data), int(self.metrics[0].count)  # rows: they decide the noise of this batch
        return self._told(self.model.losses(x, seed=before), x.shape[0])

    def predict_step(self, data: Any) -> tf.Tensor:
        return self(_rows(data))

    def _told(self, losses: Mapping[str, Any], weight: float) -> dict[str, tf.Tensor]:
        for player, loss in losses.items():
            self._means[player].update_state(loss, weight)
        return self.get_metrics_result()

    def fit(self, x: Any = None, *args: Any, **settings: Any) -> keras.callbacks.History:
        """As `keras.Model.fit`, of rows, without labels."""
        self._check_digits(x)
        return super().fit(x, *args, **settings)

    def evaluate(self, x: Any = None, *args: Any, **settings: Any) -> Any:
        """As `keras.Model.evaluate`, of rows."""
        self._check_digits(x)
        return super().evaluate(x, *args, **settings)

    def predict(self, x: Any, *args: Any, **settings: Any) -> np.ndarray:
        """As `keras.Model.predict`, of codes."""
        self._check_digits(x)
        return super().predict(x, *args, **settings)

    def _check_digits(self, x: Any) -> None:
        """Raise ValueError where Keras would round: it casts arrays, but no data sets, to its `floatx`."""
        if isinstance(x, np.ndarray) and self.model.dtype == "float64" != keras.config.floatx():
            raise ValueError(
                f"Keras would round these rows to {keras.config.floatx()}, and this model has float64: hand in "
                "tf.data.Dataset.from_tensor_slices(x).batch(n), or call keras.config.set_floatx('float64')"
            )

    def save_own_variables(self, store: Any) -> None:
        """Beside the weights, which Keras saves: optimisers' state, round and turn, as bytes of safetensors."""
        progress = self.model.progress()
        content = {number: progress[name] for number, name in self._numbered(progress).items()}
        store[_STATE] = np.frombuffer(model_state.content(content), np.uint8)

    def load_own_variables(self, store: Any) -> None:
        """ValueError where the file is of another method, of other networks or of other rules."""
        content = read_tensors(np.asarray(store[_STATE]).tobytes())
        names = self._numbered(self.model.progress())
        self.model.resume({names.get(number, number): array for number, array in content.items()})
        self._loaded = True

    def _numbered(self, progress: Iterable[str]) -> dict[str, str]:
        """The names in a `Model.progress`, by names in which a tensor is its number: paths may change."""
        found = {}
        for name in progress:
            *slot, tensor = name.split(".", 3)  # PLAYER.SLOT.ROLE.TENSOR, or a count
            number = list(self.model.nets.holders[slot[2]]).index(tensor) if len(slot) == 3 else tensor
            found[".".join([*slot, str(number)])] = name
        return found

    def get_config(self) -> dict[str, Any]:
        """ValueError where a method or a network has parts that no file can hold, or roles share a variable."""
        every = [id(v) for model in self.networks.values() for v in model.variables]
        if len(set(every)) < len(every):
            raise ValueError("roles that share a variable cannot be saved: a file has the networks one by one")
        return {
            "name": self.name,
            "method": composition.to_record(self.model.method),
            "networks": {role: self._record(role) for role in self.networks},
            "seed": self.model.seed,
            "dtype": self.model.dtype,
            **self._shapes,
        }

    def _record(self, role: str) -> dict[str, Any]:
        if role in self._described:
            return composition.written(self._described[role], Network, role)
        return keras.saving.serialize_keras_object(self.networks[role])

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "KerasModel":
        """ValueError where a record is of no method or network."""
        checks.by_name("networks", config.get("networks"), "records by role")
        networks = {role: _network(record, role, custom_objects) for role, record in config["networks"].items()}
        return cls(**config | {"method": composition.from_record(config.get("method")), "networks": networks})

    def get_compile_config(self) -> dict[str, Any]:
        rules = {name: composition.written(rule, Optimizer, name) for name, rule in self.model.optimizers.items()}
        execution = self.model.execution
        return {"optimizer": rules, "run_eagerly": execution == "eager", "jit_compile": execution == "xla"}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        checks.by_name("optimizer", config.get("optimizer"), "rules by player")
        rules = {name: composition.read(record, name) for name, record in config["optimizer"].items()}
        self.compile(rules, run_eagerly=config["run_eagerly"], jit_compile=config["jit_compile"])


def _network(record: Any, role: str, custom_objects: Any) -> Any:
    """The network, or the Keras model, of a record. (Keras refuses code in a file unless it is told otherwise.)"""
    if isinstance(record, Mapping) and "constructor" in record:
        return composition.read(record, role)
    return keras.saving.deserialize_keras_object(record, custom_objects)


def _outside(make: Callable[[], Any]) -> Any:
    """What `make` gives outside of a strategy's scope, which is a thread's: there variables are of one replica."""
    if not tf.distribute.has_strategy():
        return make()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(make).result()


def _rows(data: Any) -> tf.Tensor:
    x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
    if y is not None or weight is not None:
        raise ValueError("fit takes rows alone: no method has labels or weights of rows")
    return x


def _placed(strategy: tf.distribute.Strategy | None) -> dict[str, Any]:
    """The arguments of `Model` that say where it computes: everywhere that the strategy does."""
    if strategy is None:
        return {"backend": KerasBackend()}
    if not isinstance(strategy, tf.distribute.MirroredStrategy | tf.distribute.OneDeviceStrategy):
        raise ValueError(
            f"KerasModel cannot be made under {type(strategy).__name__}: a step needs all rows of a batch, which "
            "replicas of one process exchange exactly (MirroredStrategy); of several, "
            "diptych.Model(replicas=...) has them"
        )
    if strategy.num_replicas_in_sync == 1:
        return {"backend": KerasBackend(), "device": strategy.extended.worker_devices[0]}
    return {"backend": KerasBackend(strategy), "replicas": strategy.num_replicas_in_sync}


def own_loop(
    method: Method,
    networks: Mapping[str, Any],
    batches: Sequence[np.ndarray],
    *,
    seed: int,
    optimizers: Mapping[str, Optimizer] | None = None,
    dtype: Literal["float32", "float64"] = "float32",
    device: Device = None,
    execution: Execution | None = None,
) -> list[tuple[dict[str, float], dict[str, np.ndarray]]]:
    """`diptych.protocol.HasOwnLoop` by `fit`, a batch an epoch: History then has the loss of each step."""
    made, states = KerasModel(method, networks, seed=seed, dtype=dtype, device=device), []
    made.compile(optimizers, run_eagerly=execution == "eager", jit_compile=execution == "xla")
    after = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: states.append(made.model.state()))
    spec = tf.TensorSpec((None, *batches[0].shape[1:]), dtype)
    rows = tf.data.Dataset.from_generator(lambda: (batch.astype(dtype) for batch in batches), output_signature=spec)
    steps = {"epochs": len(batches), "steps_per_epoch": 1}
    found = made.fit(rows, **steps, shuffle=False, verbose=0, callbacks=[after]).history
    losses = [
        {name: loss for name in made.model.optimizers if not isnan(loss := found[f"{name}_loss"][step])}
        for step in range(len(batches))
    ]
    return list(zip(losses, states, strict=True))
