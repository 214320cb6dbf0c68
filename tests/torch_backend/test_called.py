"""What a user's module does when it is called: layers in two places, inputs written over, failures, lost rows."""

from contextlib import suppress

import numpy as np
import pytest
import torch
from torch import nn

import diptych

from .common import BACKEND, EXECUTIONS, problem

pytestmark = pytest.mark.torch


class TwiceTheSame(nn.Module):
    """One layer held at two places, a norm among its parts."""

    def __init__(self):
        super().__init__()
        part = nn.Sequential(nn.Linear(5, 5), nn.BatchNorm1d(5), nn.Tanh())
        self.stack = nn.Sequential(part, nn.Linear(5, 5), part, nn.Linear(5, 1), nn.Flatten(0))

    def forward(self, x):
        return self.stack(x)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_layer_in_two_places_is_one_and_calls_leave_its_statistics(rng, execution):
    method, own = diptych.make("hinge"), TwiceTheSame()
    nets, x, noise = problem(method, rng, critic=own)
    before = {name: buffer.clone() for name, buffer in own.named_buffers()}
    held = [id(buffer) for buffer in own.buffers()]
    BACKEND.call(lambda nets, ops, x: nets.critic(x), nets, {"x": x}, training=True, execution=execution)
    _, grads = BACKEND.value_and_grads(method.player("critic"), nets, x, noise, execution=execution)
    assert [id(buffer) for buffer in own.buffers()] == held
    assert all(torch.equal(before[name], buffer) for name, buffer in own.named_buffers())
    assert sorted(grads["critic"]) == sorted(name for name, _ in own.named_parameters())
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    assert own.stack[0][1].num_batches_tracked == 4  # two calls of the critic, two of the norm in each


class Calling(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.inner, self.f = nn.Linear(5, 2), f

    def forward(self, x):
        return self.f(self.inner, x)


FAILING = {
    "in place": (
        lambda inner, x: inner(x.mul_(2.0)).sum(1),
        r"critic: this module writes into its input, .* inplace=False",
    ),
    "width": (
        lambda inner, x: inner(x[:, :4])[:, 0],
        r"critic: this module cannot be called with \(6, 5\): mat1 and mat2 shapes cannot be multiplied",
    ),
    "own words": (
        lambda inner, x: nn.functional.batch_norm(x[:1], None, None, training=True),
        r"critic: this module cannot be called with \(6, 5\): Expected more than 1 value per channel",
    ),
    "several a sample": (
        lambda inner, x: inner(x).flatten(),
        r"critic: .* shape \(n,\), and gave \(12,\); n is 6 here",
    ),
    "too few rows": (lambda inner, x: inner(x)[:3, 0], r"critic: .* shape \(n,\), and gave \(3,\); n is 6 here"),
}


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("what", FAILING)
def test_a_module_that_fails_is_told_by_role_and_nothing_moves(rng, what, execution):
    f, message = FAILING[what]
    method = diptych.make("hinge")
    nets, x, noise = problem(method, rng, critic=Calling(f))
    before = BACKEND.weights(nets)["critic"]
    with pytest.raises(ValueError, match=message):
        BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    for name, array in BACKEND.weights(nets)["critic"].items():
        np.testing.assert_array_equal(array, before[name])


WRITES = {
    "in place": lambda inner, x: inner(x.mul_(2.0)).sum(1),
    "a view of it": lambda inner, x: (x[:, 0].zero_(), inner(x).sum(1))[1],
    "past autograd": lambda inner, x: (x.data.mul_(2.0), inner(x).sum(1))[1],  # which nobody sees
}


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("made", [np.array, torch.tensor], ids=["array", "tensor"])
@pytest.mark.parametrize("what", WRITES)
def test_what_the_caller_has_is_never_written_into(rng, what, made, execution):
    method = diptych.make("hinge")
    nets, x, noise = problem(method, rng, critic=Calling(WRITES[what]))
    given = made(x)
    for door in (
        lambda: BACKEND.trainer(method, nets, execution=execution).step(("critic",), given, noise),
        lambda: BACKEND.value_and_grads(method.player("critic"), nets, given, noise, execution=execution),
        lambda: BACKEND.call(lambda nets, ops, x: nets.critic(x), nets, {"x": given}, execution=execution),
        lambda: BACKEND.call(lambda nets, ops, x: x.add_(1), nets, {"x": given}, execution=execution),
    ):
        with suppress(ValueError):
            door()
        np.testing.assert_array_equal(given, x)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_module_that_writes_into_what_another_has_made_is_refused(rng, execution):
    """The code, which the penalty reads too; and in a call, where nothing is differentiated."""

    class Writing(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(3, 5)

        def forward(self, z):
            return self.inner(torch.relu_(z))

    method = diptych.make("wae-mmd")
    nets, x, noise = problem(method, rng, decoder=Writing())
    refused = pytest.raises(ValueError, match="decoder: this module writes into its input")
    with refused:
        BACKEND.value_and_grads(method.players[0], nets, x, noise, execution=execution)
    with refused:
        BACKEND.call(lambda nets, ops, z: nets.decoder(z), nets, {"z": noise["z"]}, execution=execution)
    with refused:
        BACKEND.trainer(method, nets, execution=execution).step((method.players[0].name,), x, noise)


def leaf(module):
    module.scale = torch.ones(5, requires_grad=True)


def buffer(module):
    module.register_buffer("scale", torch.ones(5, requires_grad=True))


@pytest.mark.parametrize(("put", "message"), [(leaf, "'scale' holds parameters"), (buffer, "'scale' is a buffer")])
def test_what_requires_gradients_and_no_step_trains_is_refused(put, message):
    module = nn.Linear(5, 1)
    put(module)
    with pytest.raises(ValueError, match=rf"critic: {message} .*nn.Parameter"):
        BACKEND.build({"critic": module}, {})


@pytest.mark.parametrize("kind", ["parameter", "buffer"])
def test_tensors_whose_entries_are_one_number_in_memory_are_refused(kind):
    module, ones = nn.Linear(5, 1), torch.ones(1).expand(5)
    if kind == "buffer":
        module.register_buffer("late", ones)
    else:
        module.late = nn.Parameter(ones)
    with pytest.raises(ValueError, match=r"critic: 'late' is an expanded tensor, .* by clone\(\)"):
        BACKEND.build({"critic": module}, {})


class Late(nn.Module):
    """Parts that come with the first call."""

    def __init__(self, kind):
        super().__init__()
        self.inner, self.kind = nn.Linear(5, 1), kind

    def forward(self, x):
        if not hasattr(self, "late"):
            ones = torch.ones(5, dtype=x.dtype)
            self.late = nn.Parameter(ones) if self.kind == "parameter" else None
            if self.kind == "buffer":
                del self.late
                self.register_buffer("late", ones)
        return self.inner(x * self.late)[:, 0]


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("kind", ["parameter", "buffer"])
def test_tensors_that_come_with_the_first_call_are_refused(rng, kind, execution):
    method = diptych.make("hinge")
    nets, x, noise = problem(method, rng, critic=Late(kind))
    with pytest.raises(ValueError, match=r"critic: this module makes parameters or buffers when it is called"):
        BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)


def test_a_buffer_that_is_added_after_the_trainer_was_made_is_told(rng):
    method, own = diptych.make("hinge"), nn.Sequential(nn.Linear(5, 1), nn.Flatten(0))
    nets, x, noise = problem(method, rng, critic=own)
    trainer = BACKEND.trainer(method, nets)
    own.register_buffer("late", torch.ones(()))
    with pytest.raises(ValueError, match=r"critic: parameters or buffers were added after the trainer was made"):
        trainer.step(("critic",), x, noise)
