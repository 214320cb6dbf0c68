"""Backends in NumPy alone, for the suite's own tests: a healthy one, and ones that break the protocol.

The healthy toy is the oracle with gradients by complex step, weight by weight: slow, exact, and without
subgradients at corners or derivatives of derivatives of plain functions.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych import Model, border, optimizers
from diptych.group import Alone
from diptych.protocol import Capability
from diptych.shards import check_replica_execution
from diptych_conformance.references import oracle
from diptych_conformance.references.oracle.dual import Dual, forward

Array = np.ndarray[Any, np.dtype[Any]]
CLAIMS = (
    *(Capability.FLOAT64, Capability.DOUBLE_BACKWARD, Capability.COMPILED),
    *(Capability.NATIVE_NETWORKS, Capability.PROCESS_SETTINGS, Capability.EVIDENCE, Capability.REPLICAS),
    Capability.OWN_LOOP,
    *(Capability.RATES, Capability.DECAY, Capability.CLIPPING, Capability.AVERAGES, Capability.SPECTRAL_NORM),
    Capability.PARTS,
)
DEVICES = ("cpu", "attic")  # the same memory by two names


def _owned(tensors: Mapping[str, Array]) -> dict[str, Array]:
    return {name: _own(a) for name, a in tensors.items()}


def _own(array: Any) -> Array:
    """A copy, in C order."""
    return np.array(array, order="C")


class Program:
    """Functions compiled: copies of their code, which run instead of it within."""

    def __init__(self, *functions: Any) -> None:
        self.codes: dict[Any, Any] = {}
        for f in functions:
            while isinstance(f, partial):
                f = f.func
            f = getattr(f, "__func__", f)
            if hasattr(f, "__code__"):
                self.codes[f] = f.__code__.replace(co_name=f"{f.__code__.co_name} compiled")

    @contextmanager
    def within(self) -> Iterator[None]:
        before = {f: f.__code__ for f in self.codes}
        try:
            for f, code in self.codes.items():
                f.__code__ = code
            yield
        finally:
            for f, code in before.items():
                f.__code__ = code


class Toy:
    """Compiled execution runs a copy of a loss's code: nothing is gained by it, and it can be told from eager."""

    name = "toy"
    default_execution = "eager"

    def __init__(self, *capabilities: Capability) -> None:
        self.capabilities = frozenset(capabilities or CLAIMS)
        self.programs: Counter[str] = Counter()
        self.at = DEVICES[0]

    def compiled(self) -> Mapping[str, int]:
        return dict(self.programs)

    def devices(self) -> tuple[str, ...]:
        return DEVICES

    def places(self, held: Any) -> frozenset[str]:
        """An array lies where the networks do that were used last."""
        nets = getattr(held, "nets", held)
        return frozenset({getattr(nets, "device", self.at) if not isinstance(held, np.ndarray) else self.at})

    def compile(self, execution: str, *functions: Any) -> Program:
        if execution == "eager":
            return Program()
        self.programs[execution] += 1
        return Program(*functions)

    def build(
        self, networks: Mapping[str, Any], weights: Any, *, dtype: str = "float32", device: str | None = None
    ) -> Any:
        """A native module here is a pair of network and tensors; a copy of it is made, so that roles share none."""
        if device not in (None, *DEVICES):
            raise ValueError(f"unknown device {device!r}; the toy has {DEVICES}")
        native = {role: module for role, module in networks.items() if isinstance(module, tuple)}
        for role, other in combinations(native, 2):
            if native[role][1] is native[other][1]:
                raise ValueError(f"{role} and {other} share their tensors; hand in a module for each")
        records = {role: native[role][0] if role in native else n for role, n in networks.items()}
        tensors = {role: weights[role] if role in weights else native[role][1] for role in networks}
        cast = {role: _owned(border.arrays(role, own, dtype)) for role, own in tensors.items()}
        for role, record in records.items():
            record.check(cast[role], role)
        return SimpleNamespace(networks=records, weights=cast, dtype=dtype, device=device or DEVICES[0])

    def native(self, nets: Any, role: str) -> Any:
        return nets.networks[role], nets.weights[role]

    def weights(self, nets: Any) -> Any:
        return {role: {name: a.copy() for name, a in own.items()} for role, own in nets.weights.items()}

    replica_executions = frozenset({"eager"})

    def replicated(self, count: int) -> "ReplicatedToy":
        return ReplicatedToy(self, count)

    def own_loop(self, method: Any, networks: Any, batches: Any, **settings: Any) -> Any:
        """NumPy has no loop of its own but Python's."""
        model, found = Model(method, networks, backend=self, **settings), []
        for x in batches:
            losses = {name: float(loss) for name, loss in model.step(x).items()}
            found.append((losses, model.state()))
        return found

    def joined(self, count: int, *, device: Any = None, wait: float | None = None) -> Any:
        return nullcontext(Alone())

    @contextmanager
    def launched(self, count: int, **settings: Any) -> Iterator[Any]:
        """This process."""

        class Here:
            ended = False

            def __call__(self, program: Any, *arguments: Any) -> list[Any]:
                return [program(*arguments)]

        yield Here()

    def process_settings(self) -> Any:
        """NumPy is its framework."""
        return {"np.errstate": lambda: np.errstate(all="raise")}

    @np.errstate(all="ignore")
    def call(
        self, f: Any, nets: Any, inputs: Mapping[str, Array], *, training: bool = False, execution: str = "eager"
    ) -> Any:
        live = oracle.networks(nets.networks, nets.weights, training=training)
        arrays = {name: border.array(name, a, nets.dtype) for name, a in inputs.items()}
        self.at = nets.device
        with self.compile(execution, f).within():
            output = f(live, ops=oracle.OPS, **arrays)
        return tuple(map(_own, output)) if isinstance(output, tuple) else _own(output)

    @np.errstate(all="ignore")
    def value_and_grads(self, player: Any, nets: Any, x: Array, noise: Any, *, execution: str = "eager") -> Any:
        batch = border.array("x", x, nets.dtype)
        draws = {name: border.array(name, a, nets.dtype) for name, a in noise.items()}
        border.check_rows(batch.shape)
        self.at = nets.device
        with self.compile(execution, player.objective).within():
            return self._differentiated(player, nets, batch, draws)

    @staticmethod
    def _differentiated(player: Any, nets: Any, batch: Array, draws: Any) -> Any:
        def loss(weights: Any) -> Any:
            return oracle.evaluate(player, nets.networks, weights, batch, draws)[0]

        grads: dict[str, dict[str, Array]] = {}
        for role in player.owns:
            own, grads[role] = nets.weights[role], {}
            for name in (t.name for t in nets.networks[role].tensors if t.trainable):

                def moved(tensor: Any, role: str = role, name: str = name) -> Any:
                    return loss({**nets.weights, role: {**nets.weights[role], name: tensor}})

                grads[role][name] = oracle.complex_step(moved, own[name]).astype(nets.dtype)
        return float(loss(nets.weights)), grads

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, *, execution: str = "eager") -> Any:
        return ToyTrainer(self, method, nets, optimizers or {}, execution)


class ReplicatedToy:
    """A toy on replicas that hold one and the same: all rows are computed at once. No fewer rows than replicas."""

    def __init__(self, toy: Toy, count: int) -> None:
        self.toy, self.count = toy, count
        self.capabilities = toy.capabilities - {Capability.COMPILED, Capability.XLA}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.toy, name)

    def value_and_grads(self, player: Any, nets: Any, x: Array, noise: Any, **settings: Any) -> Any:
        self._check(settings)
        if len(x) < self.count:
            raise ValueError(f"{len(x)} rows cannot be cut for {self.count} replicas")
        return self.toy.value_and_grads(player, nets, x, noise, **settings)

    def trainer(self, *given: Any, **settings: Any) -> Any:
        self._check(settings)
        return self.toy.trainer(*given, **settings)

    def _check(self, settings: Any) -> None:
        check_replica_execution("a toy", settings.get("execution", "eager"), self.toy.replica_executions)

    def parts(self, held: Any) -> tuple[Any, ...]:
        return tuple(Part(held, f"{self.toy.at}, place {i}") for i in range(self.count))

    def places(self, held: Any) -> frozenset[str]:
        return frozenset({held.place}) if isinstance(held, Part) else self.toy.places(held)


class Part:
    """What one replica of a toy holds, which is what all hold, in a place of its own."""

    def __init__(self, held: Any, place: str) -> None:
        self.held, self.place = held, place

    def __getattr__(self, name: str) -> Any:
        return getattr(self.held, name)


class Cornered(Toy):
    """A toy with the stated derivative at every corner: by dual numbers, whose comparisons see values alone.

    Where a function is not known to them, or a derivative is taken inside another, by complex step as before.
    """

    def call(self, f: Any, *args: Any, **settings: Any) -> Any:
        ops = SimpleNamespace(xp=oracle.OPS.xp, grad=self._grad, stop=oracle.OPS.stop)
        return super().call(lambda nets, **inputs: f(nets, **{**inputs, "ops": ops}), *args, **settings)

    @staticmethod
    def _grad(f: Any, x: Any) -> Any:
        if isinstance(x, Dual):
            raise TypeError("dual numbers inside dual numbers")
        if isinstance(f, oracle.OracleNetwork) or np.iscomplexobj(x):
            return oracle.OPS.grad(f, x)
        try:
            return np.real(forward(f, x))
        except TypeError:
            return oracle.OPS.grad(f, x)


class ToyTrainer(oracle.ReferenceTrainer):
    """The reference trainer on the toy's gradients; it moves the toy's networks."""

    def __init__(self, toy: Toy, method: Any, nets: Any, optimizers: Any, execution: str) -> None:
        self.toy, self.execution = toy, execution
        self.programs: dict[Any, Program] = {}

        def gradients(player: Any, weights: Any, x: Array, noise: Any) -> Any:
            here = SimpleNamespace(networks=nets.networks, weights=weights, dtype=nets.dtype, device=nets.device)
            return toy.value_and_grads(player, here, x, noise)

        super().__init__(method, nets.networks, nets.weights, optimizers, gradients)
        self.nets = nets
        self.events = border.events(method, {r: (n.inputs, n.output) for r, n in nets.networks.items()})

    @np.errstate(all="ignore")
    def step(self, players: Any, x: Array, noise: Any, rates: Any = None) -> dict[str, float]:
        rates = optimizers.rates(self.rules, players, rates)
        batch = border.array("x", x, "float64")
        draws = {name: border.array(name, a, "float64") for name, a in noise.items()}
        border.check_step(self.method, self.events, batch.shape, {name: a.shape for name, a in draws.items()})
        self.weights = self.nets.weights  # another trainer may have moved them
        self.toy.at, key = self.nets.device, (tuple(players), batch.shape)
        if key not in self.programs:
            losses_of = [player.objective for player in self.method.players if player.name in players]
            self.programs[key] = self.toy.compile(self.execution, *losses_of)
        with self.programs[key].within():
            losses = super().step(players, batch, draws, rates)
        dtype = self.nets.dtype
        self.weights = {r: {name: a.astype(dtype) for name, a in own.items()} for r, own in self.weights.items()}
        self.nets.weights = self.weights
        return losses


class Raises(Toy):
    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        raise RuntimeError("out of memory")


class GivesNan(Toy):
    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        _, grads = super().value_and_grads(*args, **settings)
        return float("nan"), {r: {t: np.full_like(a, np.nan) for t, a in own.items()} for r, own in grads.items()}


class WrongDtype(Toy):
    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = super().value_and_grads(*args, **settings)
        return loss, {r: {t: a.astype(np.float32) for t, a in own.items()} for r, own in grads.items()}

    def call(self, *args: Any, **settings: Any) -> Any:
        return super().call(*args, **settings).astype(np.float32)


class WrongShape(Toy):
    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = super().value_and_grads(*args, **settings)
        return loss, {r: {t: a[..., None] for t, a in own.items()} for r, own in grads.items()}

    def call(self, *args: Any, **settings: Any) -> Any:
        return super().call(*args, **settings)[..., None]


class Column(Toy):
    """Of another shape, and all else as it should be."""

    def call(self, *args: Any, **settings: Any) -> Any:
        return super().call(*args, **settings)[..., None]


class ArrayLoss(Toy):
    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = super().value_and_grads(*args, **settings)
        return np.asarray([loss]), grads


class Mutates(Toy):
    def value_and_grads(self, player: Any, nets: Any, x: Array, *args: Any, **settings: Any) -> Any:
        x *= 2
        return super().value_and_grads(player, nets, x, *args, **settings)


class Dies(Toy):
    """Takes its whole process with it, as a native crash does, where it is asked for a generator's gradients."""

    def value_and_grads(self, player: Any, *args: Any, **settings: Any) -> Any:
        if player.name == "generator":
            os._exit(70)
        return super().value_and_grads(player, *args, **settings)


class DiesTwice(Toy):
    """Takes its process with it for the first two generator's gradients that a run asks for, and is well then.

    The environment names the file that counts them.
    """

    def value_and_grads(self, player: Any, *args: Any, **settings: Any) -> Any:
        deaths = Path(os.environ["DEATHS"])
        if player.name == "generator" and deaths.stat().st_size < 2:
            with deaths.open("a") as file:
                file.write("x")
            os._exit(70)
        return super().value_and_grads(player, *args, **settings)


class Hangs(Toy):
    """Never gives a trainer. It leaves a file, if the environment names one, when it is asked for one."""

    def trainer(self, *args: Any, **settings: Any) -> Any:
        if "HANGS" in os.environ:
            Path(os.environ["HANGS"]).touch()
        time.sleep(3600)


class Exits(Toy):
    """Ends as a script does, wherever it is asked for a function's values."""

    def call(self, *args: Any, **settings: Any) -> Any:
        sys.exit("no licence")


class Doubled(Toy):
    name = "doubled"

    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = super().value_and_grads(*args, **settings)
        return 2 * loss, grads


class Other(Toy):
    name = "other"


def single() -> Toy:
    """Of float32 alone."""
    toy = Toy(Capability.FLOAT32)
    toy.name = "single"
    return toy


def driverless() -> Toy:
    raise RuntimeError("CUDA driver too old")


def closed() -> Toy:
    raise OSError(24, "Too many open files")


def ending() -> Toy:
    sys.exit("no licence")


def nothing() -> None:
    """What is no backend."""


def nameless() -> Toy:
    toy = Toy()
    toy.name = ""
    return toy


def listing() -> Toy:
    toy = Toy()
    toy.capabilities = ["float64"]  # type: ignore[assignment]
    return toy


def unheard() -> Toy:
    toy = Toy()
    toy.capabilities = frozenset({"float64", "float16"})  # type: ignore[arg-type]
    return toy


def hasty() -> Toy:
    """It would compile unasked, and does not claim that it can."""
    toy = Toy(Capability.FLOAT64)
    toy.default_execution = "compiled"
    return toy


def still() -> Toy:
    toy = Toy()
    toy.trainer = None  # type: ignore[method-assign, assignment]
    return toy


class Particular(Toy):
    """Raises what it likes where it does not know a device."""

    def build(self, *args: Any, device: str | None = None, **settings: Any) -> Any:
        if device not in (None, "cpu"):
            raise RuntimeError(f"expected one of cpu, got {device}")
        return super().build(*args, **settings)
