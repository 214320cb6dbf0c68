"""The toys: each is held to the law that its docstring states."""

import numpy as np
import pytest

from diptych_lab import evaluate, load_data
from diptych_lab.toys import TOYS, checkerboard, grid, grid_modes, moons, spirals, swiss_roll


@pytest.mark.parametrize("name", TOYS)
def test_by_name(name):
    x = load_data(name, "float64").x
    np.testing.assert_array_equal(x, TOYS[name]())
    assert x.shape == ((8200 if name == "grid" else 8192), 2)
    assert load_data(name).source == name
    assert not load_data(name).notes


def test_a_grid_of_25_equal_modes():
    x = grid()
    places, counts = np.unique(np.round(x / 2) * 2, axis=0, return_counts=True)
    assert sorted(map(tuple, places)) == sorted(map(tuple, grid_modes()))
    assert set(counts) == {328}
    away = x - np.round(x / 2) * 2
    np.testing.assert_allclose(away.std(), 0.05, rtol=0.02)


def test_moons():
    x = moons()
    for part, center in ((x[::2], [0, 0]), (x[1::2], [1, 0.5])):
        away = np.linalg.norm(part - center, axis=1) - 1
        assert abs(away.mean()) < 0.005
        np.testing.assert_allclose(away.std(), 0.05, rtol=0.05)
    assert x[::2, 1].min() > -0.25
    assert x[1::2, 1].max() < 0.75
    assert np.abs(x[::2].mean(0) - [0, 2 / np.pi]).max() < 0.03


def test_swiss_roll():
    """The radius grows with the angle: what is left beside the nearest of the turns is the noise."""
    x = swiss_roll()
    radius, angle = 5 * np.linalg.norm(x, axis=1), np.arctan2(x[:, 1], x[:, 0])
    turns = np.round((radius - angle) / (2 * np.pi))
    t = angle + 2 * np.pi * turns
    np.testing.assert_allclose((radius - t).std() / 5, 0.1, rtol=0.05)
    assert abs(t.mean() / (3 * np.pi) - 1) < 0.02
    np.testing.assert_allclose(np.quantile(t, [0.25, 0.75]), [2.25 * np.pi, 3.75 * np.pi], rtol=0.03)


def test_checkerboard():
    x = checkerboard()
    cells = np.floor((x + 4) / 2).astype(int)
    found, counts = np.unique(cells, axis=0, return_counts=True)
    assert len(found) == 8
    assert (found.sum(1) % 2 == 0).all()
    assert np.abs(counts / 1024 - 1).max() < 0.1
    np.testing.assert_allclose((x + 4) % 2 / 2, 0.5, atol=0.5)
    assert np.abs(np.mean((x + 4) % 2, axis=0) - 1).max() < 0.03


def test_spirals():
    x = spirals()
    radius = np.linalg.norm(x, axis=1)
    np.testing.assert_allclose(np.quantile(radius, [0.25, 0.5]), np.pi * np.sqrt([0.25, 0.5]), rtol=0.03)
    for part, turn in ((x[::2], 0), (x[1::2], np.pi)):
        t = 3 * np.linalg.norm(part, axis=1)
        outer = part[t > 3]
        angle = np.arctan2(outer[:, 1], -outer[:, 0]) - turn  # of (-cos t, sin t)
        apart = np.angle(np.exp(1j * (angle - t[t > 3])))
        assert abs(apart.mean()) < 0.03
        assert apart.std() < 0.35


def test_modes_of_the_grid_are_known_to_evaluate():
    half = grid()[grid()[:, 0] < 1]
    found = evaluate({"half": half, "all": grid()}, "grid", metrics="modes", n=4000)
    assert found.of("all")["modes-covered"].value == 25
    assert found.of("all")["good-samples"].value == pytest.approx(1 - np.exp(-4.5), abs=0.005)  # of 3 deviations
    assert found.of("half")["modes-covered"].value == 15
    assert found.of("half")["modes-kl"].value == pytest.approx(np.log(25 / 15), abs=0.01)
