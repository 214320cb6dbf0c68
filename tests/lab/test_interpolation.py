"""``diptych interpolate``: ends are samples or reconstructions, codes between prior draws have the prior's law."""

import numpy as np
import pytest
from PIL import Image

from diptych_lab import interpolated, load_data, train

FEW = {"rounds": 2, "width": 8, "latent": 3, "batch": 8}


@pytest.fixture
def trained(tmp_path, backend):
    return lambda method, data="ring": train(method, data=data, backend=backend, out=tmp_path / method, **FEW)


def codes_of(run, monkeypatch, **settings):
    """The codes that the model is asked for, (n, steps, latent), and what is given."""
    seen = []

    def sample(*, z):
        seen.append(z)
        return np.zeros((len(z), *run.config.event))

    with monkeypatch.context() as patch:
        patch.setattr(run.model, "sample", sample, raising=False)
        rows = interpolated(run, **settings)
    return seen[0].reshape(*rows.shape[:2], -1)


def test_between_prior_draws_codes_have_the_priors_law(trained, monkeypatch):
    run = trained("ns-gan")
    z = codes_of(run, monkeypatch, n=4000, steps=5, seed=3)
    assert z.dtype == np.float32
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=0.08)
    np.testing.assert_allclose(z.std(axis=0), 1, atol=0.05)  # in the middle of a straight line 0.71
    a, b = z[:, 0], z[:, -1]
    assert abs(np.mean(a * b)) < 0.05
    np.testing.assert_allclose(z[:, 2], (a + b) / np.sqrt(2), rtol=1e-5, atol=1e-6)
    assert not np.array_equal(z, codes_of(run, monkeypatch, n=4000, steps=5, seed=4))


def test_what_is_given_is_what_the_model_makes_of_the_codes(trained, monkeypatch):
    run = trained("wae-mmd")
    z = codes_of(run, monkeypatch, n=2, steps=4)
    rows = interpolated(run, n=2, steps=4)
    assert rows.shape == (2, 4, 2)
    np.testing.assert_allclose(rows.reshape(8, 2), run.model.sample(z=z.reshape(8, 3)), rtol=1e-6)


def test_between_rows_the_ends_are_reconstructions_and_codes_are_on_a_line(trained, monkeypatch):
    run, x = trained("wae-mmd"), load_data("ring").x[:4]
    rows = interpolated(run, n=2, steps=3, data=x)
    np.testing.assert_allclose(rows[:, 0], run.reconstruct(x[::2]), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(rows[:, -1], run.reconstruct(x[1::2]), rtol=1e-5, atol=1e-6)
    z = codes_of(run, monkeypatch, n=2, steps=3, data=x)
    np.testing.assert_allclose(2 * z[:, 1], z[:, 0] + z[:, 2], rtol=1e-5, atol=1e-6)


def test_what_is_refused(trained):
    run = trained("ns-gan")
    with pytest.raises(ValueError, match="steps must be a whole number of at least 2, got 1"):
        interpolated(run, steps=1)
    with pytest.raises(ValueError, match="has no encoder"):
        interpolated(run, data=np.zeros((4, 2)))
    with pytest.raises(ValueError, match="3 ways take 6 rows, the data have 4"):
        interpolated(trained("wae-mmd"), n=3, data=load_data("ring").x[:4])


def test_from_the_command_line(tmp_path, trained, run):
    trained("wae-mmd", "digits")
    folder = tmp_path / "wae-mmd"
    assert run("interpolate", folder, "--out", tmp_path / "a.png", "--n", 3, "--steps", 5).exit_code == 0
    with Image.open(tmp_path / "a.png") as image:
        assert image.width > image.height * 1.5
    said = run("interpolate", folder, "--out", tmp_path / "a.npz", "--n", 3, "--data", "digits")
    assert said.output == f"{tmp_path / 'a.npz'}: 3 ways of 8 steps, of round 2\n"
    assert np.load(tmp_path / "a.npz")["x"].shape == (3, 8, 8, 8, 1)
    for words, text in (
        (("--out", tmp_path / "a.npz"), "exists; choose another --out, or pass --overwrite"),
        (("--out", tmp_path / "a.csv"), "--out must end in one of .png, .npy, .npz"),
    ):
        refused = run("interpolate", folder, *words)
        assert (refused.exit_code, text in refused.output) == (2, True)
