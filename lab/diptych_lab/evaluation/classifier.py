"""Small classifiers of digits and of Fashion-MNIST, whose penultimate layer gives features.

Their networks are diptych's own, so that every backend computes the same features up to rounding. Each is trained
from the labels that lie beside the images, and its weights are in this package, made by

    python -m diptych_lab.evaluation.classifier --data fashion-mnist --out fashion-mnist.safetensors
"""

import json
import sys
from collections.abc import Callable
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import numpy as np
from safetensors.numpy import load, save

import diptych
from diptych import Backend, Model, atomic
from diptych.backends import complete_backend
from diptych.method import Method, Player, Role
from diptych.networks.layers import Activation, Conv2D, Dense, Flatten
from diptych.networks.network import Network
from diptych.noise import Constant, Draw, Normal
from diptych.optimizers import Adam
from diptych.primitives import logsumexp
from diptych.randomness import ORDER, generator
from diptych.typing import Array, Networks, NoiseDraws, Ops, Shape
from diptych_lab.evaluation.labelled import CLASSES, NAMES, Labelled, labelled

WIDTH = 64  # features
BATCH = 128
_HEADER = "diptych classifier"
EVENTS: dict[Shape, str] = {(8, 8, 1): "digits", (28, 28, 1): "fashion-mnist"}  # images -> the file of weights


def cross_entropy(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
    """-E log softmax(head(features(x)))_y,  y one-hot"""
    logits = nets.head(nets.features(x))
    picked = ops.xp.sum(noise.labels * logits, axis=1)
    return ops.xp.mean(logsumexp(logits, 1, xp=ops.xp) - picked)


def _features(nets: Networks, x: Array, ops: Ops) -> Array:
    return nets.features(x)


def method() -> Method:
    """A classifier as a method: its latent is the space of features, its draws are the labels that it is given."""
    return Method(
        "classifier",
        "primal",
        roles={"features": Role(("data",), "latent"), "head": Role(("latent",), "classes")},
        noise={"labels": Draw(Constant(0.0), "classes")},
        players=(Player("classifier", cross_entropy, ("features", "head"), optimizer=Adam()),),
        prior=Draw(Normal(), "latent"),
        generate=lambda nets, z, ops: nets.head(z),
        encode=_features,
        events=lambda shapes: {"classes": (CLASSES,)},
    )


def networks(event: Shape) -> dict[str, Network]:
    """For images of 8 x 8 two convolutions, for 28 x 28 three; then `WIDTH` features, and a linear head."""
    small = event[0] < 16
    stack: list[Any] = []
    for filters, stride in ((32, 1 if small else 2), (64, 2), *(() if small else ((64, 2),))):
        stack += [Conv2D(filters, 3, stride), Activation("leaky_relu")]
    features = Network((event,), (*stack, Flatten(), Dense(WIDTH), Activation("leaky_relu")))
    return {"features": features, "head": Network(((WIDTH,),), (Dense(CLASSES),))}


def trained(
    rows: Labelled, backend: str, *, epochs: int, shift: int, seed: int, say: Callable[[str], None]
) -> Model:
    """A classifier of these rows, moved by up to `shift` pixels: Adam at 1e-3, in the last third at 1e-4."""
    model = Model(method(), networks(rows.x.shape[1:]), backend=backend, seed=seed)
    one_hot = np.eye(CLASSES, dtype=np.float32)
    for epoch in range(epochs):
        if epoch in (0, epochs - epochs // 3):
            model.learn_at(1e-4 if epoch else 1e-3)
        stream = generator(seed, ORDER, epoch)
        order = stream.permutation(len(rows.x))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            losses = model.step(_moved(rows.x[batch], shift, stream), noise={"labels": one_hot[rows.y[batch]]})
        say(f"epoch {epoch + 1} of {epochs}: loss {float(losses['classifier']):.4f} in its last batch")
    return model


def _moved(x: np.ndarray, shift: int, stream: np.random.Generator) -> np.ndarray:
    """Each image by its own draw, up to `shift` pixels down or up and right or left; black comes in."""
    if not shift:
        return x
    height, width = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (shift, shift), (shift, shift), (0, 0)))
    places = stream.integers(2 * shift + 1, size=(len(x), 2))
    return np.stack([image[i : i + height, j : j + width] for image, (i, j) in zip(padded, places, strict=True)])


def accuracy(model: Model, rows: Labelled) -> float:
    """The share of rows whose largest logit is the label's."""
    return float((model.sample(z=model.encode(rows.x)).argmax(axis=1) == rows.y).mean())


def extractor(event: Shape, backend: str | Backend | None, device: Any = None) -> tuple[Callable[..., Any], str]:
    """The features of the classifier for images of this shape, as a function of rows, and its identity.

    Raises ValueError where there is none for such images, or no backend to run it in.
    """
    if event not in EVENTS:
        shapes = " or ".join(f"{shape} ({name})" for shape, name in EVENTS.items())
        raise ValueError(
            f"features classifier: for images of {shapes}, these rows are {event}; choose pca or pixels"
        )
    framework = complete_backend(backend if backend is not None else _first_usable())
    content = files("diptych_lab.evaluation").joinpath(f"{EVENTS[event]}.safetensors").read_bytes()
    found, network = load(content), networks(event)["features"]
    weights = {name.partition("/")[2]: a for name, a in found.items() if name.startswith("features/")}
    network.check(weights, "features")
    nets = framework.build({"features": network}, {"features": weights}, device=device)
    identity = blake2b(content, digest_size=16).hexdigest()
    return (
        lambda rows: framework.call(_features, nets, {"x": rows}),
        f"{identity} in {framework.name}",
    )


def _first_usable() -> str:
    """The first registered backend whose framework is installed."""
    for name in sorted(diptych.backend_names(), reverse=True):  # torch, which is there sooner, before keras
        try:
            diptych.backend(name)
        except ModuleNotFoundError:
            continue
        return name
    raise ValueError("features classifier: they need a backend; python -m pip install 'diptych[torch]'")


@click.command()
@click.option("--data", required=True, help=f"{', '.join(NAMES)}, or fashion-mnist:FOLDER.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A .safetensors file.")
@click.option("--backend", default="torch", show_default=True)
@click.option("--epochs", default=12, show_default=True, type=click.IntRange(min=1))
@click.option("--shift", default=0, show_default=True, help="Pixels by which images are moved at most.")
@click.option("--seed", default=0, show_default=True)
def main(data: str, out: Path, backend: str, epochs: int, shift: int, seed: int) -> None:
    """Train the classifier of DATA and write its weights, with its accuracy on held-out rows."""
    rows, held = labelled(data)
    model = trained(rows, backend, epochs=epochs, shift=shift, seed=seed, say=print)
    share = accuracy(model, held)
    header = {"data": data.partition(":")[0], "rows": len(rows.x), "epochs": epochs, "seed": seed}
    header |= {"held_out": len(held.x), "accuracy": round(share, 4), "backend": backend}
    settings = f"--data {header['data']} --epochs {epochs}" + f" --shift {shift}" * bool(shift)
    header |= {"command": f"python -m diptych_lab.evaluation.classifier {settings}"}
    tensors = {f"{role}/{name}": a for role, own in model.weights().items() for name, a in own.items()}
    atomic.write(out, save(tensors, {_HEADER: json.dumps(header, sort_keys=True)}))
    print(f"{out}: accuracy {share:.4f} on {len(held.x)} held-out rows")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"classifier: error: {error}")
