"""What is measured of models: of every kind of encoder and of likelihood, and of one whose log p(x) is known."""

from collections.abc import Iterator
from functools import partial
from itertools import product

from diptych_conformance.cases.problems import whole_forms
from diptych_conformance.checks import measured
from diptych_conformance.core.case import DTYPES, Case


def cases() -> Iterator[Case]:
    for form, dtype in product(whole_forms(), DTYPES):
        make = partial(
            Case, "metrics", leg="value", dtype=dtype, method=form.statement.name, needs=form.method().needs
        )
        stated = form.stated()
        if stated.encode:
            yield make(f"{form.name}/codes", run=partial(measured.codes, form, dtype))
        if stated.bound:
            yield make(f"{form.name}/likelihoods", run=partial(measured.likelihoods, form, dtype))
    yield Case("metrics", "bounds by annealing", "value", measured.annealed, method="vae")
