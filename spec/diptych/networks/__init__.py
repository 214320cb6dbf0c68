"""Networks as data: the layer vocabulary, what is built from it, and the canonical weights."""

from diptych.networks.layers import (
    ACTIVATIONS,
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    Reshape,
    Residual,
    Tensor,
)
from diptych.networks.network import Network, initial_weights

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "BatchNorm",
    "Concatenate",
    "Conv2D",
    "Conv2DTranspose",
    "Dense",
    "Flatten",
    "Layer",
    "LayerNorm",
    "Network",
    "Reshape",
    "Residual",
    "Tensor",
    "initial_weights",
]
