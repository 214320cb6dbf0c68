"""What replicas were given, compared by hash."""

import numpy as np
import pytest

from diptych import alike


def test_digests_are_of_values_shapes_and_types():
    x = np.arange(6.0)
    assert alike.digest([x]) == alike.digest([x.copy()])
    others = [[x + 1], [x.reshape(2, 3)], [x.astype(np.float32)], [x[::-1]], [x, x], []]
    assert len({alike.digest(each) for each in [[x], *others]}) == 7
    assert alike.digest("a") != alike.digest("b")
    assert -(2**63) <= alike.digest("a") < 2**63


def test_who_has_something_else_is_named_with_what_it_is():
    alike.check(("batch", "noise"), [(1, 2), (1, 2)])
    with pytest.raises(ValueError, match="replica 2 has another noise than replica 0"):
        alike.check(("batch", "noise"), [(1, 2), (1, 2), (1, 3)])
    with pytest.raises(ValueError, match="replica 1 has another batch, noise than replica 0"):
        alike.check(("batch", "noise"), [(1, 2), (0, 3), (1, 2)])
