"""A step in parts is that of the whole batch; methods whose losses are no means over rows are refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import diptych
from diptych import Model, methods, networks, parts
from diptych.method import Method
from diptych.optimizers import SGD, Adam
from diptych.protocol import Capability
from diptych.schedules import Linear

BACKENDS = [pytest.param("torch", marks=pytest.mark.torch), pytest.param("keras", marks=pytest.mark.keras)]
X = np.random.default_rng(0).uniform(size=(11, 2))
JOINT = {
    *("gmmn", "gmmn-ae", "mmd-gan", "mmd-gan-gp", "sinkhorn", "sliced-wasserstein", "wae-mmd", "vae-gan"),
    "wae-learned-cost",  # whose codes an MMD compares with the prior
}


def model(method: Method, accumulate: int | None, backend: Any = "torch", **settings: Any) -> Model:
    rules = {p.name: replace(p.optimizer, accumulate=accumulate, clip_norm=0.5) for p in method.players}
    nets = networks.mlp(method, data=(2,), latent=(2,), width=6)
    return Model(method, nets, **{"backend": backend, "optimizers": rules, "dtype": "float64", **settings})


def refusal(name: str) -> str:
    try:
        model(diptych.make(name), 3).step(X)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.torch
@pytest.mark.parametrize("name", list(diptych.CATALOGUE))
def test_losses_that_look_at_several_rows_are_refused(name: str) -> None:
    assert bool(refusal(name)) == (name in JOINT)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["wgan-gp", "vae", "ae-gan"])
def test_a_step_in_parts_is_that_of_the_whole_batch(backend: str, name: str) -> None:
    whole, cut = (model(diptych.make(name), accumulate, backend) for accumulate in (None, 4))
    for _ in range(3):
        ours, theirs = whole.step(X), cut.step(X)
        for player, loss in ours.items():
            assert float(theirs[player]) == pytest.approx(float(loss), rel=1e-12)
    for key, array in whole.state().items():
        np.testing.assert_allclose(cut.state()[key], array, rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("backend", BACKENDS)
def test_why_it_is_refused_and_that_nothing_has_moved(backend: str) -> None:
    made = model(methods.gmmn(), 2, backend)
    before = made.state()
    with pytest.raises(ValueError, match=r"accumulate=2: the loss of 'generator' is no mean over rows: .*as MMD"):
        made.step(X)
    for key, array in made.state().items():
        np.testing.assert_array_equal(array, before[key])
    with pytest.raises(ValueError, match=r"2 rows cannot be cut into 3 parts: accumulate=2 or less"):
        model(methods.vae(), 3, backend).step(X[:2])


@pytest.mark.torch
def test_a_weight_that_a_schedule_begins_at_0_hides_nothing() -> None:
    """An MMD whose weight rises from 0 was no mean over rows from the round on in which it has one."""
    from diptych.algebra import aggregate
    from diptych.costs import squared_l2
    from diptych.divergences import maximum_mean_discrepancy
    from diptych.kernels import rbf

    latent = aggregate(maximum_mean_discrepancy(rbf([1.0])))
    made = model(diptych.primal(squared_l2(), latent=latent, weight=Linear(0.0, 1.0, 10)), 2)
    with pytest.raises(ValueError, match="is no mean over rows"):
        made.step(X)


@pytest.mark.torch
def test_batch_norm_and_dropout_are_refused() -> None:
    from torch import nn

    for layer in (nn.BatchNorm1d(6), nn.Dropout(0.5)):
        modules = {
            "generator": nn.Sequential(nn.Linear(2, 6), layer, nn.Linear(6, 2)),
            "critic": nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1), nn.Flatten(0)),
        }
        rules = {name: SGD(0.1, accumulate=2) for name in ("generator", "critic")}
        made = Model(methods.gan(), modules, backend="torch", optimizers=rules, latent=(2,))
        with pytest.raises(ValueError, match="is no mean over rows"):
            made.step(X)


def test_without_parts_nothing_is_looked_at() -> None:
    """Noise that NumPy cannot read was, at the first step of every model."""

    class Sealed:
        def __getitem__(self, _: Any) -> Any:
            raise AssertionError("looked at")

    method = methods.gan()
    rules = {player.name: player.optimizer for player in method.players}
    parts.check_losses(None, None, method, rules, X, {"z": Sealed()}, "float64")  # type: ignore[arg-type]


@pytest.mark.torch
def test_what_does_not_go_together() -> None:
    method = replace(methods.gan(), order="simultaneous")
    made = model(method, None, optimizers={"generator": Adam(0.1, accumulate=2)})
    with pytest.raises(ValueError, match="players who move together compute in as many parts: accumulate of "):
        made.step(X)
    with pytest.raises(ValueError, match="method 'vae-gan' has a gate, which looks at the whole batch"):
        model(methods.vae_gan(), 2)
    with pytest.raises(ValueError, match="replicas have their parts of the batch already"):
        parts.check_method(methods.gan(), {"critic": Adam(0.1, accumulate=2)}, 2)
    made = model(methods.gmmn(), None)
    made.step(X)
    made.train_by({"generator": Adam(0.1, accumulate=2)})
    with pytest.raises(ValueError, match="is no mean over rows"):
        made.step(X)


def test_parts_are_all_rows_in_order_and_differ_by_one() -> None:
    for n in range(1, 12):
        for count in range(1, n + 1):
            found = parts.cut(n, count)
            assert [row for each in found for row in range(each.start, each.stop)] == list(range(n))
            sizes = {each.stop - each.start for each in found}
            assert max(sizes) - min(sizes) <= 1
            assert len(found) == count
    assert diptych.optimizers.needs(SGD(0.1, accumulate=2)) == {Capability.PARTS}
    assert not diptych.optimizers.needs(SGD(0.1, accumulate=1))
    for wrong in (0, 2.5, True):
        with pytest.raises(ValueError, match="accumulate of SGD must be a whole number of at least 1"):
            SGD(0.1, accumulate=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_of_the_lab_in_parts(tmp_path: Any, backend: str) -> None:
    """Recorded, resumed, and of the numbers of a run on whole batches."""
    from diptych_lab import load, train

    settings = {"data": "ring", "backend": backend, "batch": 10, "width": 6, "latent": 2, "dtype": "float64"}
    settings |= {"recipe": "none", "clip_norm": 0.5}
    whole = train("ns-gan", **settings, out=tmp_path / "whole", rounds=4)  # type: ignore[arg-type]
    for rounds in (2, 4):
        train("ns-gan", **settings, out=tmp_path / "cut", rounds=rounds, resume=rounds > 2, accumulate=3)  # type: ignore[arg-type]
    cut = load(tmp_path / "cut")
    assert {rule.accumulate for rule in cut.config.optimizers.values()} == {3}
    np.testing.assert_allclose(cut.sample(5), whole.sample(5), rtol=1e-9)
