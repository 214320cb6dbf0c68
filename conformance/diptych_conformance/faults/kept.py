"""Backends whose trainers or compiled functions keep something of an earlier call."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from diptych_conformance.faults.fault import Fault, KeepsInitial, Stepped, Wrapped


class _Unreached(Wrapped):
    """`restore` does not reach a compiled step; with `made`, only one that has run before."""

    made = False

    def trainer(self, *args: Any, execution: str = "eager", **settings: Any) -> Any:
        trainer = self.healthy.trainer(*args, execution=execution, **settings)
        if execution == "eager":
            return trainer
        stepped: list[Any] = []

        def step(*inputs: Any) -> Any:
            stepped.append(inputs)
            return trainer.step(*inputs)

        def restore(state: Any) -> None:
            if self.made and not stepped:
                trainer.restore(state)

        return SimpleNamespace(step=step, state=trainer.state, restore=restore)


class _Traced(_Unreached):
    made = True


class _FirstInputs(Wrapped):
    """Compiled gradients always use the first batch and noise of a player and its networks."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._first: dict[tuple[str, int], tuple[Any, ...]] = {}

    def value_and_grads(self, player: Any, nets: Any, *inputs: Any, execution: str = "eager") -> Any:
        if execution != "eager":
            _, *inputs = self._first.setdefault((player.name, id(nets)), (nets, *inputs))  # type: ignore[assignment]
        return self.healthy.value_and_grads(player, nets, *inputs, execution=execution)


class _FirstWeights(KeepsInitial):
    """Compiled gradients always use the initial weights of the networks."""

    def value_and_grads(self, player: Any, nets: Any, *inputs: Any, execution: str = "eager") -> Any:
        nets = nets if execution == "eager" else self.as_built(nets)
        return self.healthy.value_and_grads(player, nets, *inputs, execution=execution)


class _FirstCall(Wrapped):
    """A compiled call always uses the inputs of the function's first call."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._first: dict[tuple[int, int], tuple[Any, ...]] = {}

    def call(self, f: Any, nets: Any, inputs: Any, *, execution: str = "eager", **settings: Any) -> Any:
        if execution != "eager":
            *_, inputs = self._first.setdefault((id(f), id(nets)), (f, nets, inputs))
        return self.healthy.call(f, nets, inputs, execution=execution, **settings)


class _Late(Wrapped):
    """Steps run late, when a result is read or the next step begins, on memory that the caller has changed."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._waiting: list[Any] = []

    def finish(self) -> None:
        while self._waiting:
            self._waiting.pop(0)()

    def weights(self, nets: Any) -> Any:
        self.finish()
        return self.healthy.weights(nets)

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = self.healthy.trainer(*args, **settings)

        def step(players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
            self.finish()
            losses: dict[str, Any] = {}
            self._waiting.append(lambda: losses.update(trainer.step(players, x, noise)))
            return {name: _Loss(self, losses, name) for name in players}

        def state() -> Any:
            self.finish()
            return trainer.state()

        return SimpleNamespace(step=step, state=state, restore=trainer.restore)


class _Lent(Stepped):
    """A loss that equals an entry of a given array is returned as a view of that entry."""

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
        entries = [a.reshape(-1)[i : i + 1].reshape(()) for a in (x, *noise.values()) for i in range(a.size)]
        return {
            name: next((entry for entry in entries if entry == loss), loss)
            for name, loss in trainer.step(players, x, noise).items()
        }


class _Loss:
    """A loss whose reading runs the step."""

    def __init__(self, backend: _Late, losses: Mapping[str, Any], name: str) -> None:
        self._backend, self._losses, self._name = backend, losses, name

    def __float__(self) -> float:
        self._backend.finish()
        return float(self._losses[self._name])


def _fault(name: str, source: str, cases: str, leg: str, wrap: Any) -> Fault:
    return Fault(name, source, cases, leg, wrap, alone=True)


KEPT = (
    _fault(
        "restore does not reach the compiled step",
        "a state that is a constant of the trace",
        "rounds/clipped/adam/float64/*",
        "exactness",
        _Unreached,
    ),
    _fault(
        "a compiled step keeps the state it was traced with",
        "attributes that restore rebinds, under jax.jit or tf.function",
        "runs/ns-gan/adam/float64/*",
        "value",
        _Traced,
    ),
    _fault(
        "batch and noise frozen into compiled gradients",
        "a constant of the trace: tf.function over NumPy",
        "objectives/ns-gan/generator/dense/float64/*",
        "execution",
        _FirstInputs,
    ),
    _fault(
        "weights frozen into compiled gradients",
        "parameters closed over by jax.jit",
        "objectives/ns-gan/generator/dense/float64/*",
        "execution",
        _FirstWeights,
    ),
    _fault(
        "inputs frozen into compiled calls",
        "a constant of the trace: tf.function over NumPy",
        "networks/batch norm/float64/*",
        "execution",
        _FirstCall,
    ),
    _fault(
        "the caller's memory read after the step is back",
        "jax.device_put shares it, and runs later",
        "rounds/ns-gan/adam/float64/eager/*",
        "exactness",
        _Late,
    ),
    _fault(
        "a loss in the caller's memory",
        "torch.from_numpy shares it, and a loss may be a view",
        "rounds/batch norm/adam/float64/eager/*.lent",
        "exactness",
        _Lent,
    ),
)
