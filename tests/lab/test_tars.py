"""Pictures in tar archives, as WebDataset has them: alone, in shards, among labels, and damaged."""

import io
import os
import tarfile

import numpy as np
import pytest
from PIL import Image

from diptych_lab import load_data
from diptych_lab.picture_files import read_pictures
from diptych_lab.preparation import chosen


def png(value, size=(3, 2)) -> bytes:
    file = io.BytesIO()
    Image.new("L", size, value).save(file, "PNG")
    return file.getvalue()


def tar(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def values(x):
    return x[:, 0, 0].tolist()


def test_pictures_of_an_archive_in_its_order(tmp_path):
    members = [
        ("b/2.png", png(1)),
        ("b/2.cls", b"7"),
        ("a/1.png", png(2)),
        ("a/1.mask.png", png(9)),
        ("10.PNG", png(3)),
    ]
    path = tar(tmp_path / "x.tar", [*members, ("README", b"x"), (".DS_Store", b"x")])
    x, notes = read_pictures(path)
    assert values(x) == [1, 2, 3]
    assert notes == ["passed over: 1 .cls, 1 .mask.png, 1 hidden, 1 without a suffix"]
    data = load_data(path, size=4, channels=3)
    assert data.event == (4, 4, 3)
    assert load_data(data.source, size=4, channels=3).fingerprint == data.fingerprint


def test_shards_in_a_folder(tmp_path):
    tar(tmp_path / "shards" / "000.tar", [("0.png", png(0)), ("1.png", png(1))])
    tar(tmp_path / "shards" / "001.tar", [("0.png", png(2))])
    (tmp_path / "shards" / "0005.png").write_bytes(png(5))
    x, notes = read_pictures(tmp_path / "shards")
    assert values(x) == [0, 1, 5, 2]
    assert notes == []


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_links_in_an_archive_are_not_followed(tmp_path):
    (tmp_path / "secret.png").write_bytes(png(7))
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name, kind in (("a.png", tarfile.SYMTYPE), ("b.png", tarfile.LNKTYPE), ("c.png", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, str(tmp_path / "secret.png")
            archive.addfile(info)
    with pytest.raises(ValueError, match=r"an archive without pictures .*; it holds 3 links and devices"):
        load_data(tmp_path / "x.tar")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], r"x.tar: an archive without pictures \(.png, "),
        ([("a.json", b"{}")], "without pictures .*; it holds 1 .json"),
        (
            [("0.png", png(1)), ("1.png", b"hello")],
            r"x.tar: cannot be read as data: 1.png: no picture of the formats",
        ),
        ([("0.png", png(1)), ("1.png", png(1)[:40])], r"x.tar: cannot be read as data: 1.png: "),
        ([("0.png", png(1)), ("0.jpg", png(1))], "x.tar: .*0.png and 0.jpg are of one sample; keep one"),
        (
            [("0.png", png(1)), ("1.png", png(1, (5, 5)))],
            "2 shapes .*such as 0.png; .*such as 1.png.*; pass --size 2 ",
        ),
    ],
)
def test_archives_that_are_refused(tmp_path, members, message):
    with pytest.raises(ValueError, match=message):
        load_data(tar(tmp_path / "x.tar", members))


def test_damaged_archives(tmp_path):
    path = tar(tmp_path / "x.tar", [(f"{i}.png", png(i, (64, 64))) for i in range(4)])
    whole = path.read_bytes()
    for content in (b"", b"hello", b"\x1f\x8b" + whole[2:], whole[:100]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"x.tar: cannot be read as data: |x.tar: an archive without pictures"):
            load_data(path)
    cut = tar(tmp_path / "cut.tar", [("0.png", png(0, (64, 64)))]).read_bytes()
    one = len(cut.rstrip(b"\0")) // 512 * 512 + 512  # whole members end at multiples of 512 bytes
    for end in (512 + 60, one):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"x.tar: cannot be read as data: "):
            load_data(path)
    with pytest.raises(FileNotFoundError, match=r"y.tar: no such file or folder"):
        load_data(tmp_path / "y.tar", size=8)


def test_an_archive_is_prepared_as_a_folder_is(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(5):
        Image.fromarray(rng.integers(0, 256, (9 + i, 12, 3), dtype=np.uint8)).save(folder / f"{i}.jpg")
    path = tar(tmp_path / "x.tar", [(f"{i}.jpg", (folder / f"{i}.jpg").read_bytes()) for i in range(5)])
    for (x, notes), (y, others) in zip(
        [read_pictures(folder, chosen(size=8, channels=c)) for c in (1, 3)],
        [read_pictures(path, chosen(size=8, channels=c)) for c in (1, 3)],
        strict=True,
    ):
        np.testing.assert_array_equal(x, y)
        assert notes == others
