"""The problems of methods: every form of a statement, and the compositions, with small networks."""

from collections.abc import Iterator

from diptych import Method
from diptych_conformance.core.architectures import AXES, FLAT
from diptych_conformance.core.problem import BATCH, Problem, make_problem
from diptych_conformance.references.methods import STATEMENTS
from diptych_conformance.references.statement import Composition, Form, ReferenceMethod

# Between them every way an objective is built: a game, a slope inside a loss, pairs of samples, a likelihood with a
# closed-form penalty, a penalty on codes. Scope `quick` runs these; `standard` runs them on every architecture.
CORE = ("ns-gan", "wgan-gp", "gmmn", "vae", "wae-mmd")


def whole_forms() -> Iterator[Form]:
    """Those that climb every level, the defaults of a method before its variants."""
    for name in STATEMENTS:
        yield from whole(name)


def whole(name: str) -> list[Form]:
    """Of the method of that name."""
    return [form for form in STATEMENTS[name].forms.values() if form.whole]


def others(name: str) -> list[Form]:
    """Of which the loss, its gradient and what a method fixes are looked at."""
    return [form for form in STATEMENTS[name].forms.values() if not form.whole]


def of_form(form: Form, architecture: str, seed: int, rows: int = BATCH) -> Problem:
    small = form.small
    return make_problem(form.name, small.method(), architecture, seed, small.stated().losses, rows)


def of_name(name: str, architecture: str, seed: int, rows: int, dtype: str) -> Problem:
    """`of_form`, of the form of this name, in numbers that `dtype` holds: what a process can be told to make."""
    (form,) = (form for form in whole_forms() if form.name == name)
    return of_form(form, architecture, seed, rows).rounded(dtype)


def of_composition(made: Composition, seed: int) -> Problem:
    return make_problem(made.name, made.method(), "dense", seed, made.stated.losses)


def of_axes(variant: str, method: Method, stated: ReferenceMethod, seed: int, rows: int = BATCH) -> Problem:
    """Of events of two axes; but codes that are joined to data, or given by their moments, are flat."""
    flat = any(
        "latent" in role.inputs[1:] or "moments" in (*role.inputs, role.output) for role in method.roles.values()
    )
    return make_problem(variant, method, FLAT if flat else AXES, seed, stated.losses, rows)
