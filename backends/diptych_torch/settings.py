"""Settings of the process, or of the thread, under which this backend computes the same: the suite tries each."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial

import torch

from diptych.settings import tried


def process_settings() -> Mapping[str, Callable[[], AbstractContextManager[object]]]:
    """By torch's own names; see `diptych.protocol.HasProcessSettings`."""
    return {
        "torch.set_grad_enabled": partial(tried, torch.is_grad_enabled, torch.set_grad_enabled, False),
        "torch.inference_mode": torch.inference_mode,
        "torch.autocast": partial(torch.autocast, "cpu", torch.bfloat16),
        "torch.set_default_dtype": partial(tried, torch.get_default_dtype, torch.set_default_dtype, torch.float16),
        "torch.set_default_device": partial(torch.device, "meta"),
        "torch.set_float32_matmul_precision": partial(
            tried, torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "medium"
        ),
        "torch.use_deterministic_algorithms": partial(
            tried, torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms, True
        ),
        "torch.autograd.set_detect_anomaly": partial(
            tried, torch.is_anomaly_enabled, partial(torch.set_anomaly_enabled, check_nan=False), True
        ),
    }
