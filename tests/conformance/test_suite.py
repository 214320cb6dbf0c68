"""What the suite says of backends that are healthy, partial, declared, broken or absent."""

import re
from pathlib import Path

import pytest

from diptych import CATALOGUE, make
from diptych.protocol import Capability
from diptych_conformance import LEGS, LEVELS, Case, Record, Result, Scope, Selection, Status, all_cases, run
from diptych_conformance.cases.networks import ORDER, SOME
from diptych_conformance.cases.networks.stacks import stacks
from diptych_conformance.cases.problems import CORE, whole_forms
from diptych_conformance.cases.rounds import CUT, OWN_RULES, SET
from diptych_conformance.checks.training import FLOAT32
from diptych_conformance.core.case import DTYPES, EXECUTIONS
from diptych_conformance.running.deviations import parse

from . import toy

OF_THE_SPEC = ("defaults", "limits", "schedule")  # checks that ask nothing of a backend
ONE = "objectives/ns-gan/critic/dense/float64/eager"
DEVIATION = '[[deviation]]\nkind = "notyet"\nreason = "x"\ndate = 2026-11-22\n'
A_CASE = f'{DEVIATION}case = "a"\n'
# What a complex step cannot know: corners.
CORNERS = """
[[deviation]]
case = "primitives/*corner"
kind = "never"
reason = "a complex step has no subgradients"
date = 2026-11-22
"""


def ns_gan(backend: toy.Toy, scope: Scope = Scope.QUICK, **more: object) -> Result:
    selection = Selection(
        scope, levels=("objectives",), methods=("ns-gan",), dtypes=("float64",), executions=("eager",)
    )
    return run(backend, selection, **more)  # type: ignore[arg-type]


def by_status(result: Result, status: Status) -> list[Record]:
    return [record for record in result.records if record.status is status]


def test_ids_are_unique_and_say_level_and_leg() -> None:
    cases = list(all_cases())
    assert len({case.id for case in cases}) == len(cases)
    assert {case.level for case in cases} == set(LEVELS)
    assert {case.leg for case in cases} == set(LEGS)
    assert list(dict.fromkeys(case.level for case in cases)) == list(LEVELS)  # climbed in order


@pytest.mark.parametrize(
    ("levels", "methods"), [(("objectives",), ("vae", "ns-gan")), ((), ("wgan-gp",)), (("rounds", "terms"), ())]
)
def test_narrowed_cases_are_those_of_all_in_their_order(levels: tuple[str, ...], methods: tuple[str, ...]) -> None:
    """Made without the others."""
    narrowed = [
        case.id
        for case in all_cases()
        if (not levels or case.level in levels) and (not methods or case.method in methods)
    ]
    assert [case.id for case in all_cases(levels=levels, methods=methods)] == narrowed
    assert narrowed


def named(case: Case) -> bool:
    """Of a player, and not of a form that is there for its loss alone."""
    return bool(case.player) and case.subject.partition("/")[0] in {form.name for form in whole_forms()}


@pytest.mark.parametrize("scope", Scope)
def test_every_player_has_every_leg(scope: Scope) -> None:
    """`quick` leaves out what is not a core method, and most of what is compiled."""
    names, legs = (CORE, set(LEGS) - {"execution"}) if scope is Scope.QUICK else (CATALOGUE, set(LEGS))
    found: dict[tuple[str, str], set[str]] = {}
    for case in Selection(scope, levels=("objectives",), dtypes=("float64",)).cases():
        if named(case):
            found.setdefault((case.method, case.player), set()).add(case.leg)
    assert found.keys() >= {(name, player.name) for name in names for player in make(name).players}
    assert all(own >= legs for own in found.values())


def test_standard_compiles_every_player_by_default_and_a_game_and_a_slope_on_convolutions_too() -> None:
    """A slope of convolutions is what compilers have failed at; other forms of a method are compiled in `full`."""
    cases = [case for case in all_cases() if case.level == "objectives" and named(case)]
    compiled = [case for case in cases if Selection(Scope.STANDARD, executions=("compiled",)).takes(case)]

    def on(suffix: str, dtype: str) -> set[str]:
        ours = (case for case in compiled if case.dtype == dtype and case.subject.endswith(suffix))
        return {case.subject.removesuffix(suffix) for case in ours}

    def players(*names: str) -> set[str]:
        return {f"{name}/{player.name}" for name in names for player in make(name).players}

    alone = {"wae-gan-pretrained/pretraining"}  # a player whom no method has by default
    assert on("/dense", "float64") == players(*CATALOGUE) | alone
    assert on("/conv", "float32") == players("ns-gan", "wgan-gp")


def test_standard_compiles_a_layer_of_every_kind() -> None:
    stacked = stacks()
    assert {type(layer) for name in SOME for layer in stacked[name][1]} == set(ORDER)


def test_standard_trains_core_methods_in_float32_and_restores_in_every_execution() -> None:
    selection = Selection(Scope.STANDARD, levels=("rounds", "runs"))
    found: dict[tuple[str, str, str], set[str]] = {}
    for case in selection.cases():
        found.setdefault((case.dtype, case.execution, case.check), set()).add(case.subject.partition("/")[0])
    others = {subject for subject, _ in FLOAT32}
    assert found["float32", "eager", "resume"] == {*CORE, *others, *SET, *CUT}
    assert found["float32", "eager", "trajectory"] == {*CORE, *others, *SET, *CUT, OWN_RULES}
    assert found["float32", "compiled", "resume"] == found["float32", "compiled", "trajectory"] == {"ns-gan"}
    for execution in EXECUTIONS:
        for check in ("resume", "continued", "rewound", "buffers"):
            assert found["float64", execution, check], (execution, check)


def test_a_healthy_backend_conforms() -> None:
    result = ns_gan(toy.Toy())
    assert result.conformant
    assert {record.status for record in result.records} == {Status.PASSED}
    assert len(result.records) == 66


@pytest.mark.parametrize(
    ("backend", "status", "detail"),
    [
        (toy.Raises(), Status.ERROR, "RuntimeError: out of memory"),
        (toy.GivesNan(), Status.FAILED, "got nan, expected "),
        (toy.WrongDtype(), Status.FAILED, "float32"),
        (toy.WrongShape(), Status.FAILED, "not float64 ("),
        (toy.ArrayLoss(), Status.FAILED, "not a float"),
        (toy.Mutates(), Status.FAILED, "changed the batch and noise"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, toy.Toy) else "",
)
def test_a_broken_backend_fails_each_case_and_the_run_goes_on(
    backend: toy.Toy, status: Status, detail: str
) -> None:
    result = ns_gan(backend)
    assert not result.conformant
    assert len(result.records) == 66
    values = [record for record in result.records if record.id == f"{ONE}/value"]
    assert [record.status for record in values] == [status]
    assert detail in values[0].detail


@pytest.mark.parametrize("backend", [toy.WrongDtype(), toy.WrongShape()], ids=["dtype", "shape"])
def test_calls_are_checked_too(backend: toy.Toy) -> None:
    result = run(backend, Selection(Scope.QUICK, levels=("terms",), dtypes=("float64",)))
    values = [record for record in result.records if record.leg == "value" and not record.id.endswith(OF_THE_SPEC)]
    assert all(record.status is Status.FAILED for record in values)


def test_what_is_wrong_is_said_in_numbers_and_shapes() -> None:
    records = {record.id: record for record in ns_gan(toy.Doubled()).records}
    loss = re.fullmatch(r"got (\S+), expected (\S+)", records[f"{ONE}/value"].detail)
    assert loss
    assert float(loss[1]) == pytest.approx(2 * float(loss[2]), rel=1e-3)
    result = run(toy.Column(), Selection(Scope.QUICK, levels=("primitives",), dtypes=("float64",)))
    details = {record.id: record.detail for record in result.records}
    assert details["primitives/flatten/float64/eager/value"] == "shape (5, 6, 1), not (5, 6)"
    assert details["primitives/flatten/float64/eager/gradient"] == "by x: shape (5, 3, 2, 1), not (5, 3, 2)"


def test_what_needs_an_unclaimed_capability_is_counted_apart() -> None:
    result = run(toy.Toy(Capability.FLOAT64), Selection(Scope.QUICK, levels=("objectives",), methods=("wgan-gp",)))
    assert result.records
    assert {record.status for record in result.records} == {Status.NOT_APPLICABLE, Status.FAILED}
    (nothing,) = by_status(result, Status.FAILED)
    assert nothing.id == "suite/cases"  # and a run of nothing does not conform
    assert not result.conformant


def test_no_case_at_all_does_not_conform() -> None:
    result = run(toy.Toy(), Selection(Scope.QUICK, levels=("rounds",), methods=("gmmn",)))
    assert [record.id for record in result.records] == ["suite/cases"]
    assert not result.conformant


def test_a_claimed_capability_that_no_case_exercised_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    from diptych_conformance.running import suite

    few = [case for case in all_cases() if case.id.startswith(f"{ONE}/value")]
    monkeypatch.setattr(suite, "all_cases", lambda *narrowed: iter(few))
    result = run(toy.Toy(Capability.FLOAT64, Capability.XLA), Selection(Scope.QUICK))
    assert [record.id for record in result.bad] == ["suite/xla"]
    assert run(toy.Toy(Capability.FLOAT64), Selection(Scope.QUICK)).conformant


@pytest.mark.parametrize("dtype", DTYPES)
def test_quick_has_cases_for_whoever_claims_a_dtype_and_one_capability(dtype: str) -> None:
    cases = [case for case in Selection(Scope.QUICK).cases() if not case.of_spec]
    for capability in frozenset(Capability) - set(DTYPES):
        claimed = {Capability(dtype), capability}
        assert any(case.exercises == claimed for case in cases), capability
    own = {"replicas"}  # a level that is a capability's
    assert {case.level for case in cases if case.exercises == {dtype}} == set(LEVELS) - own


@pytest.mark.parametrize("scope", [Scope.QUICK, Scope.STANDARD])
def test_a_port_without_float64_meets_every_leg_that_asks_for_no_more(scope: Scope) -> None:
    """Not differences, of numbers too coarse for them."""
    found: dict[str, dict[str, set[str]]] = {dtype: {} for dtype in DTYPES}
    for case in Selection(scope, executions=("eager",)).cases():
        if not case.of_spec and case.exercises == {case.dtype}:
            found[case.dtype].setdefault(case.level, set()).add(f"{case.leg}.{case.check}".strip("."))
    double = {"gradient.differences", "gradient.formula"}
    for level, legs in found["float64"].items():
        assert legs - double - found["float32"][level] == set(), level


VOCABULARY = ("stated", "carried", "padding", "tensors", "architecture")


def test_cases_of_the_spec_alone_count_for_no_capability() -> None:
    spec = [case for case in all_cases() if case.of_spec]
    named = {
        "defaults",
        "limits",
        "players",
        "noise",
        "card",
        "conventions",
        "schedule",
        "handed",
        "lacking",
        "learning",
        "refused",
        "refused state",
        "other rules",
        "record",
        "resumed",
        "told apart",
        "warning",
        *VOCABULARY,
    }
    assert {case.check for case in spec} == named
    assert all(case.exercises <= {Capability.DOUBLE_BACKWARD} for case in spec)
    settings = Selection(Scope.QUICK, levels=("objectives",), methods=("sinkhorn",))
    (*records, nothing) = run(toy.Toy(), settings).records
    assert {record.status for record in records} == {Status.PASSED}
    assert nothing.id == "suite/cases"


def test_a_declared_failure_is_a_deviation_and_a_declared_pass_fails(tmp_path: Path) -> None:
    file = tmp_path / "deviations.toml"
    file.write_text(CORNERS)
    result = run(toy.Toy(), Selection(Scope.QUICK, levels=("primitives",), dtypes=("float64",)), deviations=file)
    declared = by_status(result, Status.DEVIATION)
    assert "primitives/relu/float64/eager/value.corner" in {record.id for record in declared}
    assert all("never, 2026-11-22: a complex step" in record.detail for record in declared)
    # off_diagonal has no corner that a complex step misses, so declaring it is itself a failure.
    unexpected = by_status(result, Status.UNEXPECTED_PASS)
    assert "primitives/off_diagonal/float64/eager/value.corner" in {record.id for record in unexpected}
    assert not result.conformant


def test_exact_declarations_conform(tmp_path: Path) -> None:
    names = (
        "sqrt",
        "relu",
        "absolute",
        "maximum at a tie",
        "clip",
        "softplus_tail",
        "xlogy by x",
        "xlogy of equals",
        "standard_deviation of huge numbers",  # whose squares no complex number holds
    )
    entry = f'{DEVIATION}case = "primitives/{{}}/float64/eager/value.corner"\n'
    file = tmp_path / "deviations.toml"
    file.write_text("".join(entry.format(name) for name in names))
    result = run(
        toy.Toy(),
        Selection(Scope.QUICK, levels=("primitives",), dtypes=("float64",), executions=("eager",)),
        deviations=file,
    )
    assert result.conformant, result.bad
    assert len(by_status(result, Status.DEVIATION)) == len(names)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (A_CASE.replace("notyet", "later"), "entry 1: kind must be one of notimpl, notyet, never"),
        (A_CASE.replace('reason = "x"', ""), "missing ['reason']"),
        (A_CASE.replace("date = 2026-11-22", ""), "missing ['date']"),
        (A_CASE.replace('"x"', '" "'), "needs a reason"),
        (A_CASE.replace('"x"', "3"), "reason must be a string, got 3"),
        (A_CASE.replace("2026-11-22", '"2026-11-22"'), "date must be a date, such as 2026-11-22, without quotes"),
        (A_CASE.replace("2026-11-22", "2026-11-22T10:00:00"), "date must be a date"),
        (A_CASE + 'why = "y"', "unknown ['why']"),
        (A_CASE + A_CASE.replace("notyet", "later"), "entry 2: kind"),
        (A_CASE.replace("[[deviation]]", "[deviation]"), "write [[deviation]]"),
        ('deviation = "a"', "write [[deviation]]"),
        ('deviation = ["a", "b"]', "write [[deviation]]"),
        ("[deviations]\n", "unknown table"),
        ("case =", "deviations.toml"),
    ],
)
def test_a_wrong_deviations_file_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"deviations\.toml") as refusal:
        parse(text)
    assert complaint in str(refusal.value)


def test_a_deviation_says_of_itself_what_it_is_and_of_when() -> None:
    (plain,), (linked,) = parse(A_CASE), parse(A_CASE + 'link = "https://there"\n')
    assert str(plain) == "notyet, 2026-11-22: x"
    assert str(linked) == "notyet, 2026-11-22: x (https://there)"


def test_a_deviation_of_cases_that_do_not_apply_is_stale_and_refused(tmp_path: Path) -> None:
    file = tmp_path / "deviations.toml"
    file.write_text(f'{DEVIATION}case = "objectives/ns-gan/*/float32/*"')
    with pytest.raises(ValueError, match=r"float32/\*' is stale, it excuses nothing: .* does not claim .*float32"):
        ns_gan(toy.Toy(), deviations=file)


def test_a_deviation_that_names_no_case_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "deviations.toml"
    file.write_text(f'{DEVIATION}case = "objectives/ns-gam/*"')
    with pytest.raises(ValueError, match="no case is named 'objectives/ns-gam/\\*'"):
        ns_gan(toy.Toy(), deviations=file)
    with pytest.raises(ValueError, match=r"absent\.toml"):
        ns_gan(toy.Toy(), deviations=tmp_path / "absent.toml")
