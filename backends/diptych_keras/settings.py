"""Settings of the process under which this backend computes the same: the suite tries each."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import keras
import tensorflow as tf

_tensor_float_32 = tf.config.experimental


def process_settings() -> Mapping[str, Callable[[], AbstractContextManager[object]]]:
    """By the names of Keras and TensorFlow; see `diptych.protocol.Settled`."""
    return {
        "keras.config.set_floatx": partial(_set, keras.config.floatx, keras.config.set_floatx, "float16"),
        "keras.config.set_image_data_format": partial(
            _set, keras.config.image_data_format, keras.config.set_image_data_format, "channels_first"
        ),
        "keras.config.set_dtype_policy": partial(
            _set, lambda: keras.config.dtype_policy().name, keras.config.set_dtype_policy, "mixed_float16"
        ),
        "keras.config.set_epsilon": partial(_set, keras.config.epsilon, keras.config.set_epsilon, 0.5),
        "tf.config.run_functions_eagerly": partial(
            _set, tf.config.functions_run_eagerly, tf.config.run_functions_eagerly, True
        ),
        "tf.config.experimental.enable_tensor_float_32_execution": partial(
            _set,
            _tensor_float_32.tensor_float_32_execution_enabled,
            _tensor_float_32.enable_tensor_float_32_execution,
            False,
        ),
        "tf.device": partial(tf.device, "/CPU:0"),
        "tf.GradientTape": partial(tf.GradientTape, persistent=True),
        "keras.name_scope": partial(keras.name_scope, "somebody's"),
    }


@contextmanager
def _set(get: Callable[[], Any], put: Callable[[Any], object], value: Any) -> Iterator[None]:
    """Within, the setting is `value`; RuntimeError where it is not so any more at the end."""
    before = get()
    put(value)
    try:
        yield
        if (found := get()) != value:
            raise RuntimeError(f"set to {value} and found at {found}")
    finally:
        put(before)
