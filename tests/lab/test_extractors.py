"""Features: built in, a user's own, kept in a cache; and what is refused."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from diptych_lab import load_data
from diptych_lab.evaluation import cache, classifier
from diptych_lab.evaluation.extractors import Extractor, check_varied, extractor
from diptych_lab.evaluation.labelled import labelled

DIGITS = load_data("digits").x
RNG = np.random.default_rng(0)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def features(name, rows, train=DIGITS, **settings):
    return extractor(name, train, backend=settings.get("backend"))("rows", rows)


def test_pixels_are_the_rows():
    np.testing.assert_array_equal(features("pixels", DIGITS[:5]), DIGITS[:5].reshape(5, 64))


def test_pca_keeps_distances_and_is_fitted_on_what_was_trained_on():
    x = RNG.normal(size=(200, 3)) @ RNG.normal(size=(3, 10)) + 5
    found = features("pca", x[:20], x)
    assert found.shape == (20, 3)  # of rank 3, whatever the 64 components asked for
    np.testing.assert_allclose(found[0] @ found[1], (x[0] - x.mean(0)) @ (x[1] - x.mean(0)), rtol=1e-9)
    assert features("pca:2", x[:20], x).shape == (20, 2)
    assert features("pca", 1e6 * x[:20], x).std() > 1e5  # not fitted on the rows it turns


def test_more_rows_than_go_through_at_once():
    rows = RNG.normal(size=(2500, 4))
    seen = []
    found = Extractor("mine", lambda part: seen.append(len(part)) or 2 * part)("rows", rows)
    assert seen == [1000, 1000, 500]
    np.testing.assert_array_equal(found, 2 * rows)


@pytest.mark.torch
def test_the_classifier_knows_its_digits():
    """Rows of one digit lie nearer to each other than to the others': by their nearest row, 95 % and more."""
    rows, held = labelled("digits")
    a, b = features("classifier", rows.x, backend="torch"), features("classifier", held.x, backend="torch")
    nearest = ((a[None] - b[:, None]) ** 2).sum(2).argmin(1)
    assert (rows.y[nearest] == held.y).mean() > 0.95


@pytest.mark.torch
@pytest.mark.keras
@pytest.mark.parametrize("shape", classifier.EVENTS)
def test_the_classifier_is_the_same_in_both_backends(shape):
    rows = RNG.uniform(size=(20, *shape)).astype("float32")
    torch, keras = (features("classifier", rows, rows, backend=name) for name in ("torch", "keras"))
    assert torch.shape == (20, classifier.WIDTH)
    np.testing.assert_allclose(torch, keras, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", classifier.EVENTS.values())
def test_the_files_in_the_package(name):
    """At most 1 MB, nothing but the tensors of the networks, and what made them."""
    path = Path(classifier.__file__).with_name(f"{name}.safetensors")
    assert path.stat().st_size <= 1_000_000
    shape = next(shape for shape, file in classifier.EVENTS.items() if file == name)
    with safe_open(path, framework="numpy") as file:
        header = json.loads(file.metadata()["diptych classifier"])
        names = set(file.keys())
    assert names == {
        f"{role}/{tensor.name}" for role, net in classifier.networks(shape).items() for tensor in net.tensors
    }
    assert header["data"] == name
    assert header["accuracy"] > {"digits": 0.97, "fashion-mnist": 0.89}[name]
    assert header["command"].startswith("python -m diptych_lab.evaluation.classifier --data ")


@pytest.mark.torch
def test_the_command_that_trains_a_classifier(tmp_path):
    from click.testing import CliRunner

    for name in ("a", "b"):
        out = tmp_path / f"{name}.safetensors"
        result = CliRunner().invoke(classifier.main, ["--data", "digits", "--out", str(out), "--epochs", "3"])
        assert result.exit_code == 0, result.output
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    with safe_open(out, framework="numpy") as file:
        assert json.loads(file.metadata()["diptych classifier"])["accuracy"] > 0.8


def test_classifiers_are_of_two_shapes():
    with pytest.raises(ValueError, match=r"features classifier: for images of \(8, 8, 1\) .*choose pca"):
        features("classifier", RNG.uniform(size=(4, 16, 16, 1)), RNG.uniform(size=(4, 16, 16, 1)))


def test_a_function_of_ones_own(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("def double(rows):\n    return (2 * rows.reshape(len(rows), -1)).tolist()\n")
    monkeypatch.chdir(tmp_path)
    np.testing.assert_allclose(features("mine:double", DIGITS[:3]), 2 * DIGITS[:3].reshape(3, -1))
    np.testing.assert_array_equal(features(lambda rows: rows[:, 0, 0], DIGITS[:3]), DIGITS[:3, 0, 0])


@pytest.mark.torch
def test_a_torch_script_file(tmp_path):
    import torch

    path = tmp_path / "model.pt"
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.trace(torch.nn.Flatten(), torch.zeros(2, 8, 8, 1)).save(str(path))
    np.testing.assert_array_equal(features(path, DIGITS[:3]), DIGITS[:3].reshape(3, -1))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"features .*model\.pt"):
        features(path, DIGITS[:3])


@pytest.mark.keras
def test_a_saved_model(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model.export(tmp_path / "model", verbose=False)
    np.testing.assert_array_equal(features(str(tmp_path / "model"), DIGITS[:3]), DIGITS[:3].reshape(3, -1))


def message(*fields):
    """A protobuf message of (number, whole number, text or bytes of a message)."""
    found = b""
    for number, value in fields:
        value = value.encode() if isinstance(value, str) else value
        if isinstance(value, int):
            found += bytes([number << 3, value])
        else:
            assert len(value) < 128  # a length of one byte
            found += bytes([number << 3 | 2, len(value)]) + value
    return found


def onnx_flatten():
    """An ONNX model of one node, which flattens (n, 8, 8, 1) float32."""

    def array(name, *sides):
        shape = message(*((1, message((2, n) if isinstance(n, str) else (1, n))) for n in sides))
        return message((1, name), (2, message((1, message((1, 1), (2, shape))))))

    node = message((1, "rows"), (2, "features"), (4, "Flatten"))
    graph = ((1, node), (2, "g"), (11, array("rows", "n", 8, 8, 1)), (12, array("features", "n", 64)))
    inside = b"".join(message(field) for field in graph)
    opset = message((2, 13))
    assert len(inside) < 2**14
    length = bytes([len(inside) & 127 | 128, len(inside) >> 7])
    return message((1, 8)) + bytes([7 << 3 | 2]) + length + inside + message((8, opset))


def test_an_onnx_file(tmp_path):
    pytest.importorskip("onnxruntime")
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_flatten())
    np.testing.assert_array_equal(features(path, DIGITS[:3]), DIGITS[:3].reshape(3, -1))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ValueError, match=r"features .*model\.onnx: .*"):
        features(path, DIGITS[:3])
    path.write_bytes(onnx_flatten())
    with pytest.raises(ValueError, match=r"features .*model\.onnx cannot be had of rows of shape \(4, 4, 1\)"):
        features(path, DIGITS[:3, :4, :4])


def test_an_onnx_file_without_its_runtime(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(ImportError, match=r"model\.onnx needs onnxruntime: python -m pip install"):
        features(tmp_path / "model.onnx", DIGITS[:3])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pixel", r"unknown features 'pixel'; did you mean 'pixels'\?"),
        ("pca:0", "pca:K must be a whole number of at least 1"),
        ("pca:many", "pca:K must be a whole number"),
        ("no.such:f", "no module named 'no'"),
        ("json:f", "json has no function 'f'"),
        ("nothing.pt", r"nothing\.pt: no such file"),
        (3, "features must be pixels, pca, classifier, a file, or a function"),
    ],
)
def test_what_is_no_extractor(name, said):
    with pytest.raises((ValueError, ImportError, OSError), match=f"(?i){said}"):
        features(name, DIGITS[:3])


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda rows: rows[:-1], r"3 rows must give \(3, d\) numbers"),
        (lambda rows: np.zeros(len(rows)), r"must give \(3, d\) numbers, got shape \(3,\)"),
        (lambda rows: np.full((len(rows), 2), np.nan), "of rows: nan at row 0, feature 0"),
        (lambda rows: np.array([["a"]] * len(rows)), "they must be numbers"),
        (lambda rows: rows @ np.ones((3, 3)), r"cannot be had of rows of shape \(8, 8, 1\): matmul"),
        (lambda rows: {"features": rows}, "a dict with the names 'features'"),
    ],
)
def test_functions_that_give_no_features(function, said):
    with pytest.raises(ValueError, match=said):
        features(function, DIGITS[:3])


def test_features_of_a_reference_must_vary():
    check_varied("mine", "data", np.array([[1.0], [2.0]]))
    with pytest.raises(ValueError, match="features mine of data: all 3 rows have the same"):
        check_varied("mine", "data", np.ones((3, 2)))


def test_features_are_kept_and_found_again(own_cache):
    calls = []
    mine = Extractor("mine", lambda rows: calls.append(1) or rows + 1, identity="v1")
    rows, said = RNG.normal(size=(5, 2)), []
    for _ in range(2):
        np.testing.assert_array_equal(cache.features(mine, "rows", rows, said.append), rows + 1)
    assert (len(calls), said, len(list(own_cache.iterdir()))) == (1, [], 1)
    other = Extractor("mine", mine.function, identity="v2")
    for extract, x in ((other, rows), (mine, rows + 1), (mine, rows[:4]), (mine, rows.astype("float32"))):
        cache.features(extract, "rows", x, said.append)
    assert (len(calls), said, len(list(own_cache.iterdir()))) == (5, [], 5)
    cache.features(Extractor("mine", mine.function), "rows", rows, said.append)  # of a function: never kept
    assert (len(calls), len(list(own_cache.iterdir()))) == (6, 5)


@pytest.mark.parametrize("harm", ["cut", "flipped", "other"])
def test_a_cache_that_is_damaged_or_of_other_data_is_made_anew(own_cache, harm):
    mine = Extractor("mine", lambda rows: rows + 1, identity="v1")
    rows, said = RNG.normal(size=(5, 2)), []
    cache.features(mine, "rows", rows, said.append)
    (path,) = own_cache.iterdir()
    content = bytearray(path.read_bytes())
    if harm == "cut":
        path.write_bytes(content[:-3])
    elif harm == "flipped":
        content[-1] ^= 1
        path.write_bytes(content)
    else:
        cache.features(mine, "rows", rows + 1, said.append)
        (another,) = set(own_cache.iterdir()) - {path}
        another.replace(path)
    np.testing.assert_array_equal(cache.features(mine, "rows", rows, said.append), rows + 1)
    assert said == [f"{path}: {'features of other data' if harm == 'other' else 'damaged'}; made anew"]
    np.testing.assert_array_equal(cache.features(mine, "rows", rows, said.append), rows + 1)
    assert len(said) == 1


def test_a_cache_that_cannot_be_written_costs_nothing(own_cache):
    own_cache.write_text("a file in its place")
    said = []
    mine = Extractor("mine", lambda rows: rows + 1, identity="v1")
    np.testing.assert_array_equal(cache.features(mine, "rows", np.ones((2, 1)), said.append), np.full((2, 1), 2.0))
    assert said[0].startswith("features are not kept: ")
