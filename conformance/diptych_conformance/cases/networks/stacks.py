"""Stacks of layers, and the problem that each makes."""

from typing import Any

import numpy as np

from diptych import Network, Player, initial_weights
from diptych.method import Method, Role
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
)
from diptych.noise import Draw, Normal, Shape
from diptych_conformance.core.problem import BATCH, Problem, generator, perturbed_weights

WIDE = 64  # samples of a wide stack, whose products are large enough for kernels of their own


def stacks() -> dict[str, tuple[tuple[Shape, ...], tuple[Layer, ...]]]:
    """name -> (inputs, layers)"""
    tanh = Activation("tanh")
    image: tuple[Shape, ...] = ((6, 6, 2),)
    odd: tuple[Shape, ...] = ((7, 5, 2),)
    stacks: dict[str, tuple[tuple[Shape, ...], tuple[Layer, ...]]] = {
        "dense": (((5,),), (Dense(4),)),
        "dense without bias": (((5,),), (Dense(4, bias=False),)),
        "flatten and reshape": (((2, 3, 2),), (Flatten(), Dense(12), Reshape((3, 2, 2)), LayerNorm(), tanh)),
        "batch norm": (((5,),), (BatchNorm(), tanh, Dense(3))),
        "batch norm of images": (image, (BatchNorm(keep=0.8, epsilon=1e-3), tanh, Conv2D(2, 1))),
        "layer norm": (((5,),), (LayerNorm(), tanh, Dense(3))),
        "layer norm of images": (image, (LayerNorm(epsilon=1e-3), tanh, Conv2D(2, 1))),
        "concatenate": (((4,), (3,)), (Concatenate(1), Dense(4), tanh, Concatenate(1), Dense(2))),
        "concatenate three": (((4,), (3,), (2,)), (Concatenate(2), Dense(4), tanh, Concatenate(1), Dense(2))),
        "concatenate three to an image": (
            ((4, 5, 2), (3,), (4, 5, 1)),
            (Concatenate(1), Concatenate(2), Conv2D(3, 3)),
        ),
        "events of two axes": (((4, 3),), (LayerNorm(), tanh, BatchNorm(epsilon=0.01), Flatten(), Dense(2))),
        "to events of two axes": (
            ((6,),),
            (Dense(12), Reshape((4, 3)), BatchNorm(epsilon=0.01), tanh, LayerNorm(), tanh),
        ),
        "oblong": (((3, 8, 2),), (Conv2D(2, 3, 2), tanh, Conv2DTranspose(3, 4, 2))),
        "crop": (odd, (Crop(6, 3), tanh, Conv2D(2, 1))),
        "crop of one axis": (image, (Crop(6, 5), tanh, Conv2DTranspose(3, 4, 2), Crop(11, 10))),
        "spectral norm": (((5,),), (SpectralNorm(Dense(4)), tanh, SpectralNorm(Dense(3, bias=False)))),
        "spectral norm of convolutions": (
            odd,
            (
                SpectralNorm(Conv2D(3, 4, 2)),
                tanh,
                SpectralNorm(Conv2DTranspose(2, 3, 2)),
                SpectralNorm(Conv2D(2, 3)),
            ),
        ),
        "one pixel": (((1, 1, 3),), (Conv2D(2, 3), tanh, Conv2DTranspose(2, 4, 2))),
        "one channel": (((5, 4, 1),), (Conv2D(1, 3, 2), tanh, Conv2DTranspose(1, 3, 2))),
        "one unit": (((1,),), (Dense(1), tanh, Dense(1))),
        "concatenate to an image": (((4, 5, 2), (3,)), (Concatenate(1), Conv2D(3, 3, 2))),
        "concatenate images": (((4, 5, 2), (4, 5, 1)), (Concatenate(1), Conv2D(3, 3))),
        "concatenate with its own input": (((4,),), (Dense(3), tanh, Concatenate(0), Dense(2))),
        "concatenate to events of two axes": (((4, 3), (2,)), (Concatenate(1), tanh, Flatten(), Dense(2))),
        "residual": (((4,),), (Residual((Dense(4), tanh, Dense(4))), Dense(2))),
        "residual with shortcut": (
            image,
            (Residual((Conv2D(3, 3, 2), tanh, Conv2D(3, 3)), (Conv2D(3, 1, 2),)), LayerNorm(), Flatten(), Dense(1)),
        ),
        "scalar": (((4,),), (Dense(3), tanh, Dense(1), Reshape(()))),
        "deep": (
            ((8, 8, 2), (3,)),
            (
                *(Concatenate(1), Conv2D(3, 4, 2), BatchNorm(), Activation("softplus")),
                *(Conv2D(4, 3, 2), LayerNorm(), Activation("silu"), Conv2DTranspose(2, 4, 2)),
                *(Residual((Conv2D(2, 3),)), Activation("gelu"), Flatten(), Dense(3), Activation("sigmoid")),
            ),
        ),
    }
    for inputs, size in ((image, "even"), (odd, "odd")):
        for kernel, stride in (
            (1, 1),
            (1, 2),
            (1, 3),
            (3, 1),
            (4, 1),
            (6, 1),
            (7, 1),
            (3, 2),
            (4, 2),
            (5, 2),
            (6, 2),
            (7, 2),
            (2, 3),
            (7, 3),
        ):
            stacks[f"conv {kernel} stride {stride} {size}"] = (inputs, (Conv2D(3, kernel, stride),))
        for kernel, stride in ((3, 1), (3, 2), (4, 2)):
            stacks[f"conv {kernel} stride {stride} valid {size}"] = (inputs, (Conv2D(3, kernel, stride, "valid"),))
        for kernel, stride in (
            (3, 1),
            (4, 1),
            (6, 1),
            (7, 1),
            (2, 2),
            (3, 2),
            (4, 2),
            (5, 2),
            (6, 2),
            (7, 2),
            (5, 3),
            (7, 3),
        ):
            stacks[f"transposed conv {kernel} stride {stride} {size}"] = (
                inputs,
                (Conv2DTranspose(3, kernel, stride),),
            )
    stacks["conv without bias"] = (image, (Conv2D(3, 3, bias=False), Conv2DTranspose(2, 3, bias=False)))
    for name in ACTIVATIONS:
        stacks[name] = (((6,),), (Activation(name), Dense(3)))
    stacks["wide"] = (((64,),), (Dense(64), tanh, Dense(64)))
    stacks["wide conv"] = (((4, 4, 16),), (Conv2D(16, 3), tanh, Conv2DTranspose(16, 2, 2)))
    stacks["one row of batch norm"] = (((5,),), (BatchNorm(epsilon=0.01), tanh, Dense(3)))  # magnified by 1/√ε
    stacks["one row of batch norm of images"] = (image, (BatchNorm(), tanh, Conv2D(2, 1)))  # its pixels are several
    stacks["one row of layer norm"] = (((5,),), (LayerNorm(), tanh, Dense(3)))
    for slope in (0.01, -0.5, 1.5):  # steeper than 1, the larger of x and slope x is another
        stacks[f"leaky_relu of slope {slope}"] = (((6,),), (Activation("leaky_relu", slope=slope), Dense(3)))
    stacks["norms and slopes apart"] = (  # whose constant it was shows
        ((5,),),
        (
            *(BatchNorm(0.6, 0.3), Activation("leaky_relu", slope=0.4), Dense(4), LayerNorm(0.5)),
            *(Activation("leaky_relu", slope=0.7), Dense(4), BatchNorm(0.8, 0.02), LayerNorm(0.05), tanh),
        ),
    )
    stacks["the last of three inputs"] = (
        ((3,), (2,), (4,)),
        (Concatenate(2), Dense(3), Concatenate(), tanh, Dense(2)),
    )
    return stacks


def problem_of(name: str, inputs: tuple[Shape, ...], layers: tuple[Layer, ...], seed: int) -> Problem:
    network, random = Network(inputs, layers), generator("networks", name, seed)
    shapes = {"data": inputs[0], "latent": (1,), "output": network.output}
    shapes |= {f"input{i}": shape for i, shape in enumerate(inputs[1:], start=1)}
    draws = {f"input{i}": Draw(Normal(), f"input{i}") for i in range(1, len(inputs))}
    draws["weight"] = Draw(Normal(), "output")
    method = Method(
        name="combination",
        family="dual",
        roles={"f": Role(("data",), "output")},
        noise=draws,
        players=(Player("f", _combination, ("f",)),),
        prior=Draw(Normal(), "latent"),
        generate=lambda nets, z, ops: z,
    )
    weights = {"f": perturbed_weights(initial_weights({"f": network}, random)["f"], random)}
    n = WIDE if name.startswith("wide") else 1 if name.startswith("one row") else BATCH
    x = random.standard_normal((n, *inputs[0]))
    x = np.where(np.abs(x) < 0.05, 0.5, x)  # away from kinks
    noise = {name: draw.sample(random, n, shapes) for name, draw in draws.items()}
    return Problem(f"networks/{name}/{seed}", method, {"f": network}, weights, x, noise, shapes)


def _combination(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """sum of weight · f(x, ...)"""
    others = [getattr(noise, name) for name in sorted(vars(noise)) if name != "weight"]
    return ops.xp.sum(noise.weight * nets.f(x, *others))
