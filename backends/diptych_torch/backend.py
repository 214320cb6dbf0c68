"""`diptych.protocol.Backend` in PyTorch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from diptych import border, checks, group, processes
from diptych.method import Method, Player
from diptych.named import Named, missing_inputs_named
from diptych.networks.network import Network
from diptych.optimizers import Optimizer
from diptych.protocol import Backend, Capability, Device, Execution
from diptych.shards import check_replica_execution
from diptych.typing import Weights
from diptych_torch import evidence, native
from diptych_torch import weights as layout
from diptych_torch.arrays import DTYPES, device_named, to_numpy, to_tensor, to_tensors
from diptych_torch.autodiff import FunctionOps, gradients
from diptych_torch.execution import check_execution, executed
from diptych_torch.export import export
from diptych_torch.fixed_parameters import FixedParameters
from diptych_torch.groups import joined, member
from diptych_torch.nets import Nets
from diptych_torch.networks import build
from diptych_torch.replicas import Replicas
from diptych_torch.settings import process_settings
from diptych_torch.surroundings import check_surroundings, isolated
from diptych_torch.tape import TapeOps
from diptych_torch.training import TorchTrainer

LAYOUTS = ("channels_last", "channels_first")


class TorchBackend:
    """`diptych.protocol.Backend` in PyTorch; the protocol says what each method does."""

    name = "torch"
    default_execution: Execution = "eager"
    capabilities: frozenset[Capability] = frozenset(
        {
            Capability.FLOAT64,
            Capability.FLOAT32,
            Capability.COMPILED,
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
            *([Capability.OWN_LOOP] if find_spec("lightning") else []),
        }
    )
    process_settings = staticmethod(process_settings)
    compiled = staticmethod(evidence.compiled)
    devices = staticmethod(evidence.devices)
    places = staticmethod(evidence.places)
    joined = staticmethod(joined)
    replica_executions = frozenset({"eager"})

    def __init__(self, layout: Literal["channels_last", "channels_first"] | None = None) -> None:
        """`layout` of images in modules of a user's own, where rows have channels last; found out where None."""
        self.layout = None if layout is None else checks.choice("layout", layout, LAYOUTS)
        self.count = 1  # replicas that networks are built for

    def replicated(self, count: int) -> "TorchBackend":
        Replicas.of(count)
        made = TorchBackend()
        made.layout = self.layout
        made.count, made.capabilities = count, self.capabilities - {Capability.COMPILED}
        return made

    @contextmanager
    def launched(
        self,
        count: int,
        *,
        device: Device = None,
        limit: float | None = group.LIMIT,
        wait: float | None = None,
    ) -> Iterator[processes.Crew]:
        with TemporaryDirectory() as folder:
            members = [partial(member, rank, count, Path(folder), device, wait) for rank in range(count)]
            with processes.started(members, limit) as crew:
                yield crew

    def own_loop(
        self, *given: Any, **settings: Any
    ) -> Sequence[tuple[Mapping[str, float], Mapping[str, np.ndarray]]]:
        from diptych_torch.lightning_method import own_loop  # Lightning may not be there

        return own_loop(*given, **settings)

    def parts(self, held: Any) -> Sequence[Any]:
        return (held,)

    def build(
        self,
        networks: Mapping[str, Network | nn.Module],
        weights: Weights,
        *,
        dtype: Literal["float32", "float64"] = "float32",
        device: Device = None,
    ) -> Nets:
        checks.choice("dtype", dtype, DTYPES)
        check_surroundings()
        place, modules, holders = device_named(device), {}, {}
        replicas = Replicas.of(self.count) if self.count > 1 else None
        native.check(networks)
        given = {role: module for role, module in networks.items() if not isinstance(module, Network)}
        taken = given.keys() & weights.keys()
        written = {role: layout.checked(role, given[role], weights[role]) for role in taken}
        with isolated(DTYPES[dtype], place):
            for role, network in networks.items():
                if isinstance(network, Network):
                    arrays = border.arrays(role, weights.get(role, {}), dtype)
                    network.check(arrays, role)
                    modules[role] = build(network, role=role, dtype=DTYPES[dtype], device=place, replicas=replicas)
                    holders[role] = layout.holders(network, modules[role])
                    layout.load(modules[role], holders[role], arrays)
                else:
                    modules[role] = network.to(device=place, dtype=DTYPES[dtype])
                    holders[role] = layout.holders(None, network)
            for role, arrays in written.items():
                layout.load(modules[role], holders[role], arrays)
        first = set(given) if self.layout == "channels_first" else set()
        made = Nets(modules, holders, DTYPES[dtype], place, native=list(given), replicas=replicas)
        return replace(made, channels_first=first, finds=self.layout is None)

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
        nets = self.build(networks, weights, dtype=dtype, device="cpu")
        with isolated(nets.dtype, nets.device):
            return export(f, nets, event, path)

    def weights(self, nets: Nets) -> dict[str, dict[str, np.ndarray]]:
        found = {}
        for role, module in nets.modules.items():
            native = module.state_dict()
            found[role] = {
                name: holder.to_canonical(native[holder.native]) for name, holder in nets.holders[role].items()
            }
        return found

    def native(self, nets: Nets, role: str) -> nn.Module:
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
        def run(ops: Any, arrays: dict[str, torch.Tensor]) -> Any:
            statistics, alone = nets.statistics(), nets.alone()
            view = Named({role: alone.caller(role, {}, statistics[role]) for role in nets.modules})
            return f(view, ops=ops, **arrays)

        eager = partial(run, TapeOps())

        def compiled(arrays: dict[str, torch.Tensor]) -> Any:
            return run(FunctionOps({}), arrays)

        checks.by_name("inputs", inputs)
        chosen = executed(eager if execution == "eager" else compiled, execution, eager=eager, nets=nets)
        with (
            isolated(nets.dtype, nets.device),
            torch.no_grad(),
            nets.mode(training=training),
            missing_inputs_named(),
        ):
            return to_numpy(chosen(to_tensors(inputs, nets.dtype, nets.device)))

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
        native.check_hooks(nets.modules)
        native.check_compilable(nets.modules, execution)
        check_execution(execution)
        if nets.replicas:
            check_replica_execution("PyTorch", execution, self.replica_executions)
        FixedParameters(nets).check()
        owned = nets.owned(player.owns)

        def run(x: torch.Tensor, noise: dict[str, torch.Tensor], execution: str = execution) -> Any:
            return gradients(player, nets, owned, x, noise, execution)

        with isolated(nets.dtype, nets.device), nets.mode(training=True), missing_inputs_named():
            batch = to_tensor("x", x, nets.dtype, nets.device)
            border.check_rows(tuple(batch.shape))
            draws = to_tensors(noise, nets.dtype, nets.device)
            if nets.replicas:
                nets.replicas.check_same({"batch": [batch], "noise": draws.values(), "weights": nets.tensors()})
            chosen = executed(run, execution, eager=partial(run, execution="eager"), nets=nets)
            loss, found, _ = chosen(batch, draws)
        grads = owned.by_name(found)
        canonical = {
            role: {
                name: holder.to_canonical(grads[role][holder.native])
                for name, holder in nets.holders[role].items()
                if holder.native in grads[role]
            }
            for role in player.owns
        }
        return float(loss), canonical

    def trainer(
        self,
        method: Method,
        nets: Nets,
        optimizers: Mapping[str, Optimizer] | None = None,
        *,
        execution: Execution = "eager",
    ) -> TorchTrainer:
        check_execution(execution)
        if nets.replicas:
            check_replica_execution("PyTorch", execution, self.replica_executions)
        native.check_hooks(nets.modules)
        native.check_compilable(nets.modules, execution)
        native.check_statistics(nets.modules, stepping=True)
        for name, role in method.roles.items():
            module = nets.module(name)
            if not role.batch_norm:
                native.check_samples_apart(module, role=name)
        with isolated(nets.dtype, nets.device):
            return TorchTrainer(method, nets, method.optimizers(optimizers), execution)


def _is_backend(made: TorchBackend) -> Backend:
    """For type checkers: each method takes what the protocol hands it, by the same names."""
    return made
