"""``diptych latent``: codes of rows held out, with their labels, beside draws of the prior, in the plane."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from diptych.randomness import generator
from diptych_lab import latent_map, load_data, train
from diptych_lab.held_out import evaluated, split
from diptych_lab.latent_map import LatentMap, _plane
from diptych_lab.report.compare import compared

FEW = {"rounds": 2, "width": 8, "batch": 8, "recipe": "none"}


def made(codes, labels=None):
    return LatentMap("rows", codes, None, labels, *_plane(codes))


def test_labels_go_with_their_rows():
    data = load_data("ring")
    held = evaluated(data, 0.1, 3)
    np.testing.assert_array_equal(held.x, split(data.x, 0.1, 3)[1])
    angle = np.round(np.arctan2(held.x[:, 1], held.x[:, 0]) / (np.pi / 4)).astype(int) % 8
    np.testing.assert_array_equal(held.labels, angle)
    assert evaluated(data, 0.0, 3) is data
    digits = load_data("digits")
    assert (len(digits.labels), (digits.labels == 1).sum()) == (len(digits.x), 182)
    assert load_data("checkerboard").labels is None
    kinds = {name: int(load_data(name).labels.max()) + 1 for name in ("grid", "moons", "spirals")}
    assert kinds == {"grid": 25, "moons": 2, "spirals": 2}


def test_labels_of_ones_own():
    data = replace(load_data(np.arange(8.0).reshape(4, 2)), labels=np.array([1, 0, 1, 0]))
    held = evaluated(data, 0.5, 0)
    np.testing.assert_array_equal(held.labels, data.labels[[int(row[0]) // 2 for row in held.x]])


def test_of_more_dimensions_the_plane_is_that_of_the_principal_components():
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    codes = (rng.normal(size=(400, 5)) * [0.01, 3.0, 0.02, 9.0, 0.03]) @ turn + 7
    found = made(codes)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(np.abs(found.axes @ turn[3]), [1, 0], atol=0.03)
    np.testing.assert_allclose(np.abs(found.axes @ turn[1]), [0, 1], atol=0.03)
    np.testing.assert_allclose(found.shown(codes).mean(axis=0), 0, atol=1e-9)
    assert 0.999 < found.explained < 1
    assert "two principal components of 5, 100% of their variance" in found.title
    assert made(np.zeros((4, 3))).explained == 0  # codes that are all the same


def test_a_plane_holds_little_beside_its_codes():
    codes = np.random.default_rng(0).normal(size=(4000, 8))
    tracemalloc.start()
    try:
        _plane(codes)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20 * codes.nbytes  # a square of the rows is 500 times


def test_one_row_of_many_dimensions_has_a_plane():
    found = made(np.ones((1, 5)))
    assert found.axes.shape == (2, 5)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-12)


def test_of_two_dimensions_the_plane_is_their_own():
    codes = np.random.default_rng(0).normal(size=(9, 2)) + 4
    np.testing.assert_array_equal(made(codes).shown(codes), codes)
    assert made(codes).title == "codes of 9 rows"
    np.testing.assert_array_equal(made(codes[:, :1]).shown(codes[:, :1]), codes[:, :1])


def test_codes_are_of_the_rows_held_out(tmp_path, backend):
    run = train("wae-mmd", data="ring", backend=backend, out=tmp_path, held_out=0.01, latent=3, **FEW)
    held = evaluated(load_data("ring"), 0.01, 0)
    found = latent_map(run)
    np.testing.assert_allclose(found.codes, run.encode(held.x), rtol=1e-5)  # of one point each
    np.testing.assert_array_equal(found.labels, held.labels)
    assert found.prior.shape == found.codes.shape == (82, 3)
    assert found.rows == "held-out rows"
    chosen = np.sort(generator(1, "latent map").permutation(82)[:20])
    some = latent_map(run, n=20, seed=1)
    np.testing.assert_allclose(some.codes, found.codes[chosen], rtol=1e-5)
    np.testing.assert_array_equal(some.labels, held.labels[chosen])
    of_others = latent_map(run, data="ring")
    assert (of_others.rows, len(of_others.codes)) == ("rows", 2000)
    assert abs(of_others.prior.std() - 1) < 0.1


def colours(png):
    with Image.open(png) as image:
        return {tuple(colour[:3]) for colour in np.unique(np.asarray(image).reshape(-1, 4), axis=0)}


def test_a_picture_has_a_colour_for_each_label(tmp_path):
    codes = np.random.default_rng(0).normal(size=(300, 2))
    for name, labels in (("plain", None), ("labelled", np.arange(300) % 3), ("many", np.arange(300))):
        (tmp_path / f"{name}.png").write_bytes(made(codes, labels).picture())
    blue, green = (31, 119, 180), (44, 160, 44)  # matplotlib's C0 and C2
    assert {blue, green} <= colours(tmp_path / "labelled.png")
    assert not {blue, green} & (colours(tmp_path / "plain.png") | colours(tmp_path / "many.png"))
    (tmp_path / "line.png").write_bytes(made(codes[:, :1], np.arange(300) % 2).picture())
    assert len(colours(tmp_path / "line.png")) > 3


@pytest.mark.torch
def test_a_method_whose_codes_are_not_of_the_priors_space_has_no_prior_beside(tmp_path):
    run = train("gmmn-ae", data="ring", backend="torch", out=tmp_path, latent=2, **FEW)
    found = latent_map(run, n=10)
    assert (found.prior, found.rows) == (None, "rows trained on")
    chosen = np.sort(generator(0, "latent map").permutation(8192)[:10])
    np.testing.assert_allclose(found.codes, run.encode(load_data("ring").x[chosen]), rtol=1e-5)


@pytest.mark.torch
def test_from_the_command_line(tmp_path, run):
    folder = tmp_path / "run"
    made = train("vae", data="digits", backend="torch", out=folder, held_out=0.1, latent=4, **FEW)
    said = run("latent", folder)
    assert said.exit_code == 0, said.output
    assert said.output.startswith(f"{folder / 'codes-0000002.png'}: codes of 180 held-out rows: two principal")
    assert "Codes of run at round 2" in compared([folder])
    said = run("latent", folder, "--out", tmp_path / "a.npz", "--n", 50, "--round", 2)
    assert said.exit_code == 0, said.output
    with np.load(tmp_path / "a.npz") as arrays:
        assert {name: arrays[name].shape for name in arrays} == {
            "codes": (50, 4), "prior": (50, 4), "labels": (50,), "shown": (50, 2), "prior_shown": (50, 2),
        }  # fmt: skip
        np.testing.assert_array_equal(arrays["codes"], latent_map(made, n=50).codes)
    for words, text in (
        (("--out", tmp_path / "a.npz"), "exists; choose another --out, or pass --overwrite"),
        (("--out", tmp_path / "a.csv"), "--out must end in one of .png, .npz"),
        (("--round", 1), "has no checkpoint of round 1; there are: 2"),
    ):
        refused = run("latent", folder, *words)
        assert (refused.exit_code, text in refused.output, refused.output.count("\n")) == (2, True, 1)


@pytest.mark.torch
def test_a_method_without_an_encoder_is_refused(tmp_path, refused):
    train("ns-gan", data="ring", backend="torch", out=tmp_path / "run", **FEW)
    assert "method 'ns-gan' has no encoder" in refused("latent", tmp_path / "run")


@pytest.mark.torch
def test_labels_of_another_number(tmp_path):
    run = train("vae", data="ring", backend="torch", out=tmp_path, latent=2, **FEW)
    x = load_data(np.zeros((4, 2)))
    assert latent_map(run, replace(x, labels=[0, 1, 0, 1])).labels.tolist() == [0, 1, 0, 1]
    for labels in ([0, 1, 0], np.zeros((4, 1))):
        with pytest.raises(ValueError, match=r"labels must have shape \(4,\), one for each row, got "):
            latent_map(run, replace(x, labels=labels))


def test_codes_on_a_line_are_drawn():
    line = np.arange(30.0)[:, None] * np.linspace(-0.3, 0.7, 32)
    for codes in (line[:2], line, line * 0, line[:, :2]):
        assert made(codes).picture().startswith(b"\x89PNG")
