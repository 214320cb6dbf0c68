"""What TensorFlow says was compiled, and by whom."""

from __future__ import annotations

import tensorflow as tf

from diptych_keras.execution import executed

from .common import BACKEND


def test_a_graph_counts_by_its_own_attribute() -> None:
    before = dict(BACKEND.compiled())
    for execution, counted in (("eager", None), ("compiled", "compiled"), ("xla", "xla")):
        f = executed(lambda x: tf.sin(x) * 2, execution)
        for _ in range(2):  # the second time nothing is traced
            f(tf.ones(3))
        after = BACKEND.compiled()
        assert {kind: n - before.get(kind, 0) for kind, n in after.items() if n > before.get(kind, 0)} == (
            {counted: 1} if counted else {}
        )
        before = dict(after)
