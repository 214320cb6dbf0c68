"""Level 4: every method's players: loss, gradients, and what must hold of any objective; then its settings."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import product

from diptych import Method
from diptych.protocol import Capability
from diptych_conformance.cases.problems import CORE, of_axes, of_composition, of_form, others, whole
from diptych_conformance.checks import edges, legs, shown, statements
from diptych_conformance.checks.target import Target
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Problem
from diptych_conformance.core.session import Session
from diptych_conformance.references.compositions import COMPOSITIONS
from diptych_conformance.references.methods import STATEMENTS
from diptych_conformance.references.statement import ReferenceMethod

Check = Callable[[Target, Session], Finding]
NORMED = ("dense", "conv", "batchnorm", "batchnorm conv")  # a norm is one whatever the method
ALWAYS: tuple[tuple[str, str, Check], ...] = (("value", "", legs.value), ("gradient", "", legs.gradient))
EAGER: tuple[tuple[str, str, Check], ...] = (
    ("exactness", "repeat", legs.repeat),
    ("exactness", "order", legs.order),
    ("exactness", "ownership", legs.ownership),
)
EDGES: tuple[tuple[str, str, Check], ...] = (
    ("exactness", "high", partial(edges.far, 1.0)),
    ("exactness", "low", partial(edges.far, -1.0)),
    ("exactness", "flat", edges.flat),
    ("exactness", "steep", edges.steep),
    ("exactness", "coincident", edges.coincident),
)


def cases(seed: int, methods: Collection[str] = ()) -> Iterator[Case]:
    """Of these methods, of all where none is named."""
    for name in STATEMENTS:
        if methods and name not in methods:
            continue
        dense = {form.name: of_form(form, "dense", seed) for form in STATEMENTS[name].forms.values()}
        yield from _objectives(name, dense, seed)
        for form in others(name):
            yield from _alone(name, dense[form.name])
        yield from _fixed(name, dense, seed)
        for form in (form.small for form in STATEMENTS[name].forms.values()):
            yield from _shaped(name, form.name, form.method(), form.stated(), seed, form.whole)
        for made in (made for made in COMPOSITIONS if made.near == name):
            yield from _alone(name, of_composition(made, seed))
            yield from _shaped(name, made.name, made.method(), made.stated, seed, True)
            yield from _stated(made.name, made.method, made.stated, "", made.near, seed)
            yield _recorded(of_composition(made, seed), made.near)


def _objectives(name: str, dense: Mapping[str, Problem], seed: int) -> Iterator[Case]:
    for form in whole(name):
        for architecture in NORMED if form.name == "ns-gan" else NORMED[:2]:
            problem = dense[form.name] if architecture == "dense" else of_form(form, architecture, seed)
            for dtype in DTYPES:
                rounded = problem.rounded(dtype)
                for player in problem.method.players:
                    for execution in EXECUTIONS:
                        target = Target(form.name, rounded, player, dtype, execution)
                        yield from _cases(name, architecture, target)


def _alone(name: str, problem: Problem) -> Iterator[Case]:
    """The loss and its gradient, eager, in float64."""
    for player in problem.method.players:
        variant = problem.key.partition("/")[0]
        target, subject = Target(variant, problem, player, "float64"), f"{variant}/{player.name}/dense"
        needs = problem.method.needs
        make_one = partial(Case, "objectives", subject, method=name, player=player.name, needs=needs)
        yield make_one("value", partial(legs.formula, target), check="formula")
        yield make_one("gradient", partial(legs.gradient, target))
        yield make_one("gradient", partial(legs.stated_slopes, target), check="formula")


def _shaped(
    name: str, variant: str, method: Method, stated: ReferenceMethod, seed: int, one_row: bool
) -> Iterator[Case]:
    """The losses of events of two axes, what is shown of them, and the losses of a single sample."""
    made = partial(Case, "objectives", leg="value", check="formula", method=name, needs=method.needs)
    problem = of_axes(variant, method, stated, seed)
    for player in method.players:
        target = Target(variant, problem, player, "float64")
        run = partial(legs.formula, target)
        yield made(f"{variant}/{player.name}/two axes", run=run, player=player.name)
    yield made(f"{variant}/two axes/generate", run=partial(shown.generate, problem, stated, "float64"))
    if stated.reconstruct:
        run = partial(shown.reconstruct, problem, stated, "float64")
        yield made(f"{variant}/two axes/reconstruct", run=run)
    if stated.encode:
        yield made(f"{variant}/two axes/encode", run=partial(shown.encode, problem, stated, "float64"))
    if stated.draw_codes:
        run = partial(shown.draw_codes, problem, stated, "float64")
        yield made(f"{variant}/two axes/draw_codes", run=run)
    if one_row:
        alone = of_axes(variant, method, stated, seed, rows=1)
        for player in method.players:
            run = partial(legs.one_row, Target(variant, alone, player, "float64"))
            yield made(f"{variant}/{player.name}/one row", run=run, player=player.name)


def _fixed(name: str, dense: Mapping[str, Problem], seed: int) -> Iterator[Case]:
    """What a method fixes besides its losses, and its samples and codes."""
    for form in STATEMENTS[name].forms.values():
        yield from _stated(form.name, form.method, form.stated(), name, name, seed)
        needs = dense[form.name].method.needs
        yield _of_spec(form.name, "defaults", partial(statements.defaults, form), name, needs)
        yield _recorded(dense[form.name], name)
    for form, dtype in product(STATEMENTS[name].forms.values(), DTYPES):
        problem = dense[form.name].rounded(dtype)
        method, stated, subject = problem.method, form.small.stated(), form.name
        make_one = partial(Case, "objectives", leg="value", check="formula", dtype=dtype, method=name)
        make_one = partial(make_one, needs=method.needs)
        yield make_one(f"{subject}/generate", run=partial(shown.generate, problem, stated, dtype))
        if stated.reconstruct:
            yield make_one(f"{subject}/reconstruct", run=partial(shown.reconstruct, problem, stated, dtype))
        if stated.encode:
            yield make_one(f"{subject}/encode", run=partial(shown.encode, problem, stated, dtype))
        if stated.draw_codes:
            yield make_one(f"{subject}/draw_codes", run=partial(shown.draw_codes, problem, stated, dtype))
        if stated.simulate:
            yield make_one(f"{subject}/simulate", run=partial(shown.simulate, problem, stated, dtype))
        if stated.gate:
            yield make_one(f"{subject}/gate", run=partial(statements.gate, form.small, problem, dtype))


def _stated(
    subject: str, make: Callable[[], Method], stated: ReferenceMethod, name: str, method: str, seed: int
) -> Iterator[Case]:
    """Of the spec alone; `name` is what it is called where it has a name."""
    needs = make().needs
    yield _of_spec(subject, "players", partial(statements.players, make, stated, name), method, needs)
    yield _of_spec(subject, "noise", partial(statements.noise, make, stated, seed), method, needs)


def _recorded(problem: Problem, method: str) -> Case:
    """Of the spec alone: its record, as a run's folder has it."""
    variant = problem.key.partition("/")[0]
    return _of_spec(variant, "record", partial(statements.recorded, problem), method, problem.method.needs)


def _of_spec(
    subject: str, check: str, run: Callable[[Session], Finding], method: str, needs: frozenset[Capability]
) -> Case:
    return Case(
        "objectives",
        f"{subject}/settings",
        "value",
        run,
        check=check,
        method=method,
        needs=needs,
        of_spec=True,
    )


def _cases(method: str, architecture: str, target: Target) -> Iterator[Case]:
    for leg, check, run in _checks(architecture, target):
        yield Case(
            "objectives",
            f"{target.variant}/{target.player.name}/{architecture}",
            leg,
            partial(run, target),
            check=check,
            dtype=target.dtype,
            execution=target.execution,
            method=method,
            player=target.player.name,
            needs=target.problem.method.needs,
        )


def _checks(architecture: str, target: Target) -> Iterator[tuple[str, str, Check]]:
    yield from ALWAYS
    if target.execution != "eager":
        yield "execution", "", legs.execution
        if target.dtype == "float64" and target.variant in CORE and "conv" not in architecture:
            yield "execution", "again", legs.again
        return
    yield "value", "formula", legs.formula
    if target.dtype == "float64":
        yield "gradient", "formula", legs.stated_slopes
    yield from EAGER
    if not any(network.has_batch_norm for network in target.problem.networks.values()):
        has_critic = any(role.output == "scalar" for role in target.problem.method.roles.values())
        yield from (
            edge for edge in EDGES if has_critic or edge[1] != "steep"
        )  # batch norm divides by the spread of the batch: rounding errors too, where there is none
