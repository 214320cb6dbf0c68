"""The vocabulary, the rules and the ready architectures, a second time: of the spec alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from diptych import CATALOGUE, Network
from diptych import networks as spec
from diptych.method import Clip, Player, Role
from diptych.networks import ACTIVATIONS, architectures
from diptych.networks.layers import Tensor
from diptych.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Momentum, RMSprop
from diptych_conformance.cases.networks.stacks import stacks
from diptych_conformance.checks import twice
from diptych_conformance.checks import vocabulary as checks
from diptych_conformance.core.case import Case
from diptych_conformance.references import vocabulary

# Every field of every record, in order, none at its default.
OF_ALL = {"learning_rate": 0.3, "clip_norm": 0.2, "ema": 0.8, "accumulate": 3}
ADAM = {**OF_ALL, "beta1": 0.7, "beta2": 0.6, "epsilon": 0.01}
RULES: tuple[tuple[type, Mapping[str, Any]], ...] = (
    (SGD, OF_ALL),
    (Momentum, {**OF_ALL, "momentum": 0.7}),
    (RMSprop, {**OF_ALL, "decay": 0.7, "epsilon": 0.01}),
    (Adam, ADAM),
    (AdamW, {**ADAM, "weight_decay": 0.4}),
)
LAYERS: tuple[tuple[type, Mapping[str, Any]], ...] = (
    (spec.Dense, {"units": 3, "bias": False}),
    (spec.Conv2D, {"filters": 3, "kernel": 4, "stride": 2, "padding": "valid", "bias": False}),
    (spec.Conv2DTranspose, {"filters": 3, "kernel": 4, "stride": 2, "bias": False}),
    (spec.Crop, {"height": 3, "width": 2}),
    (spec.BatchNorm, {"keep": 0.7, "epsilon": 0.01}),
    (spec.LayerNorm, {"epsilon": 0.01}),
    (spec.SpectralNorm, {"layer": spec.Dense(3)}),
    (spec.Activation, {"name": "elu", "slope": 0.7}),
    (spec.Reshape, {"shape": (3, 2)}),
    (spec.Flatten, {}),
    (spec.Concatenate, {"source": 0}),
    (spec.Residual, {"body": (), "shortcut": ()}),
)
SLOTS = {
    "SGD": ((), ("ema",)),
    "Momentum": (("velocity",), ("velocity", "ema")),
    "RMSprop": (("square",), ("square", "ema")),
    "Adam": (("mean", "square"), ("mean", "square", "ema")),
    "AdamW": (("mean", "square"), ("mean", "square", "ema")),
}
NAMES = {"sgd": "SGD", "momentum": "Momentum", "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW"}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "mlp": {"width": 256, "depth": 2, "activation": "relu"},
    "dcgan": {"width": 32},
    "sn-dcgan": {"width": 32},
    "conv": {"width": 32, "activation": "leaky_relu"},
    "resnet": {"width": 32, "activation": "relu"},
}
FACTS = {
    "activations": (lambda: ACTIVATIONS, vocabulary.ACTIVATIONS),
    "names of rules": (lambda: {name: rule.__name__ for name, rule in OPTIMIZERS.items()}, NAMES),
    "slots of rules": (
        lambda: {rule.__name__: (rule(0.3).slots, rule(0.3, ema=0.8).slots) for rule in OPTIMIZERS.values()},
        SLOTS,
    ),
    "names of architectures": (lambda: list(architectures.ARCHITECTURES), list(ARCHITECTURES)),
    "what a projection holds": (
        lambda: [Clip(0.3, roles).holds(role) for roles in ((), ("f",)) for role in ("f", "g")],
        [True, True, True, False],
    ),
}
# Networks of one input and of two, of images, codes and numbers; and of three, as no method of the catalogue has.
SEVERAL = {
    "generator": Role(("latent", "moments", "latent"), "data"),
    "critic": Role(("data", "latent", "moments"), "scalar"),
}
METHODS = {
    **{name: CATALOGUE[name]() for name in ("wgan-gp", "vae-gan", "avb")},
    "three inputs": replace(CATALOGUE["wgan-gp"](), roles=SEVERAL),
}


def _waves(x: Any) -> Any:
    """Straight up and down again, by 0.02 and on."""
    place = np.floor(x.real / 0.02)
    return np.where(place % 2 == 0, x - 0.02 * place, 0.02 * (place + 1) - x)


DRAWN = np.random.default_rng(0)
# By how much that of which tensor is wrong, at how many points; and whether they pass for right.
SECOND: dict[str, tuple[float, str, int, bool, twice.Activation]] = {
    "right": (0.0, "W", 2, True, np.tanh),
    "right but for rounding": (1e-4, "W", 2, True, np.tanh),
    "off by a thousandth": (1e-3, "W", 2, False, np.tanh),
    "off in a bias": (0.1, "b", 2, False, np.tanh),
    "left out": (-1.0, "V", 2, False, np.tanh),
    "of another sign": (-2.0, "W", 2, False, np.tanh),
    "off at one point of two": (0.1, "W", 1, True, np.tanh),
    "right beside kinks": (0.0, "W", 2, True, lambda x: np.where(x.real > 0, x, 0.2 * x)),
    "right among kinks": (0.0, "W", 2, True, _waves),  # which the longer steps cross
    "unknown where layers draw": (-2.0, "W", 2, True, lambda x: np.tanh(x) * DRAWN.uniform(0.5, 1.5, x.shape)),
}
IMAGES = {  # two, three and four halvings; sides that are odd before the first, and later
    "images": (8, 12, 3),
    "images of odd sides": (9, 14, 3),
    "larger images": (29, 50, 1),
    "long images": (4, 64, 2),
}


def cases() -> Iterator[Case]:
    make = partial(Case, "networks", leg="value", of_spec=True)
    for name, (get, fact) in FACTS.items():
        yield make(name, run=partial(checks.told, get, fact), check="stated")
    for kind, constants in (*RULES, *LAYERS):
        yield make(kind.__name__, run=partial(checks.carried, kind, constants), check="carried")
    for kind, _ in LAYERS:
        run = partial(checks.defaults, kind, vocabulary.DEFAULTS[kind.__name__])
        yield make(kind.__name__, run=run, check="defaults")
    others: tuple[tuple[Any, Mapping[str, Any]], ...] = (
        (Tensor, {"trainable": True, "fans": (1, 1), "std": 1.0}),
        (Network, {}),
        (Clip, {"roles": ()}),
        (
            Player,
            {"steps": ("Steps", 1, 1, 0, 0), "optimizer": ("Adam", 1e-3, 0.9, 0.999, 1e-8), "gradient_of": ""},
        ),
        *((architectures.ARCHITECTURES[name], stated) for name, stated in ARCHITECTURES.items()),
    )
    for kind, stated in others:
        yield make(kind.__name__, run=partial(checks.defaults, kind, stated), check="defaults")
    yield make("Conv2D", run=checks.pads, check="padding")
    networks = {name: Network(*parts) for name, parts in stacks().items()}
    for name, network in networks.items():
        yield make(name, run=partial(checks.stack, network), check="tensors")
    normal = Network(*stacks()["residual with shortcut"], std=0.3)
    yield make("normal kernels", run=partial(checks.stack, normal), check="tensors")
    named = ("residual", "batch norm of images", "conv 4 stride 2 even", "dense")  # in another than their order
    yield make(
        "several roles", run=partial(checks.weights, {name: networks[name] for name in named}), check="tensors"
    )
    for name, asked in SECOND.items():
        run = partial(twice.told_apart, *asked)
        yield make(f"second derivatives {name}", run=run, check="told apart")
    yield from _architectures()


def _architectures() -> Iterator[Case]:
    """At their defaults, and off them."""
    make = partial(Case, "networks", leg="value", check="architecture", of_spec=True)
    others: dict[str, dict[str, Any]] = {
        "mlp": {"width": 6, "depth": 3, "activation": "elu"},
        "conv": {"width": 3, "activation": "silu"},
        "dcgan": {"width": 3},
        "sn-dcgan": {"width": 3},
        "resnet": {"width": 3, "activation": "gelu"},
    }
    for name, build in architectures.ARCHITECTURES.items():
        events = IMAGES if name != "mlp" else {"images": (8, 12, 3), "vectors": (7,)}
        for (of, method), (what, data) in product(METHODS.items(), events.items()):
            for how, chosen in (("", {}), (", other", others[name])):
                shapes = {"data": data, "latent": (5,)}
                stated = getattr(vocabulary, name.replace("-", "_"))
                run = partial(checks.architecture, build, stated, method, shapes, chosen)
                yield make(f"{name} of {of}, {what}{how}", run=run)
