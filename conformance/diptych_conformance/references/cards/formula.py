r"""A line of a card: clauses with commas between them.

The first is the loss, or a bound of it by ``\geq``. Then ``a = b`` defines or claims, ``a \sim N(0, I)`` says how a
is drawn, ``a \leftarrow b`` what becomes of it after a step.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diptych_conformance.references.cards.grammar import Reader, term
from diptych_conformance.references.cards.tokens import split, tokens
from diptych_conformance.references.cards.values import Defined, Term


@dataclass
class Formula:
    """One line, read. `claims`: a name, and sides that are to be equal."""

    loss: Term
    below: Term | None = None
    defined: dict[str, Defined] = field(default_factory=dict)
    claims: list[tuple[str, list[Term]]] = field(default_factory=list)
    laws: dict[str, str] = field(default_factory=dict)
    becomes: dict[str, Term] = field(default_factory=dict)


def read(latex: str) -> Formula:
    """The formula of a line. ValueError for what the grammar does not have."""
    loss, *clauses = split(tokens(latex), ",")
    sides = [term(side) for side in split(loss, r"\geq")]
    if len(sides) > 2:
        raise ValueError(f"more than one bound of a loss: {latex}")
    formula = Formula(sides[0], sides[1] if sides[1:] else None)
    for clause in clauses:
        if r"\sim" in clause:
            name, law = split(clause, r"\sim")
            formula.laws[Reader(name).name()] = "".join(law)
        elif r"\leftarrow" in clause:
            name, after = split(clause, r"\leftarrow")
            formula.becomes[Reader(name).name()] = term(after)
        else:
            _define(formula, *split(clause, "="))
    return formula


def _define(formula: Formula, left: list[str], *right: list[str]) -> None:
    if not right:
        raise ValueError(f"a clause that says nothing: {' '.join(left)}")
    reader = Reader(left)
    name = reader.name()
    parameters = tuple(Reader(p).name() for p in split(left[reader.at + 1 : -1], ",") if p)
    sides = [term(side) for side in right]
    formula.claims.append((name, [term(left), *sides]))
    formula.defined[name] = Defined(sides[-1], parameters, means=r"\mathbb{E}" in right[-1])


def drawn(law: str, random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """A draw of N(0, I) or U[a, b]. ValueError for another law."""
    if law == "N(0,I)":
        return random.standard_normal(shape)
    if ends := re.fullmatch(r"U\[(-?[\d.]+),(-?[\d.]+)\]", law):
        low, high = map(float, ends.groups())
        return low + (high - low) * random.random(shape)
    raise ValueError(f"{law} is no law of a card")
