"""What TensorFlow says was compiled, and by whom."""

from __future__ import annotations

from typing import Any

import pytest
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


def test_a_graph_that_is_not_handed_to_xla_does_not_count_as_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite believes what is counted: that it is the graph's word, and not the caller's, is seen here."""
    function = tf.function

    def plain(f: Any, *, jit_compile: bool, **settings: Any) -> Any:
        return function(f, **settings)

    monkeypatch.setattr(tf, "function", plain)
    before = dict(BACKEND.compiled())
    executed(lambda x: tf.sin(x) * 2, "xla")(tf.ones(3))
    after = BACKEND.compiled()
    assert after["compiled"] == before.get("compiled", 0) + 1
    assert after.get("xla", 0) == before.get("xla", 0)
