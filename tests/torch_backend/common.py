"""What several tests of the PyTorch backend share."""

import pytest

import diptych
from diptych.networks import mlp
from diptych_torch import TorchBackend

BACKEND = TorchBackend()
EXECUTIONS = ("eager", pytest.param("compiled", marks=pytest.mark.slow))
SHAPES = {"data": (5,), "latent": (3,)}


def problem(method, rng, *, dtype="float64", **native):
    """Small smooth networks, or these native ones; a batch; noise."""
    networks = mlp(method, **SHAPES, width=4, activation="tanh")
    weights = diptych.initial_weights(networks, rng)
    described = {role: own for role, own in weights.items() if role not in native}
    nets = BACKEND.build({**networks, **native}, described, dtype=dtype)
    return nets, rng.normal(size=(6, *SHAPES["data"])), method.draws(rng, 6, SHAPES)
