"""Wrong checkpoints. They show only if another implementation restores one, or if one is damaged."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Wrapped

State = Mapping[str, Any]
Change = Callable[[State], State]


def _same(state: State) -> State:
    return state


def _translated(given: Change = _same, taken: Change = _same) -> type[Wrapped]:
    """Trainers that apply `given` to a state before they return it, and `taken` to one before they restore it."""

    class Changed(Wrapped):
        def trainer(self, *args: Any, **settings: Any) -> Any:
            trainer = self.healthy.trainer(*args, **settings)
            return SimpleNamespace(
                step=trainer.step,
                state=lambda: given(trainer.state()),
                restore=lambda state: trainer.restore(taken(state)),
            )

    return Changed


def _restored(wrong: Callable[[Any, State], None]) -> type[Wrapped]:
    """Trainers that restore by `wrong(trainer, state)`; the trainer that it gets is a healthy one."""

    class Changed(Wrapped):
        def trainer(self, *args: Any, **settings: Any) -> Any:
            trainer = self.healthy.trainer(*args, **settings)
            return SimpleNamespace(
                step=trainer.step, state=trainer.state, restore=lambda state: wrong(trainer, state)
            )

    return Changed


def _native(state: State) -> State:
    """Kernels in the framework's layout, (out, in) and (out, in, height, width)."""
    return {key: np.transpose(a) if np.ndim(a) > 1 else a for key, a in state.items()}


def _swapped(state: State) -> State:
    """Adam's mean and square have exchanged names."""
    words = {"mean": "square", "square": "mean"}

    def other(key: str) -> str:
        player, slot, *place = key.split(".")
        return ".".join((player, words.get(slot, slot), *place))

    return {other(key): a for key, a in state.items()}


def _counts(change: Callable[[Any], Any]) -> Change:
    return lambda state: {k: change(np.asarray(a)) if k.endswith(".updates") else a for k, a in state.items()}


def _forgotten(count: Any) -> Any:
    """Every count is restored as 0. What is no count is passed on, and refused."""
    return np.where((count >= 0) & (count % 1 == 0), 0, count)


def _made_to_fit(count: Any) -> Any:
    return np.maximum(np.floor(count), 0)


def _float32(state: State) -> State:
    return {key: np.asarray(a, dtype=np.float32) for key, a in state.items()}


def _framework_names(state: State) -> State:
    return {key.replace(".mean.", ".exp_avg."): a for key, a in state.items()}


def _canonical_names(state: State) -> State:
    return {key.replace(".exp_avg.", ".mean."): a for key, a in state.items()}


def _unknown_passed_over(trainer: Any, state: State) -> None:
    trainer.restore({key: a for key, a in state.items() if key in trainer.state()})


def _missing_passed_over(trainer: Any, state: State) -> None:
    own = trainer.state()
    trainer.restore({**own, **state} if state.keys() <= own.keys() else state)


def _first_of_many(trainer: Any, state: State) -> None:
    """Entries of another shape are cut to the expected shape."""
    own = trainer.state()
    trainer.restore({k: a[0] if k in own and np.ndim(a) > np.ndim(own[k]) else a for k, a in state.items()})


def _half_taken(trainer: Any, state: State) -> None:
    """The undamaged entries of a damaged state are restored before the damage is found."""
    own = trainer.state()
    right = {key: a for key, a in state.items() if key in own and np.shape(a) == np.shape(own[key])}
    trainer.restore(
        {**own, **{key: np.zeros_like(a) for key, a in right.items()}} if len(right) < len(state) else own
    )
    trainer.restore(state)


def _key_error(trainer: Any, state: State) -> None:
    try:
        trainer.restore(state)
    except ValueError as error:
        raise KeyError(*error.args) from error


class _LiveState(Wrapped):
    """A state holds the optimiser's own arrays, which change with its next step."""

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = self.healthy.trainer(*args, **settings)
        given: list[dict[str, Any]] = []

        def step(*inputs: Any) -> Any:
            losses = trainer.step(*inputs)
            for old in given:
                for key, a in trainer.state().items():
                    old[key][...] = a
            return losses

        def state() -> dict[str, Any]:
            given.append({key: np.array(a) for key, a in trainer.state().items()})
            return given[-1]

        return SimpleNamespace(step=step, state=state, restore=trainer.restore)


class _NoStatistics(Wrapped):
    """Only parameters are restored; running statistics have their initial values."""

    def weights(self, nets: Any) -> Any:
        def fresh(name: str, a: Any) -> Any:
            if name.endswith("running_mean"):
                return np.zeros_like(a)
            return np.ones_like(a) if name.endswith("running_variance") else a

        return {
            role: {name: fresh(name, a) for name, a in tensors.items()}
            for role, tensors in self.healthy.weights(nets).items()
        }


def _fault(
    name: str, source: str, wrap: Any, subject: str = "ns-gan/adam", leg: str = "value", alone: bool = True
) -> Fault:
    return Fault(name, source, f"runs/{subject}/float64/eager/*", leg, wrap, alone)


NATIVE = "a state that only its own framework reads"

CHECKPOINTS = (
    _fault("state in native layout", NATIVE, _translated(_native, _native), "ns-gan conv/adam", alone=False),
    _fault("state under the framework's names", NATIVE, _translated(_framework_names, _canonical_names)),
    _fault("mean and square interchanged", NATIVE, _translated(_swapped, _swapped)),
    _fault("updates counted from 1", NATIVE, _translated(_counts(lambda a: a + 1), _counts(lambda a: a - 1))),
    _fault("number of updates not taken up", "PyTorch-VAE 61", _translated(taken=_counts(_forgotten)), alone=False),
    _fault("a count made to fit", "int(count)", _translated(taken=_counts(_made_to_fit)), leg="exactness"),
    _fault("state in float32", "a cast on the way to the file", _translated(_float32), alone=False),
    _fault("running statistics not kept", "parameters() for state_dict()", _NoStatistics, "batch norm/adam"),
    _fault("unknown entries passed over", "strict=False", _restored(_unknown_passed_over), leg="exactness"),
    _fault("missing entries passed over", "strict=False", _restored(_missing_passed_over), leg="exactness"),
    _fault("another shape made to fit", "broadcasting", _restored(_first_of_many), leg="exactness"),
    _fault("half taken up, then refused", "entry by entry", _restored(_half_taken), leg="exactness"),
    _fault("KeyError for ValueError", "state[key] as it stands", _restored(_key_error), leg="exactness"),
    _fault("a state that goes on moving", "a view for a copy", _LiveState, leg="exactness"),
)
