"""Pictures brought to one size and to gray or colour: what becomes of them, and what a run remembers of it."""

import numpy as np
import pytest
from PIL import Image

from diptych_lab import load, load_data, train
from diptych_lab.own_data import own_data
from diptych_lab.picture_files import read_pictures
from diptych_lab.preparation import UNPREPARED, chosen

RNG = np.random.default_rng(0)


@pytest.fixture
def album(tmp_path):
    """Twelve pictures of several sizes, in gray and in colour, in two folders."""
    for i in range(12):
        place = tmp_path / "album" / "ab"[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        shape = (20 + i, 24 - i, 3) if i % 3 else (16, 18 + i)
        picture = Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8))
        picture.save(place / f"{i}.{('png', 'jpg', 'webp')[i % 3]}")
    return tmp_path / "album"


@pytest.mark.parametrize(
    ("asked", "size"),
    [(32, (32, 32)), ("32", (32, 32)), ("28x50", (28, 50)), ((28, 50), (28, 50)), ([8, 9], (8, 9))],
)
def test_sizes(asked, size):
    assert chosen(size=asked).size == size


@pytest.mark.parametrize(
    ("options", "message"),
    [
        *(
            ({"size": size}, "size must be a number of pixels, 32, or height x width, 28x50, got ")
            for size in (0, -3, "a", "3x", "3x4x5", 2.5, True, (), "0x4")
        ),
        ({"crop": "none"}, r"--crop \(crop=\) says how pictures come to a size: give --size"),
        ({"size": 8, "crop": "middle"}, "crop must be one of 'center', 'none', got 'middle'"),
        ({"channels": 2}, "channels must be 1, gray, or 3, colour, got 2"),
        ({"channels": True}, "channels must be 1, gray, or 3, colour, got True"),
        ({"drop_missing": 1}, "drop_missing must be True or False, got 1"),
        ({"columns": "a,,b"}, "columns must be names, such as --columns height,weight, got ''"),
        ({"columns": [3]}, "columns must be names, .* got 3"),
        ({"columns": 3}, "columns must be names, .* got 3"),
    ],
)
def test_choices_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        chosen(**options)


def test_cutting_and_stretching(tmp_path):
    """Of a picture 12 wide and 4 high, black but for a white middle third, the middle is left, or all."""
    pixels = np.zeros((4, 12), np.uint8)
    pixels[:, 4:8] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    x, notes = read_pictures(tmp_path, chosen(size=4))
    np.testing.assert_array_equal(x, np.full((1, 4, 4), 255))
    assert notes == ["1 of 1 pictures are of other proportions, and what is beyond them at the edges was cut off"]
    x, notes = read_pictures(tmp_path, chosen(size=(4, 12)))
    np.testing.assert_array_equal(x, [pixels])
    assert notes == []
    x, notes = read_pictures(tmp_path, chosen(size=4, crop="none"))
    np.testing.assert_array_equal(
        x[0], np.asarray(Image.fromarray(pixels).resize((4, 4), Image.Resampling.LANCZOS))
    )
    assert x[0, 0, 0] < 40
    assert notes == ["1 of 1 pictures are of other proportions and were stretched or squeezed"]
    x, notes = read_pictures(tmp_path, chosen(size=(8, 24)))
    assert x.shape == (1, 8, 24)
    assert notes == ["1 of 1 pictures are smaller than 8 x 24 and were enlarged"]


def test_scaling_down_averages_and_does_not_pick(tmp_path):
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)  # every pixel of it is black or white
    Image.fromarray(board).save(tmp_path / "a.png")
    x, _ = read_pictures(tmp_path, chosen(size=8))
    assert np.abs(x[0, 2:-2, 2:-2].astype(int) - 127).max() <= 2


def test_transparent_pixels_are_white_before_they_are_scaled(tmp_path):
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))  # red, and nothing of it is seen
    image.putpixel((0, 0), (0, 0, 0, 255))
    image.save(tmp_path / "a.png")
    x, _ = read_pictures(tmp_path, chosen(size=4, channels=3))
    assert (x[0, 2:, 2:] == 255).all()
    assert (x[0, ..., 0] == x[0, ..., 1]).all()


def test_channels(tmp_path):
    Image.new("RGB", (2, 2), (200, 100, 50)).save(tmp_path / "a.png")
    Image.new("L", (2, 2), 7).save(tmp_path / "b.png")
    gray, notes = read_pictures(tmp_path, chosen(channels=1))
    assert gray[:, 0, 0].tolist() == [round(0.299 * 200 + 0.587 * 100 + 0.114 * 50), 7]
    assert notes == ["1 of 2 pictures in colour were made gray"]
    colour, notes = read_pictures(tmp_path, chosen(channels=3))
    assert colour[:, 0, 0].tolist() == [[200, 100, 50], [7, 7, 7]]
    assert notes == []


def test_options_for_data_of_another_kind(tmp_path):
    np.save(tmp_path / "x.npy", np.eye(3))
    for source in (tmp_path / "x.npy", "digits", np.eye(3)):
        with pytest.raises(ValueError, match=r"--size \(size=\) is for pictures, and .* is none: leave it out"):
            load_data(source, size=8)
    with pytest.raises(ValueError, match=r"these data are loaded already; give channels to load_data"):
        load_data(load_data(np.eye(3)), channels=1)


def test_a_run_remembers(album, tmp_path, run, refused, backend):
    """In Python and on the command line alike; a resume with other choices is refused."""
    words = ("train", "wae-mmd", "--data", album, "--backend", backend, "--batch", 4, "--width", 8)
    options = ("--size", 8, "--channels", 1)
    told = run(*words, *options, "--out", tmp_path / "a", "--rounds", 2)
    assert told.exit_code == 0, told.output
    for line in (
        "8 of 12 pictures in colour were made gray",
        "what is beyond them at the edges was cut off",
        "pictures of 2 folders inside, whose names are not used",
    ):
        assert line in told.output.replace("\n", " ")
    config = load(tmp_path / "a").config
    assert config.event == (8, 8, 1)
    assert config.preparation.record() == {"size": [8, 8], "crop": "center", "channels": 1}
    assert own_data(config).fingerprint == config.fingerprint
    resumed = (*words, "--out", tmp_path / "a", "--rounds", 3, "--resume")
    assert "size [8, 8] here" not in refused(*resumed, "--size", 8, "--channels", 3)
    said = refused(*resumed, "--size", "8", "--crop", "none", "--channels", 1)
    assert "crop none here, center there" in said
    assert run(*resumed, *options).exit_code == 0
    made = train(
        "wae-mmd", data=album, backend=backend, out=tmp_path / "b", rounds=3, batch=4, width=8, size=8, channels=1
    )
    assert made.config == load(tmp_path / "a").config
    np.testing.assert_array_equal(made.sample(3), load(tmp_path / "a").sample(3))
    assert made.reconstruct(album / "a").shape == (6, 8, 8, 1)
    out = tmp_path / "r.npy"
    assert run("sample", tmp_path / "a", "--reconstruct", "--data", album / "b", "--out", out).exit_code == 0
    assert np.load(out).shape == (6, 8, 8, 1)


@pytest.mark.torch
def test_evaluation_prepares_what_no_run_does(album, tmp_path, run, refused):
    words = ("evaluate", album / "a", "--data", album, "--metrics", "energy", "--json")
    assert "pass --size" in refused(*words)
    found = run(*words, "--size", 8, "--channels", 1)
    assert found.exit_code == 0, found.output
    settings = {"backend": "torch", "batch": 4, "width": 8, "size": 8, "channels": 1}
    train("vae", data=album, out=tmp_path / "r", rounds=1, **settings)
    words = ("evaluate", tmp_path / "r", "--data", album, "--metrics", "energy", "--json")
    assert run(*words).exit_code == 0
    assert run(*words, "--size", 8).exit_code == 0
    said = refused(*words, "--size", 9)
    assert "--size (size=) (9, 9), but the run's data had (8, 8); others are prepared alike: leave it out" in said
    said = refused("evaluate", tmp_path / "r", "--size", 8)
    assert "a run's own data are prepared as they were: leave out size" in said


@pytest.mark.torch
def test_pictures_for_a_run_whose_data_needed_nothing(album, tmp_path, run, refused):
    train("vae", data="digits", backend="torch", out=tmp_path / "r", rounds=1, width=8)
    words = ("sample", tmp_path / "r", "--reconstruct", "--out", tmp_path / "s.npy")
    assert "pass --size" in refused(*words, "--data", album)
    assert "size, crop: these say how --data is read, and none are given" in refused(*words, "--size", 8)
    assert run(*words, "--data", album, "--size", 8, "--channels", 1).exit_code == 0
    assert np.load(tmp_path / "s.npy").shape == (12, 8, 8, 1)


def test_a_run_without_choices_has_none_in_its_record(tmp_path):
    config = load_data("digits")
    assert config.preparation == UNPREPARED
    assert UNPREPARED.record() == {}


@pytest.mark.torch
def test_a_run_is_not_kept_among_its_pictures(album, refused):
    words = ("train", "vae", "--data", album, "--backend", "torch", "--size", 8, "--channels", 1)
    for out in (album, album / "runs" / "a"):
        assert f"{out} lies in {album}, which is data; choose another --out" in refused(*words, "--out", out)
