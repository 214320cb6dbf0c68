"""Pictures of samples: a grid of images, or a scatter of points in the plane."""

from io import BytesIO
from math import ceil, sqrt

import numpy as np

_GAP = 0.5  # gray, to be told from images on black and on white, and mild on any page
_APART = 5  # times as wide: axes of a scatter are then scaled each by itself
_SIDE = 56  # pixels; images with shorter sides are enlarged by a whole factor


def drawable(event: tuple[int, ...]) -> bool:
    """Is there a picture of samples of this shape?"""
    return event == (2,) or (len(event) == 3 and event[-1] in (1, 3))


def picture(x: np.ndarray, *, data: np.ndarray | None = None, columns: int | None = None) -> bytes:
    """PNG bytes of samples (n, h, w, 1 or 3) in [0, 1], or (n, 2) over a scatter of `data`.

    Raises ValueError where the event is neither.
    """
    if not drawable(x.shape[1:]):
        raise ValueError(
            f"no picture of samples of shape {x.shape[1:]}: only of images (height, width, 1 or 3) and of points "
            "in the plane; save them as .npy, or a table as .csv"
        )
    return _scatter(x, data) if x.ndim == 2 else _png(grid(x, columns))


def grid(x: np.ndarray, columns: int | None = None) -> np.ndarray:
    """(n, h, w, c) in [0, 1] -> (H, W, c) uint8, row by row, nearly square where `columns` is not given.

    Values outside [0, 1] are clipped; gaps, and what is left of the last row, are gray.
    """
    n, height, width, channels = x.shape
    columns = columns or ceil(sqrt(n))
    rows, gap = ceil(n / columns), max(1, height // 16)
    page = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, channels), _GAP)
    for i, image in enumerate(x):
        top, left = gap + i // columns * (height + gap), gap + i % columns * (width + gap)
        page[top : top + height, left : left + width] = image
    factor = max(1, _SIDE // height)
    return (np.clip(page, 0, 1) * 255).round().astype(np.uint8).repeat(factor, 0).repeat(factor, 1)


def comparison(x: np.ndarray, y: np.ndarray, columns: int = 8) -> bytes:
    """PNG bytes of x beside its reconstructions y: for images, each row of x above its row of y.

    Images that do not fill a row are left out, unless there is but one row. Raises as `picture` does.
    """
    if x.ndim != 4:
        return picture(y, data=x)
    columns = min(columns, len(x))
    rows = len(x) // columns
    lines = [a[: rows * columns].reshape(rows, columns, *a.shape[1:]) for a in (x, y)]
    return picture(np.stack(lines, axis=1).reshape(-1, *x.shape[1:]), columns=columns)


def _png(pixels: np.ndarray) -> bytes:
    from PIL import Image  # here, for few commands draw

    buffer = BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _aspect(x: np.ndarray) -> str:
    """Axes of one scale, unless the columns of a table are of units so far apart that nothing would be seen."""
    narrow, wide = sorted(np.ptp(x, axis=0))
    return "equal" if wide <= _APART * narrow else "auto"


def _scatter(x: np.ndarray, data: np.ndarray | None) -> bytes:
    from matplotlib.figure import Figure  # here, for it takes a second to import

    figure = Figure(figsize=(4.8, 4.8), layout="constrained")
    axes = figure.add_subplot(aspect=_aspect(x if data is None else data))
    if data is not None:
        axes.scatter(data[:, 0], data[:, 1], s=6, c="#b8bcc4", linewidths=0, label="data")
    axes.scatter(x[:, 0], x[:, 1], s=6, c="#c8453b", linewidths=0, label="samples")
    axes.legend(loc="upper right", frameon=False)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()
