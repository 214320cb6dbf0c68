"""`diptych.protocol.Backend` in Keras on TensorFlow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from diptych import border, checks, group, processes
from diptych.group import Alone, Group
from diptych.method import Method, Player
from diptych.named import missing_inputs_named
from diptych.networks.network import Network
from diptych.optimizers import Optimizer
from diptych.protocol import Backend, Capability, Device, Execution
from diptych.shards import check_replica_execution
from diptych.typing import Weights
from diptych_keras import evidence, hosts, native
from diptych_keras import weights as layout
from diptych_keras.arrays import DTYPES, to_numpy, to_tensor, to_tensors
from diptych_keras.autodiff import Gradients, Ops, gradients
from diptych_keras.devices import device_named
from diptych_keras.execution import check_execution, executed
from diptych_keras.export import export
from diptych_keras.nets import Nets
from diptych_keras.networks import build
from diptych_keras.replicas import Replicas, check_no_device
from diptych_keras.settings import process_settings
from diptych_keras.surroundings import check_surroundings, isolated
from diptych_keras.training import KerasTrainer

Differentiated = Callable[[tf.Tensor, dict[str, tf.Tensor]], tuple[tf.Tensor, Gradients]]


class KerasBackend:
    """`diptych.protocol.Backend` in Keras on TensorFlow; the protocol says what each method does."""

    name = "keras"
    default_execution: Execution = "compiled"
    capabilities: frozenset[Capability] = frozenset(
        {
            Capability.FLOAT64,
            Capability.FLOAT32,
            Capability.COMPILED,
            Capability.XLA,
            Capability.DOUBLE_BACKWARD,
            Capability.NATIVE_NETWORKS,
            Capability.PROCESS_SETTINGS,
            Capability.EVIDENCE,
            Capability.RATES,
            Capability.DECAY,
            Capability.CLIPPING,
            Capability.AVERAGES,
            Capability.PARTS,
            Capability.SPECTRAL_NORM,
            Capability.REPLICAS,
            Capability.OWN_LOOP,
        }
    )
    process_settings = staticmethod(process_settings)
    compiled = staticmethod(evidence.compiled)
    devices = staticmethod(evidence.devices)
    places = staticmethod(evidence.places)
    replica_executions = frozenset({"eager", "compiled"})

    def __init__(self, strategy: hosts.Strategy | None = None) -> None:
        """`strategy`: in whose replicas to compute, where there are any; else one is made where it is needed."""
        self.strategy = strategy
        self.wait: float | None = None  # seconds, of one replica for another on another host
        self.replicas: Replicas | None = None  # that networks are built for

    def replicated(self, count: int) -> "KerasBackend":
        made = KerasBackend()
        made.replicas = Replicas(count, self._strategy(), self.wait)
        made.capabilities = self.capabilities - {Capability.XLA}
        if made.replicas.members:  # each eager collective would be a new one, of which TensorFlow forgets none
            made.replica_executions = frozenset({"compiled"})
        return made

    def _strategy(self) -> hosts.Strategy | None:
        """The one that is given, or that of the hosts which TF_CONFIG names."""
        return self.strategy or (hosts.strategy() if hosts.processes() > 1 else None)

    @contextmanager
    def joined(self, count: int, *, device: Device = None, wait: float | None = None) -> Iterator[Group]:
        """The processes that TF_CONFIG names; this one alone where it has all replicas."""
        check_no_device(count, device)
        self.wait, found = wait, hosts.processes()
        if found > count:
            raise ValueError(
                f"TF_CONFIG names {found} processes, each for one replica at least, and replicas (--replicas) is "
                f"{count}"
            )
        replicas = Replicas(count, self._strategy(), wait) if found > 1 else None
        yield replicas.members if replicas and replicas.members else Alone()

    @contextmanager
    def launched(
        self,
        count: int,
        *,
        device: Device = None,
        limit: float | None = group.LIMIT,
        wait: float | None = None,
    ) -> Iterator[processes.Crew]:
        with processes.started([nullcontext], limit) as crew:
            yield crew

    def own_loop(
        self, *given: Any, **settings: Any
    ) -> Sequence[tuple[Mapping[str, float], Mapping[str, np.ndarray]]]:
        from diptych_keras.keras_model import own_loop  # which is made of this backend

        return own_loop(*given, **settings)

    def parts(self, held: Any) -> Sequence[Any]:
        return (held, *held.others)

    def build(
        self,
        networks: Mapping[str, Network | keras.Model],
        weights: Weights,
        *,
        dtype: Literal["float32", "float64"] = "float32",
        device: Device = None,
    ) -> Nets:
        checks.choice("dtype", dtype, DTYPES)
        check_surroundings()
        if self.replicas is None:
            return self._build(networks, weights, dtype, device, None)
        check_no_device(self.replicas.count, device)
        for role, network in networks.items():
            if not isinstance(network, Network):
                raise ValueError(
                    f"{role}: {type(network).__name__} cannot be replicated, since each replica needs one of its "
                    "own; take networks of diptych's own, or one replica"
                )
        first, *others = (
            self._build(networks, weights, dtype, device, self.replicas) for device in self.replicas.devices
        )
        return replace(first, others=others)

    @staticmethod
    def _build(
        networks: Mapping[str, Network | keras.Model],
        weights: Weights,
        dtype: str,
        device: Device,
        replicas: Replicas | None,
    ) -> Nets:
        """The networks of one replica, or of none."""
        place, models, holders = device_named(device), {}, {}
        given = {role: model for role, model in networks.items() if not isinstance(model, Network)}
        with isolated(place):
            for role, network in networks.items():
                if isinstance(network, Network):
                    arrays = border.arrays(role, weights.get(role, {}), dtype)
                    network.check(arrays, role)
                    models[role] = build(network, name=role, dtype=dtype, replicas=replicas)
                    holders[role] = layout.holders(network, models[role])
                    layout.load(holders[role], arrays)
                else:
                    models[role] = native.adopt(network, role=role, dtype=dtype, device=place)
                    holders[role] = layout.holders(None, network)
            native.check_statistics(models)
            taken = given.keys() & weights.keys()
            written = {role: layout.checked(role, holders[role], weights[role]) for role in taken}
            for role, arrays in written.items():
                layout.load(holders[role], arrays)
        return Nets(models, holders, dtype, place, native=set(given), replicas=replicas)

    def export(
        self,
        f: Callable[..., Any],
        networks: Mapping[str, Network],
        weights: Weights,
        event: tuple[int, ...],
        path: Path,
        *,
        dtype: Literal["float32", "float64"] = "float32",
    ) -> Callable[[np.ndarray], np.ndarray]:
        with isolated(device_named(None)):
            return export(f, networks, weights, event, path, dtype)

    def weights(self, nets: Nets) -> dict[str, dict[str, np.ndarray]]:
        return {
            role: {name: holder.to_canonical(holder.variable.value) for name, holder in holders.items()}
            for role, holders in nets.holders.items()
        }

    def native(self, nets: Nets, role: str) -> keras.Model:
        return nets.model(role)

    def call(
        self,
        f: Callable[..., Any],
        nets: Nets,
        inputs: Mapping[str, np.ndarray],
        *,
        training: bool = False,
        execution: Execution = "eager",
    ) -> Any:
        checks.by_name("inputs", inputs)
        view = nets.view(training=training)

        def run(arrays: dict[str, tf.Tensor]) -> Any:
            return f(view, ops=Ops(), **arrays)

        with isolated(nets.device), missing_inputs_named():
            return to_numpy(executed(run, execution)(to_tensors(inputs, nets.dtype)))

    def value_and_grads(
        self,
        player: Player,
        nets: Nets,
        x: np.ndarray,
        noise: Mapping[str, np.ndarray],
        *,
        execution: Execution = "eager",
    ) -> tuple[float, dict[str, dict[str, np.ndarray]]]:
        checks.by_name("noise", noise)
        check_execution(execution)
        if nets.replicas:
            check_replica_execution("TensorFlow", execution, self.replica_executions)

        def differentiated(nets: Nets) -> Differentiated:
            owned = nets.owned(player.owns)

            def run(x: tf.Tensor, noise: dict[str, tf.Tensor]) -> tuple[tf.Tensor, Gradients]:
                with nets.unchanged(player.owns):
                    return gradients(player, nets, owned, x, noise, execution)

            return run

        run = differentiated(nets)
        native.check_losses(nets.models, player.owns)
        if nets.replicas:
            run = nets.replicas.everywhere([run, *map(differentiated, nets.others)])

        with isolated(nets.device), missing_inputs_named():
            batch = to_tensor("x", x, nets.dtype)
            border.check_rows(tuple(batch.shape))
            draws = to_tensors(noise, nets.dtype)
            with nets.together({"batch": [batch], "noise": list(draws.values())}):
                loss, grads = executed(run, execution)(batch, draws)
        canonical = {
            role: {name: nets.holders[role][name].to_canonical(g) for name, g in own.items()}
            for role, own in grads.items()
        }
        return float(loss), canonical

    def trainer(
        self,
        method: Method,
        nets: Nets,
        optimizers: Mapping[str, Optimizer] | None = None,
        *,
        execution: Execution = "eager",
    ) -> KerasTrainer:
        check_execution(execution)
        if nets.replicas:
            check_replica_execution("TensorFlow", execution, self.replica_executions)
        native.check_losses(
            nets.models, [role for player in method.players for role in player.owns if role in nets.models]
        )
        for name, role in method.roles.items():
            model = nets.model(name)
            if not role.batch_norm:  # its own gradient enters a loss, sample by sample
                native.check_samples_apart(model, role=name)
                if name in nets.native:
                    native.check_second_derivatives(model, partial(self._slopes, nets, name), role=name)
        with isolated(nets.device):
            return KerasTrainer(method, nets, method.optimizers(optimizers), execution)

    def _slopes(
        self, nets: Nets, role: str, player: Player, x: np.ndarray, noise: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        return self.value_and_grads(player, nets, x, noise)[1][role]


def _is_backend(made: KerasBackend) -> Backend:
    """For type checkers: each method takes what the protocol hands it, by the same names."""
    return made
