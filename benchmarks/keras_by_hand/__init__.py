"""Training steps of every method in Keras on TensorFlow, without diptych."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_by_hand import autoencoders, f_gan, games, hybrids, matching
from keras_by_hand.networks import Shape, load, network
from keras_by_hand.steps import Method, Run, training_step

METHODS: dict[str, Method] = {
    **games.METHODS,
    **f_gan.METHODS,
    **matching.METHODS,
    **autoencoders.METHODS,
    **hybrids.METHODS,
}


def steps(
    method: str,
    signatures: Mapping[str, tuple[tuple[Shape, ...], Shape]],
    weights: Mapping[str, Any],
    execution: str,
    *,
    architecture: str,
    width: int,
) -> dict[tuple[str, ...], Any]:
    """Every step of a round by its players, on networks of these events that start from these weights."""
    nets = {role: network(*signature, architecture, width) for role, signature in signatures.items()}
    for role, net in nets.items():
        load(net, weights[role])
    return {players: from_numpy(training_step(step, nets, execution)) for players, step in METHODS[method].items()}


def from_numpy(run: Run) -> Any:
    def step(x: np.ndarray, noise: Mapping[str, np.ndarray]) -> dict[str, tf.Tensor]:
        return run(tf.convert_to_tensor(x), {name: tf.convert_to_tensor(draw) for name, draw in noise.items()})

    return step


def laid_out(array: np.ndarray) -> np.ndarray:
    """A batch as this framework's users keep it: as it is, channels last."""
    return array


def set_threads(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def versions() -> dict[str, str]:
    return {"tensorflow": tf.__version__, "keras": keras.__version__}
