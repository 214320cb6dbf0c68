"""Data files changed at random: the outcome is an array or one error that names the file, in bounded memory.

The same files every time, few of them; `DIPTYCH_FUZZ=5000` tries so many of each kind, at random.
"""

import gzip
import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from diptych_lab.data import load_data
from diptych_lab.tables import table_bytes

resource = pytest.importorskip("resource")  # Windows has none
EXAMPLES = int(os.environ.get("DIPTYCH_FUZZ", "0"))
PIXELS = np.random.default_rng(0).integers(0, 256, (12, 8, 3), dtype=np.uint8)
MEGABYTES = 400  # more than any example needs: the largest picture that is read has 268 of pixels


def saved(save, *values, **settings) -> bytes:
    file = io.BytesIO()
    save(file, *values, **settings)
    return file.getvalue()


def picture(form, mode="RGB", **settings) -> bytes:
    return saved(Image.fromarray(PIXELS).convert(mode).save, form, **settings)


def archived(members) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


EXIF = Image.Exif()
EXIF[0x0112] = 6
ROWS = np.arange(24.0).reshape(6, 4)
TABLE = b"a,b\n" + b"".join(b"%d,%d.5\n" % (i, -i) for i in range(20))
IDX = bytes([0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 8, 0, 0, 0, 3]) + PIXELS.tobytes()
WHOLE = {
    "rows.npy": [saved(np.save, ROWS), saved(np.save, PIXELS), saved(np.lib.format.write_array, ROWS, (2, 0))],
    "rows.npz": [saved(np.savez, x=ROWS, y=PIXELS), saved(np.savez_compressed, x=ROWS)],
    "rows-idx": [IDX, gzip.compress(IDX, mtime=0)],
    "rows.csv": [TABLE, TABLE.replace(b",", b";"), b'"a","b"\r\n"1","2e3"\r\n'],
    "a.png": [picture("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")] + [picture("PNG", exif=EXIF)],
    "a.jpg": [picture("JPEG"), picture("JPEG", "L"), picture("JPEG", exif=EXIF, progressive=True)],
    "a.webp": [picture("WEBP"), picture("WEBP", "RGBA", lossless=True)],
    "rows.tar": [archived({"0.png": picture("PNG"), "1.jpg": picture("JPEG"), "1.json": b"{}"})],
    "a.bmp": [picture("BMP", mode) for mode in ("1", "L", "P", "RGB")],
    "a.tif": [picture("TIFF", compression=how) for how in (None, "tiff_lzw", "tiff_adobe_deflate", "jpeg")],
    "a.gif": [picture("GIF", save_all=True, append_images=[Image.new("P", (8, 12))]), picture("GIF", "L")],
}
BYTES = st.one_of(st.integers(0, 255), st.sampled_from([0, 1, 127, 128, 254, 255]))
CHANGES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), BYTES), max_size=6)
HEADER = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }"
SIZES = st.one_of(st.integers(-1, 7), st.sampled_from([2**31, 2**63, 10**30, True, 1.5, "3L", None]))


def outcome(path: Path) -> None:
    """Load it; what is refused is told by a line with the file's name."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        data = load_data(path.parent if path.suffix in (".png", ".jpg", ".webp", ".bmp", ".tif", ".gif") else path)
    except (ValueError, OSError) as error:
        refused = str(error)
    else:
        refused = ""
        assert np.isfinite(data.x).all()
        assert data.x.dtype == (np.float64 if data.columns else np.float32)
    assert refused.isprintable()
    assert not refused or str(path.parent) in refused
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / (
        2**20 if sys.platform == "darwin" else 2**10
    )
    assert grown < MEGABYTES


def fuzzed(few):
    return settings(
        max_examples=EXAMPLES or few,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def test_changed_parquet(folder):
    """As `test_changed_files`, where pyarrow is installed."""
    pytest.importorskip("pyarrow")
    whole = table_bytes(Path("t.parquet"), ("a", "b"), ROWS[:, :2])
    check_changed(folder / "t.parquet", [whole])


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "folder"
    place.mkdir()
    return place


def skip_without_reader(name):
    if name.endswith(".csv"):
        pytest.importorskip("pyarrow")


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files(folder, name):
    skip_without_reader(name)
    for content in WHOLE[name]:
        (folder / name).write_bytes(content)
        assert load_data(folder if name.startswith("a.") else folder / name).x.size


@pytest.mark.parametrize("name", WHOLE)
def test_changed_files(folder, name):
    """Some bytes changed, some left out, the end cut."""
    skip_without_reader(name)
    check_changed(folder / name, WHOLE[name])


def check_changed(path, wholes):
    @fuzzed(40)
    @given(st.sampled_from(wholes), CHANGES, st.floats(0, 1), st.integers(0, 4))
    def check(content, changes, kept, dropped):
        changed = bytearray(content)
        for place, byte in changes:
            at = int(place * place * len(changed))  # more often near the start, where headers are
            changed[at : at + 1] = bytes([byte])
        if dropped == 1:
            del changed[int(kept * len(changed)) :]
        elif dropped:
            del changed[int(kept * len(changed)) : int(kept * len(changed)) + dropped]
        path.write_bytes(changed)
        outcome(path)

    check()


def test_headers_of_numpy(folder):
    """Any fields, in a file of its own and in an archive."""

    @fuzzed(80)
    @given(
        st.one_of(
            st.sampled_from(["'<f8'", "'|O'", "'<U0'", "'>u2'", "[('a', '<f8')]", "'<f8,<i4'", "3"]),
            st.text(max_size=8),
        ),
        st.sampled_from(["True", "False", "0", "[]"]),
        st.one_of(
            st.lists(SIZES, max_size=5).map(lambda sizes: str(tuple(sizes))), st.text("()[]{}-1,", max_size=300)
        ),
        st.sampled_from([b"\1\0", b"\2\0", b"\3\0", b"\4\0"]),
        st.binary(max_size=64),
        st.booleans(),
    )
    def check(descr, order, shape, version, data, packed):
        header = (HEADER % (descr, order, shape)).encode("utf-8", "surrogatepass") + b"\n"
        content = (
            b"\x93NUMPY" + version + len(header).to_bytes(2 if version == b"\1\0" else 4, "little") + header + data
        )
        if packed:
            with zipfile.ZipFile(folder / "x.npz", "w") as archive:
                archive.writestr("x.npy", content)
        else:
            (folder / "x.npz").write_bytes(content)
        outcome(folder / "x.npz")

    check()


def test_headers_of_idx(folder):
    """Any type, rank and lengths, plain and packed."""

    @fuzzed(60)
    @given(
        st.binary(max_size=4),
        st.integers(0, 255),
        st.lists(st.one_of(st.integers(0, 4), st.integers(0, 2**32 - 1)), max_size=5),
        st.binary(max_size=64),
        st.booleans(),
    )
    def check(start, rank, lengths, data, packed):
        head = start if len(start) == 3 else bytes([0, 0, 8, rank if len(start) == 4 else len(lengths)])
        content = head + b"".join(n.to_bytes(4, "big") for n in lengths) + data
        (folder / "x-idx").write_bytes(gzip.compress(content) if packed else content)
        outcome(folder / "x-idx")

    check()
