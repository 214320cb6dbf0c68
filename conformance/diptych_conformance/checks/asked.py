"""What a model asks of its backend, whatever that makes of it: a backend that only notes what it is asked."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from diptych import Model, make
from diptych.optimizers import SGD, Adam, AdamW, Optimizer
from diptych.protocol import Capability
from diptych.schedules import Linear
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.session import Session


def _rule(*rules: Optimizer) -> tuple[Any, Any]:
    """The critic's, each of them."""
    without, needing = ({"optimizers": {"critic": rule}} for rule in rules)
    return without, needing


NEEDED: Mapping[Capability, tuple[Mapping[str, Any], Mapping[str, Any]]] = {  # what does not need it, and what does
    Capability.FLOAT32: ({"dtype": "float64"}, {"dtype": "float32"}),
    Capability.FLOAT64: ({"dtype": "float32"}, {"dtype": "float64"}),
    Capability.COMPILED: ({"execution": "eager"}, {"execution": "compiled"}),
    Capability.XLA: ({"execution": "compiled"}, {"execution": "xla"}),
    Capability.DOUBLE_BACKWARD: ({}, {"method": make("wgan-gp")}),
    Capability.RATES: _rule(Adam(0.1), Adam(Linear(0.1, 0.0, 3))),
    Capability.DECAY: _rule(Adam(0.1), AdamW(0.1)),
    Capability.CLIPPING: _rule(Adam(0.1), Adam(0.1, clip_norm=1.0)),
    Capability.AVERAGES: _rule(Adam(0.1), SGD(0.1, ema=0.9)),
}
ROWS, OTHERS = np.zeros((3, 4)), np.zeros((3, 5))  # of two events
REFUSED = "refused"  # an entry of an optimiser's state


class Notes:
    """A backend that has every capability, and notes the arguments of `build` and of `trainer`."""

    name = "notes"
    default_execution = "compiled"
    capabilities = frozenset(Capability)

    def __init__(self) -> None:
        self.built, self.trained, self.taken, self.rates = (list[Any]() for _ in range(4))

    def build(self, networks: Mapping[str, Any], weights: Any, *, dtype: str, device: Any) -> Any:
        self.built.append((dict(networks), dtype, device))
        return SimpleNamespace()

    def trainer(self, method: Any, nets: Any, rules: Mapping[str, Optimizer], *, execution: str = "eager") -> Any:
        self.trained.append((nets, dict(rules), execution))
        return SimpleNamespace(step=self._step, state=dict, restore=self._restore)

    def _step(self, players: Sequence[str], x: Any, noise: Any, rates: Mapping[str, float]) -> dict[str, float]:
        """Refused for the other event."""
        if x.shape == OTHERS.shape:
            raise ValueError("x is of another event")
        self.rates.append(dict(rates))
        return dict.fromkeys(players, 0.0)

    def _restore(self, state: Mapping[str, Any]) -> None:
        """Refused for an entry that no optimiser has."""
        if REFUSED in state:
            raise ValueError(f"unknown entry {REFUSED!r}")
        self.taken.append([*state])

    def native(self, nets: Any, role: str) -> Any:
        return nets, role

    def weights(self, nets: Any) -> dict[str, dict[str, Any]]:
        return {}

    def call(self, f: Any, nets: Any, inputs: Any, **chosen: Any) -> Any:
        raise NotImplementedError


def handed(execution: str | None, session: Session) -> Finding:
    """Networks, dtype, device, execution and rules are those of the model: at first, at new rates, taken up again.

    What held them may be overwritten meanwhile.
    """
    method, backend = make("ns-gan"), cast(Any, Notes())
    networks = {role: object() for role in method.roles}
    rules: dict[str, Optimizer] = {"critic": SGD(0.5)}
    given, chosen = dict(networks), dict(rules)
    model: Any = Model(
        method,
        given,
        backend=backend,
        latent=(2,),
        dtype="float64",
        device="a device",
        optimizers=chosen,
        execution=execution,
    )
    given.clear()
    chosen.clear()
    model.learn_at({"critic": 0.25})
    model.restore(model.state())
    expected = {"generator": Adam(2e-4, beta1=0.5), "critic": SGD(0.25)}
    wrong = [
        f"{what}: {got}, not {wanted}"
        for what, got, wanted in (
            ("build", backend.built, [(networks, "float64", "a device")] * len(backend.built)),
            ("execution", {how for _, _, how in backend.trained}, {execution or "compiled"}),
            ("first rules", backend.trained[0][1], expected | rules),
            ("last rules", (backend.trained[-1][1], model.optimizers), (expected, expected)),
            ("last networks", backend.trained[-1][0] is model.nets, True),
            ("module", model.module("critic"), (model.nets, "critic")),
        )
        if got != wanted
    ]
    return only_if(not wrong, f"Model asks for another {'; '.join(wrong)}")


def lacking(capability: Capability, session: Session) -> Finding:
    """A backend that does not claim it is asked for no run that needs it, and for the same run but for that."""
    notes, without, needing = Notes(), *NEEDED[capability]
    notes.capabilities = frozenset(Capability) - {capability}
    networks = {role: object() for role in ("generator", "critic")}

    def asked(chosen: Mapping[str, Any]) -> bool:
        given = {"method": make("ns-gan"), "networks": networks, "latent": (2,), **chosen}
        try:
            Model(**given, backend=cast(Any, notes))
        except ValueError as error:
            return capability.value not in str(error)
        return True

    wrong = ["refuses what needs it not"] * (not asked(without)) + ["asks for it"] * asked(needing)
    return only_if(not wrong, f"Model on a backend without {capability.value}: {', '.join(wrong)}")


def refused(session: Session) -> Finding:
    """A batch that is refused moves a model nowhere, and tells it nothing; the next one of another event does."""
    method, backend = make("wgan-gp", critic_steps=2), cast(Any, Notes())
    networks = {role: object() for role in method.roles}
    model: Any = Model(method, networks, backend=backend, latent=(2,))
    with suppress(ValueError):
        model.step(OTHERS)
    if (model.round, model.turn) != (0, 0):
        return only_if(False, f"Model.step: refused, and in round {model.round}, turn {model.turn}")
    model.step(ROWS)
    return only_if(model.shapes == {"data": (4,), "latent": (2,)} and model.turn == 1, f"Model: {model.shapes}")


def refused_state(session: Session) -> Finding:
    """A state whose optimisers are refused is written nowhere: nothing is built of it, and the model goes on."""
    method, backend = make("wgan-gp", critic_steps=2), cast(Any, Notes())
    model: Any = Model(method, {role: object() for role in method.roles}, backend=backend, latent=(2,))
    model.step(ROWS)
    before = model.nets, model.trainer, model.round, model.turn, len(backend.built)
    with suppress(ValueError):
        model.restore({**model.state(), f"optimizer/{REFUSED}": np.zeros(1), "turn": np.asarray(0)})
        return only_if(False, "Model.restore: takes up a state that its trainer refuses")
    after = model.nets, model.trainer, model.round, model.turn, len(backend.built)
    return only_if(after == before, "Model.restore: refused, and networks of the state have been built")
