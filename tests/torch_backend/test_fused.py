"""The update of all parameters at once: the same rule, wherever in memory the numbers lie."""

import math

import numpy as np
import pytest
import torch

import diptych
from diptych.optimizers import SGD, Adam, AdamW, Momentum, RMSprop
from diptych_torch.fused import Together
from diptych_torch.optimizers import factors, update_each

from .common import BACKEND, problem

pytestmark = pytest.mark.torch
RULES = [
    SGD(0.1),
    Momentum(0.1, 0.8),
    RMSprop(0.1, 0.9, 1e-3),
    Adam(0.1, 0.5, 0.999, 1e-3),
    Adam(0.1, 0.0, 0.0),
    AdamW(0.1, 0.5, 0.9, 1e-3, 0.3),
]


def laid(layout, dtype, generator):
    """Parameters and gradients of one shape, in a layout."""
    tensor = torch.randn(4, 3, 5, 6, generator=generator, dtype=dtype)
    return {
        "contiguous": lambda: tensor,
        "channels last": lambda: tensor.contiguous(memory_format=torch.channels_last),
        "with gaps": lambda: torch.zeros(4, 3, 5, 12, dtype=dtype)[..., ::2].copy_(tensor),
        "transposed": lambda: tensor.transpose(0, 1).contiguous().transpose(0, 1),
    }[layout]()


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "layouts", [("contiguous",) * 2, ("contiguous", "transposed"), ("with gaps", "channels last")]
)
def test_each_parameter_moves_as_it_does_alone(rule, dtype, layouts):
    generator = torch.Generator().manual_seed(0)
    p = [laid(layout, dtype, generator) for layout in layouts]
    slots = [{slot: torch.zeros_like(tensor) for slot in rule.slots} for tensor in p]
    apart = [
        (tensor.clone(), {slot: value.clone() for slot, value in own.items()})
        for tensor, own in zip(p, slots, strict=True)
    ]
    together = Together(rule, p, slots)
    for t in (1, 2, 3):
        g = [laid(layout, dtype, generator) for layout in reversed(layouts)]
        scales = factors(rule, t, rule.learning_rate, math)
        update_each(rule, [(one, grad, own) for (one, own), grad in zip(apart, g, strict=True)], scales)
        together.update(g, scales)
    for tensor, own, (alone, own_alone) in zip(p, slots, apart, strict=True):
        eps = torch.finfo(dtype).eps  # absolute too: parameters are of order 1, and some come to lie near 0
        for found, expected in ((tensor, alone), *((own[slot], own_alone[slot]) for slot in rule.slots)):
            torch.testing.assert_close(found, expected, rtol=32 * eps, atol=eps)


@pytest.mark.parametrize(
    ("rule", "kernel"), list(zip(RULES, ("sgd", "sgd", "adam", "adam", "adam", "adam"), strict=True)), ids=repr
)
def test_an_eager_step_is_one_call_a_player(rng, monkeypatch, rule, kernel):
    method, calls = diptych.make("vae"), []
    nets, x, noise = problem(method, rng)
    real = getattr(torch, f"_fused_{kernel}_")
    monkeypatch.setattr(
        torch, f"_fused_{kernel}_", lambda p, *rest, **more: (calls.append(len(p)), real(p, *rest, **more))
    )
    BACKEND.trainer(method, nets, {"autoencoder": rule}).step(("autoencoder",), x, noise)
    assert calls == [sum(len(tensors) for tensors in BACKEND.weights(nets).values())]


def test_a_parameter_of_another_layout_since_the_trainer_was_made_moves_as_ever(rng):
    method, after = diptych.make("vae"), []
    seed = int(rng.integers(2**32))
    for transposed in (False, True):
        nets, x, noise = problem(method, np.random.default_rng(seed))
        trainer = BACKEND.trainer(method, nets)
        if transposed:
            kernel = next(p for p in BACKEND.native(nets, "encoder").parameters() if p.ndim == 2)
            kernel.data = kernel.data.T.contiguous().T
        for _ in range(3):
            trainer.step(("autoencoder",), x, noise)
        after.append(BACKEND.weights(nets)["encoder"])
    for name, tensor in after[0].items():
        np.testing.assert_allclose(after[1][name], tensor, rtol=1e-12, atol=1e-14)
