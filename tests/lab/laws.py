"""What must hold of the random numbers of a run, of what a trainer is handed. A law that is broken raises."""

from collections.abc import Callable
from itertools import combinations, count
from pathlib import Path
from typing import Any

import numpy as np

from .recorded import BATCH, DATA, ROWS, Run, recorded

GAME = {"hyper": {"critic_steps": 2}}


def _fresh(folder: Path) -> Callable[..., Run]:
    """Runs in folders of their own."""
    numbers = count()
    return lambda *args, **settings: recorded(folder / str(next(numbers)), *args, recipe="none", **settings)


def _same(a: Run, b: Run) -> None:
    """The same steps: players, batches and draws, bit for bit."""
    assert [step.players for step in a.taken] == [step.players for step in b.taken]
    for one, other in zip(a.taken, b.taken, strict=True):
        np.testing.assert_array_equal(one.x, other.x)
        assert one.noise.keys() == other.noise.keys()
        for name in one.noise:
            np.testing.assert_array_equal(one.noise[name], other.noise[name])


def _unlike(arrays: dict[Any, Any]) -> None:
    """No two of the arrays share a number, or go up and down together; nor do rows of one."""
    numbers = np.concatenate([np.abs(np.unique(a)) for a in arrays.values()])
    assert len(np.unique(numbers)) == len(numbers), "two draws share numbers"
    for one, other in combinations([a for a in arrays.values() if a.size >= 12], 2):
        if one.shape == other.shape:
            assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.97, "two draws go together"


def draws_are_apart(folder: Path) -> None:
    """Every draw of every step, player and name has numbers of its own; every row too."""
    run = _fresh(folder)
    for method, more in (
        ("wgan-gp", GAME),
        ("wgan-gp", {"hyper": {"smoothing": 0.3}}),
        ("avb", {}),
        ("ae-gan", {}),
    ):
        made = run(method, 6, **more)
        _unlike(made.draws)
        for a in made.draws.values():
            assert len(np.unique(a.reshape(len(a), -1)[:, 0])) == len(a) == BATCH


def draws_follow_their_laws(folder: Path) -> None:
    """Normal, or uniform, whatever the round: means, spreads and ends of many."""
    run = _fresh(folder)(rounds=150)
    z = np.concatenate([step.noise["z"].ravel() for step in run.taken])
    e = np.concatenate([step.noise["e"].ravel() for step in run.taken])
    assert abs(z.mean()) < 5 / np.sqrt(z.size)
    assert abs(z.std() - 1) < 5 / np.sqrt(z.size)
    assert abs(np.mean(z**4) - 3) < 0.4
    assert e.min() >= 0
    assert e.max() < 1
    assert abs(e.mean() - 0.5) < 5 / np.sqrt(12 * e.size)
    assert abs(e.std() - 12**-0.5) < 0.02
    whole = _fresh(folder / "uniform")("gmmn", 150)
    u = np.concatenate([step.noise["z"].ravel() for step in whole.taken])
    assert u.min() < -0.95
    assert u.max() > 0.95
    assert abs(u.mean()) < 0.1


def seeds_reach_everything(folder: Path) -> None:
    """Another seed: no weight, draw or order in common. The same: all."""
    run = _fresh(folder)
    one, again, others = run(seed=3), run(seed=3), [run(seed=seed) for seed in (0, 2, 4, 5)]
    _same(one, again)
    for role, tensors in one.weights.items():
        for name, a in tensors.items():
            np.testing.assert_array_equal(a, again.weights[role][name])
    for other in others:
        for role, tensors in one.weights.items():
            for name, a in tensors.items():
                if np.any(a) and not np.all(a == 1):
                    assert not np.intersect1d(a, other.weights[role][name]).size, f"{role}.{name} of two seeds"
        assert not np.array_equal(one.taken[0].x, other.taken[0].x)
        ours, theirs = (np.concatenate([a.ravel() for a in r.draws.values()]) for r in (one, other))
        assert not np.intersect1d(ours, theirs).size, "draws of two seeds"
        assert abs(np.corrcoef(ours, theirs)[0, 1]) < 0.3


def initial_weights_are_apart(folder: Path) -> None:
    """No two tensors of the networks begin alike, nor do they share numbers with the noise."""
    run = _fresh(folder)("aae")
    drawn = {
        (role, name): a
        for role, tensors in run.weights.items()
        for name, a in tensors.items()
        if np.any(a) and not np.all(a == 1)
    }
    assert {role for role, _ in drawn} == run.weights.keys()
    _unlike(drawn | run.draws)


def epochs_are_shuffled_passes(folder: Path) -> None:
    """In an epoch no row comes twice; no two epochs, nor the data, are in one order; no row is always left."""
    for method, more in (("wgan-gp", GAME), ("gmmn", {}), ("ae-gan", {})):
        run = _fresh(folder / method)(method, 24, **more)
        batches = [step.x for step in run.taken]
        assert all(len(x) == BATCH for x in batches)
        numbers = [np.rint(x[:, 0] * ROWS / 2).astype(int) for x in batches]
        for x, rows in zip(batches, numbers, strict=True):
            np.testing.assert_array_equal(x, DATA.x[rows])
        of_epoch = ROWS // BATCH
        epochs = [
            np.concatenate(numbers[i : i + of_epoch]) for i in range(0, len(numbers) - of_epoch + 1, of_epoch)
        ]
        assert all(len(set(epoch)) == of_epoch * BATCH for epoch in epochs)
        assert len({tuple(epoch) for epoch in epochs}) == len(epochs)
        for epoch in epochs:
            assert np.mean(np.diff(epoch) == 1) < 0.3, "rows in the order of the data"
            assert len({frozenset(epoch[i : i + BATCH]) for i in range(0, len(epoch), BATCH)}) == of_epoch
        assert set(np.concatenate(epochs)) == set(range(ROWS))
        assert len({frozenset(range(ROWS)) - set(epoch) for epoch in epochs}) > 1
        firsts = {frozenset(epoch[:BATCH]) for epoch in epochs}
        assert len(firsts) == len(epochs), "the same rows begin every epoch"
    of_epoch = 5
    whole = _fresh(folder / "whole")("gmmn", of_epoch, batch=ROWS // of_epoch)
    assert len({row.tobytes() for step in whole.taken for row in step.x}) == ROWS, "an epoch that leaves rows over"


def schedules_follow_the_round(folder: Path) -> None:
    """Weights that are warmed up, penalties and noise that fade, and steps that come and go: by number."""
    run = _fresh(folder)
    vae = run("vae", 6, hyper={"warm_up": 4, "beta": 2.0})
    for t, (step,) in enumerate(vae.steps):
        np.testing.assert_allclose(step.noise["weight"], 2.0 * min(1, t / 4), rtol=1e-6)
    roth = run("roth-gan", 6, hyper={"gamma": 3.0, "gamma_anneal": 4})
    for t, steps in enumerate(roth.steps):
        for step in steps:
            np.testing.assert_allclose(step.noise["gamma_roth"], 3.0 * 0.01 ** min(1, t / 4), rtol=1e-6)
    plain, fading = (
        run("ns-gan", 6, hyper={"smoothing": 0.5}),
        run("ns-gan", 6, hyper={"smoothing": 0.5, "anneal": 4}),
    )
    for t, (still, falling) in enumerate(zip(plain.steps, fading.steps, strict=True)):
        for a, b in zip(still, falling, strict=True):
            for name in ("smooth_p", "smooth_q"):
                assert 0.15 < a.noise[name].std() < 1.0
                np.testing.assert_allclose(b.noise[name], a.noise[name] * max(0.0, 1 - t / 4), atol=1e-6)
    early = run("wgan", 27, hyper={"critic_steps": 2, "early_steps": 3})
    assert [len(steps) for steps in early.steps] == [4] * 25 + [3] * 2
    pretrained = run("wae-mmd", 5, hyper={"pretrain": 2})
    assert [step.players for step in pretrained.taken] == [("pretraining",)] * 2 + [("autoencoder",)] * 3


def metrics_are_means_of_the_round(folder: Path) -> None:
    """A row has the mean of each player's losses in its round, whenever losses are read; so has what is told."""
    run = _fresh(folder)
    for every in (1, 3, 50):
        for method, more in (("wgan-gp", GAME), ("ae-gan", {}), ("wgan-gp", {})):
            made = run(method, 7, log_every=every, **more)
            assert [row["round"] for row in made.metrics] == list(range(7))
            for row, steps in zip(made.metrics, made.steps, strict=True):
                for player in made.method.players:
                    own = [step.losses[player.name] for step in steps if player.name in step.losses]
                    assert row[player.name] == sum(own) / len(own)
            for progress in made.told:
                assert progress.losses == made.metrics[progress.done - 1]


def looking_changes_nothing(folder: Path) -> None:
    """Pictures, checkpoints, losses read: training is as without them; what is shown has draws of its own."""
    run = _fresh(folder)
    seldom, often = run(rounds=9), run(rounds=9, checkpoint_every=1, log_every=1)
    _same(seldom, often)
    assert len(often.shown) > len(seldom.shown) >= 1
    grids = [z for z in often.shown if z.shape == often.shown[0].shape]
    assert all(np.array_equal(z, grids[0]) for z in grids), "samples of other draws each time"
    assert not np.intersect1d(
        np.concatenate([a.ravel() for a in often.draws.values()]), grids[0].astype("float32")
    ).size

    def sampling(progress: Any) -> None:
        np.random.standard_normal(3)
        np.random.seed(progress.done)

    _same(seldom, run(rounds=9, watch=sampling, log_every=1))


def samples_are_of_the_prior(folder: Path) -> None:
    """Its law and its scale; other draws of another seed, the same of the same; of one seed no two rows alike."""
    run = _fresh(folder)
    for method, more, law in (
        ("gmmn", {}, "uniform"),
        ("wae-mmd", {"hyper": {"prior_scale": 3.0}}, "normal"),
        ("ns-gan", {}, "normal"),
    ):
        made = run(method, 1, **more)
        z, again, other = (made.samples(2500, seed) for seed in (1, 1, 2))  # more than pass through at once
        np.testing.assert_array_equal(z, again)
        assert len(np.unique(z)) == z.size, "samples that come again"
        assert not np.intersect1d(z, other).size, "samples of two seeds"
        scale = more.get("hyper", {}).get("prior_scale", 1.0)
        spread, fourth = (3**-0.5, 9 / 5) if law == "uniform" else (scale, 3.0)
        assert abs(z.std() / spread - 1) < 0.1
        assert abs(np.mean(z**4) / np.mean(z**2) ** 2 - fourth) < 0.5


def a_resumed_run_goes_on(folder: Path) -> None:
    """Broken off anywhere, in the middle of an epoch too: the steps of one sitting."""
    for method, more in (
        ("wgan-gp", GAME),
        ("ae-gan", {}),
        ("wae-gan", {"hyper": {"pretrain": 3}}),  # one step a round, then two
    ):
        run = _fresh(folder / method)
        whole = run(method, 9, **more)
        for stops in ((1,), (4,), (2, 3, 7)):
            parts = run(method, 9, stops=stops, **more)
            _same(whole, parts)
            assert parts.metrics == whole.metrics


def only_the_settings_decide(folder: Path) -> None:
    """Not the backend, its execution, NumPy's generator or what ran before; dtype rounds only."""
    run = _fresh(folder)
    plain = run()
    for other in (run(name="another"), run(execution="compiled"), run(log_every=2), run(checkpoint_every=2)):
        _same(plain, other)
    np.random.seed(1)
    _same(plain, run())
    double = run(dtype="float64")
    for a, b in zip(plain.taken, double.taken, strict=True):
        for name in a.noise:
            assert (a.noise[name].dtype, b.noise[name].dtype) == ("float32", "float64")
            np.testing.assert_array_equal(a.noise[name], b.noise[name].astype("float32"))
    longer = run(rounds=12)
    for a, b in zip(plain.taken, longer.taken, strict=False):
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(a.noise["z"], b.noise["z"])


LAWS = (
    draws_are_apart,
    draws_follow_their_laws,
    seeds_reach_everything,
    initial_weights_are_apart,
    epochs_are_shuffled_passes,
    schedules_follow_the_round,
    metrics_are_means_of_the_round,
    looking_changes_nothing,
    samples_are_of_the_prior,
    a_resumed_run_goes_on,
    only_the_settings_decide,
)
