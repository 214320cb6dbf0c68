"""The pixels of one opened picture: upright, on white, of 8 bits a channel, at the size that is asked for."""

import numpy as np
from PIL import Image, ImageOps
from PIL.ExifTags import Base
from PIL.TiffImagePlugin import BITSPERSAMPLE

from diptych_lab.preparation import Preparation

_DEEP = ("I;16", "I;16B", "I;16L", "I;16N")  # Pillow's modes of 16 bits, which is gray
_GRAY = ("1", "L", "LA", "La", *_DEEP)
MODES = (*_GRAY, "P", "PA", "RGB", "RGBX", "RGBA", "RGBa")
_TURNED, SIDEWAYS = range(2, 9), range(5, 9)  # EXIF orientations; what is none of 1 to 8 turns nothing


def decoded(image: Image.Image, preparation: Preparation) -> tuple[np.ndarray, list[str]]:
    """(height, width) or (height, width, 3) bytes, and a note on each thing that was done.

    Of 16 bits a channel the upper 8 are taken. To a size pictures are scaled by Lanczos's filter, cut about the
    center to its proportions before, where `crop` is "center". Colour becomes gray by ITU-R 601-2, as Pillow has
    it. Raises ValueError where one colour of 16 bits stands for transparency.
    """
    gray, deep, found = is_gray(image), _is_deep(image), []
    if getattr(image, "n_frames", 1) > 1:
        found.append("hold several frames, of which the first was taken")
    if image.getexif().get(Base.Orientation) in _TURNED:
        found.append("were turned as their EXIF data say")
    if deep:
        found.append("have 16 bits a channel, of which the upper 8 were taken")
        if "transparency" in image.info:
            raise ValueError("one colour of 16 bits stands for transparency; save 8 bits, gray or RGB")
    upright = ImageOps.exif_transpose(image)
    if upright.mode in _DEEP:
        upright = Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        if np.asarray(upright.getchannel("A")).min() < 255:
            found.append("are transparent in places and were laid on white")
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    channels = preparation.channels or (1 if gray else 3)
    if channels == 1 and not gray:
        found.append("in colour were made gray")
    return np.asarray(_sized(upright.convert("L" if channels == 1 else "RGB"), preparation, found)), found


def is_gray(image: Image.Image) -> bool:
    """Is the picture gray in its file? Asked before it is decoded: Pillow makes colour of gray in 16 bits beside
    opacity."""
    return image.mode in _GRAY or (image.format == "PNG" and str(image.tile[0][3]).startswith("LA"))  # type: ignore[attr-defined]


def _is_deep(image: Image.Image) -> bool:
    """Has the picture 16 bits a channel, in its file? Asked before it is decoded."""
    if image.format == "TIFF":
        return 16 in image.tag_v2.get(BITSPERSAMPLE, ())  # type: ignore[attr-defined]
    if image.format == "PNG":
        return "16" in str(image.tile[0][3])  # type: ignore[attr-defined]  # what its decoder is told
    return image.mode in _DEEP


def _sized(image: Image.Image, preparation: Preparation, found: list[str]) -> Image.Image:
    """The picture at the size that is asked for, if one is; `found` is told of it."""
    if preparation.size is None:
        return image
    height, width = preparation.size
    if image.size == (width, height):
        return image
    if image.width < width or image.height < height:
        found.append(f"are smaller than {height} x {width} and were enlarged")
    if preparation.crop == "none":
        if image.width * height != image.height * width:
            found.append("are of other proportions and were stretched or squeezed")
        return image.resize((width, height), Image.Resampling.LANCZOS)
    if image.width * height != image.height * width:
        found.append("are of other proportions, and what is beyond them at the edges was cut off")
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
