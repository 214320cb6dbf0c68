"""Images mirrored and shifted at random: to which images, how often, and as a pure function of seed and batch."""

import numpy as np
import pytest

from diptych_lab import load, train
from diptych_lab.augmentation import NONE, Augmentation

IMAGES = np.random.default_rng(0).random((400, 6, 5, 2), dtype=np.float32)
FLIP, SHIFT, BOTH = Augmentation(flip=True), Augmentation(shift=2), Augmentation(flip=True, shift=2)


def moved(image, down, right, mirrored):
    """By NumPy's padding: a second way to say it."""
    image = image[:, ::-1] if mirrored else image
    padded = np.pad(image, ((2, 2), (2, 2), (0, 0)), mode="edge")
    return padded[2 - down : 8 - down, 2 - right : 7 - right]


@pytest.mark.parametrize("augmentation", [FLIP, SHIFT, BOTH])
def test_every_image_is_one_of_those_that_there_are_each_as_often(augmentation):
    found = augmentation(IMAGES, 0, 0)
    assert (found.shape, found.dtype) == (IMAGES.shape, IMAGES.dtype)
    reach = range(-augmentation.shift, augmentation.shift + 1)
    ways = [(d, r, m) for d in reach for r in reach for m in range(1 + augmentation.flip)]
    counts = dict.fromkeys(ways, 0)
    for before, after in zip(IMAGES, found, strict=True):
        same = [way for way in ways if np.array_equal(moved(before, *way), after)]
        assert len(same) == 1
        counts[same[0]] += 1
    expected = 400 / len(ways)
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 2 * len(ways) + 12  # chi-square


def test_a_function_of_seed_and_number():
    np.testing.assert_array_equal(BOTH(IMAGES, 3, 7), BOTH(IMAGES, 3, 7))
    for seed, number in ((4, 7), (3, 8)):
        assert not np.array_equal(BOTH(IMAGES, 3, 7), BOTH(IMAGES, seed, number))
    before = IMAGES.copy()
    BOTH(IMAGES, 0, 0)
    np.testing.assert_array_equal(IMAGES, before)
    assert NONE(IMAGES, 0, 0) is IMAGES


@pytest.mark.torch
@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (np.eye(40), {"flip": True}, r"flip and shift are for images, and rows have shape \(40,\): leave them out"),
        ("digits", {"shift": 8}, "shift must be below the sides of the images, 8 x 8, got 8"),
        ("digits", {"shift": -1}, "shift must be a whole number of at least 0, got -1"),
        ("digits", {"flip": "yes"}, "flip must be True or False, got 'yes'"),
    ],
)
def test_choices_that_are_refused(data, options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        train("vae", data=data, backend="torch", out=tmp_path / "a", batch=20, **options)


def test_a_run_resumes_to_the_same_bits(tmp_path, run, refused, backend):
    words = ("train", "wgan-gp", "--data", "digits", "--backend", backend, "--batch", 20, "--width", 8)
    options = ("--flip", "--shift", 1)
    assert run(*words, *options, "--out", tmp_path / "a", "--rounds", 2).exit_code == 0
    resumed = (*words, "--out", tmp_path / "a", "--rounds", 4, "--resume")
    assert "flip True here, none there" not in (said := refused(*resumed, "--shift", 1))
    assert "flip none here, True there" in said
    assert run(*resumed, *options).exit_code == 0
    settings = {"data": "digits", "backend": backend, "batch": 20, "width": 8, "rounds": 4}
    whole = train("wgan-gp", out=tmp_path / "b", flip=True, shift=1, **settings)
    plain = train("wgan-gp", out=tmp_path / "c", **settings)
    assert load(tmp_path / "a").config == whole.config != plain.config
    assert "augmentation" not in plain.config.record()
    for name in ("metrics.jsonl", "config.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / "metrics.jsonl").read_bytes() != (tmp_path / "c" / "metrics.jsonl").read_bytes()
    np.testing.assert_array_equal(load(tmp_path / "a").sample(4), whole.sample(4))
