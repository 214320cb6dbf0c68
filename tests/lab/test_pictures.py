"""Pictures: where each sample goes, and what cannot be drawn."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from diptych_lab.pictures import comparison, grid, picture


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(png)))


def test_a_grid_is_filled_row_by_row():
    shades = np.arange(5) / 5
    page = grid(np.ones((5, 56, 56, 1)) * shades[:, None, None, None])
    side = 56 + 3  # the gap is a sixteenth
    assert page.shape == (2 * side + 3, 3 * side + 3, 1)
    centres = [page[31 + i // 3 * side, 31 + i % 3 * side, 0] for i in range(6)]
    assert centres == [*(shades * 255).round(), 128]


def test_values_outside_are_clipped():
    page = grid(np.array([-3.0, 9.0]).reshape(2, 1, 1, 1) * np.ones((2, 56, 56, 1)), columns=2)
    assert (page[30, 30, 0], page[30, 90, 0]) == (0, 255)


@pytest.mark.parametrize(("channels", "shape"), [(1, ()), (3, (3,))])
def test_gray_and_colour(channels, shape):
    image = pixels(picture(np.zeros((4, 8, 8, channels))))
    assert image.shape[2:] == shape
    assert (image.min(), image.max()) == (0, 128)


def test_points_are_scattered():
    blank, drawn = (
        pixels(picture(np.full((50, 2), x))) for x in (0.0, np.random.default_rng(0).normal(size=(50, 2)))
    )
    assert blank.shape == drawn.shape
    assert (blank != drawn).any()


def test_originals_stand_above_their_reconstructions():
    x, y = np.zeros((4, 56, 56, 1)), np.full((4, 56, 56, 1), 0.6)
    image = pixels(comparison(x, y, columns=2))
    assert [image[31 + 59 * row, 31] for row in range(4)] == [0, 153, 0, 153]


def test_a_single_row_need_not_be_full():
    x = np.zeros((3, 8, 8, 1))
    assert pixels(comparison(x, x)).shape[1] > pixels(comparison(x, x)).shape[0]


@pytest.mark.parametrize("event", [(5,), (8, 8, 2)])
def test_what_cannot_be_drawn(event):
    with pytest.raises(ValueError, match=r"no picture of samples of shape .*save them as .npy"):
        picture(np.zeros((4, *event)))
