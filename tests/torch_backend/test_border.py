"""What crosses the border: arrays of every kind, and where networks lie."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import diptych
from diptych.method import Player
from diptych.networks import Dense, Network, mlp
from diptych_conformance import check_loss
from diptych_torch import TorchBackend

pytestmark = pytest.mark.torch

BACKEND = TorchBackend()
EXECUTIONS = ["eager", pytest.param("compiled", marks=pytest.mark.slow)]
WHOLE = np.arange(24.0).reshape(6, 4) % 5
LOSS = Player("p", lambda nets, x, noise, ops: ops.xp.mean(nets.f(x) ** 2) + ops.xp.mean(noise.e), ("f",))


class Named(torch.Tensor):
    """As torchvision's: a type of its own, and a tensor in all else."""


TAKEN = {
    "integers": np.uint8,
    "booleans": bool,
    "float16": np.float16,
    "longdouble": np.longdouble,
    "big-endian": ">f8",
    "big-endian integers": ">i2",
}
READ = {
    "lists": np.ndarray.tolist,
    "Fortran": np.asfortranarray,
    "backwards": lambda x: x[::-1][::-1],
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "tensor": torch.tensor,
    "tensor of integers": lambda x: torch.tensor(x, dtype=torch.int16),
    "tensor of a subclass": lambda x: torch.tensor(x).as_subclass(Named),
    "tensor with a gradient": lambda x: torch.tensor(x, requires_grad=True),
}
REFUSED = {
    "masked": (lambda x: np.ma.masked_equal(x, 3.0), "is a masked array"),
    "rows that are masked": (lambda x: list(np.ma.masked_equal(x, 3.0)), "is a masked array"),
    "rows of rows that are masked": (lambda x: [list(np.ma.masked_equal(x, 3.0))], "is a masked array"),
    "numbers that are masked": (lambda x: [[1.0, np.ma.masked], (2.0, 3.0)], "is a masked array"),
    "complex": (lambda x: x + 0j, "must hold real numbers, got an array of complex128"),
    "objects": (lambda x: x.astype(object), "must hold real numbers, got an array of object"),
    "text": (lambda x: x.astype(str), "must hold real numbers, got an array of <U32"),
    "ragged": (lambda x: [[1.0], [1.0, 2.0]], "is no array"),
    "foreign": (
        lambda x: memoryview(x),
        "must be a NumPy array or one of the backend's own, got builtins.memoryview",
    ),
    "sparse": (lambda x: torch.tensor(x).to_sparse(), "must be a dense tensor of real numbers"),
    "complex tensor": (lambda x: torch.tensor(x + 0j), "must be a dense tensor of real numbers"),
    "masked tensor": (
        lambda x: torch.masked.masked_tensor(torch.tensor(x), torch.tensor(x) > 0),
        "must be a dense tensor of real numbers, got a MaskedTensor",
    ),
    "tensor on meta": (lambda x: torch.empty(6, 4, device="meta"), "lies on the device 'meta'"),
}


def built(dtype="float64"):
    network = Network(((4,),), (Dense(2),))
    return BACKEND.build({"f": network}, {"f": {"0.kernel": WHOLE[:4, :2], "0.bias": WHOLE[0, :2]}}, dtype=dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", [*TAKEN, *READ])
def test_arrays_of_every_kind_are_the_numbers_they_hold(kind, dtype):
    x = WHOLE > 2 if kind == "booleans" else WHOLE
    given = READ[kind](x) if kind in READ else x.astype(TAKEN[kind])
    nets, noise = built(dtype), {"e": given}
    expected = BACKEND.value_and_grads(LOSS, nets, x.astype(dtype), {"e": x.astype(dtype)})
    loss, grads = BACKEND.value_and_grads(LOSS, nets, given, noise)
    assert loss == expected[0]
    np.testing.assert_array_equal(grads["f"]["0.kernel"], expected[1]["f"]["0.kernel"])
    np.testing.assert_array_equal(BACKEND.call(lambda nets, ops, x: x, nets, {"x": given}), x.astype(dtype))


@pytest.mark.filterwarnings("ignore:The PyTorch API of MaskedTensors:UserWarning")  # a prototype
@pytest.mark.parametrize("kind", REFUSED)
def test_what_holds_no_real_numbers_is_refused_by_its_name(kind):
    make, message = REFUSED[kind]
    nets = built()
    with pytest.raises(ValueError, match=f"^x {message}"):
        BACKEND.value_and_grads(LOSS, nets, make(WHOLE), {"e": WHOLE})
    with pytest.raises(ValueError, match=f"^e {message}"):
        BACKEND.value_and_grads(LOSS, nets, WHOLE, {"e": make(WHOLE)})
    with pytest.raises(ValueError, match=f"^anything {message}"):
        BACKEND.call(lambda nets, ops, anything: anything, nets, {"anything": make(WHOLE)})


@pytest.mark.parametrize("dtype", [">f8", np.longdouble, np.uint8])
def test_weights_of_every_kind(dtype):
    network, weights = Network(((4,),), (Dense(2),)), {"0.kernel": WHOLE[:4, :2], "0.bias": WHOLE[0, :2]}
    nets = BACKEND.build({"f": network}, {"f": {name: a.astype(dtype) for name, a in weights.items()}})
    for name, array in BACKEND.weights(nets)["f"].items():
        np.testing.assert_array_equal(array, weights[name])
    with pytest.raises(ValueError, match=r"f: tensor '0.bias' is a masked array"):
        BACKEND.build({"f": network}, {"f": {**weights, "0.bias": np.ma.masked_array([1.0, 2.0])}})


def game(execution="eager", **native):
    method, rng, shapes = diptych.make("wgan-gp"), np.random.default_rng(0), {"data": (5,), "latent": (3,)}
    networks = mlp(method, **shapes, width=4)
    weights = {role: own for role, own in diptych.initial_weights(networks, rng).items() if role not in native}
    nets = BACKEND.build({**networks, **native}, weights)
    noise = method.draws(rng, 6, shapes)
    return method, nets, BACKEND.trainer(method, nets, execution=execution), rng.normal(size=(6, 5)), noise


WRONG = {
    "no rows": (lambda x, noise: (x[:0], noise), r"x holds no rows: its shape is \(0, 5\)"),
    "no axis": (lambda x, noise: (x[0, 0], noise), "x must be a batch: .* a 0-d array has none"),
    "event": (lambda x, noise: (x[:, :4], noise), r"x must have the shape \(n, \*\(5,\)\), .* got \(6, 4\)"),
    "rows of noise": (
        lambda x, noise: (x, {**noise, "e": noise["e"][:1]}),
        r"the noise 'e' of 'wgan-gp' must have the shape \(6, 1\), got \(1, 1\)",
    ),
    "event of noise": (
        lambda x, noise: (x, {**noise, "z": noise["z"][:, :2]}),
        r"the noise 'z' of 'wgan-gp' must have the shape \(6, 3\), got \(6, 2\)",
    ),
}


@pytest.mark.parametrize("execution", ["eager", "compiled"])
@pytest.mark.parametrize("what", WRONG)
def test_a_step_of_the_wrong_shapes_is_refused_before_anything_moves(what, execution):
    change, message = WRONG[what]
    _, nets, trainer, x, noise = game(execution)
    before = BACKEND.weights(nets)["critic"]
    with pytest.raises(ValueError, match=message):
        trainer.step(("critic",), *change(x, noise))
    for name, array in BACKEND.weights(nets)["critic"].items():
        np.testing.assert_array_equal(array, before[name])


MISSING = {
    "noise": (
        lambda run: BACKEND.value_and_grads(LOSS, built(), WHOLE, {"z": WHOLE}, execution=run),
        r"the objective reads the noise 'e', which is missing: no 'e' among \['z'\]",
    ),
    "network": (
        lambda run: BACKEND.value_and_grads(
            replace(LOSS, owns=()), BACKEND.build({}, {}), WHOLE, {}, execution=run
        ),
        r"the objective reads the network 'f', which is missing",
    ),
    "network in a call": (
        lambda run: BACKEND.call(lambda nets, ops, x: nets.g(x), built(), {"x": WHOLE}, execution=run),
        r"the objective reads the network 'g', which is missing: no 'g' among \['f'\]",
    ),
    "what is owned": (
        lambda run: BACKEND.value_and_grads(LOSS, BACKEND.build({}, {}), WHOLE, {}, execution=run),
        r"unknown role 'f'; these networks have \[\]",
    ),
    "names of noise": (
        lambda run: BACKEND.value_and_grads(LOSS, built(), WHOLE, None, execution=run),
        r"noise must be arrays by name, such as \{'z': z\}, got NoneType",
    ),
    "names of noise in a step": (
        lambda run: game(run)[2].step(("critic",), game(run)[3], [WHOLE]),
        "noise must be arrays by name, .* got list",
    ),
    "names of inputs": (
        lambda run: BACKEND.call(lambda nets, ops, x: x, built(), WHOLE, execution=run),
        "inputs must be arrays by name, .* got ndarray",
    ),
}


@pytest.mark.parametrize("execution", ["eager", "compiled"])
@pytest.mark.parametrize("what", MISSING)
def test_what_is_read_and_was_not_handed_in_is_named(what, execution):
    call, message = MISSING[what]
    with pytest.raises(ValueError, match=f"^{message}"):
        call(execution)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_an_objective_may_ask_whether_a_noise_is_there(execution):
    def objective(nets, x, noise, ops):
        return ops.xp.mean(nets.f(noise.e if hasattr(noise, "e") else x))

    player = Player("p", objective, ("f",))
    asked, _ = BACKEND.value_and_grads(player, built(), 2 * WHOLE, {"e": WHOLE}, execution=execution)
    plain, _ = BACKEND.value_and_grads(player, built(), 2 * WHOLE, {}, execution=execution)
    assert asked == BACKEND.value_and_grads(player, built(), WHOLE, {}, execution=execution)[0] != plain


@pytest.mark.parametrize("execution", ["eager", "compiled"])
def test_a_network_names_itself_where_its_input_does_not_fit(execution):
    message = r"f: takes batches of events \(\(4,\),\), got \(\(3,\),\)"
    with pytest.raises(ValueError, match=message):
        BACKEND.call(lambda nets, ops, x: nets.f(x), built(), {"x": WHOLE[:, :3]}, execution=execution)
    with pytest.raises(ValueError, match=message):
        BACKEND.value_and_grads(LOSS, built(), WHOLE[:, :3], {"e": WHOLE}, execution=execution)


def test_a_buffer_that_is_filled_again_after_a_step():
    after = []
    for reused in (False, True):
        _, nets, trainer, x, noise = game()
        buffer = np.empty(x.shape, np.float32)
        for t in range(3):
            buffer[:] = x + t
            trainer.step(("critic",), buffer if reused else buffer.copy(), noise)
            buffer[:] = np.nan
        after.append(BACKEND.weights(nets)["critic"]["0.kernel"])
    np.testing.assert_array_equal(*after)


@pytest.mark.parametrize("made", [np.array, torch.tensor])
def test_what_writes_into_its_inputs_writes_into_a_copy(made):
    def halved(nets, x, noise, ops):
        return ops.xp.mean(nets.f(x.mul_(0.5))) + ops.xp.mean(noise.e.mul_(0.5))

    given = made(WHOLE)
    assert given.dtype in (np.float64, torch.float64)  # nothing is cast on the way
    BACKEND.value_and_grads(Player("p", halved, ("f",)), built(), given, {"e": given})
    np.testing.assert_array_equal(given, WHOLE)
    BACKEND.call(lambda nets, ops, x: nets.f(x.mul_(0.5)), built(), {"x": given})
    np.testing.assert_array_equal(given, WHOLE)


@pytest.mark.parametrize("device", [None, "cpu", "cpu:0", torch.device("cpu"), torch.zeros(1).device])
def test_devices_as_pytorch_spells_them(device):
    nets = BACKEND.build({"f": nn.Linear(2, 1)}, {}, device=device)
    assert nets.device.type == "cpu"
    assert BACKEND.call(lambda nets, ops, x: nets.f(x), nets, {"x": np.ones((3, 2))}).shape == (3, 1)


@pytest.mark.parametrize("device", ["", "nonsense", "hip", "privateuseone", -1, 1.5, True, torch.zeros(1)])
def test_devices_that_are_none(device):
    with pytest.raises(ValueError, match=r"^unknown device .*[^\n]$"):
        BACKEND.build({}, {}, device=device)


@pytest.mark.skipif(torch.accelerator.is_available(), reason="device 0 is there")
def test_an_index_is_that_of_an_accelerator():
    with pytest.raises(ValueError, match="unknown device 0: "):
        BACKEND.build({}, {}, device=0)


def test_meta_holds_no_numbers():
    with pytest.raises(ValueError, match="device 'meta' holds no numbers"):
        BACKEND.build({}, {}, device="meta")
    with pytest.raises(ValueError, match="f: 'weight' lies on the device 'meta'"):
        BACKEND.build({"f": nn.Linear(2, 1, device="meta")}, {})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_axis_of_one_entry_may_run_backwards(dtype):
    turned = np.ones((1, 2), dtype)[::-1]  # in C order, with a negative stride
    network = Network(((2,),), (Dense(1),))
    weights = {"f": {"0.kernel": np.ones((2, 1), dtype), "0.bias": np.ones(1, dtype)[::-1]}}
    nets = BACKEND.build({"f": network}, weights, dtype=dtype)
    assert BACKEND.call(lambda nets, ops, x: nets.f(x), nets, {"x": turned}) == 3


@pytest.mark.parametrize(
    "made", [lambda x: [x, x], lambda x: {"x": x}, lambda x: None], ids=["list", "dict", "none"]
)
def test_a_call_that_gives_no_tensor_is_refused(made):
    with pytest.raises(ValueError, match="f must give a tensor or a tuple of tensors, got "):
        BACKEND.call(lambda nets, ops, x: made(x), built(), {"x": WHOLE})
    one, two = BACKEND.call(lambda nets, ops, x: (x, (x + 1)), built(), {"x": WHOLE})
    np.testing.assert_array_equal(one + 1, two)


def test_a_loss_that_is_checked_reads_a_missing_noise_by_its_name():
    """The check stands between a loss and what it reads, and calls noise noise."""
    networks = {"f": Network(((4,),), (Dense(1),))}
    report = check_loss(LOSS, backend="torch", networks=networks, x=WHOLE, noise={})
    assert "the objective reads the noise 'e', which is missing" in str(report)
