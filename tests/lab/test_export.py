"""Exported runs: files that give the run's numbers in a process that has no diptych."""

import os
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

import diptych
from diptych import networks, randomness
from diptych_lab import configure, exporting, load_data
from diptych_lab.command_line import main
from diptych_lab.exporting import ENDINGS, exported
from diptych_lab.trained import Run

from .run_folders import record

DATA = {
    "digits": "digits",
    "images": np.random.default_rng(0).random((80, 16, 16, 3)),
    "ring": "ring",
}
# Every encoder, a likelihood whose samples are a sigmoid of logits, both normalisations, and two networks in a row.
CASES = [
    ("vae", "digits", {"latent": 4}, "sample"),
    ("vae", "digits", {"latent": 4}, "encode"),
    ("avb", "digits", {"latent": 4}, "reconstruct"),
    ("ns-gan", "images", {"width": 4, "architecture": "dcgan"}, "sample"),
    ("wgan-gp", "images", {"width": 4, "architecture": "resnet"}, "sample"),
    ("wae-mmd", "images", {"width": 4, "architecture": "dcgan"}, "reconstruct"),
    ("gmmn-ae", "ring", {"dtype": "float64"}, "sample"),
]
LOADED = """
import sys
import numpy as np
sys.modules |= dict.fromkeys(("diptych", "diptych_torch", "diptych_keras", "diptych_lab"))  # none can be imported
path, rows = sys.argv[1], np.load(sys.argv[2])
match path.rpartition(".")[2]:
    case "pt2":
        import torch
        found = torch.export.load(path).module()(torch.from_numpy(rows)).detach().numpy()
    case "keras":
        import keras
        found = np.asarray(keras.models.load_model(path)(rows))
    case "onnx":
        import onnxruntime
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        (found,) = session.run(None, {session.get_inputs()[0].name: rows})
np.save(sys.argv[3], found)
"""


def made(method, data, backend, **settings):
    """A run at its beginning, with running statistics and biases that are no constants."""
    dataset = load_data(DATA[data], settings.get("dtype", "float32"))
    config = configure(method, dataset, batch=32, **settings)
    weights = networks.initial_weights(config.networks, randomness.generator(0, "test"))
    moved = np.random.default_rng(1)
    for own in weights.values():
        for name, tensor in own.items():
            if not name.endswith("kernel"):
                own[name] = tensor + moved.uniform(0.1, 0.5, tensor.shape)
    model = diptych.Model(
        config.make(),
        config.networks,
        backend=backend,
        seed=0,
        weights=weights,
        dtype=config.dtype,
        execution="eager",
    )
    return Run(config, model)


def elsewhere(path, rows):
    """What the file gives for these rows where there is no diptych."""
    given, found = path.with_suffix(".in.npy"), path.with_suffix(".out.npy")
    np.save(given, rows)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", LOADED, path, given, found], env=environment, check=True, timeout=None)
    return np.load(found)


def given(run, part, n):
    if part != "sample":
        return np.random.default_rng(2).random((n, *run.config.event)).astype(run.config.dtype)
    events = run.method.shapes(run.config.shapes)
    return run.method.prior.sample(np.random.default_rng(2), n, events).astype(run.config.dtype)


def expected(run, part, rows):
    return run.model.sample(z=rows) if part == "sample" else getattr(run.model, part)(rows)


def check_alone(run, to, part, folder):
    """The file, read without diptych, gives the run's numbers for any number of rows."""
    content, apart = exported(run, to, part)
    assert apart <= 1e-5
    path = folder / f"file{ENDINGS[to]}"
    path.write_bytes(content)
    for n in (1, 5):
        rows = given(run, part, n)
        ours, theirs = expected(run, part, rows), elsewhere(path, rows)
        assert theirs.shape == ours.shape
        assert np.abs(ours - theirs).max() <= 1e-5 * max(1, np.abs(ours).max())


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize(("method", "data", "settings", "part"), CASES)
def test_programs_of_torch_give_the_runs_numbers(method, data, settings, part):
    run = made(method, data, "torch", **settings)
    content, apart = exported(run, "torch", part)
    assert apart <= 1e-6
    assert b"diptych" not in content


@pytest.mark.keras
@pytest.mark.slow
def test_models_of_keras_give_the_runs_numbers():
    for method, data, settings, part in CASES:
        run = made(method, data, "keras", **settings)
        content, apart = exported(run, "keras", part)
        assert apart <= 1e-5, method
        assert b"diptych" not in content


@pytest.mark.torch
@pytest.mark.slow
def test_onnx_gives_the_runs_numbers():
    pytest.importorskip("onnxscript")
    for method, data, settings, part in (CASES[0], CASES[2], CASES[3], CASES[4]):
        _, apart = exported(made(method, data, "torch", **settings), "onnx", part)
        assert apart <= 1e-5, method


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize("to", ["torch", "onnx"])
def test_files_of_torch_run_where_there_is_no_diptych(tmp_path, to):
    pytest.importorskip("onnxscript")
    check_alone(made("vae", "digits", "torch", latent=4), to, "reconstruct", tmp_path)


@pytest.mark.keras
@pytest.mark.slow
def test_files_of_keras_run_where_there_is_no_diptych(tmp_path):
    check_alone(made("ns-gan", "images", "keras", width=4, architecture="dcgan"), "keras", "sample", tmp_path)


@pytest.mark.torch
def test_a_file_that_gives_other_numbers_is_not_written(tmp_path, monkeypatch):
    run = made("wae-mmd", "ring", "torch", width=8)
    weights = run.model.averages()
    weights["decoder"]["0.kernel"] = weights["decoder"]["0.kernel"] + 1e-3
    monkeypatch.setattr(run.model, "averages", lambda: weights)
    with pytest.raises(FloatingPointError, match=r"torch: what was written gives other numbers .* apart"):
        exported(run, "torch")


@pytest.mark.torch
def test_averages_are_what_is_written(tmp_path):
    run = made("wae-mmd", "ring", "torch", width=8)
    model = diptych.Model(
        run.method,
        run.config.networks,
        backend="torch",
        optimizers={"autoencoder": diptych.optimizers.Adam(ema=0.9)},
    )
    for batch in np.random.default_rng(0).normal(size=(3, 32, 2)).astype("float32"):
        model.step(batch)
    assert exported(Run(run.config, model), "torch")[1] <= 1e-6


@pytest.mark.torch
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "onnx", "--out", "a.pt2"], "--to onnx writes a file that ends in .onnx, got --out 'a.pt2'"),
        (["--to", "jax", "--out", "a.pt2"], "'jax' is not one of"),
        (["--to", "torch", "--out", "none/a.pt2"], "none: no such folder for --out"),
        (["--to", "torch", "--out", "a.pt2"], "checkpoint.safetensors: no such checkpoint"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "a")
    result = CliRunner().invoke(main, ["export", "a", *arguments])
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "a.pt2").exists()


@pytest.mark.torch
def test_refusals():
    run = made("wgan-gp", "ring", "torch", width=8)
    with pytest.raises(ValueError, match="has no encoder"):
        exported(run, "torch", "encode")
    with pytest.raises(ValueError, match="to must be"):
        exported(run, "jax")
    with pytest.raises(ValueError, match="part must be"):
        exported(run, "torch", "decode")
    assert exporting.WRITERS.keys() == ENDINGS.keys()
