"""The known results: the Dirac-GAN against its two equations, the others and the page against their curves."""

from math import exp
from pathlib import Path

import numpy as np
import pytest
from experiments.known import dirac_gan, disjoint, estimates, posteriors
from experiments.known.__main__ import EVIDENCE, PAGE
from experiments.known.curves import BACKENDS, RESULTS, path, there
from experiments.known.page import write

FOLDER = PAGE.parent / EVIDENCE
torch_and_keras = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in BACKENDS]


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


# game -> (what ψ, what θ moves by), downhill, by hand
SLOPES = {
    "GAN, minimax": lambda theta, psi: (theta * sigmoid(theta * psi), -psi * sigmoid(theta * psi)),
    "GAN, non-saturating": lambda theta, psi: (theta * sigmoid(theta * psi), -psi * sigmoid(-theta * psi)),
    "WGAN": lambda theta, psi: (theta, -psi),
    "WGAN-GP": lambda theta, psi: (theta + 2 * (abs(psi) - 1) * np.sign(psi), -psi),
    "R1": lambda theta, psi: (theta * sigmoid(theta * psi) + psi, -psi * sigmoid(-theta * psi)),
}
SLOPES["R2"] = SLOPES["R1"]  # of a critic whose slope is the same everywhere


def by_hand(game: str, rounds: int) -> np.ndarray:
    theta = psi = dirac_gan.START
    found = [(theta, psi)]
    for _ in range(rounds):
        of_psi, of_theta = SLOPES[game](theta, psi)
        theta, psi = theta - dirac_gan.RATE * of_theta, psi - dirac_gan.RATE * of_psi
        psi = min(1.0, max(-1.0, psi)) if game == "WGAN" else psi
        found.append((theta, psi))
    return np.array(found)


@pytest.mark.parametrize("backend", torch_and_keras)
def test_the_dirac_gan_moves_by_its_two_equations(backend):
    for game in SLOPES:
        found = dirac_gan.trajectory(game, backend, rounds=40)
        np.testing.assert_allclose(found, by_hand(game, 40), rtol=0, atol=1e-12, err_msg=game)


@pytest.mark.parametrize("backend", torch_and_keras)
def test_the_held_generator_tells_the_derivative_of_its_loss(backend):
    found = disjoint.gradients("WGAN-GP", backend, rounds=3)
    assert found.shape == (3,)
    kept = there("disjoint", FOLDER)["WGAN-GP"][backend][:3]
    np.testing.assert_allclose(found, kept, rtol=0, atol=1e-9)


def test_what_the_page_says_of_the_dirac_gan_is_so_in_both_frameworks():
    paths = there("dirac-gan", FOLDER)
    assert set(paths) == set(dirac_gan.GAMES)
    for game, by_backend in paths.items():
        assert set(by_backend) == set(BACKENDS), game
        for path_ in by_backend.values():
            assert path_.shape == (dirac_gan.ROUNDS + 1, 2)
            assert (dirac_gan.distance(path_) < 0.1) == (game in dirac_gan.CONVERGES), game
            if game in SLOPES:
                np.testing.assert_allclose(path_[:200], by_hand(game, 199), rtol=0, atol=1e-10, err_msg=game)


def test_what_the_page_says_of_the_lines_is_so_in_both_frameworks():
    for by_backend in zip(*(pairs.values() for pairs in there("disjoint", FOLDER).values()), strict=True):
        minimax, non_saturating, noisy, wasserstein = (np.abs(each[-50:]).mean() for each in by_backend)
        assert minimax < 0.01 < 0.5 < noisy < 1.5
        assert non_saturating > 5
        assert wasserstein == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("backend", torch_and_keras)
def test_the_first_reading_of_a_game_is_that_of_the_page(backend):
    found = estimates.estimates("WGAN-GP", backend, rounds=estimates.EVERY)
    np.testing.assert_allclose(found, there("estimates", FOLDER)["WGAN-GP"][backend][:1], rtol=0.02)


def test_what_the_page_says_of_values_of_games_is_so_in_both_frameworks():
    follows = {game: [*map(estimates.follows, by.values())] for game, by in there("estimates", FOLDER).items()}
    assert all(len(found) == len(BACKENDS) for found in follows.values())
    assert min(follows["WGAN-GP"]) > 0.8
    assert max(follows["GAN"]) < 0.5


@pytest.mark.parametrize("backend", torch_and_keras)
def test_codes_of_posteriors_are_of_their_points(backend):
    found = posteriors.codes("VAE", backend, rounds=1)
    assert found.shape == (4, posteriors.CODES, 6)
    np.testing.assert_allclose(found[..., 2:], 0.5, atol=0.2)  # of logits that nothing has moved yet
    again = posteriors.codes("VAE", backend, rounds=1)
    np.testing.assert_array_equal(found, again)


def test_overlap_and_blur_of_codes_that_are_known():
    z = np.random.default_rng(0).normal(size=(4, posteriors.CODES, 2))
    exact = np.broadcast_to(posteriors.POINTS[:, None, :], (4, posteriors.CODES, 4))
    of_one_law = np.concatenate([z, np.full_like(exact, 0.25)], axis=-1)
    apart = np.concatenate([z + 100.0 * np.arange(4)[:, None, None], exact], axis=-1)
    assert posteriors.overlap(apart) == posteriors.blur(apart) == 0
    assert 0.6 < posteriors.overlap(of_one_law) < 0.8
    assert posteriors.blur(of_one_law) == pytest.approx(0.75)


def test_what_the_page_says_of_posteriors_is_so_in_both_frameworks():
    curves = there("posteriors", FOLDER)
    for backend in BACKENDS:
        vae, avb, wae = (curves[game][backend] for game in posteriors.GAMES)
        assert posteriors.overlap(vae) > 2 * max(posteriors.overlap(avb), posteriors.overlap(wae))
        assert posteriors.blur(vae) > 5 * max(posteriors.blur(avb), posteriors.blur(wae))


def test_the_page_is_made_from_the_curves(tmp_path):
    folder = tmp_path / EVIDENCE
    folder.mkdir(parents=True)
    for result in RESULTS:
        for backend in BACKENDS:
            file = path(result, backend, FOLDER)
            (folder / file.name).write_bytes(file.read_bytes())
    page = tmp_path / "page.md"
    write(page, EVIDENCE)
    assert page.read_text() == PAGE.read_text()
    for figure in FOLDER.glob("*.svg"):
        assert (folder / figure.name).read_bytes() == figure.read_bytes()


def test_a_file_of_other_curves_is_refused(tmp_path):
    np.savez(path("disjoint", "torch", tmp_path), a=np.zeros(3))
    with pytest.raises(ValueError, match=r"disjoint-torch\.npz: not the curves of"):
        there("disjoint", Path(tmp_path))
