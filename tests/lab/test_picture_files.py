"""A folder of pictures: which are read, how their pixels become an array, what is told and what is refused."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base

from diptych_lab.data import load_data
from diptych_lab.picture_files import read_pictures
from diptych_lab.preparation import chosen

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (9, 7, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PIXELS)
TURNED = Image.Exif()
TURNED[0x0112] = 6  # orientation: what is stored first is the right-hand side


def png(path, width, height, depth, colour, data):
    """A PNG by hand, with right checksums: 16 bits a channel in colour are not written by Pillow."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


@pytest.mark.parametrize("suffix", ["png", "PNG", "jpg", "jpeg", "webp", "bmp", "tif", "TIFF", "gif"])
def test_formats(tmp_path, suffix):
    for i in range(3):
        PICTURE.save(tmp_path / f"{i}.{suffix}")
    x, notes = read_pictures(tmp_path)
    with Image.open(tmp_path / f"2.{suffix}") as image:
        np.testing.assert_array_equal(x[2], image.convert("RGB"))
    assert x.shape == (3, 9, 7, 3)
    assert not notes


@pytest.mark.parametrize(
    ("mode", "shape"),
    [(mode, (9, 7)) for mode in ("L", "1", "LA")] + [(mode, (9, 7, 3)) for mode in ("RGB", "P", "RGBA")],
)
def test_modes(tmp_path, mode, shape):
    PICTURE.convert(mode).save(tmp_path / "a.png")
    x, notes = read_pictures(tmp_path)
    np.testing.assert_array_equal(x, [PICTURE.convert(mode).convert("RGB" if len(shape) == 3 else "L")])
    assert x.shape == (1, *shape)
    assert not notes


def test_order_and_scale(tmp_path):
    for name, value in (("b", 51), ("a", 255), ("c", 0)):
        Image.new("L", (3, 1), value).save(tmp_path / f"{name}.png")
    data = load_data(tmp_path)
    np.testing.assert_array_equal(data.x[:, 0, 0, 0], np.float32([1, 0.2, 0]))
    assert data.notes == ("integer images in 0..255, divided by 255",)  # the layout is known, however small


def test_what_looks_alike_is_alike(tmp_path):
    """Transparent pixels are laid on white, whatever colour is stored below."""
    for i, hidden in enumerate(((0, 0, 0), (240, 30, 10))):
        image = Image.new("RGBA", (8, 8), (*hidden, 0))
        image.putpixel((4, 4), (200, 60, 30, 255))
        image.save(tmp_path / f"{i}.png")
    x, notes = read_pictures(tmp_path)
    assert (x[0] == x[1]).all()
    assert x[0, 0, 0].tolist() == [255, 255, 255]
    assert x[0, 4, 4].tolist() == [200, 60, 30]
    assert notes == ["2 of 2 pictures are transparent in places and were laid on white"]


@pytest.mark.parametrize(
    ("image", "settings", "pixel"),
    [
        (Image.new("LA", (2, 2), (100, 128)), {}, 177),
        (Image.new("L", (2, 2), 100), {"transparency": 100}, 255),
        (Image.new("RGB", (2, 2), (1, 2, 3)), {"transparency": (1, 2, 3)}, [255, 255, 255]),
        (Image.new("RGB", (2, 2), "red").quantize(2), {"transparency": 0}, [255, 255, 255]),
    ],
    ids=lambda value: getattr(value, "mode", ""),
)
def test_every_way_to_be_transparent(tmp_path, image, settings, pixel):
    image.save(tmp_path / "a.png", **settings)
    Image.new("RGB" if isinstance(pixel, list) else "L", (2, 2), "green").save(tmp_path / "b.png")
    x, notes = read_pictures(tmp_path)
    assert x[0, 0, 0].tolist() == pixel
    assert notes == ["1 of 2 pictures are transparent in places and were laid on white"]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_pictures_are_turned_upright(tmp_path, suffix):
    PICTURE.save(tmp_path / f"a.{suffix}", exif=TURNED, **({"lossless": True} if suffix == "webp" else {}))
    Image.fromarray(np.rot90(PIXELS, -1).copy()).save(tmp_path / "b.png")
    x, notes = read_pictures(tmp_path)
    if suffix != "jpg":
        np.testing.assert_array_equal(x[0], x[1])
    assert notes == ["1 of 2 pictures were turned as their EXIF data say"]


def test_an_orientation_that_there_is_not_turns_nothing(tmp_path):
    wrong = Image.Exif()
    wrong[Base.Orientation] = 77
    PICTURE.save(tmp_path / "a.png", exif=wrong)
    x, notes = read_pictures(tmp_path)
    np.testing.assert_array_equal(x[0], PIXELS)
    assert notes == []


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_the_first_of_several_frames_is_taken(tmp_path, suffix):
    frames = [Image.new("RGB", (7, 9), colour) for colour in ("red", "green", "blue")]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    x, notes = read_pictures(tmp_path)
    assert np.abs(x[0].astype(int) - [255, 0, 0]).max() < 3
    assert notes == ["1 of 1 pictures hold several frames, of which the first was taken"]


def test_what_is_passed_over_is_told(tmp_path):
    PICTURE.save(tmp_path / "a.png")
    for name in ("x.avif", "y.AVIF", "z.avif", "README", ".DS_Store", "._a.png"):
        (tmp_path / name).write_text("x")
    (tmp_path / "sub.png").mkdir()
    (tmp_path / ".thumbnails").mkdir()
    PICTURE.save(tmp_path / ".thumbnails" / "a.png")
    x, notes = read_pictures(tmp_path)
    assert len(x) == 1
    assert notes == ["passed over: 3 .avif, 3 hidden, 1 without a suffix"]


def test_a_folder_without_pictures(tmp_path):
    with pytest.raises(ValueError, match=r"a folder without pictures \(.png, .jpg, .*.gif\)$"):
        load_data(tmp_path)
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "a.avif").write_text("x")
    with pytest.raises(ValueError, match=r"a folder without pictures .*; it holds 1 .avif"):
        load_data(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_folders_inside(tmp_path):
    """All pictures below, in the order of their paths letter by letter, whatever the system's order is."""
    for i, name in enumerate(["B/1.png", "a/10.png", "a/9.png", "a/b/0.png", "a.png", "ä.png"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (3, 2), i).save(tmp_path / name)
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    x, notes = read_pictures(tmp_path)
    assert x[:, 0, 0].tolist() == [0, 4, 1, 2, 3, 5]
    assert notes == ["pictures of 3 folders inside, whose names are not used", "passed over: 1 links to folders"]


def test_pictures_of_several_shapes(tmp_path):
    for i in range(3):
        PICTURE.save(tmp_path / f"{i}.png")
    for i in range(2):
        PICTURE.convert("L").save(tmp_path / f"gray{i}.png")
    Image.new("L", (5, 6)).save(tmp_path / "z.png")
    with pytest.raises(
        ValueError,
        match=r"of 3 shapes \(3 of 9 x 7 in colour, such as 0.png; 2 of 9 x 7 in gray, such as gray0.png; "
        r"1 of 6 x 5 in gray, such as z.png\); pass --size 5 \(size=\), or another, to bring all to one size, "
        r"and --channels 1 or 3 \(channels=\) to bring all to gray or to colour",
    ):
        load_data(tmp_path)
    with pytest.raises(
        ValueError, match=r"of 2 shapes \(3 of 5 x 5 in colour, .*\); pass --channels 1 or 3 [^;]*$"
    ):
        load_data(tmp_path, size=5)
    data = load_data(tmp_path, size=5, channels=1)
    assert data.event == (5, 5, 1)
    assert data.preparation == chosen(size=5, crop="center", channels=1)
    assert data.notes[:2] == (
        "3 of 6 pictures in colour were made gray",
        "6 of 6 pictures are of other proportions, and what is beyond them at the edges was cut off",
    )


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
def test_16_bits_a_channel_in_png(tmp_path, colour):
    """The upper 8 bits are taken, in gray, colour, and both with opacity, here a full one."""
    pixels = RNG.integers(0, 65536, (7, {0: 1, 2: 3, 4: 2, 6: 4}[colour]))
    if colour in (4, 6):
        pixels[:, -1] = 65535
    png(tmp_path / "a.png", 7, 9, 16, colour, (b"\0" + pixels.astype(">u2").tobytes()) * 9)
    x, notes = read_pictures(tmp_path)
    expected = pixels[:, : 3 if colour in (2, 6) else 1] >> 8
    np.testing.assert_array_equal(x[0, 5].reshape(expected.shape), expected)
    assert notes == ["1 of 1 pictures have 16 bits a channel, of which the upper 8 were taken"]


def test_a_colour_of_16_bits_that_stands_for_transparency(tmp_path):
    Image.fromarray(np.full((2, 2), 700, np.uint16)).save(tmp_path / "a.png", transparency=700)
    with pytest.raises(ValueError, match=r"a.png: .*one colour of 16 bits stands for transparency; save 8 bits"):
        load_data(tmp_path)


@pytest.mark.parametrize("bits", [16, 12])
def test_more_than_8_bits_a_channel_in_tiff(tmp_path, bits):
    """Uncompressed, by hand: 2 x 2 pixels of 3 x 16 bits, of which the upper 8 are taken; of 12 bits nothing is."""
    pixels = RNG.integers(0, 65536, (2, 2, 3)).astype("<u2")
    entries = [(256, 3, 1, 2), (257, 3, 1, 2), (258, 3, 3, 134), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 140)]
    entries += [(277, 3, 1, 3), (278, 3, 1, 2), (279, 4, 1, 24), (284, 3, 1, 1)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    content = b"II*\0\x08\0\0\0" + directory + bytes(4) + struct.pack("<3H", bits, bits, bits)
    (tmp_path / "a.tif").write_bytes(content + pixels.tobytes())
    if bits == 12:
        with pytest.raises(ValueError, match=r"a.tif: .*cannot be read as data: "):
            load_data(tmp_path)
        return
    x, notes = read_pictures(tmp_path)
    np.testing.assert_array_equal(x[0], pixels >> 8)
    assert notes == ["1 of 1 pictures have 16 bits a channel, of which the upper 8 were taken"]


def test_gray_tiffs_of_16_bits(tmp_path):
    pixels = RNG.integers(0, 65536, (9, 7), dtype=np.uint16)
    for i, order in enumerate("<>"):
        Image.fromarray(pixels.astype(f"{order}u2")).save(tmp_path / f"{i}.tif")
    x, _ = read_pictures(tmp_path)
    np.testing.assert_array_equal(x, [pixels >> 8] * 2)
    Image.fromarray(pixels).save(tmp_path / "2.tif", tiffinfo={262: 0})  # 0 is white
    with pytest.raises(ValueError, match=r"2.tif: .*neither 8 nor 16 bits a channel from black to white"):
        load_data(tmp_path)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("CMYK", "jpg"), ("CMYK", "tif"), ("I", "tif"), ("F", "tif"), ("LAB", "tif")],
)
def test_modes_that_are_not_read(tmp_path, mode, suffix):
    Image.new(mode, (4, 4)).save(tmp_path / f"a.{suffix}")
    with pytest.raises(ValueError, match=f"a.{suffix}: .*an image of Pillow's mode '{mode}'; save 8 bits"):
        load_data(tmp_path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tif", "gif"])
def test_a_damaged_picture_is_named(tmp_path, suffix):
    for i in range(4):
        Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(tmp_path / f"{i}.{suffix}")
    path = tmp_path / f"2.{suffix}"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=f"^{tmp_path}/2.{suffix}: cannot be read as data: "):
        load_data(tmp_path)


def test_a_flipped_bit_in_a_png(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path, compress_level=0)
    content = bytearray(path.read_bytes())
    content[3000] ^= 1  # a pixel, as it is not compressed: only the checksum tells
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a.png: .*bad header checksum in b'IDAT'"):
        load_data(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"],
)
def test_what_a_file_holds_decides(tmp_path, content, monkeypatch):
    """PostScript is not opened, whatever it is called: Pillow would start Ghostscript."""
    (tmp_path / "a.png").write_bytes(content)
    monkeypatch.setattr(os, "system", None)
    monkeypatch.setattr("subprocess.Popen", None)
    with pytest.raises(ValueError, match=r"a.png: .*no picture of the formats PNG, .*, whatever its name says"):
        load_data(tmp_path)
    PICTURE.save(tmp_path / "a.png", "JPEG")
    assert load_data(tmp_path).event == (9, 7, 3)


@pytest.mark.parametrize(
    ("side", "message"),
    [(50_000, "could be decompression bomb"), (12_000, "12000 x 12000 pixels; at most 89478485")],
)
def test_bombs(tmp_path, side, message):
    png(tmp_path / "a.png", side, side, 8, 2, bytes(1000))
    with pytest.raises(ValueError, match=rf"a.png: .*{message}"):
        load_data(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="named pipes and links of POSIX")
def test_what_is_no_file(tmp_path):
    path = tmp_path / "a.png"
    os.mkfifo(path)
    with pytest.raises(ValueError, match=r"a.png: .*not a regular file; a named pipe"):
        load_data(tmp_path)
    for target in (path, "nowhere"):
        path.unlink()
        path.symlink_to(target)
        with pytest.raises(OSError, match=r"a.png"):
            load_data(tmp_path)
    path.unlink()
    PICTURE.save(tmp_path / "real.data", "PNG")
    path.symlink_to(tmp_path / "real.data")
    assert load_data(tmp_path).event == (9, 7, 3)


def test_a_name_with_control_characters_is_escaped(tmp_path):
    (tmp_path / "a\n\x1b[31m.png").write_text("x")
    with pytest.raises(ValueError, match=r"a\\n\\x1b\[31m.png: cannot be read"):
        load_data(tmp_path)
