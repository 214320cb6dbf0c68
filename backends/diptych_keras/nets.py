"""The networks of a run: native models by role, with what a step needs to know of them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NoReturn

import keras
import tensorflow as tf

from diptych import border
from diptych.named import Named
from diptych_keras.called import Caller, called, check_output, check_variables
from diptych_keras.memory import Memory
from diptych_keras.replicas import Replicas
from diptych_keras.weights import Holder

IGNORED = "which a step would leave out; remove it, and add it to the player's objective"
Holders = dict[str, dict[str, Holder]]  # role -> canonical name -> native place


@dataclass(frozen=True)
class Owned:
    """What a player's loss is differentiated by. A variable that several roles hold is one variable."""

    holders: Holders  # each variable under the first owned role that has it
    frozen: Holders  # those of the owned roles that could be trained and are not, in the same way
    places: dict[str, list[tuple[str, str]]]  # owned role -> those of `holders` that it holds

    def variables(self) -> dict[str, dict[str, tf.Variable]]:
        """TensorFlow's own variables: role -> canonical name -> variable."""
        return {
            role: {name: holder.variable.value for name, holder in own.items()}
            for role, own in self.holders.items()
        }


@dataclass(frozen=True)
class Nets:
    """The networks of a run, by role: what `build` gives."""

    models: dict[str, keras.Model]
    holders: Holders
    dtype: str
    device: str  # its full name
    native: Collection[str] = ()  # roles that a user's model fills
    outputs: Mapping[str, str] = field(default_factory=dict)  # role -> the event that its method wants of it
    replicas: Replicas | None = None  # among which the rows of a step are cut
    told: set[str] = field(default_factory=set)  # roles whose (n, 1) was said to be taken as (n,)
    others: Sequence["Nets"] = ()  # of the replicas but the first, which has these

    def __reduce__(self) -> NoReturn:
        """Keras copies a model by making it anew: the variables in `holders` would be those of no model."""
        raise ValueError(
            "built networks, and a trainer of them, are neither copied nor pickled: build others with `weights` of "
            "these; a trainer's `state` goes on by `restore`"
        )

    def model(self, role: str) -> keras.Model:
        """ValueError where there is none."""
        if role not in self.models:
            raise ValueError(f"unknown role {role!r}; these networks have {sorted(self.models)}")
        return self.models[role]

    def owned(self, owns: Sequence[str]) -> Owned:
        """The variables of these roles, as they are now."""
        first: dict[int, tuple[str, str]] = {}
        kept = {
            role: {id(v) for layer in walk(self.model(role)) for v in running_statistics(layer)} for role in owns
        }
        every = [
            (role, name, holder)
            for role in owns
            for name, holder in self.holders[role].items()
            if id(holder.variable) not in kept[role]
        ]
        trained: Holders = {role: {} for role in owns}
        frozen: Holders = {role: {} for role in owns}
        places: dict[str, list[tuple[str, str]]] = {role: [] for role in owns}
        for role, name, holder in every:
            place = first.setdefault(id(holder.variable), (role, name))
            if place == (role, name):
                (trained if holder.variable.trainable else frozen)[role][name] = holder
            if holder.variable.trainable:
                places[role].append(place)
        return Owned(trained, frozen, places)

    def together(self, given: Mapping[str, str | Sequence[tf.Tensor]] | None) -> AbstractContextManager[None]:
        """`Replicas.together`, with these networks' weights, where there are replicas."""
        if self.replicas is None:
            return nullcontext()
        weights = [variable.value for model in self.models.values() for variable in model.weights]
        return self.replicas.together(given and {**given, "weights": weights})

    def view(self, *, training: bool, moving: Collection[str] = (), memory: Memory | None = None) -> Named:
        """What an objective calls: ``view.critic(x)``. Only the roles in `moving` change by being called.

        `memory` is that of other losses at the same point, one of its own where there is none.
        """
        known = memory or Memory()
        return Named({role: self._caller(role, training, role in moving, known) for role in self.models})

    def _caller(self, role: str, training: bool, moving: bool, memory: Memory) -> Caller:
        model = self.models[role]

        def call(*inputs: tf.Tensor) -> tf.Tensor:
            y = called(model, inputs, role=role, training=training)
            if role in self.native:
                check_variables(model, len(self.holders[role]), role=role)
            if moving and model.losses:
                raise ValueError(f"{role}: this model adds a loss of its own (`add_loss`), {IGNORED}")
            return y

        inner = call if moving or not model.non_trainable_variables else _held(model, call)

        def checked(*inputs: tf.Tensor) -> tf.Tensor:
            replicas = self.replicas
            if replicas and replicas.here:
                y = replicas.gather(inner(*map(replicas.cut, inputs)), inputs[0].shape[0])
            else:
                y = inner(*inputs)
            event = self.outputs.get(role)
            if event == "scalar" and tf.is_tensor(y) and y.shape.rank == 2 and y.shape[1] == 1:
                border.say_taken(role, self.told)
                y = y[:, 0]
            check_output(y, inputs, role=role, dtype=self.dtype, event=event)
            return y

        function = role not in self.native and not model.non_trainable_variables and not self.replicas
        return Caller(model, checked, memory if function else None)

    @contextmanager
    def unchanged(self, roles: Collection[str], unless: tf.Tensor | None = None) -> Iterator[None]:
        """What calls of these roles move is as it was, afterwards, but where the truth value `unless` is true."""
        moving = [model for role in roles if (model := self.models[role]).non_trainable_variables]
        before = [(variable, tf.identity(variable.value)) for model in moving for variable in model.weights]
        try:
            yield
        finally:
            for variable, old in before:
                variable.assign(old if unless is None else tf.where(unless, variable.value, old))


def _held(model: keras.Model, call: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    """The call, by which nothing is changed but the state of random layers: each call draws anew."""
    weights = {id(variable) for variable in model.weights}
    states = [variable for variable in model.non_trainable_variables if id(variable) not in weights]

    def held(*inputs: tf.Tensor) -> tf.Tensor:
        with keras.StatelessScope() as scope:  # takes what is assigned within it
            y = call(*inputs)
        for state in states:
            if (value := scope.get_current_value(state)) is not None:
                state.assign(value)
        return y

    return held


def walk(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """The layer and all that it holds in its attributes, lists of them too, however deep: each once."""
    waiting, seen = [layer], set[int]()
    while waiting:
        held = waiting.pop()
        if isinstance(held, keras.layers.Layer) and id(held) not in seen:
            seen.add(id(held))
            yield held
            waiting += contents(list(vars(held).values()))


def contents(value: Any) -> Iterator[Any]:
    """What is held in lists, tuples, sets and dicts, however deep. (Keras's own `flatten` sorts the keys of a dict,
    and those that a model compiled by `compile` keeps are layers.)"""
    match value:
        case dict():
            yield from contents(list(value.values()))
        case list() | tuple() | set():
            for part in value:
                yield from contents(part)
        case _:
            yield value


def running_statistics(layer: keras.layers.Layer) -> Sequence[keras.Variable]:
    """The variables that the layer created as not trainable. (A variable that was frozen later is none of them.)"""
    return layer._non_trainable_variables
