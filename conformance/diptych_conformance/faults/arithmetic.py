"""Backends with right formulas and wrong numbers: the dtype, a gradient or the mode is not as asked for."""

from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Wrapped


class _Downcast(Wrapped):
    """Networks compute in float32 whatever dtype is asked for; their results are cast to float64."""

    def build(self, networks: Any, weights: Any, *, dtype: str = "float32", **settings: Any) -> Any:
        rounded = {r: {t: np.float64(np.float32(a)) for t, a in own.items()} for r, own in weights.items()}
        return self.healthy.build(networks, rounded, dtype=dtype, **settings)


class _LeakedGradients(Wrapped):
    """The gradients of the critic's loss include those by the generator's weights."""

    def value_and_grads(self, player: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(player, nets, *args, **settings)
        every = self.healthy.weights(nets)
        return loss, {
            **{role: {t: np.zeros_like(a) for t, a in own.items()} for role, own in every.items()},
            **grads,
        }


class _MeanGradients(Wrapped):
    """Gradients by biases are averaged over the batch a second time."""

    def value_and_grads(self, player: Any, nets: Any, x: Any, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(player, nets, x, *args, **settings)
        return loss, {
            role: {name: g / len(x) if name.endswith("bias") else g for name, g in own.items()}
            for role, own in grads.items()
        }


class _Unsteady(Wrapped):
    """The loss differs from call to call in its last bit, as sums by atomic additions do."""

    calls = 0

    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(*args, **settings)
        self.calls += 1
        return float(np.nextafter(loss, np.inf)) if self.calls % 2 else loss, grads


class _ModeLost(Wrapped):
    """A compiled call always runs in inference mode, because the flag was read once, during tracing."""

    def call(self, f: Any, nets: Any, inputs: Any, *, training: bool = False, execution: str = "eager") -> Any:
        training = training and execution == "eager"
        return self.healthy.call(f, nets, inputs, training=training, execution=execution)


class _CompiledApart(Wrapped):
    """Compiled steps have a lower precision, as a compiler's fast-math gives."""

    def value_and_grads(self, *args: Any, execution: str = "eager", **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(*args, execution=execution, **settings)
        if execution == "eager":
            return loss, grads
        return loss, {
            role: {name: np.float32(g).astype(g.dtype) for name, g in own.items()} for role, own in grads.items()
        }


ARITHMETIC = (
    Fault(
        "float32 inside",
        "TF-GAN's losses; tf.cast of a Python float",
        "objectives/wgan-gp/generator/dense/float64/eager/*",
        "value",
        _Downcast,
    ),
    Fault(
        "gradients leak to networks a player does not own",
        "pythae VAEGAN and FactorVAE",
        "objectives/ns-gan/critic/dense/float64/eager/*",
        "gradient",
        _LeakedGradients,
    ),
    Fault(
        "mean for sum in a gradient",
        "a custom gradient",
        "networks/dense/float64/eager/*",
        "gradient",
        _MeanGradients,
        alone=True,
    ),
    Fault(
        "unsteady last bit",
        "torch's index gradient on two cores: 6 results in 15 runs",
        "objectives/ns-gan/critic/dense/float64/eager/*",
        "exactness",
        _Unsteady,
        alone=True,
    ),
    Fault(
        "compiled calls in inference mode",
        "Python flags are constants of a trace",
        "networks/[ab]*/float64/*/*",
        "execution",
        _ModeLost,
        alone=True,
    ),
    Fault(
        "compiled steps of lower precision",
        "fast-math and TF32",
        "objectives/wgan-gp/critic/dense/float64/*",
        "execution",
        _CompiledApart,
    ),
)
