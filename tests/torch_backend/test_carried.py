"""What a user's module carries beside its weights: a step honours it, or it is refused."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import diptych
from diptych.optimizers import SGD

from .common import BACKEND, EXECUTIONS, problem

pytestmark = pytest.mark.torch
EXECUTION_NAMES = ("eager", "compiled")


def critic(*layers):
    return nn.Sequential(*layers, nn.Linear(5, 1), nn.Flatten(0))


def doubled(layer):
    layer.register_forward_hook(lambda module, inputs, output: 2 * output)
    return layer


class Counting(nn.Module):
    """A count of calls that is put in its place anew each time."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        self.calls = self.calls + 1
        return x


@pytest.mark.slow
def test_executions_agree_on_all_that_is_honoured(rng):
    after, state = {}, rng.bit_generator.state
    for execution in EXECUTION_NAMES:
        torch.manual_seed(0)
        rng.bit_generator.state = state
        norms = ("spectral_norm", "weight_norm", "orthogonal")
        normed = [getattr(parametrizations, norm)(nn.Linear(5, 5)) for norm in norms]
        own = critic(*normed, doubled(nn.Linear(5, 5)), Counting(), nn.Tanh(), nn.Dropout(0.3))
        method = diptych.make("hinge")
        nets, x, noise = problem(method, rng, critic=own)
        trainer = BACKEND.trainer(method, nets, {"critic": SGD(0.1)}, execution=execution)
        for _ in range(2):
            trainer.step(("critic",), x, noise)
        after[execution] = BACKEND.weights(nets)["critic"]
    for name, array in after["eager"].items():
        np.testing.assert_allclose(after["compiled"][name], array, rtol=1e-9, atol=1e-14)
    assert after["eager"]["4.calls"] == 4


def test_a_forward_hook_is_honoured(rng):
    plain = critic(nn.Linear(5, 5))
    hooked = critic(doubled(nn.Linear(5, 5)))
    hooked.load_state_dict(plain.state_dict())
    x = rng.normal(size=(4, 5))
    nets = BACKEND.build({"plain": plain, "hooked": hooked}, {}, dtype="float64")
    f = BACKEND.call(lambda nets, ops, x: nets.plain[1](2 * nets.plain[0](x))[:, 0], nets, {"x": x})
    np.testing.assert_allclose(BACKEND.call(lambda nets, ops, x: nets.hooked(x), nets, {"x": x}), f, rtol=1e-12)


HOOKS = {
    "tensor": (lambda c: c[0].weight.register_hook(lambda g: 2 * g), r"'0.weight' has a gradient hook"),
    "post accumulate": (
        lambda c: c[0].weight.register_post_accumulate_grad_hook(lambda p: None),
        r"'0.weight' has a gradient hook",
    ),
    "backward": (
        lambda c: c[0].register_full_backward_hook(lambda m, i, o: None),
        r"Linear at '0' has a backward hook",
    ),
    "backward pre": (
        lambda c: c.register_full_backward_pre_hook(lambda m, o: None),
        r"Sequential has a backward hook",
    ),
}


@pytest.mark.parametrize("execution", EXECUTION_NAMES)
@pytest.mark.parametrize("what", HOOKS)
def test_hooks_on_gradients_are_refused(rng, what, execution):
    hang, message = HOOKS[what]
    method, own = diptych.make("hinge"), critic(nn.Linear(5, 5))
    hang(own)
    nets, x, noise = problem(method, rng, critic=own)
    with pytest.raises(ValueError, match=rf"critic: {message}, which a step does not call"):
        BACKEND.trainer(method, nets, execution=execution)
    with pytest.raises(ValueError, match=message):
        BACKEND.value_and_grads(method.player("critic"), nets, x, noise, execution=execution)


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")
@pytest.mark.parametrize("norm", ["spectral_norm", "weight_norm"])
def test_norms_by_hook_train_eagerly_and_name_what_can_be_compiled(rng, norm):
    method, own = diptych.make("hinge"), critic(getattr(nn.utils, norm)(nn.Linear(5, 5)))
    nets, x, noise = problem(method, rng, critic=own)
    BACKEND.trainer(method, nets).step(("critic",), x, noise)
    with pytest.raises(ValueError, match=rf"nn.utils.parametrizations.{norm} can be compiled"):
        BACKEND.trainer(method, nets, execution="compiled")


def inference():
    with torch.inference_mode():
        return nn.Linear(5, 5)


REFUSED = {
    "lazy": (lambda: nn.LazyLinear(5), r"'0.weight' has no shape yet; call the module once"),
    "meta": (lambda: nn.Linear(5, 5, device="meta"), r"'0.weight' lies on the device 'meta'"),
    "inference": (inference, r"'0.weight' was made in torch.inference_mode"),
    "complex": (lambda: nn.Linear(5, 5, dtype=torch.complex64), r"'0.weight' is of dtype torch.complex64"),
    "script": (lambda: torch.jit.trace(nn.Linear(5, 5), torch.zeros(1, 5)), r"at '0' cannot be trained here"),
    "parallel": (lambda: nn.DataParallel(nn.Linear(5, 5)), r"DataParallel at '0' .* hand in its `.module`"),
    "compiled": (lambda: torch.compile(nn.Linear(5, 5)), r"OptimizedModule at '0' .* hand in the module that"),
    "compiled in place": (lambda: [layer := nn.Linear(5, 5), layer.compile()][0], r"by its own `compile`"),
}


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning", "ignore:Complex modules:UserWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit.* is deprecated:DeprecationWarning")
@pytest.mark.parametrize("what", REFUSED)
def test_modules_that_no_step_can_train_are_refused_when_networks_are_built(what):
    make, message = REFUSED[what]
    with pytest.raises(ValueError, match=rf"critic: .*{message}"):
        BACKEND.build({"critic": critic(make())}, {})


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = critic()

    def forward(self, x):
        return self.inner(x), x


class Single(Pair):
    def forward(self, x):
        return self.inner(x).float()


class Branch(Pair):
    def forward(self, x):
        y = self.inner(x)
        return y if float(y.detach().sum()) > 0 else 2 * y


OUTPUTS = {
    "tuple": (Pair, r"critic: a network gives one tensor, this one gave a tuple"),
    "two": (lambda: nn.Linear(5, 2), r"critic: .* shape \(n,\), and gave \(6, 2\); end it in nn.Flatten\(0\)"),
    "dtype": (Single, r"critic: this network gave torch.float32, the run is in torch.float64"),
}


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("what", OUTPUTS)
def test_outputs_that_no_objective_takes_are_told_by_role(rng, what, execution):
    make, message = OUTPUTS[what]
    method = diptych.make("hinge")
    nets, x, noise = problem(method, rng, critic=make())
    with pytest.raises(ValueError, match=message):
        BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)


@pytest.mark.slow
def test_what_cannot_be_compiled_is_told_in_a_line(rng):
    method = diptych.make("hinge")
    nets, x, noise = problem(method, rng, critic=Branch())
    with pytest.raises(ValueError, match=r'cannot compile this \(.*\); execution="eager" runs it') as told:
        BACKEND.trainer(method, nets, execution="compiled").step(("critic",), x, noise)
    assert len(str(told.value).splitlines()) == 1
    BACKEND.trainer(method, nets).step(("critic",), x, noise)
