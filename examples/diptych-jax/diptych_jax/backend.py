"""`diptych.protocol.Backend` in JAX."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import jax
import numpy as np

from diptych.method import Method, Player
from diptych.optimizers import Optimizer
from diptych.protocol import Capability, Execution, Weights
from diptych_jax.arrays import DTYPES, device_named, named, to_jax, to_numpy, working_in
from diptych_jax.autodiff import Live, Trees, gradients
from diptych_jax.execution import check_execution, executed
from diptych_jax.nets import Module, Nets, adopted
from diptych_jax.training import JaxTrainer


class JaxBackend:
    name = "jax"
    default_execution: Execution = "compiled"
    capabilities = frozenset(Capability)

    def build(
        self,
        networks: Mapping[str, Any],
        weights: Weights,
        *,
        dtype: Literal["float32", "float64"] = "float32",
        device: str | None = None,
    ) -> Nets:
        if dtype not in DTYPES:
            raise ValueError(f"dtype must be one of {DTYPES}, got {dtype!r}")
        place = device_named(device)
        with working_in(dtype):
            modules = {
                role: adopted(network, weights.get(role, {}), role, dtype, place)
                for role, network in networks.items()
            }
        apply, params, statistics = (
            {role: getattr(module, part) for role, module in modules.items()}
            for part in ("apply", "params", "statistics")
        )
        return Nets(apply, params, statistics, dtype, place)

    def weights(self, nets: Nets) -> dict[str, dict[str, np.ndarray]]:
        return {role: to_numpy(named(nets.params[role]) | named(nets.statistics[role])) for role in nets.apply}

    def native(self, nets: Nets, role: str) -> Module:
        with working_in(nets.dtype):
            return nets.module(role)

    def call(
        self,
        f: Callable[..., Any],
        nets: Nets,
        inputs: Mapping[str, np.ndarray],
        *,
        training: bool = False,
        execution: Execution = "eager",
    ) -> Any:
        def run(params: Trees, statistics: Trees, arrays: dict[str, jax.Array]) -> Any:
            live = Live(nets.apply, params, statistics, training=training)
            return f(live.nets, live, **arrays)

        with working_in(nets.dtype):
            arrays = {name: to_jax(array, nets.dtype, nets.device) for name, array in inputs.items()}
            return to_numpy(executed(run, execution)(nets.params, nets.statistics, arrays))

    def value_and_grads(
        self,
        player: Player,
        nets: Nets,
        x: np.ndarray,
        noise: Mapping[str, np.ndarray],
        *,
        execution: Execution = "eager",
    ) -> tuple[float, dict[str, dict[str, np.ndarray]]]:
        def run(*at: Any) -> tuple[jax.Array, Trees, Trees]:
            return gradients(player, nets.apply, *at)

        with working_in(nets.dtype):
            draws = {name: to_jax(array, nets.dtype, nets.device) for name, array in noise.items()}
            batch = to_jax(x, nets.dtype, nets.device)
            loss, grads, _ = executed(run, execution)(nets.params, nets.statistics, batch, draws)
        return float(loss), {role: to_numpy(named(tree)) for role, tree in grads.items()}

    def trainer(
        self,
        method: Method,
        nets: Nets,
        optimizers: Mapping[str, Optimizer] | None = None,
        *,
        execution: Execution = "eager",
    ) -> JaxTrainer:
        check_execution(execution)
        return JaxTrainer(method, nets, method.optimizers(optimizers), execution)
