"""How a model goes on, as a backend that only notes what it is asked has it: other rates, other rules, progress."""

from typing import Any, cast

import numpy as np

from diptych import Model, make
from diptych.optimizers import SGD
from diptych.protocol import Capability
from diptych_conformance.checks.asked import ROWS, Notes
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.session import Session


def learning(session: Session) -> Finding:
    """Where a step takes no rates, new ones make a new trainer, which has the state of the one before."""
    method, notes = make("ns-gan"), Notes()
    notes.capabilities = frozenset(Capability) - {Capability.RATES}
    backend, networks = cast(Any, notes), {role: object() for role in method.roles}
    model: Any = Model(method, networks, backend=backend, latent=(2,))
    model.trainer.state = lambda: {"mean": np.ones(1)}
    model.learn_at(0.25)
    (_, rules, _), taken = notes.trained[-1], notes.taken
    rates = {rule.learning_rate for rule in rules.values()}
    return only_if(len(notes.trained) == 2 and rates == {0.25} and taken == [["mean"]], f"Model.learn_at: {taken}")


def other_rules(session: Session) -> Finding:
    """By other rules, in another execution, the same networks go on where they are; the old state is gone."""
    method, notes = make("wgan-gp", critic_steps=2), Notes()
    model: Any = Model(method, {role: object() for role in method.roles}, backend=cast(Any, notes), latent=(2,))
    model.step(ROWS)
    nets, where = model.nets, (model.round, model.turn)
    model.train_by({"critic": SGD(0.25)}, execution="eager")
    model.step(ROWS)
    rules = {**method.optimizers(), "critic": SGD(0.25)}
    wrong = [
        f"{what}: {got}, not {wanted}"
        for what, got, wanted in (
            ("trainer", notes.trained[1:], [(nets, rules, "eager")]),
            ("rates", notes.rates[-1], {"critic": 0.25}),
            ("rules and execution", (model.optimizers, model.execution), (rules, "eager")),
            ("where it goes on", ((model.round, model.turn), where), ((0, 2), (0, 1))),
            ("networks built, states taken up", (len(notes.built), notes.taken), (1, [])),
        )
        if got != wanted
    ]
    model.train_by()
    if (model.execution, model.optimizers) != (notes.default_execution, method.optimizers()):
        wrong.append(f"unasked: {model.execution}, {model.optimizers}")
    return only_if(not wrong, f"Model.train_by: {'; '.join(wrong)}")


def resumed(session: Session) -> Finding:
    """A model takes up how far another has come, and its optimisers' state; it keeps its networks."""
    method, notes = make("wgan-gp", critic_steps=3), Notes()
    one, other = (
        cast(Any, Model(method, {role: object() for role in method.roles}, backend=cast(Any, notes), latent=(2,)))
        for _ in range(2)
    )
    for _ in range(method.player("critic").steps.at(0) + 3):
        one.step(ROWS)
    one.trainer.state = lambda: {"mean": np.ones(1)}
    nets, built = other.nets, len(notes.built)
    other.resume(one.progress())
    got = (other.round, other.turn), notes.taken, other.nets is nets, len(notes.built)
    return only_if(got == ((1, 2), [["mean"]], True, built), f"Model.resume: {got}")
