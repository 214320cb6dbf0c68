"""Settings of the process, or of the thread, under which this backend computes the same: the suite tries each."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import torch


def process_settings() -> Mapping[str, Callable[[], AbstractContextManager[object]]]:
    """By torch's own names; see `diptych.protocol.Settled`."""
    return {
        "torch.set_grad_enabled": partial(_set, torch.is_grad_enabled, torch.set_grad_enabled, False),
        "torch.inference_mode": torch.inference_mode,
        "torch.autocast": partial(torch.autocast, "cpu", torch.bfloat16),
        "torch.set_default_dtype": partial(_set, torch.get_default_dtype, torch.set_default_dtype, torch.float16),
        "torch.set_default_device": partial(torch.device, "meta"),
        "torch.set_float32_matmul_precision": partial(
            _set, torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "medium"
        ),
        "torch.use_deterministic_algorithms": partial(
            _set, torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms, True
        ),
        "torch.autograd.set_detect_anomaly": partial(
            _set, torch.is_anomaly_enabled, partial(torch.set_anomaly_enabled, check_nan=False), True
        ),
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
