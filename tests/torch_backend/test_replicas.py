"""Two processes of PyTorch against one: a model in training, modules of one's own, and what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn

import diptych
from diptych import Model, methods
from diptych.processes import Crew
from diptych_torch import TorchBackend
from diptych_torch import replicas as engine

from .. import replicated
from ..replicated import batch, two_replicas

pytestmark = pytest.mark.torch
model, trained = partial(replicated.model, "torch"), partial(replicated.trained, "torch")


@pytest.fixture(scope="module")
def two() -> Iterator[Crew]:
    with two_replicas(TorchBackend()) as crew:
        yield crew


def test_a_model_on_two_replicas_is_the_model_on_one(two):
    losses, state, sample, _ = trained(1)
    first, second = two(trained, 2)
    assert first[0] == second[0] == pytest.approx(losses, rel=1e-12)
    np.testing.assert_allclose(first[2], sample, rtol=1e-12)
    for name, array in state.items():
        np.testing.assert_array_equal(first[1][name], second[1][name])
        np.testing.assert_allclose(first[1][name], array, rtol=0, atol=1e-12 * max(1.0, np.abs(array).max()))


def test_a_state_goes_on_with_another_number_of_replicas(two):
    _, begun, _, _ = trained(1, steps=3)
    (losses, state, _, _), _ = two(trained, 2, begun, 3)
    one, alone, _, _ = trained(1, begun, 3)
    assert losses == pytest.approx(one, rel=1e-12)
    np.testing.assert_allclose(state["weights/critic/0.kernel"], alone["weights/critic/0.kernel"], rtol=1e-11)


def of_modules(replicas, critic):
    torch.manual_seed(0)
    parts = {
        "rows": lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0)),
        "batch norm": lambda: nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 1), nn.Flatten(0)),
        "dropout": lambda: nn.Sequential(nn.Linear(2, 8), nn.Dropout(), nn.Linear(8, 1), nn.Flatten(0)),
        "mean": lambda: Centred(),
    }
    modules = {"critic": parts[critic](), "generator": nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))}
    made = Model(methods.gan(), modules, backend="torch", dtype="float64", latent=(3,), replicas=replicas)
    try:
        return [float(loss) for number in range(3) for loss in made.step(batch(number)).values()]
    except ValueError as error:
        return str(error)


class Centred(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(2, 1)

    def forward(self, x):
        return self.last(x - x.mean(0)).flatten()


def test_a_module_that_computes_each_row_by_itself_is_taken(two):
    assert two(of_modules, 2, "rows")[1] == pytest.approx(of_modules(1, "rows"), rel=1e-12)


@pytest.mark.parametrize("critic", ["batch norm", "dropout", "mean"])
def test_a_module_whose_rows_depend_on_others_is_refused_on_every_replica(two, critic):
    for said in two(of_modules, 2, critic):
        assert "critic: what this module gives for a row depends on other rows or on random numbers" in said


def differing(what):
    """The second replica is given something else than the first."""
    second = dist.get_rank() == 1
    rate = 1e-2 if second and what == "update rule" else 1e-3
    made = model(methods.gan(), 2, optimizers={"critic": diptych.optimizers.SGD(rate)})
    x = batch(1 if second and what == "batch" else 0, 8 if second and what == "batch, noise" else 7)
    noise = made.draws(1 if second and what == "noise" else 0, 0, len(x))
    try:
        made.step(x, noise=noise)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("what", ["batch", "noise", "batch, noise", "update rule"])
def test_replicas_that_were_given_something_else_are_told_so_before_the_first_step(two, what):
    for said in two(differing, what):
        assert f"replica 1 has another {what} than replica 0" in said


def refusals():
    found = []
    made = model(methods.gan(), 2)
    for act in (
        lambda: made.step(batch(0, 1)),
        lambda: model(methods.gan(), 3),
        lambda: model(methods.gan(), 2, execution="compiled"),
        lambda: _of_a_weight(made),
    ):
        try:
            found.append(act())
        except ValueError as error:
            found.append(str(error))
    return found


def _of_a_weight(made):
    """The gradient of what is read from a module would be taken once a replica."""
    player = made.method.players[0]

    def loss(nets, x, noise, ops):
        return ops.xp.sum(getattr(nets, player.owns[0])[0].weight)

    other = replace(player, objective=loss)
    return made.backend.value_and_grads(other, made.nets, batch(0), {})


def test_what_cannot_be_computed_on_replicas_is_refused_by_name(two):
    for rows, size, compiled, read in two(refusals):
        assert rows == "1 rows cannot be cut for 2 replicas, each of which needs at least one"
        assert size == "3 replicas were asked for, and the process group has 2 processes"
        assert "lacks compiled" in compiled
        assert "on replicas a network can only be called" in read


def told():
    replicas = engine.Replicas.of(2)
    second = replicas.rank == 1
    return (
        replicas.anyone(second),
        replicas.anyone(False),
        replicas.first(b"" if second else b"abc"),
        replicas.first(b""),
    )


def test_a_group_asks_everyone_and_hears_the_first(two):
    assert two(told) == [(True, False, b"abc", b"")] * 2


def test_who_has_lost_the_others_says_so_in_a_sentence():
    def lost():
        raise RuntimeError("[/pair.cc:553] Connection closed by peer [127.0.0.1]:12694. This is typical\nand more")

    with pytest.raises(
        ConnectionError, match=r"^replica 1 of 2 has lost the others: Connection closed by peer \S+$"
    ):
        engine.Replicas(2, 1)._together(lost)


def test_without_a_process_group_torchrun_is_named():
    with pytest.raises(ValueError, match="torchrun --nproc-per-node 2"):
        TorchBackend().replicated(2)


def broken(how):
    """The gradient of the first player, relative error against one device, in an engine with an error."""
    made = model(methods.gmmn(), 2)
    with pytest.MonkeyPatch.context() as patched:
        if how == "summed by gather":
            cut = engine._Gather.backward

            def summed(ctx, g):
                dist.all_reduce(g := g.clone())
                return cut(ctx, g)

            patched.setattr(engine._Gather, "backward", staticmethod(summed))
        if how == "not summed":
            patched.setattr(engine.Replicas, "summed", lambda self, gradients: tuple(gradients))
        if how == "as they arrive":
            whole = engine.Replicas._gathered
            patched.setattr(engine.Replicas, "_gathered", lambda self, part, n: whole(self, part, n).roll(1, 0))
        player, noise = made.method.players[0], made.draws(0, 0, 7)
        _, grads = made.backend.value_and_grads(player, made.nets, batch(0), noise)
    alone = model(methods.gmmn(), 1)
    _, expected = alone.backend.value_and_grads(player, alone.nets, batch(0), noise)
    pairs = [(grads[r][name], a) for r, own in expected.items() for name, a in own.items()]
    return max(np.abs(g - a).max() for g, a in pairs) / max(np.abs(a).max() for _, a in pairs)


@pytest.mark.parametrize("how", ["", "summed by gather", "not summed", "as they arrive"])
def test_errors_of_the_engine_show_in_the_gradient(two, how):
    for error in two(broken, how):
        assert error > 1e-3 if how else error < 1e-14
