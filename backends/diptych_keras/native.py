"""A user's own `keras.Model` in a role: checks that training it gives the results that its code describes."""

from collections.abc import Iterable, Iterator, Mapping

import keras
import tensorflow as tf

from diptych.second_derivatives import Derivative, agree
from diptych_keras import layers as own
from diptych_keras.nets import IGNORED, contents, running_statistics, walk

# What is known to be wrong is told at once: in wide layers the error, of 1/n, is less than a comparison shows.
_WRONG_SECOND_DERIVATIVE = (keras.layers.GroupNormalization, keras.layers.LayerNormalization)


def adopt(model: keras.Model, *, role: str, dtype: str, device: str) -> keras.Model:
    """A user's model as it is, once it is known to hold its variables, on `device`, and to compute in `dtype`."""
    if not isinstance(model, keras.Model):
        raise ValueError(f"{role}: neither a Network nor a keras.Model, but {type(model).__name__}")
    if not model.built:
        raise ValueError(f"{role}: this model has no variables yet; build it, or call it once on a batch")
    for layer in walk(model):
        for name, found in _dtypes(layer):
            if found != dtype:
                raise ValueError(
                    f"{role}: {name!r} is in {found}, the run in {dtype}; "
                    f"make the inputs and every layer of the model with dtype={dtype!r}"
                )
        if any(isinstance(part, tf.Variable) for part in contents(list(vars(layer).values()))):
            raise ValueError(
                f"{role}: {layer.name!r} holds a tf.Variable, which Keras does not see: no step would train, save "
                "or keep it; make it by self.add_weight(...), or a tf.constant"
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
    for layer in walk(model):
        if isinstance(layer, keras.layers.BatchNormalization | own.BatchNorm):
            raise ValueError(
                f"{role}: {type(layer).__name__} at {layer.name!r} makes a sample's gradient depend on the batch, "
                "and this method needs it per sample; use diptych_keras.LayerNorm"
            )


def check_second_derivatives(model: keras.Model, derivative: Derivative, *, role: str) -> None:
    """Raise ValueError where a loss that holds this model's gradient would have a wrong gradient of its own."""
    for layer in walk(model):
        if isinstance(layer, _WRONG_SECOND_DERIVATIVE):
            raise ValueError(
                f"{role}: a second derivative through keras.layers.{type(layer).__name__} is wrong in TensorFlow, "
                "and this method needs it; use diptych_keras.LayerNorm"
            )
    shapes = _shapes(model)
    try:
        right = shapes is None or agree(derivative, role, shapes)
    except LookupError as error:  # TensorFlow's for a function that has no gradient
        raise ValueError(f"{role}: this method differentiates it twice, and TensorFlow cannot: {error}") from error
    if not right:
        names = sorted({type(layer).__name__ for layer in walk(model)} - {"Functional", "InputLayer", "Sequential"})
        raise ValueError(
            f"{role}: a second derivative through this model is wrong, and this method needs it. Its layers are "
            f"{', '.join(names)}. tf.nn.moments, and layers that use it, stop the gradient at the mean: use "
            "keras.ops.var, or diptych_keras.LayerNorm"
        )


def _shapes(model: keras.Model) -> tuple[tuple[int, ...], ...] | None:
    """Of the events that the model was built for; None where Keras does not know them."""
    if hasattr(model, "inputs") and model.inputs:
        found = [tensor.shape for tensor in model.inputs]
    else:
        built = (model.get_build_config() or {}).get("input_shape")
        found = [] if built is None else [built] if isinstance(built[0], int | None) else list(built)
    shapes = [tuple(shape[1:]) for shape in found]
    return tuple(shapes) if shapes and not any(None in shape for shape in shapes) else None


def check_losses(models: Mapping[str, keras.Model], owned: Iterable[str]) -> None:
    """Raise ValueError where an owned model has a regulariser: a loss of its own beside the player's."""
    for role in owned:
        for layer in walk(models[role]):
            if getattr(layer, "activity_regularizer", None) is not None:
                raise ValueError(f"{role}: {layer.name!r} has an activity regulariser, {IGNORED}")
        for variable in models[role].trainable_variables:
            if variable.regularizer is not None:
                raise ValueError(f"{role}: {variable.path!r} has a regulariser, {IGNORED}")


def check_statistics(models: Mapping[str, keras.Model]) -> None:
    """Raise ValueError where two roles would move the same running statistics."""
    found: dict[int, tuple[str, str]] = {}
    for role, model in models.items():
        for layer in walk(model):
            for variable in running_statistics(layer):
                other, there = found.setdefault(id(variable), (role, variable.path))
                if other != role and layer.trainable:
                    raise ValueError(
                        f"{other} and {role} share {there!r}: running statistics belong to one role; give each its "
                        "own, or freeze the layer that holds them by trainable=False"
                    )


def _dtypes(layer: keras.layers.Layer) -> Iterator[tuple[str, str]]:
    """What this layer casts to, by name. A functional model casts to the dtype of its inputs, not to its own."""
    if hasattr(layer, "inputs"):
        yield from ((tensor.name, tensor.dtype) for tensor in layer.inputs)
    elif not isinstance(layer, keras.layers.InputLayer):
        yield from ((layer.name, layer.compute_dtype), (layer.name, layer.variable_dtype))
