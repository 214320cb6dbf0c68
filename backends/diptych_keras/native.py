"""A user's own `keras.Model` in a role: what it must be, so that it computes what it seems to."""

from collections.abc import Iterator

import keras
import tensorflow as tf

from diptych_keras import layers as own

_WRONG_SECOND_DERIVATIVE = (
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
)


def adopt(model: keras.Model, *, role: str, dtype: str, device: str) -> keras.Model:
    """A user's model as it is, once it is known to hold its variables, on `device`, and to compute in `dtype`."""
    if not isinstance(model, keras.Model):
        raise ValueError(f"{role}: neither a Network nor a keras.Model, but {type(model).__name__}")
    if not model.built:
        raise ValueError(f"{role}: this model has no variables yet; build it, or call it once on a batch")
    for layer in _walk(model):
        for name, found in _dtypes(layer):
            if found != dtype:
                raise ValueError(
                    f"{role}: {name!r} is in {found}, the run in {dtype}; "
                    f"make the inputs and every layer of the model with dtype={dtype!r}"
                )
    for variable in model.weights:
        if isinstance(variable.value, tf.distribute.DistributedValues):
            raise ValueError(f"{role}: made under a tf.distribute strategy; make the model outside of its scope")
        if variable.value.device != device:
            raise ValueError(
                f"{role}: {variable.path!r} lies on {variable.value.device}, the run on {device}; make the model "
                "in tf.device of the one, or hand build the other as device="
            )
    paths = [variable.path for variable in model.weights]
    if len(set(paths)) < len(paths):
        raise ValueError(f"{role}: two variables share a path among {paths}; give the layers distinct names")
    return model


def check_samples_apart(model: keras.Model, *, role: str) -> None:
    """Raise ValueError where the model's gradient by one sample would depend on the rest of the batch."""
    for layer in _walk(model):
        if isinstance(layer, keras.layers.BatchNormalization | own.BatchNorm):
            raise ValueError(
                f"{role}: {type(layer).__name__} at {layer.name!r} makes a sample's gradient depend on the batch, "
                "and this method needs it per sample; use diptych_keras.LayerNorm"
            )


def check_second_derivatives(model: keras.Model, *, role: str) -> None:
    """Raise ValueError where a loss that holds this model's gradient would have a wrong gradient of its own."""
    for layer in _walk(model):
        if isinstance(layer, _WRONG_SECOND_DERIVATIVE):
            raise ValueError(
                f"{role}: a second derivative through keras.layers.{type(layer).__name__} is wrong in TensorFlow, "
                "and this method needs it; use diptych_keras.LayerNorm"
            )


def _walk(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """The layer and all that it holds in its attributes, lists of them too, however deep: each once."""
    waiting, seen = [layer], set[int]()
    while waiting:
        held = waiting.pop()
        if isinstance(held, keras.layers.Layer) and id(held) not in seen:
            seen.add(id(held))
            yield held
            waiting += keras.tree.flatten(list(vars(held).values()))


def _dtypes(layer: keras.layers.Layer) -> Iterator[tuple[str, str]]:
    """What this layer casts to, by name. A functional model casts to the dtype of its inputs, not to its own."""
    if hasattr(layer, "inputs"):
        yield from ((tensor.name, tensor.dtype) for tensor in layer.inputs)
    elif not isinstance(layer, keras.layers.InputLayer):
        yield from ((layer.name, layer.compute_dtype), (layer.name, layer.variable_dtype))
