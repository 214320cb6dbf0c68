"""What is measured of models: of every kind of encoder and of likelihood, and of one whose log p(x) is known."""

from collections.abc import Iterator
from functools import partial

from diptych_conformance.cases.problems import whole_forms
from diptych_conformance.checks import measured
from diptych_conformance.core.case import Case


def cases() -> Iterator[Case]:
    for form in whole_forms():
        make = partial(Case, "metrics", method=form.statement.name, needs=form.method().needs)
        stated = form.stated()
        if stated.encode:
            yield make(f"{form.name}/codes", "value", partial(measured.codes, form))
        if stated.bound:
            yield make(f"{form.name}/likelihoods", "value", partial(measured.likelihoods, form))
    yield Case("metrics", "bounds by annealing", "value", measured.annealed, method="vae")
