"""The Keras/TensorFlow backend of diptych."""

import os


def _require_tensorflow(chosen: str) -> None:
    if chosen != "tensorflow":
        raise RuntimeError(
            f"diptych_keras needs Keras on TensorFlow, but Keras is set to {chosen!r}: "
            "set the environment variable KERAS_BACKEND=tensorflow before Keras is imported"
        )


_require_tensorflow(os.environ.get("KERAS_BACKEND", "tensorflow"))

import keras  # noqa: E402

_require_tensorflow(keras.backend.backend())

from diptych_keras.backend import KerasBackend  # noqa: E402
from diptych_keras.layers import BatchNorm, LayerNorm  # noqa: E402

__all__ = ["BatchNorm", "KerasBackend", "LayerNorm", "backend"]


def backend() -> KerasBackend:
    """What the entry point ``diptych.backends: keras`` names."""
    return KerasBackend()
