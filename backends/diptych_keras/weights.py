"""Canonical tensors and Keras variables: which is which, and how the axes are permuted between them."""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from diptych import border
from diptych.networks.network import Network, check_tensors
from diptych_keras.layers import SpectralNorm

# Keras's own normalisations, and what they call their tensors.
_NORMALISATIONS = (keras.layers.BatchNormalization, keras.layers.GroupNormalization)
_NAMES = {"scale": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_variance": "moving_variance"}


@dataclass(frozen=True)
class Holder:
    """Where a canonical tensor lives: the variable, and the axes that bring canonical to native layout and back."""

    variable: keras.Variable
    axes: tuple[int, ...] | None = None

    def to_native(self, array: np.ndarray) -> np.ndarray:
        """A view, in native layout."""
        return array if self.axes is None else array.transpose(self.axes)

    def to_canonical(self, tensor: tf.Tensor | tf.Variable) -> np.ndarray:
        """A copy, in canonical layout and C order."""
        array = tensor.numpy()
        return np.array(array if self.axes is None else array.transpose(self.axes), order="C")


def holders(network: Network | None, model: keras.Model) -> dict[str, Holder]:
    """Canonical name -> holder, for a built network; a user's model keeps the paths and layout of its variables."""
    if network is None:
        return {variable.path: Holder(variable) for variable in model.weights}
    found = {}
    for tensor in network.tensors:
        path, _, leaf = tensor.name.rpartition(".")
        layer = model.get_layer(path)
        if leaf != "u" and isinstance(layer, SpectralNorm):
            layer = layer.layer
        transposed = leaf == "kernel" and isinstance(layer, keras.layers.Conv2DTranspose)
        name = _NAMES[leaf] if isinstance(layer, _NORMALISATIONS) else leaf
        found[tensor.name] = Holder(getattr(layer, name), (0, 1, 3, 2) if transposed else None)
    return found


def checked(role: str, found: Mapping[str, Holder], weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays for a user's model, in the dtypes of its variables.  ValueError as `build` has."""
    dtypes = {name: holder.variable.dtype for name, holder in found.items()}
    arrays = {
        name: border.array(f"{role}: tensor {name!r}", array, dtypes.get(name, "float64"))
        for name, array in weights.items()
    }
    check_tensors(arrays, {name: tuple(holder.variable.shape) for name, holder in found.items()}, role)
    return arrays


def load(found: Mapping[str, Holder], weights: Mapping[str, np.ndarray]) -> None:
    """Copy canonical arrays into the variables."""
    for name, holder in found.items():
        holder.variable.assign(holder.to_native(np.asarray(weights[name])))
