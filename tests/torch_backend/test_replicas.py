"""Two processes of PyTorch against one: a model in training, modules of one's own, and what is refused."""

import time
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
from diptych_torch import TorchBackend, groups
from diptych_torch import replicas as engine
from diptych_torch.members import Members

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
    with Members.here(10.0) as members:
        second, seen = members.rank == 1, []
        with members.first_works():
            seen.append("" if second else "worked")
        return (
            members.anyone(second),
            members.anyone(False),
            members.first(b"" if second else b"abc"),
            members.first(b""),
        )


def test_a_group_asks_everyone_and_hears_the_first(two):
    assert two(told) == [(True, False, b"abc", b"")] * 2


def working(seconds, limit):
    """The first works for longer than the others wait, and tells them that it lives."""
    with Members.here(limit) as members:
        with members.first_works():
            time.sleep(0 if members.rank else seconds)
        return members.anyone(members.rank == 1)


def test_who_works_alone_may_take_longer_than_the_limit(two):
    assert two(working, 6.0, 4.0) == [True, True]


def silent(limit):
    """The second does not come, and lives."""
    try:
        with Members.here(limit) as members:
            if members.rank == 0:
                members.anyone(False)
    except ConnectionError as error:
        return str(error)
    time.sleep(limit + 5.0)
    return ""


def test_who_does_not_come_is_named(two):
    said, _ = two(silent, 1.0)
    assert said.startswith("replica 0 of 2 has lost the others: Timed out waiting 1000ms")
    assert "; replica 1 gives no sign of life: " in said


def test_who_has_lost_the_others_says_so_in_a_sentence(two):
    for rank, said in enumerate(two(lost)):
        assert said == f"replica {rank} of 2 has lost the others: Connection closed by peer [127.0.0.1]:12694"


def lost():
    def fails():
        raise RuntimeError("[/pair.cc:553] Connection closed by peer [127.0.0.1]:12694. This is typical\nand more")

    try:
        engine.together(fails)
    except ConnectionError as error:
        return str(error)


# --- devices: what would be asked of a machine with GPUs ---------------------------------------------------------


def test_on_gpus_each_replica_has_the_one_of_its_number_and_tensors_go_by_nccl(monkeypatch):
    chosen = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    assert [groups.placed("cuda", rank, 2) for rank in range(2)] == ["cpu:gloo,cuda:nccl"] * 2
    assert chosen == [0, 1]
    assert groups.placed(None, 1, 2) == groups.placed("cpu", 1, 2) == "gloo"
    assert chosen == [0, 1]


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("cuda", "device 'cuda': 3 replicas on this host need as many GPUs, and it has 2"),
        ("cuda:1", "device 'cuda:1': replicas compute on cpu or cuda, each on a device of its own"),
        ("meta", "device 'meta': replicas compute on cpu or cuda"),
        ("gpu", "device 'gpu': replicas compute on cpu or cuda"),
    ],
)
def test_devices_that_replicas_cannot_have(monkeypatch, device, words):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(ValueError, match=words):
        groups.placed(device, 0, 3)


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
