"""The same with TensorFlow: its tensors are arrays to type checkers too. Nothing of it is run."""

import tensorflow as tf

from diptych import Backend
from diptych.functional import mmd2_unbiased
from diptych.kernels import rbf
from diptych.typing import Array
from diptych_keras.backend import KerasBackend

TENSOR: tf.Tensor = tf.zeros([4, 2])
MMD: Array = mmd2_unbiased(TENSOR, tf.constant([[1.0, 2.0], [3.0, 4.0]]), rbf([1.0]))


def is_a_backend(made: KerasBackend) -> Backend:
    return made
