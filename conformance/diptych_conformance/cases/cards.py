"""Level 4, of the spec alone: what a method's card says, as numbers."""

from collections.abc import Collection, Iterator
from functools import partial
from inspect import signature

from diptych_conformance.cases.problems import of_form
from diptych_conformance.checks import cards
from diptych_conformance.core.case import Case
from diptych_conformance.references.methods import STATEMENTS
from diptych_conformance.references.statement import Form, Statement


def cases(seed: int, methods: Collection[str] = ()) -> Iterator[Case]:
    """Of these methods, of all where none is named."""
    for name, statement in STATEMENTS.items():
        if methods and name not in methods:
            continue
        plain, *_ = statement.forms.values()
        make_one = partial(Case, "objectives", leg="value", method=name, needs=plain.method().needs, of_spec=True)
        run = partial(cards.constants, plain)
        yield make_one(f"{name}/settings", run=run, check="conventions")
        for form in _unlike(statement):
            run = partial(cards.formulas, form, of_form(form, "dense", seed))
            yield make_one(f"{form.name}/settings", run=run, check="card")


def _unlike(statement: Statement) -> Iterator[Form]:
    """The forms whose cards are to say different numbers. Instance noise stands in no formula: it is left out."""
    seen = set()
    for form in statement.forms.values():
        if "smoothing" in signature(statement.state).parameters:
            form = form.but_for(smoothing=0.0)
        stated, card = form.stated(), form.method().card
        assert card is not None
        letters = tuple(form.method().hyper[name] for name in statement.card.letters.values())
        key = (*card.formula.items(), letters, *stated.noise, stated.domain, *stated.sizes.items())
        if key not in seen:
            seen.add(key)
            yield form
