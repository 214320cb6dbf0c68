"""What the backend lists for the suite to try: each is put back, and it is told where one was changed within."""

import pytest

import diptych

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.keras


def now() -> tuple[str, str, str]:
    return keras.config.floatx(), keras.config.image_data_format(), keras.config.dtype_policy().name


def test_every_setting_is_put_back() -> None:
    before = now()
    for setting in diptych.backend("keras").process_settings().values():
        with setting():
            pass
        assert now() == before


def test_a_setting_that_is_changed_within_is_told() -> None:
    settings, before = diptych.backend("keras").process_settings(), now()
    told = pytest.raises(RuntimeError, match="set to float16 and found at float64")
    with told, settings["keras.config.set_floatx"]():
        keras.config.set_floatx("float64")
    assert now() == before
