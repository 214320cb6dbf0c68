"""`diptych.protocol.Backend` in JAX."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import numpy as np

from diptych import border, checks
from diptych.method import Method, Player
from diptych.named import missing_inputs_named
from diptych.networks import Network
from diptych.optimizers import Optimizer
from diptych.protocol import Capability, Weights
from diptych_jax import evidence
from diptych_jax.arrays import DTYPES, device_named, named, to_numpy
from diptych_jax.autodiff import Live, gradients
from diptych_jax.execution import executed
from diptych_jax.nets import Module, Modules, Nets, adopted, check_apart
from diptych_jax.surroundings import array_api, process_settings
from diptych_jax.training import Trainer

Arrays = Mapping[str, np.ndarray]
Rules = Mapping[str, Optimizer] | None


class JaxBackend:
    name = "jax"
    default_execution = "compiled"
    capabilities = frozenset(Capability) - {Capability.REPLICAS, Capability.OWN_LOOP, Capability.SPECTRAL_NORM}
    process_settings = staticmethod(process_settings)
    compiled = staticmethod(evidence.compiled)
    devices = staticmethod(evidence.devices)
    places = staticmethod(evidence.places)

    def build(
        self, networks: Mapping[str, Any], weights: Weights, *, dtype: str = "float32", device: Any = None
    ) -> Nets:
        checks.choice("dtype", dtype, DTYPES)
        signatures = {role: (n.inputs, n.output) for role, n in networks.items() if isinstance(n, Network)}
        nets = Nets({}, dtype, device_named(device), signatures)
        check_apart(networks)
        with array_api():
            for role, network in networks.items():
                nets.modules[role] = nets.copy(adopted(network, weights.get(role), role, dtype))
        return nets

    def weights(self, nets: Nets) -> dict[str, dict[str, np.ndarray]]:
        with array_api():
            return {role: to_numpy(module.named()) for role, module in nets.modules.items()}

    def native(self, nets: Nets, role: str) -> Module:
        nets.check((role,))
        with array_api():
            return nets.copy(nets.modules[role])

    def call(
        self, f: Callable[..., Any], nets: Nets, inputs: Arrays, *, training: bool = False, execution: str = "eager"
    ) -> Any:
        def run(modules: Modules, arrays: dict[str, jax.Array]) -> Any:
            live = Live(modules, training=training)
            return f(live.nets, ops=live, **arrays)

        checks.by_name("inputs", inputs)
        with array_api(), missing_inputs_named():
            arrays = {name: nets.array(name, array) for name, array in inputs.items()}
            return to_numpy(executed(run, execution)(nets.modules, arrays))

    def value_and_grads(
        self, player: Player, nets: Nets, x: np.ndarray, noise: Arrays, *, execution: str = "eager"
    ) -> tuple[float, dict[str, dict[str, np.ndarray]]]:
        checks.by_name("noise", noise)
        nets.check(player.owns)
        with array_api(), missing_inputs_named():
            batch, draws = nets.array("x", x), {name: nets.array(name, array) for name, array in noise.items()}
            border.check_rows(batch.shape)
            loss, grads, _ = executed(partial(gradients, player), execution)(nets.modules, batch, draws)
            return float(loss), {role: to_numpy(named(tree)) for role, tree in grads.items()}

    def trainer(self, method: Method, nets: Nets, optimizers: Rules = None, *, execution: str = "eager") -> Trainer:
        nets.check(method.roles)
        return Trainer(method, nets, method.optimizers(optimizers), execution)
