r"""The LaTeX that formulas of cards are written in, read as terms: a small, strict grammar.

Juxtaposed factors are multiplied; a name before brackets that stands for a function is applied. ``\mathbb{E}``,
``\sum``, ``\int`` and a ``\log`` without brackets take the whole product that follows.
"""

import re
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from diptych_conformance.references.cards.tokens import ENDS, SEPARATORS, Cursor
from diptych_conformance.references.cards.values import FUNCTIONS, Names, Term, applied, dot, found, gradient, mean


def term(tokens: list[str]) -> Term:
    """The tokens as one term. ValueError for what the grammar does not have."""
    reader = Reader(tokens)
    read = reader.sum()
    if reader.at < len(tokens):
        raise ValueError(f"cannot read {' '.join(tokens[reader.at :])} in {' '.join(tokens)}")
    return read


class Reader(Cursor):
    """Each method gives the term of the tokens that it has taken."""

    def inside(self, opening: str, closing: str) -> Term:
        self.must(opening)
        term = self.sum()
        self.must(closing)
        return term

    def sum(self) -> Term:
        signs, terms = [-1 if self.take("-") else 1], [self.product()]
        while sign := self.take("+", "-"):
            signs.append(1 if sign == "+" else -1)
            terms.append(self.product())
        if terms[1:] or signs[0] < 0:
            return lambda names: reduce(np.add, [s * t(names) for s, t in zip(signs, terms, strict=True)])
        return terms[0]

    def product(self) -> Term:
        term = self.factor()
        while self.peek() and self.peek() not in ENDS:
            if self.take("/"):
                term = _both(term, self.factor(), np.divide)
            elif self.take(r"\circ"):
                term = _both(term, self.factor(), lambda f, g: lambda *x: f(g(*x)))
            else:
                term = _both(term, self.factor(), np.multiply)
        return term

    def factor(self) -> Term:
        term = self.atom()
        while self.take("^"):
            term = _both(term, self.group(), np.power)
        return term

    def group(self) -> Term:
        """The term in braces, or of one token."""
        return self.inside("{", "}") if self.peek() == "{" else self.plain()

    def plain(self) -> Term:
        if re.match(r"\d", self.peek()):
            number = float(self.take())
            return lambda names: number
        name = self.name()
        return lambda names: found(names, name)

    def arguments(self) -> list[Term]:
        self.must("(")
        terms = [self.sum()]
        while self.take(*SEPARATORS):
            terms.append(self.sum())
        self.must(")")
        return terms

    def atom(self) -> Term:
        token = self.peek()
        if token in ("(", "["):
            return self.inside(token, {"(": ")", "[": "]"}[token])
        match token:
            case r"\mathbb{E}":
                return self.expectation()
            case r"\sum":
                return self.sum_over()
            case r"\int":
                self.take()
                body = self.product()
                return lambda names: np.sum(body(names), axis=0, keepdims=True)
            case r"\frac":
                self.take()
                return _both(self.inside("{", "}"), self.inside("{", "}"), np.divide)
            case r"\sqrt":
                self.take()
                root = self.inside("{", "}")
                return lambda names: np.sqrt(root(names))
            case r"\overline":
                self.take()
                entries = self.inside("{", "}")
                return lambda names: np.mean(entries(names)).reshape(1)
            case r"\nabla":
                self.take()
                f, at = self.name(), self.arguments()[0]
                return lambda names: gradient(found(names, f), at(names))
            case r"\lVert":
                vector = self.inside(token, r"\rVert")
                if self.take("_"):
                    self.must("2")
                return lambda names: np.sqrt(dot(vector(names), vector(names)))
            case r"\langle":
                return self.inner()
            case "|":
                term = self.inside("|", "|")
                return lambda names: np.abs(term(names))
            case "e" if self.peek(1) == "^":
                self.must("e", "^")
                exponent = self.group()
                return lambda names: np.exp(exponent(names))
        if token in FUNCTIONS:
            return self.applied()
        term = self.plain()
        if self.peek() != "(":
            return term
        arguments = self.arguments()
        return lambda names: applied(term(names), names, [a(names) for a in arguments])

    def applied(self) -> Term:
        """A function of the grammar, applied to the brackets or to the product that follows."""
        f = FUNCTIONS[self.take()]
        arguments = self.arguments() if self.peek() == "(" else [self.product()]
        return lambda names: f(*(a(names) for a in arguments))

    def expectation(self) -> Term:
        """A mean over the batch; with an index, over the rows of what it names, one at a time."""
        self.take()
        name = self.take("_") and self.name()
        body = self.product()
        if not name:
            return lambda names: mean(body(names))
        return lambda names: np.mean([body({**names, name: row[None]}) for row in found(names, name)], axis=0)

    def sum_over(self) -> Term:
        """A sum from 1 to an end, or over the numbers that the index names."""
        self.take()
        self.must("_")
        braced = self.take("{")
        index, end = self.name(), ""
        if braced:
            self.must(*"=1}^{")
            end = self.name()
            self.must("}")
        body = self.product()

        def total(names: Names) -> Any:
            numbers = range(1, int(found(names, end)) + 1) if end else found(names, index)
            return reduce(np.add, [body({**names, index: number}) for number in numbers])

        return total

    def inner(self) -> Term:
        r"""<a, b>, a number a sample; ``_{(i)}`` is the i-th of them by size."""
        self.take()
        a = self.sum()
        self.must(",")
        b = self.sum()
        self.must(r"\rangle")
        if not self.take("_"):
            return lambda names: dot(a(names), b(names))
        self.must(*"{(")
        index = self.name()
        self.must(*")}")
        return lambda names: np.sort(dot(a(names), b(names)))[names[index] - 1].reshape(1)


def _both(a: Term, b: Term, f: Callable[[Any, Any], Any]) -> Term:
    return lambda names: f(a(names), b(names))
