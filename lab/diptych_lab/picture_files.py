"""A folder of pictures, or a tar archive of them, as one array of bytes.

Pillow is told which formats to open, so that what a file is called decides nothing: among the others it knows are
some that start programs. Pixels are taken as they are stored; colour profiles are ignored.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import Base
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, IMAGELENGTH, IMAGEWIDTH, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT

from diptych_lab.picture_places import FORMATS, SUFFIXES, Place, places
from diptych_lab.pixels import MODES, SIDEWAYS, decoded, is_gray
from diptych_lab.preparation import UNPREPARED, Preparation
from diptych_lab.reading import printable

_SHOWN = 5  # kinds of files or shapes in a message
Shape = tuple[int, ...]


def read_pictures(path: Path, preparation: Preparation = UNPREPARED) -> tuple[np.ndarray, list[str]]:
    """(n, height, width) or (n, height, width, 3) bytes of a folder or an archive, and what is to be told.

    Their order is that of `places`, the same on every machine. Raises ValueError where there is no picture, where
    one is damaged or of a kind that Pillow would cut, with its name, or where they are not of one shape, with what
    brings them to one.
    """
    pictures, others = places(path)
    if not pictures:
        kind, holds = (
            "a folder" if path.is_dir() else "an archive",
            f"; it holds {_counted(others)}" if others else "",
        )
        raise ValueError(f"{path}: {kind} without pictures ({', '.join(SUFFIXES)}){holds}")
    shape = _common([(_target(_shape(picture), preparation), picture.name) for picture in pictures], path)
    pixels, met = _room(path, len(pictures), shape), Counter[str]()
    for room, picture in zip(pixels, pictures, strict=True):
        with _opened(picture) as image:
            array, found = decoded(image, preparation)
            if array.shape != shape:
                raise ValueError(f"of shape {array.shape}, the others of {shape}")
        room[...] = array
        met.update(found)
    notes = [f"{count} of {len(pictures)} pictures {what}" for what, count in met.items()]
    if folders := len({picture.path.parent for picture in pictures} - {path, path.parent}):
        notes.append(f"pictures of {folders} folder{'s' * (folders > 1)} inside, whose names are not used")
    return pixels, notes + [f"passed over: {_counted(others)}"] * bool(others)


@contextmanager
def _opened(picture: Place) -> Iterator[ImageFile]:
    """The opened picture, before it is decoded; errors inside this context name it."""
    with picture.opened() as file:
        try:
            image = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError:
            raise ValueError(f"no picture of the formats {', '.join(FORMATS)}, whatever its name says") from None
        with image:
            yield image


def _shape(picture: Place) -> Shape:
    """(height, width) or (height, width, 3), upright, of a picture that is not decoded for it.

    Raises ValueError where it is too deep, too large or, of a PNG, which has checksums, damaged.
    """
    with _opened(picture) as image:
        width, height = image.size
        gray = is_gray(image)
        if image.mode not in MODES:
            raise ValueError(f"an image of Pillow's mode {image.mode!r}; save 8 bits, gray or RGB")
        if image.format == "TIFF":
            tags = image.tag_v2  # type: ignore[attr-defined]
            bits = set(tags.get(BITSPERSAMPLE, (1,)))
            inverted = image.mode.startswith("I") and tags.get(PHOTOMETRIC_INTERPRETATION) == 0
            if (max(bits) > 8 and bits != {16}) or set(tags.get(SAMPLEFORMAT, (1,))) != {1} or inverted:
                raise ValueError("neither 8 nor 16 bits a channel from black to white; save 8 bits, gray or RGB")
            width, height = tags[IMAGEWIDTH], tags[IMAGELENGTH]  # newer Pillows turn the size by themselves
        if not 0 < width * height <= (Image.MAX_IMAGE_PIXELS or width * height):
            raise ValueError(f"{width} x {height} pixels; at most {Image.MAX_IMAGE_PIXELS} are read")
        if (image.format != "PNG" or "exif" in image.info) and image.getexif().get(Base.Orientation) in SIDEWAYS:
            width, height = height, width
        if image.format == "PNG":
            image.verify()
    return (height, width) if gray else (height, width, 3)


def _target(shape: Shape, preparation: Preparation) -> Shape:
    """The shape of a picture when it is prepared."""
    channels = {None: shape[2:], 1: (), 3: (3,)}[preparation.channels]
    return (*(preparation.size or shape[:2]), *channels)


def _common(shapes: list[tuple[Shape, str]], path: Path) -> Shape:
    first: dict[Shape, str] = {}
    for shape, name in shapes:
        first.setdefault(shape, name)
    if len(first) == 1:
        return shapes[0][0]
    counts = Counter(shape for shape, _ in shapes).most_common(_SHOWN)
    each = [
        f"{count} of {shape[0]} x {shape[1]} in {'colour' if len(shape) > 2 else 'gray'}, such as "
        f"{printable(first[shape])}"
        for shape, count in counts
    ]
    mends = []
    if len({shape[:2] for shape in first}) > 1:
        smallest = min(side for shape in first for side in shape[:2])
        mends.append(f"--size {smallest} (size=), or another, to bring all to one size")
    if len({shape[2:] for shape in first}) > 1:
        mends.append("--channels 1 or 3 (channels=) to bring all to gray or to colour")
    raise ValueError(
        f"{path}: pictures of {len(first)} shapes ({'; '.join(each)}{'; ...' * (len(first) > _SHOWN)}); pass "
        f"{', and '.join(mends)}"
    )


def _room(path: Path, n: int, shape: Shape) -> np.ndarray:
    try:
        return np.empty((n, *shape), np.uint8)
    except MemoryError as error:
        raise ValueError(f"{path}: {n} pictures of shape {shape} do not fit in memory ({error})") from None


def _counted(kinds: Counter[str]) -> str:
    each = [f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda found: (-found[1], found[0]))]
    return ", ".join(each[:_SHOWN]) + ", ..." * (len(kinds) > _SHOWN)
