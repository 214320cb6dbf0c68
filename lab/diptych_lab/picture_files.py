"""A folder of pictures as one array of bytes.

Pillow is told which formats to open, so that what a file is called decides nothing: among the others it knows are
some that start programs. Pixels are taken as they are stored; colour profiles are ignored.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, IMAGELENGTH, IMAGEWIDTH, SAMPLEFORMAT

from diptych_lab.reading import opened, printable

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_GRAY = ("1", "L", "LA", "La")  # Pillow's modes of 8 bits or fewer
_COLOUR = ("P", "PA", "RGB", "RGBX", "RGBA", "RGBa")
_TURNED, _SIDEWAYS = range(2, 9), range(5, 9)  # EXIF orientations; what is none of 1 to 8 turns nothing
_SHOWN = 5  # kinds of files or shapes in a message


def read_pictures(folder: Path) -> tuple[np.ndarray, list[str]]:
    """(n, height, width) or (n, height, width, 3) bytes in the order of the file names, and what is to be told.

    Raises ValueError where there is no picture, where one is damaged or of more than 8 bits, with its name, or
    where they are not of one shape.
    """
    paths, others = _listed(folder)
    if not paths:
        holds = f"; it holds {_counted(others)}" if others else ""
        raise ValueError(f"{folder}: a folder without pictures ({', '.join(_SUFFIXES)}){holds}")
    shape = _common([(_shape(path), path) for path in paths], folder)
    pixels, met = _room(folder, len(paths), shape), Counter[str]()
    for place, path in zip(pixels, paths, strict=True):
        with _picture(path) as image:
            array, found = _decoded(image)
            if array.shape != shape:
                raise ValueError(f"of shape {array.shape}, the others of {shape}")
        place[...] = array
        met.update(found)
    notes = [f"{count} of {len(paths)} pictures {what}" for what, count in met.items()]
    return pixels, notes + [f"passed over: {_counted(others)}"] * bool(others)


def _listed(folder: Path) -> tuple[list[Path], Counter[str]]:
    """The pictures by their suffixes, sorted, and how many of each kind the others are."""
    paths, others = [], Counter[str]()
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            others["hidden"] += 1
        elif path.is_dir():
            others["sub-folders"] += 1
        elif path.suffix.lower() in _SUFFIXES:
            paths.append(path)
        else:
            others[printable(path.suffix.lower()) or "without a suffix"] += 1
    return paths, others


@contextmanager
def _picture(path: Path) -> Iterator[ImageFile]:
    """The opened picture, before it is decoded; errors inside this context name the file."""
    with opened(path) as file:
        try:
            image = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError:
            raise ValueError(f"no picture of the formats {', '.join(FORMATS)}, whatever its name says") from None
        with image:
            yield image


def _shape(path: Path) -> tuple[int, ...]:
    """(height, width) or (height, width, 3), upright, of a picture that is not decoded for it.

    Raises ValueError where it is too deep, too large or, of a PNG, which has checksums, damaged.
    """
    with _picture(path) as image:
        (width, height), deep = image.size, image.format == "PNG" and "16" in str(image.tile[0][3])
        if image.format == "TIFF":
            tags = image.tag_v2  # type: ignore[attr-defined]
            deep = max(tags.get(BITSPERSAMPLE, (1,))) > 8 or set(tags.get(SAMPLEFORMAT, (1,))) != {1}
            width, height = tags[IMAGEWIDTH], tags[IMAGELENGTH]  # newer Pillows turn the size by themselves
        if image.mode not in _GRAY + _COLOUR:
            raise ValueError(f"an image of Pillow's mode {image.mode!r}; save 8 bits, gray or RGB")
        if deep:
            raise ValueError("more than 8 bits a channel, which Pillow would cut; save 8 bits, gray or RGB")
        if not 0 < width * height <= (Image.MAX_IMAGE_PIXELS or width * height):
            raise ValueError(f"{width} x {height} pixels; at most {Image.MAX_IMAGE_PIXELS} are read")
        if (image.format != "PNG" or "exif" in image.info) and image.getexif().get(Base.Orientation) in _SIDEWAYS:
            width, height = height, width
        gray = image.mode in _GRAY
        if image.format == "PNG":
            image.verify()
    return (height, width) if gray else (height, width, 3)


def _common(shapes: list[tuple[tuple[int, ...], Path]], folder: Path) -> tuple[int, ...]:
    first: dict[tuple[int, ...], Path] = {}
    for shape, path in shapes:
        first.setdefault(shape, path)
    if len(first) == 1:
        return shapes[0][0]
    counts = Counter(shape for shape, _ in shapes).most_common(_SHOWN)
    each = [
        f"{count} of {shape[0]} x {shape[1]} in {'colour' if len(shape) > 2 else 'gray'}, such as "
        f"{printable(first[shape].name)}"
        for shape, count in counts
    ]
    raise ValueError(
        f"{folder}: pictures of {len(first)} shapes ({'; '.join(each)}{'; ...' * (len(first) > _SHOWN)}); bring "
        "all to one size, image.resize((width, height)), and all to gray or to colour, image.convert('L') or 'RGB'"
    )


def _room(folder: Path, n: int, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return np.empty((n, *shape), np.uint8)
    except MemoryError as error:
        raise ValueError(f"{folder}: {n} pictures of shape {shape} do not fit in memory ({error})") from None


def _decoded(image: Image.Image) -> tuple[np.ndarray, list[str]]:
    """The pixels, and a note on any conversion."""
    gray, found = image.mode in _GRAY, []
    if getattr(image, "n_frames", 1) > 1:
        found.append("hold several frames, of which the first was taken")
    if image.getexif().get(Base.Orientation) in _TURNED:
        found.append("were turned as their EXIF data say")
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        if np.asarray(upright.getchannel("A")).min() < 255:
            found.append("are transparent in places and were laid on white")
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    return np.asarray(upright.convert("L" if gray else "RGB")), found


def _counted(kinds: Counter[str]) -> str:
    each = [f"{count} {kind}" for kind, count in kinds.most_common(_SHOWN)]
    return ", ".join(each) + ", ..." * (len(kinds) > _SHOWN)
