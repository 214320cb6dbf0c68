"""Streams: stable for ever, apart from each other, and the batches and noise made of them pure functions."""

from itertools import islice

import numpy as np
import pytest

import diptych
from diptych.randomness import NOISE, ORDER, WEIGHTS, generator
from diptych_lab import Dataset, configure
from diptych_lab.feed import batches, prefetched, rounds
from diptych_lab.trained import make_run

from .recorded import Recorder


def test_streams_never_change():
    """Runs of old are reproduced only while these numbers stay."""
    raw = generator(0, WEIGHTS).bit_generator.random_raw(3)
    assert raw.tolist() == [15547202100461729611, 5860713934852033500, 17758419639687267498]
    np.testing.assert_allclose(
        generator(7, NOISE, 3, 1, "z").standard_normal(3),
        [-0.03167374368144814, -0.2867459318401861, -0.6342393517989459],
        rtol=1e-15,
    )
    assert generator(7, ORDER, 2).permutation(8).tolist() == [6, 0, 3, 1, 7, 5, 4, 2]


def test_every_part_of_the_key_counts():
    keys = [(0, NOISE), (1, NOISE), (0, ORDER), (0, NOISE, 1), (0, NOISE, 1, 1), (0, NOISE, 11), (0, NOISE, 1, "z")]
    assert len({generator(*key).bit_generator.random_raw() for key in keys}) == len(keys)


def test_batches_are_epochs_in_a_new_order_each():
    x = np.arange(10)
    first = list(islice(batches(x, 3, seed=0, start=0), 6))
    for epoch in (first[:3], first[3:]):
        assert len(set(np.concatenate(epoch))) == 9
    assert not np.array_equal(np.concatenate(first[:3]), np.concatenate(first[3:]))


@pytest.mark.parametrize("start", [0, 1, 2, 3, 4, 7])
def test_a_batch_depends_on_its_number_alone(start):
    x = np.arange(10)
    whole = list(islice(batches(x, 3, seed=5, start=0), 10))
    for batch, expected in zip(islice(batches(x, 3, seed=5, start=start), 3), whole[start:], strict=False):
        np.testing.assert_array_equal(batch, expected)


def test_a_batch_may_be_all_the_data():
    (batch,) = islice(batches(np.arange(4), 4, seed=0, start=3), 1)
    assert sorted(batch) == [0, 1, 2, 3]


@pytest.fixture
def game():
    data = Dataset("points", np.arange(200, dtype="float32").reshape(100, 2))
    config = configure("wgan-gp", data, hyper={"critic_steps": 2}, batch=10)
    return make_run(config, Recorder()).model, data.x, 10


def test_every_step_has_a_batch_and_noise_of_its_own(game):
    each = list(rounds(*game, 0, 3))
    assert [len(of_round) for of_round in each] == [3, 3, 3]
    steps = [step for of_round in each for step in of_round]
    assert len({step.x.tobytes() for step in steps}) == len(steps)
    assert len({step.noise["z"].tobytes() for step in steps}) == len(steps)


def test_rounds_go_on_as_if_never_stopped(game):
    whole = list(rounds(*game, 0, 8))
    for ours, expected in zip(rounds(*game, 5, 8), whole[5:], strict=True):
        for a, b in zip(ours, expected, strict=True):
            np.testing.assert_array_equal(a.x, b.x)
            np.testing.assert_array_equal(a.noise["e"], b.noise["e"])


def test_prefetching_keeps_order_and_end():
    assert list(prefetched(iter(range(20)), depth=3)) == list(range(20))
    assert list(prefetched(iter(()))) == []


def test_prefetching_passes_errors_on():
    def broken():
        yield 1
        raise KeyError("draw")

    items = prefetched(broken())
    assert next(items) == 1
    with pytest.raises(KeyError, match="draw"):
        next(items)


def test_initial_weights_are_the_seeds():
    data = Dataset("points", np.zeros((100, 2), "float32"))
    networks = configure("vae", data).networks
    one, two, other = (diptych.initial_weights(networks, generator(seed, WEIGHTS)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one["decoder"]["0.kernel"], two["decoder"]["0.kernel"])
    assert not np.array_equal(one["decoder"]["0.kernel"], other["decoder"]["0.kernel"])
