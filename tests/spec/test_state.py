"""A state that is taken up: every entry as it is expected, or one error that names it."""

import numpy as np
import pytest

from diptych.state import restored

OWN = {"critic.mean.critic.0.kernel": np.zeros((2, 3)), "critic.updates": np.array(0)}
GOOD = {"critic.mean.critic.0.kernel": np.arange(6).reshape(2, 3), "critic.updates": np.array(4.0)}


def test_what_fits_is_cast_and_counted():
    slots, counts = restored(GOOD, OWN, ["critic"], "float32")
    assert counts == {"critic": 4}
    assert list(slots) == ["critic.mean.critic.0.kernel"]
    assert slots["critic.mean.critic.0.kernel"].dtype == np.float32
    np.testing.assert_array_equal(slots["critic.mean.critic.0.kernel"], [[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"critic.square": np.zeros(3)}, r"unknown entry 'critic.square'"),
        ({"critic.mean.critic.0.kernel": np.zeros((3, 2))}, r"'.*kernel' has shape \(3, 2\), not \(2, 3\)"),
        ({"critic.mean.critic.0.kernel": np.zeros(6)}, r"'.*kernel' has shape \(6,\), not \(2, 3\)"),
        ({"critic.mean.critic.0.kernel": np.zeros((2, 3), complex)}, r"'.*kernel' must hold real numbers"),
        ({"critic.mean.critic.0.kernel": np.ma.zeros((2, 3))}, r"'.*kernel' is a masked array"),
        ({"critic.updates": np.zeros(1)}, r"'critic.updates' must be a whole number of at least 0"),
        ({"critic.updates": -1}, r"'critic.updates' must be a whole number of at least 0"),
        ({"critic.updates": 1.5}, r"'critic.updates' must be a whole number of at least 0"),
        ({"critic.updates": True}, r"'critic.updates' must be a whole number of at least 0"),
    ],
)
def test_what_does_not_fit_is_named(changed, message):
    with pytest.raises(ValueError, match=f"optimiser state: .*{message}"):
        restored({**GOOD, **changed}, OWN, ["critic"], "float64")


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match=r"missing entry 'critic.updates'"):
        restored({"critic.mean.critic.0.kernel": np.zeros((2, 3))}, OWN, ["critic"], "float64")
