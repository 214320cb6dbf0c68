"""Networks as data: the layer vocabulary, ready networks for a method's roles, and the canonical weights.

networks.mlp(method, data=(28, 28, 1), latent=(8,), width=512)
"""

from diptych.networks.architectures import ARCHITECTURES
from diptych.networks.dense import mlp
from diptych.networks.images import conv, dcgan, resnet, sn_dcgan
from diptych.networks.layers import (
    ACTIVATIONS,
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Crop,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    Reshape,
    Residual,
    SpectralNorm,
    Tensor,
)
from diptych.networks.network import Network, initial_weights
from diptych.networks.roles import check

__all__ = [
    "ACTIVATIONS",
    "ARCHITECTURES",
    "Activation",
    "BatchNorm",
    "Concatenate",
    "Conv2D",
    "Conv2DTranspose",
    "Crop",
    "Dense",
    "Flatten",
    "Layer",
    "LayerNorm",
    "Network",
    "Reshape",
    "Residual",
    "SpectralNorm",
    "Tensor",
    "check",
    "conv",
    "dcgan",
    "initial_weights",
    "mlp",
    "resnet",
    "sn_dcgan",
]
