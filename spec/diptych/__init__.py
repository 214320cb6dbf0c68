"""diptych: implicit generative models, written once against the Array API.

This package is the reference spec. It computes nothing by itself and imports no framework: a backend
(`diptych.backend("torch")`) supplies networks, gradients and execution.
"""

from diptych.algebra.dual import dual
from diptych.algebra.hybrid import hybrid
from diptych.algebra.primal import primal
from diptych.backends import backend, backend_names
from diptych.method import Method, Player
from diptych.methods import CATALOGUE, make
from diptych.model import Model
from diptych.namespaces import array_namespace
from diptych.networks import Network, initial_weights
from diptych.protocol import Backend, Capability, Ops, Trainer

__all__ = [
    "CATALOGUE",
    "Backend",
    "Capability",
    "Method",
    "Model",
    "Network",
    "Ops",
    "Player",
    "Trainer",
    "array_namespace",
    "backend",
    "backend_names",
    "dual",
    "hybrid",
    "initial_weights",
    "make",
    "primal",
]
