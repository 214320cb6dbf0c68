"""NumPy's files: what is declared is there, what is packed is no bomb, and nothing is unpickled."""

import io
import os
import struct
import zipfile

import numpy as np
import pytest

from diptych_lab import reading
from diptych_lab.data import load_data

FIELDS = "{'descr': %r, 'fortran_order': False, 'shape': %s, }"


def npy(descr="<f8", shape="(3, 2)", data=bytes(range(48)), version=(1, 0), header=None) -> bytes:
    text = (header or FIELDS % (descr, shape)).encode() + b"\n"
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", len(text)) + text + data


def archive(members, method=zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file.getvalue()


def test_npz_with_one_array_or_the_key_x(tmp_path):
    path = tmp_path / "a.npz"
    points = np.eye(4)
    for save in (np.savez, np.savez_compressed):
        save(path, whatever=points)
        np.testing.assert_array_equal(load_data(str(path)).x, points)
        save(path, x=points, labels=np.arange(4))
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


def test_the_content_decides_between_one_array_and_several(tmp_path):
    (tmp_path / "a.npz").write_bytes(npy())
    assert load_data(tmp_path / "a.npz").x.shape == (3, 2)
    with pytest.raises(ValueError, match="it holds one array, and none is called 'x'"):
        load_data(f"{tmp_path / 'a.npz'}:x")
    (tmp_path / "a.npy").write_bytes(archive({"x.npy": npy()}))
    assert load_data(tmp_path / "a.npy").x.shape == (3, 2)


@pytest.mark.parametrize("order", ["C", "F"])
def test_versions_and_orders(tmp_path, order):
    x = np.asarray(np.arange(6.0).reshape(3, 2), order=order)
    for version in ((1, 0), (2, 0)):
        with (tmp_path / "a.npy").open("wb") as file:
            np.lib.format.write_array(file, x, version)
        np.testing.assert_array_equal(load_data(tmp_path / "a.npy").x, x)


@pytest.mark.parametrize("pack", [lambda content: content, lambda content: archive({"x.npy": content})])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy(shape=f"({7 * 2**37},)"), r"declares float64 of shape \(962072674304,\), 7696581394432 bytes, but 48"),
        (npy(shape=f"({2**40}, {2**40})"), "declares float64"),
        (npy(shape="(-1, -6)"), "declares float64"),
        (npy(shape="(0, 2)"), "0 bytes, but 48 follow"),
        (npy(data=bytes(40)), "48 bytes, but 40 follow; save it again"),
        (npy(data=bytes(60)), "48 bytes, but 60 follow"),
        (npy(descr="<i3"), "not a valid dtype"),
        (npy(descr="|O"), "it holds Python objects, which are never unpickled"),
        (npy(shape="(1.5,)"), "shape is not valid"),
        (npy(shape="(" * 3000), "cannot be read as data: ."),
        (npy(header="-" * 9000 + "1"), "cannot be read as data: ."),
        (npy(header="\n  x\n y"), "cannot be read as data: ."),
        (npy(header="__import__('os').abort()"), "malformed"),
        (npy(header=" " * 60000), "Header info length"),
        (npy(version=(3, 0)), "version of the format"),
        (npy(version=(9, 0)), "version of the format"),
        (npy()[:8], "expected 2 bytes got 0"),
        (b"\x93NUMPY\x02\0\xff\xff\xff\xff{", "expected 4294967295 bytes got 1"),
    ],
    ids=lambda value: value[-30:] if isinstance(value, str) else "",
)
def test_headers_that_lie(tmp_path, content, message, pack):
    path = tmp_path / ("a.npz" if pack(b"")[:2] == b"PK" else "a.npy")
    path.write_bytes(pack(content))
    with pytest.raises(ValueError, match=f"^{path}: cannot be read as data: ") as caught:
        load_data(path)
    caught.match(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive({"x.npy": npy()}, zipfile.ZIP_BZIP2), "packed in a way that NumPy does not write"),
        (archive({"x.npy": npy()}, zipfile.ZIP_LZMA), "packed in a way that NumPy does not write"),
        (archive({"x.npy": npy()}, zipfile.ZIP_STORED).replace(bytes(range(48)), bytes(48), 1), "Bad CRC-32"),
        (archive({"README": b"x"}), "it holds no array"),
        (archive({"a\x1b[31m.npy": b"", "b.npy": b""}), r"the arrays a\\x1b\[31m, b; name one"),
        (archive({f"{i}.npy": b"" for i in range(50)}), r"the arrays 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, \.\.\.; name"),
        (archive({"x.npy": npy()})[:100], "not a zip file"),
        (b"PK", "not a zip file"),
        (b"hello", "it is no NumPy file, whatever its name says"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # an archive holds the time it was made
)
def test_archives_that_are_not_read(tmp_path, content, message):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=rf"a.npz: cannot be read as data: .*{message}"):
        load_data(tmp_path / "a.npz")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_is_there_twice_is_not_guessed(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        for name in ("x.npy", "x.npy", "y.npy"):
            file.writestr(name, npy())
        file.writestr("y", b"no array")
    with pytest.raises(ValueError, match=r"a.npz: cannot be read as data: it holds 2 arrays 'x'; save it again"):
        load_data(tmp_path / "a.npz")
    assert load_data(f"{tmp_path}/a.npz:y").event == (2,)


def test_bombs(tmp_path, monkeypatch):
    """Little that unpacks to much is refused before it is unpacked; but not what is small in any case."""
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros((3000, 1000), np.uint8))
    assert load_data(path).x.shape == (3000, 1000)
    monkeypatch.setattr(reading, "_UNPACKED", 1_000_000)
    with pytest.raises(ValueError, match=r"a.npz: .* bytes would unpack to 3000128, more than 200 times as many"):
        load_data(path)


@pytest.mark.skipif(os.name == "nt", reason="named pipes and links of POSIX")
@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a-idx"])
def test_what_is_no_file(tmp_path, name):
    path = tmp_path / name
    os.mkfifo(path)
    with pytest.raises(ValueError, match=f"{name}: .*not a regular file; a named pipe"):
        load_data(path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(ValueError, match=f"{name}: .*not a regular file"):
        load_data(path)
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(FileNotFoundError, match=f"{name}: no such file"):
        load_data(path)
