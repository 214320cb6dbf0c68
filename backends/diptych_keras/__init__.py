"""The Keras/TensorFlow backend of diptych."""

import os


def _require_tensorflow(chosen: str) -> None:
    if chosen != "tensorflow":
        raise ImportError(
            f"diptych_keras needs Keras on TensorFlow, but Keras is set to {chosen!r}: "
            "set the environment variable KERAS_BACKEND=tensorflow before Keras is imported"
        )


_require_tensorflow(os.environ.get("KERAS_BACKEND") or "tensorflow")

try:
    import keras
except ModuleNotFoundError as error:  # what keras.json asks for may not be installed
    if error.name in ("jax", "torch", "openvino"):
        _require_tensorflow(error.name)
    raise

_require_tensorflow(keras.backend.backend())

import tensorflow as tf  # noqa: E402

from diptych_keras.backend import KerasBackend  # noqa: E402
from diptych_keras.keras_model import KerasModel  # noqa: E402
from diptych_keras.layers import BatchNorm, LayerNorm  # noqa: E402

__all__ = ["BatchNorm", "KerasBackend", "KerasModel", "LayerNorm", "backend"]


def backend(strategy: tf.distribute.Strategy | None = None) -> KerasBackend:
    """What the entry point ``diptych.backends: keras`` names. `Model(replicas=...)` are those of `strategy`."""
    return KerasBackend(strategy)
