"""Data sets: what is loaded, how it is laid out, and what is refused."""

import gzip

import numpy as np
import pytest
from PIL import Image

from diptych_lab import data as data_module
from diptych_lab.data import FASHION_FILE, load_data, prepare, ring
from diptych_lab.idx import read_idx


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


def test_npz_with_one_array_or_the_key_x(tmp_path):
    path = tmp_path / "a.npz"
    points = np.ones((4, 2))
    np.savez(path, whatever=points)
    np.testing.assert_array_equal(load_data(str(path)).x, points)
    np.savez(path, x=points, labels=np.arange(4))
    np.testing.assert_array_equal(load_data(str(path)).x, points)
    np.savez(path, a=points, labels=np.arange(4))
    with pytest.raises(ValueError, match=r"holds the arrays a, labels; name one: file.npz:a"):
        load_data(str(path))
    named = load_data(f"{path}:labels")
    assert named.x[:, 0].tolist() == [0, 1, 2, 3]
    assert load_data(named.source).fingerprint == named.fingerprint
    with pytest.raises(ValueError, match=r"a.npz: .* holds no array 'b', but a, labels"):
        load_data(f"{path}:b")
    np.savez(path)
    with pytest.raises(ValueError, match=r"a.npz: .* it holds no array"):
        load_data(str(path))


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
    with pytest.raises(ValueError, match="array in memory: data must be real numbers"):
        load_data(None)


@pytest.mark.parametrize(
    ("mode", "event"), [("L", (3, 4, 1)), ("1", (3, 4, 1)), ("RGB", (3, 4, 3)), ("P", (3, 4, 3))]
)
def test_a_folder_of_images(tmp_path, mode, event):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (3, 3, 4, 3), dtype=np.uint8)
    for i, pixels in enumerate(pictures):
        Image.fromarray(pixels).convert(mode).save(tmp_path / f"{i}.PNG")
    (tmp_path / "notes.txt").write_text("x")
    data = load_data(tmp_path)
    assert data.x.shape == (3, *event)
    if mode == "RGB":
        np.testing.assert_array_equal(data.x, (pictures / 255).astype(np.float32))
    Image.new("L", (4, 4)).save(tmp_path / "z.png")
    with pytest.raises(ValueError, match=r"z.png: of shape .*bring all images to one size"):
        load_data(tmp_path)


def test_images_that_are_not_read(tmp_path):
    with pytest.raises(ValueError, match=r"a folder without .png, .jpg, .jpeg files"):
        load_data(tmp_path)
    Image.new("I;16", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a.png: an image of Pillow's mode 'I;16'; save 8 bits"):
        load_data(tmp_path)
    (tmp_path / "a.png").write_text("x")
    with pytest.raises(OSError, match=r"cannot identify image file .*a.png"):
        load_data(tmp_path)


def test_rows_of_bytes_are_told():
    note = "rows of bytes up to 200, taken as they are; if they are images, divide by 255"
    assert prepare("a", np.array([[3, 200]], np.uint8)).notes == (note,)
    assert not prepare("a", np.array([[0, 1]], np.uint8)).notes


def test_files_of_another_kind(tmp_path):
    for name, message in (
        ("x.npy", "it is no NumPy file, whatever its name says"),
        ("x.csv", r"numpy.save\('x.npy', numpy.loadtxt\(FILE"),
        ("x.mat", "not among the data that are read: .npy, .npz"),
    ):
        (tmp_path / name).write_text("1,2\n3,4\n")
        with pytest.raises(ValueError, match=f"{name}: .*{message}"):
            load_data(str(tmp_path / name))


def test_integers():
    """Images of bytes are scaled, binary ones and flat events are not."""
    assert prepare("a", np.full((2, 2, 2), 255, np.uint8)).x.max() == 1
    binary = prepare("a", np.ones((2, 2, 2), np.int64))
    assert binary.x.max() == 1
    assert binary.notes == ("integer images of 0 and 1, taken as they are",)
    flat = prepare("a", np.array([[3, 200]]))
    assert flat.x.tolist() == [[3, 200]]
    assert not flat.notes


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((0, 3)), r"data are empty, shape \(0, 3\)"),
        (np.zeros((3, 0)), r"data are empty, shape \(3, 0\)"),
        (np.array(["a", "b"]), "must be real numbers, this array has dtype <U1"),
        (np.zeros((3, 2), complex), "must be real numbers"),
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
        (np.full((2, 2, 2), 1.1), r"span 1.1..1.1; scale or clip them, or save rows of numbers"),
        (np.full((2, 2, 2), np.nan), r"nan at row 0, position \(0, 0\)"),
        (np.full((2, 2, 2), np.inf), r"inf at row 0, position \(0, 0\)"),
        (np.full((2, 2, 2), 256), r"must lie in 0..255, these span 256..256"),
        (np.full((2, 2, 2), -1), r"must lie in 0..255"),
        (np.zeros((2, 3, 32, 32)), r"look channels-first; save np.moveaxis\(x, 1, -1\)"),
    ],
)
def test_bad_arrays(array, message):
    with pytest.raises(ValueError, match=message) as caught:
        prepare("mine.npy", np.asarray(array))
    assert str(caught.value).startswith("mine.npy: ")


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


def test_unknown_names():
    with pytest.raises(ValueError, match="unknown data 'digit', and there is no such path; did you mean 'digits'"):
        load_data("digit")
    with pytest.raises(FileNotFoundError, match=r"nowhere.npy: no such file"):
        load_data("nowhere.npy")
