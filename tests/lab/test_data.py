"""Data sets: what is loaded, how it is laid out, and what is refused."""

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from diptych_lab import data as data_module
from diptych_lab.data import FASHION_FILE, data_path, load_data, prepare
from diptych_lab.idx import read_idx
from diptych_lab.toys import ring


def idx(array: np.ndarray, code: int = 0x08) -> bytes:
    lengths = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, code, array.ndim]) + lengths + array.tobytes()


IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10


def test_digits():
    data = load_data("digits", "float64")
    assert data.x.shape == (1797, 8, 8, 1)
    assert data.x.dtype == np.float64
    assert data.x.flags.c_contiguous
    assert (data.x.min(), data.x.max()) == (0, 1)


def test_ring_is_eight_equal_modes_on_a_circle():
    x = load_data("ring", "float64").x
    assert x.shape == (8192, 2)
    np.testing.assert_array_equal(x, ring())
    angles = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi / 8)
    modes, counts = np.unique(np.round(angles).astype(int) % 8, return_counts=True)
    assert modes.tolist() == list(range(8))
    assert set(counts) == {1024}
    assert np.abs(np.linalg.norm(x, axis=1) - 2).max() < 0.1


@pytest.mark.parametrize(("name", "pack"), [(FASHION_FILE, bytes), (f"{FASHION_FILE}.gz", gzip.compress)])
def test_fashion_mnist_from_a_folder_or_a_file(tmp_path, name, pack):
    (tmp_path / name).write_bytes(pack(idx(IMAGES)))
    for place in (tmp_path, tmp_path / name):
        data = load_data(f"fashion-mnist:{place}")
        np.testing.assert_array_equal(data.x, (IMAGES[..., None] / 255).astype(np.float32))
        assert data.notes == ("integer images in 0..255, divided by 255",)
        assert load_data(data.source).fingerprint == data.fingerprint


def test_fashion_mnist_where_debian_puts_it(tmp_path, monkeypatch):
    monkeypatch.setattr(data_module, "FASHION_FOLDER", tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"apt-get install dataset-fashion-mnist.*--data fashion-mnist:FOLDER"
    ):
        load_data("fashion-mnist")
    (tmp_path / FASHION_FILE).write_bytes(idx(IMAGES))
    assert load_data("fashion-mnist").event == (3, 4, 1)


def test_idx_types_are_big_endian(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(idx(np.array([[1.5, -2.0]], ">f8"), code=0x0E))
    array = read_idx(path)
    assert array.dtype == np.dtype("float64")
    assert array.tolist() == [[1.5, -2.0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (b"\x89PNG....", "not an IDX file"),
        (bytes([0, 0, 0x77, 1, 0, 0, 0, 0]), "not an IDX file"),
        (idx(IMAGES)[:-1], r"shape \(2, 3, 4\) has 40 bytes, this one 39"),
        (idx(IMAGES) + b"x", "this one 41"),
        (gzip.compress(idx(IMAGES), mtime=0)[:-9], "not a whole gzip file"),
        (gzip.compress(idx(IMAGES), mtime=0)[:-8] + bytes(8), "not a whole gzip file .*CRC"),
        (gzip.compress(idx(IMAGES)[:-1], mtime=0), "has 40 bytes, not this one"),
        (gzip.compress(idx(IMAGES) + bytes(2**24), mtime=0), "has 40 bytes, not this one"),
        (idx(np.zeros(0, np.uint8)).replace(bytes(4), b"\xff" * 4), "has 4294967303 bytes, this one 8"),
        (
            gzip.compress(bytes([0, 0, 8, 2]) + b"\xff" * 8, mtime=0),
            "would unpack to 18446744065119617037, more than 200 times",
        ),
        (bytes([0, 0, 8, 255]) + bytes([0, 0, 0, 1] * 255) + b"x", "maximum supported dimension"),
    ],
)
def test_broken_idx_files_are_named(tmp_path, content, message):
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "event"),
    [((5,), (1,)), ((5, 3), (3,)), ((5, 8, 6), (8, 6, 1)), ((5, 8, 6, 3), (8, 6, 3))],
)
def test_layouts(tmp_path, shape, event):
    path = tmp_path / "x.npy"
    np.save(path, np.asfortranarray(np.random.default_rng(0).uniform(size=shape)))
    data = load_data(str(path), "float64")
    assert data.event == event
    assert data.x.flags.c_contiguous
    np.testing.assert_array_equal(data.x.ravel(), np.load(path).ravel())


def test_endings_in_capitals(tmp_path):
    with (tmp_path / "X.NPY").open("wb") as file:
        np.save(file, np.ones((4, 2)))
    assert load_data(tmp_path / "X.NPY").event == (2,)


def test_an_idx_file_by_its_path(tmp_path):
    path = tmp_path / "t10k-images-idx3-ubyte"
    path.write_bytes(idx(IMAGES))
    assert load_data(str(path)).x.shape == (2, 3, 4, 1)


def test_arrays_and_whatever_becomes_one():
    points = np.arange(6.0).reshape(3, 2)
    for source in (points, points.tolist(), prepare("mine", points)):
        np.testing.assert_array_equal(load_data(source).x, points)
    assert load_data(points).source == "array in memory"


def test_rows_of_bytes_are_told():
    note = "rows of bytes up to 200, taken as they are; if they are images, divide by 255"
    assert prepare("a", np.array([[3, 200]], np.uint8)).notes == (note,)
    assert not prepare("a", np.array([[0, 1]], np.uint8)).notes


def test_files_of_another_kind(tmp_path):
    for name, message in (
        ("x.npy", "it is no NumPy file, whatever its name says"),
        ("x.txt", "not among the data that are read: .*; if it holds a table, give it the ending .csv"),
        ("x.mat", "not among the data that are read: .npy, .npz"),
    ):
        (tmp_path / name).write_text("1,2\n3,4\n")
        with pytest.raises(ValueError, match=f"{name}: .*{message}"):
            load_data(str(tmp_path / name))


def test_integers():
    """Images of bytes are scaled, binary ones and flat events are not."""
    assert prepare("a", np.full((2, 2, 2), 255, np.uint8)).x.max() == 1
    binary = prepare("a", np.eye(2, dtype=np.int64)[None])
    assert binary.x.max() == 1
    assert binary.notes == ("integer images of 0 and 1, taken as they are",)
    (note,) = prepare("a", np.arange(8).reshape(2, 2, 2)).notes
    assert note.endswith("divided by 255; the largest is 7, so scale them yourself if that is white")
    flat = prepare("a", np.array([[3, 200]]))
    assert flat.x.tolist() == [[3, 200]]
    assert not flat.notes


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((0, 3)), r"data are empty, shape \(0, 3\)"),
        (np.zeros((3, 0)), r"data are empty, shape \(3, 0\)"),
        (np.array(["a", "b"]), "must be real numbers, this array has dtype <U1"),
        (np.zeros((3, 2), complex), "must be real numbers, .*its parts are"),
        (np.zeros(3, [("a", float), ("b", int)]), r"real numbers, .*stack its fields: .* in \['a', 'b'\]"),
        (np.zeros((3, 2), object), r"dtype object; convert it first, x.astype"),
        (np.zeros(3, "datetime64[s]"), r"dtype datetime64\[s\]"),
        (np.zeros((2, 2, 2, 2, 2)), "must have shape"),
        (np.float64(3), "must have shape"),
        (np.array([[0, 1], [2, np.nan]]), r"nan at row 1, position \(1,\) \(1 of 4 entries are"),
        (np.array([[0, -np.inf], [np.inf, 3]]), r"-inf at row 0, position \(1,\) \(2 of 4 entries are"),
        (
            np.array([[0, 1e300]]),
            r"1e\+300 at row 0, position \(1,\).* float32 ends before it: .* train in float64",
        ),
        (np.full((2, 2, 2), 255.0), r"must lie in \[0, 1\], these span 255..255; save x / 255"),
        (np.full((2, 2, 2), -1.0), r"these span -1..-1; save \(x \+ 1\) / 2"),
        (np.full((2, 2, 2), 1.1), r"span 1.1..1.1; scale or clip them, .*, or save rows of numbers"),
        (np.full((2, 2, 2), 1.00001), r"span 1.00001..1.00001; scale or clip them, numpy.clip"),
        (np.full((2, 2, 2), 16.0), r"save x / 255, or x / 16 if that is white"),
        (np.full((2, 2, 2), 60000.0), r"save x / 65535 if they had 16 bits"),
        (np.full((2, 2, 2), 60000, np.uint16), r"must lie in 0..255, .*save x / 65535"),
        (np.full((2, 2, 2), np.nan), r"nan at row 0, position \(0, 0\)"),
        (np.full((2, 2, 2), np.inf), r"inf at row 0, position \(0, 0\)"),
        (np.full((2, 2, 2), 256), r"must lie in 0..255, these span 256..256"),
        (np.full((2, 2, 2), -1), r"must lie in 0..255"),
        *(
            (np.zeros(shape), r"look channels-first; save np.moveaxis\(x, 1, -1\)")
            for shape in [(2, 3, 32, 32), (2, 3, 8, 6), (2, 4, 9, 9), (2, 3, 4, 4), (2, 1, 2, 2), (2, 1, 28, 28)]
        ),
    ],
)
def test_bad_arrays(array, message):
    with pytest.raises(ValueError, match=message) as caught:
        prepare("mine.npy", np.asarray(array))
    assert str(caught.value).startswith("mine.npy: ")


@pytest.mark.parametrize("dtype", ["<f2", ">f2", "<f4", ">f4", ">f8", "g", "?", "u1", ">u2", ">i8"])
def test_numbers_of_every_type(dtype):
    """Values, not bytes: what is stored the other way round, at half or at double length is the same number."""
    x = np.arange(24).reshape(2, 3, 4) % 2 if dtype == "?" else np.arange(24).reshape(2, 3, 4)
    rows = prepare("a", x[0].astype(dtype), "float64")
    np.testing.assert_array_equal(rows.x, x[0])
    assert rows.x.dtype == np.dtype("float64")
    images = prepare("a", (x / 32).astype(dtype) if "f" in dtype or dtype == "g" else x.astype(dtype)).x
    np.testing.assert_allclose(
        images[..., 0], x / (1 if dtype == "?" else 32 if "f" in dtype or dtype == "g" else 255)
    )


@pytest.mark.parametrize(
    "view", [lambda x: x[::2, ::-1], np.asfortranarray, lambda x: np.broadcast_to(x[0], x.shape)]
)
def test_arrays_that_do_not_lie_in_a_row(view):
    x = np.random.default_rng(0).uniform(size=(6, 5, 4))
    x.flags.writeable = False
    data = prepare("a", view(x), "float64")
    np.testing.assert_array_equal(data.x[..., 0], view(x))
    assert data.x.flags.c_contiguous


@pytest.mark.parametrize(
    ("dtype", "beyond"), [("float64", 1e-7), ("float32", 1.2e-7), ("float64", 9e-7), ("float16", 1e-3)]
)
def test_a_rounding_beyond_0_and_1_is_clipped_and_told(dtype, beyond):
    x = np.full((4, 5, 5), 0.5, dtype)
    x[0, 0, 0], x[1, 1, :2] = -1e-8, 1 + beyond
    data = prepare("a", x)
    assert (data.x.min(), data.x.max()) == (0, 1)
    (note,) = data.notes
    assert note.startswith("3 of 100 entries beyond [0, 1] by rounding, -") == (dtype != "float16")
    assert note.endswith(f"..{float(x.max()):.9g}, clipped")


@pytest.mark.parametrize(
    ("shape", "note"),
    [
        ((5, 3, 3, 3), "images of 3 x 3 with 3 channels; if channels come first, hand over np.moveaxis(x, 1, -1)"),
        ((5, 100, 32, 32), "images of 100 x 32 with 32 channels; if"),
        ((5, 8, 9, 10), "images of 8 x 9 with 10 channels; if"),
        ((28, 28, 3), "28 gray images of 28 x 3; if it is one image in colour, hand over x[None]"),
        ((5, 28, 28, 3), ""),
        ((5, 4, 4, 3), ""),
        ((5, 4, 4, 8), ""),
        ((5, 32, 32, 64), ""),
        ((5, 28, 28), ""),
    ],
)
def test_a_shape_that_is_read_by_guessing_is_told(shape, note):
    x = np.random.default_rng(0).uniform(size=shape)
    data = prepare("a", x)
    assert data.x.shape == shape + (1,) * (4 - len(shape))
    assert [said.startswith(note) for said in data.notes] == [True] * bool(note)


def test_data_without_difference_are_told():
    assert prepare("a", np.full((5, 3), 2.5)).notes == ("in float32 every entry is 2.5: there is nothing to learn",)
    tiny = np.random.default_rng(0).uniform(size=(5, 3)) * 1e-60
    assert prepare("a", tiny).notes == ("in float32 every entry is 0: there is nothing to learn",)
    assert not prepare("a", tiny, "float64").notes


def test_no_setting_of_numpy_matters():
    with np.errstate(all="raise"):
        assert prepare("a", np.array([[1e-60, 1.0]])).x.tolist() == [[0, 1]]
        with pytest.raises(ValueError, match="1e\\+300 at row 0"):
            prepare("a", np.array([[1e300, np.nan]]))


def test_little_memory_beside_the_result(tmp_path):
    """Loading bytes from a file needs those bytes, the result, which is four times as large, and a few blocks."""
    np.save(tmp_path / "x.npy", np.arange(20000 * 784).reshape(20000, 28, 28).astype(np.uint8))
    tracemalloc.start()
    try:
        data = load_data(tmp_path / "x.npy")
        assert data.fingerprint
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 1.25 * data.x.nbytes < peak < 1.6 * data.x.nbytes


@pytest.mark.parametrize(
    "spelled", [Path("digits"), "./digits", b"./digits", "digits/", "~/digits", Path("~/digits")]
)
def test_a_path_is_a_path_and_a_name_a_name(tmp_path, monkeypatch, spelled):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not load_data("digits").notes
    (tmp_path / "digits").mkdir()
    Image.new("RGB", (14, 10), "red").save(tmp_path / "digits" / "0.png")
    data = load_data(spelled)
    assert data.x.shape == (1, 10, 14, 3)
    assert data_path(data.source) == data_path(str(tmp_path / "digits")) == tmp_path / "digits"
    built_in = load_data("digits")
    assert built_in.event == (8, 8, 1)
    assert built_in.notes == ("the built-in set; what lies here under that name is ./digits",)
    assert load_data(built_in.source).event == (8, 8, 1)


def test_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    np.savez(tmp_path / "a.npz", x=np.eye(3), y=np.eye(4))
    (tmp_path / FASHION_FILE).write_bytes(idx(IMAGES))
    assert load_data("~/a.npz:y").event == (4,)
    assert data_path("~/a.npz:y") == tmp_path / "a.npz"
    assert load_data("fashion-mnist:~").event == (3, 4, 1)
    assert data_path("fashion-mnist:~") == tmp_path
    with pytest.raises(ValueError, match=r"~nobody-of-that-name/x.npy: there is no such home folder"):
        load_data("~nobody-of-that-name/x.npy")


@pytest.mark.parametrize("place", ["a\0.npy", "\ud800.npy"])
def test_what_no_system_takes_for_a_path(place):
    """A config of a run may say it."""
    with pytest.raises(ValueError, match="is no path"):
        data_path(place)
    with pytest.raises(ValueError, match="is no path"):
        load_data(place)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "'' is no path"),
        ("a\0b", "'a.x00b' is no path"),
        ("https://elsewhere.org/x.npy", "not fetched from elsewhere; download the file"),
        ("digit", "unknown data 'digit', and there is no such path; did you mean 'digits'"),
        (b"digit", "unknown data 'digit'"),
        ("nowhere.npy", r"nowhere.npy: no such file"),
        ("C:\\data\\x.npz:images", r"x.npz: no such file"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_paths_that_are_none(tmp_path, monkeypatch, source, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, OSError), match=message):
        load_data(source)


def test_the_type_of_numbers_is_checked_first():
    with pytest.raises(ValueError, match="dtype must be one of 'float32', 'float64', got 'FLOAT32'"):
        load_data("digits", "FLOAT32")


def test_objects_are_never_unpickled(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"x.npy: .*Python objects, which are never unpickled"):
        load_data(str(path))


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
@pytest.mark.parametrize("keep", [0, 20, 100])
def test_cut_files(tmp_path, name, keep):
    path = tmp_path / name
    (np.save if name.endswith("npy") else np.savez)(path, np.ones((50, 2)))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=f"{name}: cannot be read as data"):
        load_data(str(path))
