"""Data drawn from the law of a decoder, by noise that is handed in."""

import numpy as np
import pytest

from diptych import costs, methods
from diptych.noise import Normal, Uniform

from .libraries import NUMPY, STRICT, Library

RNG = np.random.default_rng(8)
Y, E, U = RNG.normal(size=(5, 2, 3)), RNG.normal(size=(5, 2, 3)), RNG.uniform(size=(5, 2, 3))
LIBRARIES = pytest.mark.parametrize("library", [NUMPY, STRICT], ids=lambda library: library.name)


def drawn(cost: costs.Cost, library: Library, y: np.ndarray, noise: np.ndarray) -> np.ndarray:
    assert cost.sample is not None
    return library.to_numpy(cost.sample(library.array(y), library.array(noise)))


@LIBRARIES
def test_of_a_gaussian_decoder(library: Library) -> None:
    cost = costs.gaussian_nll(0.3)
    assert cost.noise_law == Normal()
    np.testing.assert_allclose(drawn(cost, library, Y, E), Y + 0.3 * E, rtol=1e-14)


@LIBRARIES
def test_of_a_learned_scale(library: Library) -> None:
    cost, logvar = costs.gaussian_nll("learned"), RNG.normal(size=(5, 2, 3))
    assert cost.noise_law == Normal()
    found = drawn(cost, library, np.concatenate([Y, logvar], axis=2), E)
    np.testing.assert_allclose(found, Y + np.exp(0.5 * logvar) * E, rtol=1e-14)


@LIBRARIES
def test_of_a_bernoulli_decoder(library: Library) -> None:
    cost = costs.bernoulli_nll()
    assert cost.noise_law == Uniform(0, 1)
    np.testing.assert_array_equal(drawn(cost, library, Y, U), 1 / (1 + np.exp(-Y)) > U)


def test_what_has_a_law() -> None:
    for cost in (costs.l1_distance(), costs.l2_distance(), costs.squared_l2(), costs.cross_entropy()):
        assert cost.sample is cost.noise_law is None
    for name, make in methods.CATALOGUE.items():
        method = make()
        fields = (method.log_weights, method.simulate, method.data_noise)
        assert [field is not None for field in fields] == [name in ("vae", "iwae")] * 3
