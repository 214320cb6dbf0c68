"""The networks of a run: native models by role, with what a step needs to know of them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import keras
import tensorflow as tf

from diptych.named import Named
from diptych_keras.weights import Slot


@dataclass(frozen=True)
class Nets:
    models: dict[str, keras.Model]
    slots: dict[str, dict[str, Slot]]  # role -> canonical name -> native place
    dtype: str
    device: str  # its full name

    def model(self, role: str) -> keras.Model:
        """ValueError where there is none."""
        if role not in self.models:
            raise ValueError(f"unknown role {role!r}; these networks have {sorted(self.models)}")
        return self.models[role]

    def trainable(self, role: str) -> dict[str, tf.Variable]:
        """Canonical name -> variable."""
        self.model(role)
        return {name: slot.variable.value for name, slot in self.slots[role].items() if slot.variable.trainable}

    def view(self, *, training: bool, moving: Collection[str] = ()) -> Named:
        """What an objective calls: ``view.critic(x)``. Only the roles in `moving` change by being called."""
        return Named({role: _caller(model, training, role in moving) for role, model in self.models.items()})


def _caller(model: keras.Model, training: bool, moving: bool) -> Callable[..., tf.Tensor]:
    def call(*inputs: tf.Tensor) -> tf.Tensor:
        return model(inputs[0] if len(inputs) == 1 else list(inputs), training=training)

    return call if moving or not model.non_trainable_variables else _held(model, call)


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
