"""Backends that claim to compile and do not: their numbers are right."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from diptych_conformance.faults.fault import Fault, Wrapped


def _instead(execution: str, other: str, *methods: str) -> type[Wrapped]:
    """A backend that runs these methods in the execution `other` where `execution` is asked for."""

    class Changed(Wrapped):
        def __getattr__(self, name: str) -> Any:
            method = getattr(self.healthy, name)
            if name not in methods:
                return method

            def run(*args: Any, **settings: Any) -> Any:
                if settings.get("execution", "eager") == execution:
                    settings["execution"] = other
                return method(*args, **settings)

            return run

    return Changed


def _eager_where(chosen: Callable[[Any, Sequence[str]], bool]) -> type[Wrapped]:
    """A backend whose compiled trainers run some steps eagerly, chosen by method and players."""

    class Changed(Wrapped):
        def trainer(self, method: Any, nets: Any, *args: Any, execution: str = "eager", **settings: Any) -> Any:
            either = {
                kind: self.healthy.trainer(method, nets, *args, execution=kind, **settings)
                for kind in ("eager", execution)
            }
            last = either[execution]

            def step(players: Any, x: Any, noise: Any) -> Any:
                nonlocal last
                state = last.state()
                last = either["eager" if chosen(method, players) else execution]
                last.restore(state)
                return last.step(players, x, noise)

            return SimpleNamespace(
                step=step, state=lambda: last.state(), restore=lambda state: last.restore(state), nets=nets
            )

    return Changed


def _after_the_first() -> type[Wrapped]:
    """The first call is compiled, and all later ones run eagerly."""
    taken: list[Any] = []

    def later(method: Any, players: Sequence[str]) -> bool:
        taken.append(method)
        return sum(other is method for other in taken) > len(method.players)

    return _eager_where(later)


class _CompiledAnew(Wrapped):
    """Every step has a trainer of its own, so that what it compiled is lost."""

    def trainer(self, method: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        kept = [self.healthy.trainer(method, nets, *args, **settings)]

        def step(players: Any, x: Any, noise: Any) -> Any:
            other = self.healthy.trainer(method, nets, *args, **settings)
            other.restore(kept[0].state())
            kept[0] = other
            return other.step(players, x, noise)

        return SimpleNamespace(
            step=step, state=lambda: kept[0].state(), restore=lambda state: kept[0].restore(state), nets=nets
        )


class _ModulesEager(Wrapped):
    """The first call of a framework's own modules runs eagerly, and its result is returned."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._new: dict[int, Any] = {}

    def build(self, networks: Any, *args: Any, **settings: Any) -> Any:
        nets = self.healthy.build(networks, *args, **settings)
        if any(isinstance(network, tuple) for network in networks.values()):
            self._new[id(nets)] = nets
        return nets

    def value_and_grads(self, player: Any, nets: Any, *args: Any, execution: str = "eager") -> Any:
        new = execution != "eager" and self._new.pop(id(nets), None) is not None
        return self.healthy.value_and_grads(player, nets, *args, execution="eager" if new else execution)


class _Silent(Wrapped):
    """It claims `EVIDENCE` and reports no compilation."""

    def compiled(self) -> dict[str, int]:
        return {}


def _gated(method: Any, players: Sequence[str]) -> bool:
    return method.gate is not None


def _sloped(method: Any, players: Sequence[str]) -> bool:
    return bool(method.needs)


COMPILED = "objectives/ns-gan/generator/dense/float64/compiled/*"
DOORS = ("call", "value_and_grads", "trainer")

CLAIMS = (
    Fault(
        "compiled gradients are eager",
        "an argument handed on to the trainer alone",
        COMPILED,
        "gradient",
        _instead("compiled", "eager", "value_and_grads"),
    ),
    Fault(
        "compiled calls are eager",
        "an argument with a default",
        "primitives/flatten to clip/float64/compiled/*",
        "execution",
        _instead("compiled", "eager", "call"),
    ),
    Fault(
        "compiled steps are eager",
        "tf.config.run_functions_eagerly(True) left on",
        "rounds/clipped/adam/float64/compiled/*",
        "execution",
        _instead("compiled", "eager", "trainer"),
    ),
    Fault(
        "steps of several players are eager",
        "what the tracer cannot follow",
        "rounds/two owners/mixed/float64/compiled/*",
        "execution",
        _eager_where(lambda method, players: len(players) > 1),
    ),
    Fault(
        "gated steps are eager",
        "a branch on a value",
        "rounds/gated/adam/float64/compiled/*",
        "execution",
        _eager_where(_gated),
    ),
    Fault(
        "steps with a slope are eager",
        "torch.compile and double backward",
        "rounds/wgan-gp/adam/float64/compiled/*",
        "execution",
        _eager_where(_sloped),
    ),
    Fault(
        "eager after the first step",
        "torch.compiler.set_stance, suppress_errors",
        "rounds/clipped/adam/float64/compiled/*",
        "execution",
        _after_the_first(),
    ),
    Fault(
        "compiled at every step",
        "a tf.function made in the loop",
        "rounds/clipped/adam/float64/compiled/*",
        "execution",
        _CompiledAnew,
    ),
    Fault(
        "eager steps are compiled",
        "one compiled function for every execution",
        "rounds/ns-gan/adam/float64/eager/*",
        "value",
        _instead("eager", "compiled", "trainer"),
    ),
    Fault(
        "losses of modules are eager the first time",
        "looked at before anything is compiled, and given back",
        "borders/native modules/float64/compiled/*",
        "execution",
        _ModulesEager,
    ),
    Fault(
        "XLA gradients by a plain graph",
        "jit_compile=None is not True",
        "objectives/ns-gan/generator/dense/float64/xla/*",
        "gradient",
        _instead("xla", "compiled", *DOORS),
    ),
    Fault(
        "XLA steps by a plain graph",
        "jit_compile given to the model, not to the step",
        "rounds/ns-gan/adam/float64/xla/*",
        "exactness",
        _instead("xla", "compiled", "trainer"),
    ),
    Fault("nothing is said to be compiled", "a claim copied", COMPILED, "gradient", _Silent),
)
