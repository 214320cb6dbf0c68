"""What every player's loss leaves alone: the order of a batch, the axes of an event, a batch repeated.

What it is stands in the suite's second statements, and of terms, in fifty digits, in the tests beside.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych import Method
from diptych.algebra import encoders

from . import toys
from .compositions import METHODS, OBJECTIVES
from .libraries import NUMPY


def close(a: Any, b: Any) -> None:
    assert a == pytest.approx(b, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(("name", "player"), OBJECTIVES)
def test_batch_order_does_not_matter(name: str, player: str) -> None:
    method = METHODS[name]()
    inputs = toys.draws(method, 8)
    order = np.random.default_rng(0).permutation(8)
    permuted = {key: value[order] for key, value in inputs.items()}
    close(toys.loss(method, player, NUMPY, permuted), toys.loss(method, player, NUMPY, inputs))


@pytest.mark.parametrize("event", [(3, 2, 1), (1, 6), (1, 2, 3)])
@pytest.mark.parametrize(("name", "player"), [pair for pair in OBJECTIVES if "learned scale" not in pair[0]])
def test_event_shape_does_not_matter(name: str, player: str, event: tuple[int, ...]) -> None:
    """The same numbers as flat rows and as images: sums and norms run over every axis but the first.

    Of a learned scale the event decides which of the decoder's outputs are means.
    """
    method = METHODS[name]()

    def value(shape: tuple[int, ...]) -> Any:
        shapes = {"data": shape, "latent": (2,)}
        return toys.loss(method, player, NUMPY, toys.draws(method, 16, shapes=shapes), shapes=shapes)

    close(value(event), value((6,)))


U_STATISTICS = (
    "wae-learned-cost",
    "wae-learned-cost, cost scale",
    "mmd-gan-gp",
    "mmd-gan-gp, other settings",
    "wae-mmd",
    "wae-mmd, every setting",
    "unbiased MMD² in data space",
    "gmmn, unbiased",
    "energy distance in data space",
)  # a repeated point is a new coincidence


@pytest.mark.parametrize(("name", "player"), [pair for pair in OBJECTIVES if pair[0] not in U_STATISTICS])
def test_a_repeated_batch_keeps_the_mean(name: str, player: str) -> None:
    """Means over the batch, not sums."""
    method = METHODS[name]()
    inputs = toys.draws(method, 5)
    twice = {key: np.concatenate([value, value]) for key, value in inputs.items()}
    close(toys.loss(method, player, NUMPY, twice), toys.loss(method, player, NUMPY, inputs))


def test_pretraining_compares_every_entry_of_a_code() -> None:
    """Codes of any shape, by the covariance of all their entries with each other."""
    method = METHODS["wae-gan, pre-trained"]()

    def gap(latent: tuple[int, ...]) -> Any:
        shapes = {"data": (6,), "latent": latent}
        return toys.loss(method, "pretraining", NUMPY, toys.draws(method, 16, shapes=shapes), shapes=shapes)

    for latent in ((2, 3), (3, 2), (1, 2, 3)):
        close(gap(latent), gap((6,)))


def test_gaussian_encoder_clips_the_log_variance() -> None:
    both = np.asarray([[1.0, 2.0, -1e3, 1e3]])
    ops = toys.ops(NUMPY.xp)
    nets, noise = SimpleNamespace(encoder=lambda x: both), SimpleNamespace(epsilon=np.ones((1, 2)))
    code = encoders.gaussian().encode(nets, both, noise, ops)
    assert np.array_equal(code.logvar, [[-50.0, 50.0]])
    assert np.array_equal(code.mean, both[:, :2])
    np.testing.assert_allclose(code.z, [[1 + np.exp(-25), 2 + np.exp(25)]], rtol=1e-15)
    assert np.array_equal(encoders.gaussian().centre(nets, both, ops), both[:, :2])


def test_pictures_are_means_not_logits() -> None:
    def pictures(method: Method) -> Any:
        nets = toys.networks(method, NUMPY.xp, NUMPY.array)
        x, z = toys.draws(method, 3)["x"], np.ones((3, 2))
        assert method.reconstruct is not None
        ops = toys.ops(NUMPY.xp)
        return nets.decoder(z), method.generate(nets, z, ops), method.reconstruct(nets, x, ops)

    logits, generated, reconstructed = pictures(METHODS["vae, Bernoulli"]())
    np.testing.assert_allclose(generated, 1 / (1 + np.exp(-logits)), rtol=1e-14)
    assert ((reconstructed > 0) & (reconstructed < 1)).all()
    mean, generated, _ = pictures(METHODS["vae"]())
    assert np.array_equal(generated, mean)
