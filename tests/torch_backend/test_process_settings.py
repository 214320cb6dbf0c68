"""What the backend lists for the suite to try: each is put back, and it is told where one was changed within."""

import pytest
import torch

import diptych

pytestmark = pytest.mark.torch


def test_every_setting_is_put_back() -> None:
    before = torch.get_default_dtype(), torch.is_grad_enabled(), torch.zeros(1).device
    for setting in diptych.backend("torch").process_settings().values():
        with setting():
            pass
        assert (torch.get_default_dtype(), torch.is_grad_enabled(), torch.zeros(1).device) == before


def test_a_setting_that_is_changed_within_is_told() -> None:
    settings, before = diptych.backend("torch").process_settings(), torch.get_default_dtype()
    told = pytest.raises(RuntimeError, match=r"set to torch\.float16 and found at torch\.float32")
    with told, settings["torch.set_default_dtype"]():
        torch.set_default_dtype(torch.float32)
    assert torch.get_default_dtype() == before
