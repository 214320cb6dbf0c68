"""Settings of the process under which this backend computes the same: the suite tries each."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial

import keras
import tensorflow as tf

from diptych.settings import tried

_tensor_float_32 = tf.config.experimental


def process_settings() -> Mapping[str, Callable[[], AbstractContextManager[object]]]:
    """By the names of Keras and TensorFlow; see `diptych.protocol.HasProcessSettings`."""
    return {
        "keras.config.set_floatx": partial(tried, keras.config.floatx, keras.config.set_floatx, "float16"),
        "keras.config.set_image_data_format": partial(
            tried, keras.config.image_data_format, keras.config.set_image_data_format, "channels_first"
        ),
        "keras.config.set_dtype_policy": partial(
            tried, lambda: keras.config.dtype_policy().name, keras.config.set_dtype_policy, "mixed_float16"
        ),
        "keras.config.set_epsilon": partial(tried, keras.config.epsilon, keras.config.set_epsilon, 0.5),
        "tf.config.run_functions_eagerly": partial(
            tried, tf.config.functions_run_eagerly, tf.config.run_functions_eagerly, True
        ),
        "tf.config.experimental.enable_tensor_float_32_execution": partial(
            tried,
            _tensor_float_32.tensor_float_32_execution_enabled,
            _tensor_float_32.enable_tensor_float_32_execution,
            True,  # the usual: under it a step has something to put back
        ),
        "tf.device": partial(tf.device, "/CPU:0"),
        "tf.GradientTape": partial(tf.GradientTape, persistent=True),
        "keras.name_scope": partial(keras.name_scope, "somebody's"),
    }
