"""What PyTorch says was compiled, and where tensors lie."""

import numpy as np
import pytest
import torch

import diptych
from diptych.networks import Dense, Network

BACKEND = diptych.backend("torch")
LINE = Network(((2,),), (Dense(1),))


def test_what_was_compiled_counts_and_what_dynamo_runs_eagerly_does_not():
    def f(nets, ops, x):
        return ops.xp.sin(x) * 2 + x

    nets, x = BACKEND.build({}, {}, dtype="float64"), {"x": [[1.0, 2.0]]}
    before = BACKEND.compiled()["compiled"]
    BACKEND.call(f, nets, x)
    torch.compile(lambda x: torch.sin(x) * 3, backend="eager")(torch.ones(3))
    assert BACKEND.compiled()["compiled"] == before
    BACKEND.call(f, nets, x, execution="compiled")
    assert BACKEND.compiled()["compiled"] > before


def test_where_networks_and_arrays_lie():
    weights = diptych.initial_weights({"f": LINE}, np.random.default_rng(0))
    assert BACKEND.devices()[0] == "cpu"
    assert BACKEND.places(BACKEND.build({"f": LINE}, weights)) == {"cpu"}
    assert BACKEND.places(torch.zeros(1, device="meta")) == {"meta"}


def test_a_loss_that_its_compiler_would_run_in_pieces_is_refused():
    """It branches on a value: a graph that breaks there is compiled in parts, and nothing says so."""

    def f(nets, ops, x):
        return x * 2 if float(ops.xp.sum(x)) > 0 else x

    nets, x = BACKEND.build({}, {}, dtype="float64"), {"x": [[1.0, 2.0]]}
    np.testing.assert_array_equal(BACKEND.call(f, nets, x), [[2.0, 4.0]])
    with pytest.raises(ValueError, match=r'cannot compile this .*; execution="eager" runs it'):
        BACKEND.call(f, nets, x, execution="compiled")
