"""Two hosts of TensorFlow, processes of this machine that TF_CONFIG names, against one device."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import numpy as np
import pytest

import diptych
from diptych import Model, methods, networks, processes
from diptych.processes import Crew

from .. import replicated
from ..replicated import ROOT, batch

pytestmark = pytest.mark.keras
model, trained = partial(replicated.model, "keras"), partial(replicated.trained, "keras")


@contextmanager
def host(index: int, addresses: list[str]) -> Iterator[None]:
    task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    os.environ["TF_CONFIG"] = json.dumps(task)  # of a process that is started for this
    yield


@pytest.fixture(scope="module")
def two() -> Iterator[Crew]:
    with ExitStack() as taken:
        found = [taken.enter_context(socket.create_server(("localhost", 0))) for _ in range(2)]
        addresses = [f"localhost:{each.getsockname()[1]}" for each in found]
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(ROOT)
        with processes.started([partial(host, index, addresses) for index in range(2)]) as crew:
            yield crew


def test_a_model_on_two_hosts_is_the_model_on_one_device_and_goes_on_as_such(two):
    first, second = two(trained, 2)
    losses, alone, alike, _ = trained(1)
    assert first[0] == second[0] == pytest.approx(losses, rel=1e-12)
    np.testing.assert_allclose(first[2], alike, rtol=1e-12)
    for name, array in alone.items():
        np.testing.assert_array_equal(first[1][name], second[1][name])
        np.testing.assert_allclose(first[1][name], array, rtol=0, atol=1e-12 * max(1.0, np.abs(array).max()))
    (more, _, _, _), _ = two(trained, 2, first[1], 2)
    assert more == pytest.approx(trained(1, alone, 2)[0], rel=1e-12)


METHODS = ("roth-gan", "wae-mmd", "vae-gan", "mmd-gan-gp")  # slopes, pairs, a gate and three players, both


def differentiated(replicas):
    """Of each of the methods' players: loss and gradients."""
    return [found for name in METHODS for found in of_players(model(diptych.make(name), replicas), (2,))]


def of_images(replicas):
    method = methods.gan()
    made = networks.conv(method, data=(8, 8, 1), latent=(3,), width=2)
    return of_players(Model(method, made, backend="keras", dtype="float64", replicas=replicas), (8, 8, 1))


def of_players(made, event):
    x, found = np.random.default_rng(0).uniform(size=(7, *event)), []
    for player in made.method.players:
        settings = made.nets, x, made.draws(0, 0, 7)
        loss, grads = made.backend.value_and_grads(player, *settings, execution="compiled")
        found.append((loss, np.concatenate([g.ravel() for own in grads.values() for g in own.values()])))
    return found


@pytest.mark.parametrize("program", [differentiated, of_images])
def test_losses_and_gradients_are_those_of_one_device(two, program):
    expected = program(1)
    for process in two(program, 2):
        for (loss, gradient), (value, derivative) in zip(process, expected, strict=True):
            assert loss == pytest.approx(value, rel=1e-13)
            np.testing.assert_allclose(
                gradient, derivative, rtol=0, atol=1e-13 * max(1.0, np.abs(derivative).max())
            )


def differing(what):
    """The second process is given something else than the first."""
    from diptych_keras import hosts

    second = hosts.rank_and_count(hosts.strategy())[0] == 1
    rate = 1e-2 if second and what == "update rule" else 1e-3
    made = model(methods.gan(), 2, optimizers={"critic": diptych.optimizers.SGD(rate)})
    noise = made.draws(1 if second and what == "noise" else 0, 0, 7)
    try:
        made.step(batch(1 if second and what == "batch" else 0), noise=noise)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("what", ["batch", "noise", "update rule"])
def test_processes_that_were_given_something_else_are_told_so_before_the_first_step(two, what):
    for said in two(differing, what):
        assert f"replica 1 has another {what} than replica 0" in said


def handed_over(replicas):
    import diptych_keras

    return trained_in(diptych_keras.backend(diptych_keras.hosts.strategy()), replicas)


def trained_in(backend, replicas):
    return replicated.trained(backend, replicas, steps=2)[0]


def refused(replicas):
    try:
        handed_over(replicas)
    except ValueError as error:
        return str(error)


def test_a_strategy_may_be_handed_over(two):
    expected = trained(1, steps=2)[0]
    for losses in two(handed_over, 2):
        assert losses == pytest.approx(expected, rel=1e-12)
    for said in two(refused, 3):
        assert said.startswith("3 replicas were asked for, and the strategy has 2: one for each GPU")


def eager():
    try:
        model(methods.gan(), 2, execution="eager")
    except ValueError as error:
        return str(error)


def test_eager_steps_on_hosts_are_refused(two):
    for said in two(eager):
        assert said == 'execution="eager": TensorFlow computes on replicas with execution="compiled" only'


def told():
    from diptych_keras import hosts

    members = hosts.Members(hosts.strategy())
    second = members.rank == 1
    with members.first_works():
        pass
    long = bytes(range(256)) * 300
    return (
        members.anyone(second),
        members.anyone(False),
        members.first(b"" if second else long) == long,
        members.first(b""),
    )


def test_a_group_asks_everyone_and_hears_the_first(two):
    assert two(told) == [(True, False, True, b"")] * 2
