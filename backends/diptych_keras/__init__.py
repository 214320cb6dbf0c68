"""The Keras/TensorFlow backend of diptych."""

import os

import keras

for _chosen in (os.environ.get("KERAS_BACKEND", "tensorflow"), keras.backend.backend()):
    if _chosen != "tensorflow":
        raise RuntimeError(
            f"diptych_keras needs Keras on TensorFlow, but Keras runs on {_chosen!r}: "
            "set the environment variable KERAS_BACKEND=tensorflow before Keras is imported"
        )

from diptych_keras.backend import KerasBackend  # noqa: E402

__all__ = ["KerasBackend", "backend"]


def backend() -> KerasBackend:
    """What the entry point ``diptych.backends: keras`` names."""
    return KerasBackend()
