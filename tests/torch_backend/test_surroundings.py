"""A step computes the same whatever surrounds it, and leaves that as it was."""

import os
import subprocess
import sys
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

import diptych
from diptych.networks import mlp
from diptych.optimizers import SGD
from diptych_torch import TorchBackend

pytestmark = pytest.mark.torch

BACKEND = TorchBackend()


@contextmanager
def changed(put, inside, before):
    put(inside)
    try:
        yield
    finally:
        put(before)


def autocast(device):
    return lambda on: torch.set_autocast_enabled(device, on)


def products(name):
    return lambda precision: setattr(getattr(torch.backends, name), "fp32_precision", precision)


SETTINGS = {
    "no_grad": torch.no_grad,
    "set_grad_enabled": lambda: torch.set_grad_enabled(False),
    "inference_mode": torch.inference_mode,
    "autocast to bfloat16": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "autocast to float16": lambda: torch.autocast("cpu", dtype=torch.float16),
    "set_autocast_enabled": lambda: changed(autocast("cpu"), True, False),
    "autocast of another device": lambda: changed(autocast("cuda"), True, False),
    "default dtype float64": lambda: changed(torch.set_default_dtype, torch.float64, torch.float32),
    "default dtype bfloat16": lambda: changed(torch.set_default_dtype, torch.bfloat16, torch.float32),
    "set_default_device": lambda: changed(torch.set_default_device, "meta", None),
    "device scope": lambda: torch.device("meta"),
    "deterministic": lambda: changed(torch.use_deterministic_algorithms, True, False),
    "matmul precision": lambda: changed(torch.set_float32_matmul_precision, "medium", "highest"),
    "precision of oneDNN": lambda: changed(products("mkldnn"), "bf16", "none"),
    "saved_tensors_hooks": lambda: torch.autograd.graph.saved_tensors_hooks(torch.Tensor.half, torch.Tensor.double),
    "save_on_cpu": torch.autograd.graph.save_on_cpu,
    "errors of NumPy": lambda: np.errstate(all="raise"),
}
if not hasattr(torch.backends.mkldnn, "fp32_precision"):  # before torch 2.9
    del SETTINGS["precision of oneDNN"]


def settings():
    """What a step may change on its way, as the caller sees it."""
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        [(torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)) for kind in ("cpu", "cuda")],
        torch.get_default_dtype(),
        torch.get_default_device(),
        [
            getattr(getattr(torch.backends.mkldnn, op, None), "fp32_precision", "")
            for op in ("matmul", "conv", "rnn")
        ],
        torch.are_deterministic_algorithms_enabled(),
        torch.is_anomaly_enabled(),
        torch._C._autograd._top_saved_tensors_default_hooks(True),
    )


def arrays(around, *, made=nullcontext, dtype="float32", execution="eager"):
    """Everything that a backend gives of a small game, used in `around` and built in `made`."""
    method, rng, shapes = diptych.make("wgan-gp"), np.random.default_rng(0), {"data": (5,), "latent": (3,)}
    networks = mlp(method, **shapes, width=16)
    weights = diptych.initial_weights(networks, rng)
    x = rng.normal(size=(32, 5))
    noise = method.draws(rng, 32, shapes)
    with made():
        nets = BACKEND.build(networks, weights, dtype=dtype)
        trainer = BACKEND.trainer(method, nets, execution=execution)
    with around():
        before = settings()
        losses = [float(trainer.step((name,), x, noise)[name]) for name in ("critic", "generator")]
        loss, grads = BACKEND.value_and_grads(method.player("critic"), nets, x, noise, execution=execution)
        sample = BACKEND.call(
            lambda nets, ops, z: method.generate(nets, z, ops), nets, {"z": noise["z"]}, execution=execution
        )
        state = trainer.state()
        trainer.restore(state)
        assert settings() == before
    weights = BACKEND.weights(nets)
    return [*losses, loss, *grads["critic"].values(), sample, *state.values(), *weights["critic"].values()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_step_computes_the_same_whatever_surrounds_it(setting, dtype):
    around, expected = SETTINGS[setting], arrays(nullcontext, dtype=dtype)
    for made, used in ((around, around), (around, nullcontext), (nullcontext, around)):
        for found, right in zip(arrays(used, made=made, dtype=dtype), expected, strict=True):
            assert np.asarray(found).dtype == np.asarray(right).dtype
            np.testing.assert_array_equal(found, right)


@pytest.mark.parametrize("execution", ["eager", pytest.param("compiled", marks=pytest.mark.slow)])
def test_no_parametrization_is_kept_from_before_a_step(execution):
    method, rng = diptych.make("hinge"), np.random.default_rng(0)
    x, noise, found = rng.normal(size=(6, 5)), {"z": rng.normal(size=(6, 3))}, []
    for around in (nullcontext, parametrize.cached):
        torch.manual_seed(0)
        critic = nn.Sequential(parametrizations.weight_norm(nn.Linear(5, 1)), nn.Flatten(0))
        nets = BACKEND.build({"generator": nn.Linear(3, 5), "critic": critic}, {})
        trainer = BACKEND.trainer(method, nets, execution=execution)
        with around():
            found.append([float(trainer.step(("critic",), x, noise)["critic"]) for _ in range(3)])
            assert parametrize._cache_enabled == (around is parametrize.cached)
    assert found[0] == found[1]


@pytest.mark.slow
def test_a_compiled_step_computes_the_same_whatever_surrounds_it():
    @contextmanager
    def around():
        with (
            torch.inference_mode(),
            torch.autocast("cpu"),
            torch.device("meta"),
            torch.autograd.set_detect_anomaly(True),
            torch.autograd.graph.save_on_cpu(),
            torch.autograd.graph.saved_tensors_hooks(torch.Tensor.half, torch.Tensor.double),
        ):
            yield

    expected = arrays(nullcontext, execution="compiled")
    for found, right in zip(arrays(around, made=around, execution="compiled"), expected, strict=True):
        np.testing.assert_array_equal(found, right)


def test_what_was_made_in_inference_mode():
    """A batch is taken; a module cannot be trained any more, and is refused by its tensor's name."""
    method, draws = diptych.make("gmmn"), np.random.default_rng(0)
    z = draws.normal(size=(6, 3)).astype(np.float32)
    with torch.inference_mode():
        made, x, noise = nn.Linear(3, 5), torch.ones(6, 5), {"z": torch.tensor(z)}
    with pytest.raises(ValueError, match=r"generator: 'weight' was made in torch.inference_mode\(\)"):
        BACKEND.build({"generator": made}, {})
    after = []
    for batch, draw in ((x, noise), (np.ones((6, 5)), {"z": z})):
        torch.manual_seed(0)
        nets = BACKEND.build({"generator": nn.Linear(3, 5)}, {})
        BACKEND.trainer(method, nets, {"generator": SGD(0.1)}).step(("generator",), batch, draw)
        after.append(BACKEND.weights(nets)["generator"]["weight"])
    np.testing.assert_array_equal(*after)


def test_building_draws_no_random_numbers():
    networks = mlp(diptych.make("gmmn"), data=(5,), latent=(3,), width=4)
    before = torch.get_rng_state()
    BACKEND.build(networks, diptych.initial_weights(networks, np.random.default_rng(0)))
    assert torch.equal(torch.get_rng_state(), before)


def test_compiled_where_compilation_is_switched_off():
    nets = BACKEND.build({}, {})
    with (
        torch.compiler.set_stance("force_eager"),
        pytest.raises(ValueError, match="compiled execution is switched"),
    ):
        BACKEND.call(lambda nets, ops, x: x + 1, nets, {"x": np.ones(2)}, execution="compiled")


@pytest.mark.parametrize("variable", ["TORCH_COMPILE_DISABLE", "TORCHDYNAMO_DISABLE"])
def test_compiled_where_the_environment_switches_it_off(variable):
    code = """
import numpy, diptych
backend = diptych.backend("torch")
backend.call(lambda nets, ops, x: x + 1, backend.build({}, {}), {"x": numpy.ones(2)}, execution="compiled")
"""
    environment = {**os.environ, variable: "1"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode
    assert "ValueError: compiled execution is switched off in this process" in run.stderr
