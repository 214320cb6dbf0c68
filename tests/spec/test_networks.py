"""Networks as data: shapes, tensors, initial weights, and one clear error for what does not fit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diptych import Method, Network, initial_weights, make
from diptych.networks import (
    ACTIVATIONS,
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Crop,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    Reshape,
    Residual,
    SpectralNorm,
    check,
)
from diptych.networks.architectures import ARCHITECTURES
from diptych.networks.dense import mlp
from diptych.networks.images import conv, dcgan, resnet, sn_dcgan
from diptych.networks.layers import shapes
from diptych.protocol import Capability

Shape = tuple[int, ...]

SHAPES: list[tuple[Shape, Layer, Shape]] = [
    ((5,), Dense(3), (3,)),
    ((7, 8, 2), Conv2D(4, 3), (7, 8, 4)),
    ((7, 8, 2), Conv2D(4, 3, 2), (4, 4, 4)),
    ((7, 8, 2), Conv2D(4, 3, 2, padding="valid"), (3, 3, 4)),
    ((3, 3, 1), Conv2D(4, 3, 5, padding="valid"), (1, 1, 4)),
    ((7, 8, 2), Conv2DTranspose(4, 4, 2), (14, 16, 4)),
    ((7, 8, 2), Conv2DTranspose(4, 3, 3), (21, 24, 4)),
    ((7, 8, 2), Crop(7, 5), (7, 5, 2)),
    ((7, 8, 2), Crop(1, 8), (1, 8, 2)),
    ((5,), SpectralNorm(Dense(3)), (3,)),
    ((7, 8, 2), SpectralNorm(Conv2D(4, 3, 2)), (4, 4, 4)),
    ((7, 8, 2), BatchNorm(), (7, 8, 2)),
    ((5,), LayerNorm(), (5,)),
    ((), Activation("tanh"), ()),
    ((7, 8, 2), Flatten(), (112,)),
    ((), Flatten(), (1,)),
    ((112,), Reshape((7, 8, 2)), (7, 8, 2)),
    ((1,), Reshape(()), ()),
    ((5,), Residual((Dense(9), Dense(5))), (5,)),
    ((5,), Residual((Dense(9),), (Dense(9, bias=False),)), (9,)),
]


@pytest.mark.parametrize(("event", "layer", "output"), SHAPES)
def test_shape(event: Shape, layer: Layer, output: Shape) -> None:
    assert Network((event,), (layer,)).output == output


@pytest.mark.parametrize("length", [1, 2, 5, 8, 9])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_padding_makes_the_stated_length(length: int, stride: int, kernel: int) -> None:
    """Sliding the kernel over the padded axis gives just the length `output` says; the smaller half is before."""
    same = Conv2D(1, kernel, stride)
    before, after = same.pads(length)
    assert 0 <= before <= after <= before + 1
    assert len(range(0, before + length + after - kernel + 1, stride)) == same.output((length, length, 1), ())[0]
    assert same.output((length, length, 1), ())[0] == -(-length // stride)
    if kernel <= length:
        valid = Conv2D(1, kernel, stride, padding="valid")
        assert valid.pads(length) == (0, 0)
        assert valid.output((length, length, 1), ())[0] == len(range(0, length - kernel + 1, stride))
    if kernel >= stride:
        transpose = Conv2DTranspose(1, kernel, stride)
        full = (length - 1) * stride + kernel
        rest = full - length * stride - transpose.crop
        assert 0 <= transpose.crop <= rest <= transpose.crop + 1


def test_conditioning() -> None:
    """A flat input joins at every position, an image where the positions agree."""
    assert Network(((4, 4, 2), (3,)), (Concatenate(1),)).output == (4, 4, 5)
    assert Network(((4, 4, 2), (4, 4, 3)), (Concatenate(1),)).output == (4, 4, 5)
    assert Network(((5,), (3,), (2,)), (Concatenate(2), Dense(4), Concatenate(1), Concatenate(0))).output == (12,)


def test_tensors() -> None:
    residual = Residual((Dense(3), Activation("relu"), Dense(3)), (Dense(3, bias=False),))
    network = Network(((4, 4, 2),), (Conv2D(6, 3, bias=False), BatchNorm(), Flatten(), residual, LayerNorm()))
    assert {t.name: (t.shape, t.init, t.trainable) for t in network.tensors} == {
        "0.kernel": ((3, 3, 2, 6), "glorot", True),
        "1.scale": ((6,), "ones", True),
        "1.bias": ((6,), "zeros", True),
        "1.running_mean": ((6,), "zeros", False),
        "1.running_variance": ((6,), "ones", False),
        "3.body.0.kernel": ((96, 3), "glorot", True),
        "3.body.0.bias": ((3,), "zeros", True),
        "3.body.2.kernel": ((3, 3), "glorot", True),
        "3.body.2.bias": ((3,), "zeros", True),
        "3.shortcut.0.kernel": ((96, 3), "glorot", True),
        "4.scale": ((3,), "ones", True),
        "4.bias": ((3,), "zeros", True),
    }
    assert network.has_batch_norm
    assert Network(((3,),), (Residual((BatchNorm(),)),)).has_batch_norm
    assert not Network(((3,),), (LayerNorm(),)).has_batch_norm
    assert [t.name for t in Network(((4, 4, 2),), (Conv2D(6, 3),)).tensors] == ["0.kernel", "0.bias"]
    normed = Network(((4, 4, 2),), (LayerNorm(), BatchNorm()))
    assert {t.shape for t in normed.tensors} == {(2,)}
    transpose = Network(((4, 4, 2),), (Conv2DTranspose(6, 4, 2),))
    assert [(t.name, t.shape, t.fans) for t in transpose.tensors] == [
        ("0.kernel", (4, 4, 2, 6), (32, 96)),
        ("0.bias", (6,), (1, 1)),
    ]


def test_initial_weights() -> None:
    """Glorot's bound, zeros and ones; a function of the networks and the generator, whatever their order."""
    networks = {"b": Network(((300,),), (Dense(200), BatchNorm())), "a": Network(((2,),), (Dense(2),))}
    weights = initial_weights(networks, np.random.default_rng(0))
    kernel = weights["b"]["0.kernel"]
    bound = np.sqrt(6 / 500)
    assert kernel.dtype == np.float64
    assert 0.999 * bound < np.abs(kernel).max() <= bound
    assert kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.01)
    assert np.array_equal(weights["b"]["0.bias"], np.zeros(200))
    assert np.array_equal(weights["b"]["1.scale"], np.ones(200))
    reverse = initial_weights(dict(reversed(networks.items())), np.random.default_rng(0))
    assert all(np.array_equal(reverse[role][name], w) for role in weights for name, w in weights[role].items())
    for role, network in networks.items():
        network.check(weights[role], role)


def test_weights_that_do_not_fit() -> None:
    network = Network(((2,),), (Dense(3),))
    kernel, bias = np.zeros((2, 3)), np.zeros(3)
    with pytest.raises(ValueError, match=r"critic: missing tensor '0\.bias'; this network holds"):
        network.check({"0.kernel": kernel}, "critic")
    with pytest.raises(ValueError, match=r"critic: unknown tensor '1\.bias'"):
        network.check({"0.kernel": kernel, "0.bias": bias, "1.bias": bias}, "critic")
    with pytest.raises(ValueError, match=r"tensor '0\.kernel' must have shape \(2, 3\), got \(3, 2\)"):
        network.check({"0.kernel": kernel.T, "0.bias": bias})


FLAT = {"data": (3,), "latent": (2,)}
ERRORS: dict[str, Callable[[], Any]] = {
    r"layer 1: Dense needs a flat event, got \(2, 3\): put Flatten\(\) before it": lambda: Network(
        ((2, 3),), (Activation("relu"), Dense(3))
    ),
    r"layer 0: layer 2: Dense needs a flat event": lambda: Network(
        ((2, 3),), (Residual((Flatten(), Reshape((3, 2)), Dense(1))),)
    ),
    r"layer 0: Residual: the body gives \(3,\), the shortcut \(5,\)": lambda: Network(
        ((5,),), (Residual((Dense(3),)),)
    ),
    r"layer 0: Conv2D needs an event \(height, width, channels\), got \(5,\)": lambda: Network(
        ((5,),), (Conv2D(1, 3),)
    ),
    r"Conv2DTranspose needs an event": lambda: Network(((5,),), (Conv2DTranspose(1, 3),)),
    r"layer 0: Conv2D with a 5x5 kernel does not fit into \(4, 9, 1\)": lambda: Network(
        ((4, 9, 1),), (Conv2D(1, 5, padding="valid"),)
    ),
    r"layer 0: Reshape: \(5,\) does not have as many entries as \(2, 3\)": lambda: Network(
        ((5,),), (Reshape((2, 3)),)
    ),
    r"shape of Reshape must be a tuple of whole numbers of at least 1, got \(-2, -3\)": lambda: Reshape((-2, -3)),
    r"shape of Reshape must be a tuple of whole numbers of at least 1, got \(2\.5,\)": lambda: Reshape((2.5,)),  # type: ignore[arg-type]
    r"shape of Reshape must be a tuple of whole numbers of at least 1, got 6": lambda: Reshape(6),  # type: ignore[arg-type]
    r"layer 0: Concatenate: no input number 1 among 1": lambda: Network(((5,),), (Concatenate(1),)),
    r"layer 0: Concatenate: \(4, 5, 1\) joins \(4, 4, 2\) only where": lambda: Network(
        ((4, 4, 2), (4, 5, 1)), (Concatenate(1),)
    ),
    r"layer 0: Concatenate needs an event with channels, got a scalar": lambda: Network(
        ((5,), ()), (Concatenate(1),)
    ),
    r"Concatenate needs an event with channels": lambda: Network(((), (5,)), (Concatenate(1),)),
    r"LayerNorm needs an event with channels": lambda: Network(((),), (LayerNorm(),)),
    r"BatchNorm needs an event with channels": lambda: Network(((),), (BatchNorm(),)),
    r"keep of BatchNorm must be in \[0, 1\), got 1\.0": lambda: BatchNorm(keep=1.0),
    r"epsilon of BatchNorm must be positive and finite, got -1": lambda: BatchNorm(epsilon=-1),
    r"epsilon of LayerNorm must be positive and finite, got nan": lambda: LayerNorm(epsilon=float("nan")),
    r"epsilon of LayerNorm must be positive and finite, got -1": lambda: LayerNorm(epsilon=-1),
    r"slope of Activation must be finite, got nan": lambda: Activation("leaky_relu", float("nan")),
    r"units of Dense must be a whole number of at least 1, got 0": lambda: Dense(0),
    r"units of Dense must be a whole number of at least 1, got 2\.5": lambda: Dense(2.5),  # type: ignore[arg-type]
    r"units of Dense must be a whole number of at least 1, got nan": lambda: Dense(float("nan")),  # type: ignore[arg-type]
    r"bias of Dense must be True or False, got 'no'": lambda: Dense(3, bias="no"),  # type: ignore[arg-type]
    r"kernel of Conv2D must be a whole number of at least 1, got 2\.5": lambda: Conv2D(3, 2.5),  # type: ignore[arg-type]
    r"source of Concatenate must be a whole number of at least 0, got -1": lambda: Concatenate(-1),
    r"stride of Conv2D must be a whole number of at least 1, got 0": lambda: Conv2D(1, 3, 0),
    r"padding of Conv2D must be one of 'same', 'valid', got 'full'": lambda: Conv2D(1, 3, padding="full"),  # type: ignore[arg-type]
    r"filters of Conv2DTranspose must be a whole number of at least 1": lambda: Conv2DTranspose(0, 3),
    r"kernel of Conv2DTranspose must be at least its stride, 3, got 2": lambda: Conv2DTranspose(1, 2, 3),
    r"name of Activation must be one of 'relu', .* 'gelu', got 'swish'": lambda: Activation("swish"),
    r"a network needs at least one input": lambda: Network((), ()),
    r"an input of Network must be a tuple of whole numbers of at least 1, got \(3, 0\)": lambda: Network(
        ((3, 0),), ()
    ),
    r"layer 0: Crop to 8 x 2 pixels: there are only 7 x 8": lambda: Network(((7, 8, 2),), (Crop(8, 2),)),
    r"layer 0: Crop to 2 x 9 pixels: there are only 7 x 8": lambda: Network(((7, 8, 2),), (Crop(2, 9),)),
    r"layer 0: Crop needs an event \(height, width, channels\), got \(7,\)": lambda: Network(
        ((7,),), (Crop(1, 1),)
    ),
    r"width of Crop must be a whole number of at least 1, got 0": lambda: Crop(1, 0),
    r"layer of SpectralNorm must be of type Dense or Conv2D or Conv2DTranspose, got Flatten": lambda: SpectralNorm(
        Flatten()  # type: ignore[arg-type]
    ),
    r"layer 0: Dense needs a flat event, got \(7, 8, 2\)": lambda: Network(((7, 8, 2),), (SpectralNorm(Dense(1)),)),
    r"std of Network must be positive and finite, got 0": lambda: Network(((7,),), (Dense(1),), std=0),
    r"dcgan architecture needs images .* sides of at least 4 pixels, got \(3, 8, 1\); use the mlp": lambda: dcgan(
        make("ns-gan"), data=(3, 8, 1), latent=(2,)
    ),
    r"conv architecture needs images .* got \(8, 3, 1\); use the mlp": lambda: conv(
        make("ns-gan"), data=(8, 3, 1), latent=(2,)
    ),
    r"resnet architecture needs images .* got \(3,\); use the mlp": lambda: resnet(make("ns-gan"), **FLAT),
    r"^depth must be a whole number of at least 0, got -1": lambda: mlp(make("ns-gan"), **FLAT, depth=-1),
    r"^width must be a whole number of at least 1, got 0": lambda: mlp(make("ns-gan"), **FLAT, depth=0, width=0),
    r"^width must be a whole number of at least 1, got 2\.5": lambda: dcgan(make("ns-gan"), **FLAT, width=2.5),  # type: ignore[arg-type]
    r"shapes of method 'ns-gan' must have 'data' and 'latent', got \['data'\]": lambda: make("ns-gan").signature(
        "critic", {"data": (3,)}
    ),
    r"shape of 'latent' must be a tuple of whole numbers of at least 1, got \(2\.5,\)": lambda: mlp(
        make("ns-gan"),
        data=(3,),
        latent=(2.5,),  # type: ignore[arg-type]
    ),
}


@pytest.mark.parametrize("message", ERRORS)
def test_error(message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ERRORS[message]()


def test_the_limits_themselves_are_allowed() -> None:
    assert BatchNorm(keep=0.0).keep == 0
    assert mlp(make("ns-gan"), **FLAT, depth=0)["generator"].layers == (Dense(3),)
    assert Network(((1, 6),), (Reshape((3, 1, 2)),)).output == (3, 1, 2)
    assert [Activation(name).name for name in ACTIVATIONS] == list(ACTIVATIONS)


@pytest.mark.parametrize("data", [(8, 8, 1), (4, 9, 3), (28, 28, 1), (28, 50, 1), (50, 37, 3), (128, 128, 3)])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("method", ["ns-gan", "wgan-gp", "gmmn", "vae", "wae-mmd"])
def test_architectures_fit_every_method(architecture: str, method: str, data: Shape) -> None:
    built, shapes = make(method), {"data": data, "latent": (5,)}
    networks = ARCHITECTURES[architecture](built, **shapes)
    check(built, networks, shapes)
    for role, weights in initial_weights(networks, np.random.default_rng(0)).items():
        networks[role].check(weights, role)


@pytest.mark.parametrize(
    ("side", "sides"),
    [
        (4, [2, 1]),
        (8, [4, 2]),
        (15, [8, 4]),
        (28, [14, 7]),
        (29, [15, 8, 4]),
        (32, [16, 8, 4]),
        (64, [32, 16, 8, 4]),
        (128, [64, 32, 16, 8, 4]),
    ],
)
def test_an_image_is_halved_until_no_side_exceeds_7(side: int, sides: list[int]) -> None:
    """In a critic; a generator passes the same sides in reverse, with half the channels of the stage before."""
    networks = dcgan(make("ns-gan"), data=(side, 4, 1), latent=(5,), width=2)
    events = {role: list(shapes(n.layers, n.inputs[0], n.inputs)) for role, n in networks.items()}
    channels = [2 * 2**i for i in range(len(sides))]
    after = [
        event for layer, event in zip(networks["critic"].layers, events["critic"][1:], strict=True)
        if isinstance(layer, Conv2D)
    ]  # fmt: skip
    assert [(event[0], event[2]) for event in after] == list(zip(sides, channels, strict=True))
    normed = [
        event for layer, event in zip(networks["generator"].layers, events["generator"][1:], strict=True)
        if isinstance(layer, BatchNorm)
    ]  # fmt: skip
    assert [(event[0], event[2]) for event in normed] == list(zip(sides, channels, strict=True))[::-1]
    assert events["generator"][-1] == (side, 4, 1)


@pytest.mark.parametrize("method", ["ns-gan", "wgan", "wgan-gp", "r3gan", "mmd-gan", "vae", "avb", "vae-gan"])
def test_dcgan_has_batch_norm_where_the_method_allows_it(method: str) -> None:
    """Behind every convolution without a bias, of which it would undo the effect; elsewhere layer norm."""
    built = make(method)
    for role, network in dcgan(built, data=(28, 28, 1), latent=(5,)).items():
        inputs, output = built.signature(role, {"data": (28, 28, 1), "latent": (5,)})
        kinds = [type(layer) for layer in network.layers]
        if 3 not in (len(output), len(inputs[0])):
            assert (network.std, set(kinds) & {BatchNorm, LayerNorm}) == (None, set())
            continue
        norm = BatchNorm if built.roles[role].batch_norm else LayerNorm
        assert network.std == 0.02
        assert set(kinds) & {BatchNorm, LayerNorm} == {norm}
        convolved = [layer for layer in network.layers if isinstance(layer, Conv2D | Conv2DTranspose)]
        unnormed = convolved[0] if len(inputs[0]) == 3 else convolved[-1]
        assert [layer.bias for layer in convolved] == [layer is unnormed for layer in convolved]


def test_a_spectral_norm_holds_a_vector_beside_the_tensors_of_its_layer() -> None:
    """Drawn with the weights, not trained; a backend must say that it has the layer."""
    network = Network(
        ((7, 8, 2),), (SpectralNorm(Conv2DTranspose(4, 3, 2)), Residual((SpectralNorm(Conv2D(4, 1)),)))
    )
    assert {t.name: (t.shape, t.init, t.trainable) for t in network.tensors} == {
        "0.kernel": ((3, 3, 2, 4), "glorot", True),
        "0.bias": ((4,), "zeros", True),
        "0.u": ((4,), "normal", False),
        "1.body.0.kernel": ((1, 1, 4, 4), "glorot", True),
        "1.body.0.bias": ((4,), "zeros", True),
        "1.body.0.u": ((4,), "normal", False),
    }
    assert network.needs == {Capability.SPECTRAL_NORM}
    assert Network(((5,),), (Dense(1),)).needs == frozenset()
    assert np.all(initial_weights({"f": network}, np.random.default_rng(0))["f"]["0.u"])


@pytest.mark.parametrize("method", ["ns-gan", "wgan-gp", "wae-gan", "vae-gan", "wae-mmd"])
def test_critics_of_sn_dcgan_have_spectral_norm_and_no_other(method: str) -> None:
    """The other roles are those of dcgan."""
    built, shapes = make(method), {"data": (28, 28, 1), "latent": (5,)}
    plain = dcgan(built, **shapes, width=4)
    for role, network in sn_dcgan(built, **shapes, width=4).items():
        if built.roles[role].output not in ("scalar", "features"):
            assert network == plain[role]
            continue
        kinds = [type(layer) for layer in network.layers]
        assert {SpectralNorm} == set(kinds) & {Dense, Conv2D, BatchNorm, LayerNorm, SpectralNorm}
        assert all(layer.layer.bias for layer in network.layers if isinstance(layer, SpectralNorm))


def test_kernels_of_a_network_with_a_std_are_normal() -> None:
    layers = (Dense(100), BatchNorm(), Residual((Dense(100),)), Dense(3, bias=False))
    drawn = initial_weights({"f": Network(((200,),), layers, std=0.02)}, np.random.default_rng(0))["f"]
    assert {t.init for t in Network(((200,),), layers, std=0.02).tensors} == {"normal", "zeros", "ones"}
    for name in ("0.kernel", "2.body.0.kernel"):
        assert drawn[name].std() == pytest.approx(0.02, rel=0.02)
        assert np.abs(drawn[name]).max() > 0.06  # a uniform law of this deviation ends at 0.035
    assert np.array_equal(drawn["0.bias"], np.zeros(100))


def test_residual_blocks_halve_and_double() -> None:
    """Every block keeps what its shortcut carries, and each of its convolutions comes after norm and activation."""
    networks = resnet(make("ns-gan"), data=(8, 12, 3), latent=(5,), width=2)
    events = {}
    for role, network in networks.items():
        walked = list(zip(network.layers, shapes(network.layers, network.inputs[0], network.inputs), strict=False))
        events[role] = [event for layer, event in walked if isinstance(layer, Residual)] + [network.output]
        for block in (layer for layer in network.layers if isinstance(layer, Residual)):
            assert [type(layer) for layer in block.body[:2]] == [LayerNorm, Activation]
            assert [type(layer) for layer in block.body[3:]] == [LayerNorm, Activation, Conv2D]
            assert type(block.shortcut[0]) is type(block.body[2])
    assert events == {"critic": [(8, 12, 2), (4, 6, 2), ()], "generator": [(2, 3, 4), (4, 6, 4), (8, 12, 3)]}


def test_numbers_of_numpy_become_numbers_of_python() -> None:
    layer = Conv2D(np.int64(3), np.int32(2))  # type: ignore[arg-type]
    assert (layer, type(layer.filters), type(layer.kernel)) == (Conv2D(3, 2), int, int)
    assert type(LayerNorm(np.float32(0.5)).epsilon) is float
    assert type(Activation("leaky_relu", np.float32(0.5)).slope) is float
    network = Network(((np.int64(6),),), (Reshape((np.int64(2), 3)),))  # type: ignore[arg-type]
    assert {type(side) for event in (*network.inputs, network.output) for side in event} == {int}


def test_mlp_takes_any_event() -> None:
    def critic(method: Method, data: Shape) -> Network:
        return mlp(method, data=data, latent=(2,), width=7, depth=1, activation="tanh")["critic"]

    assert critic(make("ns-gan"), (3,)).layers == (Dense(7), Activation("tanh"), Dense(1), Reshape(()))
    assert critic(make("ns-gan"), (3, 2)).layers[0] == Flatten()
    assert critic(make("ns-gan"), ()).output == ()
