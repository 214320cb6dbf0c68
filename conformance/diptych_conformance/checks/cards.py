"""A method's card against what is stated of it: its formulas evaluated, its constants compared by number."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych.named import Named
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.statements import given
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Problem, generator
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import eps
from diptych_conformance.references import oracle
from diptych_conformance.references.cards import conventions
from diptych_conformance.references.cards.bounds import ROWS_P, ROWS_Q, discrete
from diptych_conformance.references.cards.formula import Formula, drawn, read
from diptych_conformance.references.cards.values import Names, Term
from diptych_conformance.references.statement import Form, ReferenceMethod

LIMIT = 1e-9  # relative: a card is no way to compute anything
CRITICS = ("critic", "features")  # roles; where their outputs grow, kinks of losses come within reach
FACTORS = (1.0, 2.5)


def formulas(form: Form, problem: Problem, session: Session) -> Finding:
    """Every player's loss by the card, and the card's other claims."""
    stated, card = form.small.stated(), form.small.method().card
    assert card is not None
    lines = {player: read(line) for player, line in card.formula.items()}
    if lines.keys() != stated.losses.keys():
        return only_if(False, f"formulas of {sorted(lines)}, not of {sorted(stated.losses)}")
    shared = {name: known for line in lines.values() for name, known in line.defined.items()}
    errors = dict[str, float]()
    for at, (nets, x, noise, tight) in enumerate(_points(form, problem)):
        table = form.statement.card.names(nets, x, noise, _hyper(form))
        for player, line in lines.items():
            names = {**shared, **line.defined, **table}
            got = float(np.sum(line.loss(names)))
            errors[f"{player} at point {at}"] = _error(got, stated.losses[player](nets, x, noise))
            if line.below:
                slack = got - float(np.sum(line.below(names)))
                errors[f"bound of {player} at point {at}"] = abs(slack) if tight else float(slack < LIMIT)
            for name, sides in line.claims:
                if name in table or len(sides) > 2:
                    first, *others = (np.asarray(side(names)) for side in sides)
                    errors[f"{name} of {player}"] = max(_error(other, first) for other in others)
            for name, after in line.becomes.items():
                errors[f"{name} of {player} after a step"] = _moved(stated, player, name, after, names)
    wrong = [law for player, line in lines.items() for law in _laws(form, stated, line)]
    if wrong:
        return only_if(False, "; ".join(wrong))
    worst = max(errors, key=lambda where: errors[where])
    return Finding(errors[worst] / eps("float64"), LIMIT / eps("float64"), worst)


def _hyper(form: Form) -> dict[str, Any]:
    return {**given(form.statement.state), **form.small.hyper}


def _error(got: Any, expected: Any) -> float:
    error = np.max(np.abs(np.asarray(got) - expected) / np.maximum(1.0, np.abs(expected)))
    return float("inf") if np.isnan(error) else float(error)


def _points(form: Form, problem: Problem) -> Iterator[tuple[Any, Any, Mapping[str, Any], bool]]:
    """Networks, x and noise; and whether a bound is tight there."""
    if form.statement.name.startswith("fgan"):
        for nets, tight in discrete(form.statement.name, SimpleNamespace(**_hyper(form))):
            yield nets, ROWS_P, {"z": ROWS_Q}, tight
        return
    for factor in FACTORS:
        weights = {
            role: {name: a * factor for name, a in tensors.items()} if role in CRITICS else tensors
            for role, tensors in problem.weights.items()
        }
        nets = oracle.networks(problem.networks, weights, training=True)
        yield Named({**vars(nets), "held": nets}), problem.x, problem.noise, False


def _moved(stated: ReferenceMethod, player: str, name: str, after: Term, names: Names) -> float:
    (bound,) = stated.players[player].clip.values()
    weights = np.linspace(-3 * bound, 3 * bound, 13)
    return _error(after({**names, name: weights}), np.clip(weights, -bound, bound))


def _laws(form: Form, stated: ReferenceMethod, line: Formula) -> Iterator[str]:
    """What a card says of a draw and is not so."""
    draws = form.statement.card.drawn
    for name, law in line.laws.items():
        if name not in draws:
            yield f"{name} is said to be drawn of {law}, and nothing is"
        if draws.get(name, law) == law:
            continue
        random, expected = generator("card", law), stated.noise[draws[name]](generator("card", law), 4, 0)
        got = drawn(law, random, expected.shape)
        if not np.array_equal(got, expected):
            yield f"{name} has another law than {law}"


def constants(form: Form, session: Session) -> Finding:
    """Its conventions: defaults against those stated, other numbers one by one, and equations letter by letter."""
    card, reading = form.method().card, form.statement.card
    assert card is not None
    hyper = given(form.statement.state)
    mistakes = list(conventions.wrong(card.conventions, reading.letters, hyper, form.stated()))
    got = conventions.elsewhere(card.conventions)
    if got != list(reading.numbers):
        mistakes.append(f"numbers {got} beside the defaults, not {list(reading.numbers)}")
    mistakes += [f"not stated: {said}" for said in conventions.unstated(card.conventions, reading.words)]
    mistakes += [f"nothing says {words!r}" for words in reading.words if words not in card.conventions]
    return only_if(not mistakes, "; ".join(mistakes))
