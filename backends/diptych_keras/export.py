"""A function of networks as a ``.keras`` file of Keras's own layers and operations, which loads without diptych."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from diptych import checks
from diptych.named import Named
from diptych.networks.network import Network
from diptych.typing import Shape, Weights
from diptych_keras import weights as layout
from diptych_keras.networks import build


class _Symbolic:
    """The Array API on symbolic tensors, whose types Keras names by text."""

    __name__ = "keras.ops"
    float32, float64 = "float32", "float64"
    concat = staticmethod(keras.ops.concatenate)

    def __getattr__(self, name: str) -> Any:
        return getattr(keras.ops, name)


class _Ops:
    xp = _Symbolic()


def _called(model: keras.Model) -> Callable[..., Any]:
    """The model as objectives call networks, by one argument for each input."""
    return lambda *inputs: model(list(inputs) if len(inputs) > 1 else inputs[0])


def export(
    f: Callable[..., Any], networks: Mapping[str, Network], weights: Weights, event: Shape, path: Path, dtype: str
) -> Callable[[np.ndarray], np.ndarray]:
    """As `diptych.protocol.HasExport` has it."""
    checks.choice("the ending", path.suffix, (".keras",))
    models = {}
    for role, network in networks.items():
        models[role] = build(network, name=role, dtype=dtype, portable=True)
        layout.load(layout.holders(network, models[role]), weights[role])
    x = keras.Input(event, dtype=dtype, name="x")
    model = keras.Model(x, f(Named({role: _called(model) for role, model in models.items()}), x, _Ops()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how Keras makes NumPy arrays
        model.save(path)
        loaded = keras.models.load_model(path, compile=False, safe_mode=True)
    return lambda x: np.asarray(loaded(x))
