"""Ports on their way: what is missing, what is declared to be, and what the suite says is next."""

import inspect
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from diptych.protocol import Backend, Capability, Trainer
from diptych_conformance import Record, Result, Scope, Selection, Status, run
from diptych_conformance.core.case import Case
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.observed import Observed, ObservedTrainer
from diptych_conformance.core.session import Session
from diptych_conformance.report import Terminal, read, write
from diptych_conformance.report.definitions import definitions
from diptych_conformance.report.guide import next_piece, remarks, said
from diptych_conformance.running.deviations import KINDS
from diptych_conformance.running.suite import run_case

from . import toy

OBJECTIVES = Selection(Scope.QUICK, ("objectives",), ("ns-gan",), ("float64",), ("eager",))
ONE = "objectives/ns-gan/critic/dense/float64/eager"


class WithoutTrainer(toy.Toy):
    name = "begun"

    def trainer(self, *args: Any, **settings: Any) -> Any:
        raise NotImplementedError("Backend.trainer: to be written")


class WithoutStep(toy.Toy):
    def trainer(self, *args: Any, **settings: Any) -> Any:
        return object.__new__(Motionless)


class Motionless:
    def step(self, *args: Any) -> Any:
        raise NotImplementedError


class Misspelt(toy.Toy):
    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        return self.gradients_of(*args)  # type: ignore[attr-defined]


def declared(folder: Path, kind: str, case: str = "*/exactness.ownership") -> Path:
    file = folder / "deviations.toml"
    words = f'case = "objectives/{case}"\nkind = "{kind}"\nreason = "no trainer"\ndate = 2026-11-22\n'
    file.write_text(f"[[deviation]]\n{words}")
    return file


@pytest.fixture(scope="module")
def begun() -> Result:
    return run(WithoutTrainer(), OBJECTIVES)


def missing(result: Result) -> list[Record]:
    return [record for record in result.records if record.status is Status.MISSING]


def test_what_is_not_implemented_is_missing_and_counted_apart(begun: Result) -> None:
    assert not begun.conformant
    assert begun.verdict == "not conformant"
    assert (begun.counts["missing"], begun.counts["error"], begun.counts["failed"]) == (len(missing(begun)), 0, 0)
    assert {record.id.rpartition("/")[2] for record in missing(begun)} == {"exactness.ownership"}
    assert begun.counts["passed"] == len(begun.records) - len(missing(begun)) > 0


def test_the_next_piece_names_method_networks_dtype_and_place_in_the_spec(begun: Result) -> None:
    text = next_piece(begun.records)
    first, *_ = missing(begun)
    assert text.startswith(
        f"next: {first.id}\n  missing   Backend.trainer: to be written [WithoutTrainer.trainer, "
    )
    assert "asked     Backend.trainer(method, nets, execution='eager')" in text
    assert "critic: (6,) -> () by Dense(units=5), Activation(name='tanh')" in text
    assert "tensors 0.kernel (6, 5), 0.bias (5,)" in text
    assert "diptych/protocol.py: Backend.trainer" in text
    assert "diptych/methods/presets/ns_gan.py: ns-gan" in text
    assert text.endswith(f"after it  {len(missing(begun)) - 1} more, of which {len(missing(begun)) - 1} missing")


def test_a_trainer_that_cannot_step_is_asked_to() -> None:
    result = run(WithoutStep(), OBJECTIVES)
    assert "asked     Trainer.step(('critic',), x, noise)\n            x float64 (6, 6)" in next_piece(
        result.records
    )
    assert "missing   [Motionless.step, " in next_piece(result.records)


def test_an_error_says_where_in_the_port_it_was_raised() -> None:
    result = run(Misspelt(), OBJECTIVES)
    first = result.bad[0]
    assert first.status is Status.ERROR
    assert first.detail.startswith("AttributeError: 'Misspelt' object has no attribute 'gradients_of' [Misspelt.")
    assert first.asked.startswith("Backend.value_and_grads(player, nets, x, noise, execution='eager')")


@pytest.mark.parametrize(("contract", "observed"), [(Backend, Observed), (Trainer, ObservedTrainer)])
def test_every_method_of_the_protocol_is_noted(contract: type, observed: type) -> None:
    methods = {name for name, f in vars(contract).items() if inspect.isfunction(f) and not name.startswith("_")}
    assert methods
    assert methods <= vars(observed).keys()


def test_what_was_asked_is_remembered_by_cases_that_share_an_answer() -> None:
    records = {record.id: record for record in run(toy.Doubled(), OBJECTIVES).records}
    shared = (f"{ONE}/value", f"{ONE}/value.formula")
    assert {records[name].status for name in shared} == {Status.FAILED}
    assert len({records[name].asked for name in shared}) == 1
    assert records[f"{ONE}/exactness.repeat"].asked == ""  # it passed


def test_a_case_that_asks_nothing_does_not_show_what_another_asked() -> None:
    def asks(session: Session) -> Finding:
        session.build({}, {}, "float64")
        return Finding(1.0, 0.0)

    session = Session(toy.Toy())
    first = run_case(Case("terms", "one", "value", asks), session)
    second = run_case(Case("terms", "two", "value", lambda session: Finding(1.0, 0.0)), session)
    assert (first.asked, second.asked) == ("Backend.build({}, {}, dtype='float64')", "")


@pytest.mark.parametrize(
    ("case", "more", "places"),
    [
        ("primitives/maximum at a tie/float64/eager/value.corner", {}, ["primitives.py: maximum"]),
        ("terms/mmd/float64/eager/value", {}, ["divergences/mmd.py: maximum_mean_discrepancy"]),
        ("terms/rbf_rows/float64/eager/value", {}, ["kernels.py: Kernel.rows, rbf"]),
        ("terms/l1_matrix/float64/eager/value", {}, ["costs.py: l1_distance"]),
        ("terms/f, its slope and its conjugate of KL/float64/eager/value", {}, ["divergences/f_table.py"]),
        ("terms/l1_distance/float64/eager/value.defaults", {}, ["costs.py: l1_distance"]),
        (
            "terms/kl_diagonal to gaussian/float64/compiled/execution",
            {"detail": "w2_diagonal by mean: got 2, expected 1 at (0, 0)"},
            ["divergences/gaussian.py: w2_diagonal"],
        ),
        (
            "terms/kl_diagonal to gaussian/float64/compiled/execution",
            {"detail": "RuntimeError: no kernel"},
            ["divergences/gaussian.py: kl_diagonal", "costs.py: gaussian_nll"],
        ),
    ],
)
def test_the_place_in_the_spec_is_that_of_what_the_case_runs(
    case: str, more: dict[str, Any], places: list[str]
) -> None:
    level, _, _, _, leg = case.split("/")
    record = Record(case, level, leg.partition(".")[0], Status.FAILED, **more)
    lines = next_piece([record]).splitlines()[2:]
    assert [line.split(maxsplit=1 if i == 0 else 0)[-1] for i, line in enumerate(lines)] == [
        f"diptych/{place}" for place in places
    ]


def test_every_function_has_a_place_in_the_spec() -> None:
    for case in Selection(Scope.STANDARD, ("primitives", "terms")).cases():
        if not case.id.endswith(("defaults", "limits")) and not case.subject.startswith("ops."):
            assert definitions(case.level, case.subject), case.id


class Halved(toy.Toy):
    """Whose `Ops.grad` gives half."""

    def call(self, f: Any, *args: Any, **settings: Any) -> Any:
        def halved(nets: Any, ops: Any, **inputs: Any) -> Any:
            grad = lambda g, x: ops.grad(g, x) / 2  # noqa: E731
            return f(nets, SimpleNamespace(xp=ops.xp, grad=grad, stop=ops.stop), **inputs)

        return super().call(halved, *args, **settings)


def test_a_wrong_derivative_leads_to_the_verb_that_gives_it() -> None:
    text = next_piece(run(Halved(), Selection(Scope.QUICK, ("primitives",), (), ("float64",), ("eager",))).records)
    assert text.startswith("next: primitives/flatten/float64/eager/gradient\n")
    assert "(by x: got 0.5, expected 1 at (0, 0, 0))" in text
    assert "defined   diptych/protocol.py: Backend.call, Ops.grad\n" in text


class Rounded(toy.Toy):
    """Whose gradients pass through float32."""

    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = super().value_and_grads(*args, **settings)
        return loss, {r: {name: np.float64(np.float32(a)) for name, a in own.items()} for r, own in grads.items()}


@pytest.mark.parametrize(
    ("backend", "said"), [(Rounded(), True), (toy.Doubled(), False)], ids=["rounded", "doubled"]
)
def test_errors_of_the_size_of_float32_are_said_to_be(backend: toy.Toy, said: bool) -> None:
    text = next_piece(run(backend, OBJECTIVES).records)
    assert ("\n  perhaps   computed in float32: " in text) == said
    first = next_piece(run(backend, replace(OBJECTIVES, first=True)).records)
    assert ("\n  perhaps   computed in float32: " in first) == said


class LateStep(toy.Toy):
    """Whose trainer moves the critic's first bias once too often, where the critic moves alone."""

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = super().trainer(*args, **settings)
        step = trainer.step

        def late(players: Any, x: Any, noise: Any, rates: Any = None) -> Any:
            losses = step(players, x, noise, rates)
            if players == ("critic",):
                trainer.weights["critic"]["0.bias"] += 1.0
            return losses

        trainer.step = late
        return trainer


def test_a_wrong_step_is_put_down_to_the_step_its_player_and_its_tensor() -> None:
    result = run(LateStep(), Selection(Scope.QUICK, ("rounds",), ("ns-gan",), ("float64",), ("eager",)))
    text = next_piece(result.records)
    assert re.search(r"Trainer\.step: weights of critic: 0\.bias: got \S+, expected \S+ at \(\d,\)\)", text), text
    assert "asked     Trainer.step(('critic',), x, noise)\n" in text
    assert "player 'critic': SGD(learning_rate=0.001)" in text
    assert "defined   diptych/protocol.py: Trainer.step\n" in text
    assert "diptych/optimizers.py: SGD" in text


class ColumnLosses(toy.Toy):
    """Whose steps give a loss a sample."""

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = super().trainer(*args, **settings)
        step = trainer.step
        trainer.step = lambda players, x, noise, rates=None: {
            p: np.full(1, loss) for p, loss in step(players, x, noise, rates).items()
        }
        return trainer


def test_the_losses_of_a_step_are_0_d() -> None:
    (wrong,) = run(ColumnLosses(), replace(OBJECTIVES, first=True)).bad
    assert wrong.detail == "Trainer.step gave a loss of shape (1,) for 'critic', not ()"
    assert wrong.asked.startswith("Trainer.step(('critic',), x, noise)")


def test_what_is_not_exercised_is_said_by_capability_and_level_and_what_quick_is_for(tmp_path: Path) -> None:
    result = run(toy.single(), Selection(Scope.QUICK, ("primitives", "objectives"), ("ns-gan",)))
    counts = Counter(
        (needed, case.level)
        for case in Selection(Scope.QUICK, ("primitives", "objectives"), ("ns-gan",)).cases()
        for needed in case.exercises - {"float32"}
    )
    lines = list(remarks(result))
    assert counts["float64", "objectives"] > 0
    for needed in ("float64", "compiled"):
        (line,) = (line for line in lines if line.startswith(f"not exercised, since {needed} is not claimed: "))
        assert line.endswith(f"{counts[needed, 'objectives']} of objectives")
    assert ("release on --scope standard" in lines[-1]) == result.conformant
    stream = io.StringIO()
    Terminal(stream).summary(result)
    write([result], tmp_path)
    for text in (stream.getvalue(), *((tmp_path / f"conformance.{end}").read_text() for end in ("md", "html"))):
        assert all(line[1:] in text for line in lines)


def test_a_backend_that_exits_costs_a_case_like_any_error() -> None:
    result = run(toy.Exits(), Selection(Scope.QUICK, ("primitives",), (), ("float64",), ("eager",)))
    values = [record for record in result.records if record.id.endswith("/value")]
    assert {record.status for record in values} == {Status.ERROR}
    assert all(record.detail.startswith("SystemExit: no licence [Exits.call, ") for record in values)
    assert all(record.asked.startswith("Backend.call(f, ") for record in values)


def test_where_only_equality_will_do_no_number_is_said() -> None:
    record = Record(
        "a", "networks", "exactness", Status.FAILED, error=float("inf"), allowed=0.0, detail="changed: w"
    )
    assert said(record) == "changed: w"


def test_a_conformant_run_has_no_next_piece() -> None:
    assert next_piece(run(toy.Toy(), OBJECTIVES).records) == ""


def test_the_first_that_does_not_pass_may_be_the_last_that_is_run(begun: Result) -> None:
    result = run(WithoutTrainer(), replace(OBJECTIVES, first=True))
    assert result.bad == result.records[-1:]
    assert [r.id for r in result.records] == [r.id for r in begun.records[: len(result.records)]]
    assert result.records[-1].id == missing(begun)[0].id
    assert len(run(toy.Toy(), replace(OBJECTIVES, first=True)).records) == len(begun.records)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_may_be_declared_in_any_kind(kind: str, tmp_path: Path, begun: Result) -> None:
    result = run(WithoutTrainer(), OBJECTIVES, deviations=declared(tmp_path, kind))
    assert result.conformant
    assert result.verdict == "conformant with declared deviations"
    deviations = [record for record in result.records if record.status is Status.DEVIATION]
    assert [record.id for record in deviations] == [record.id for record in missing(begun)]
    said = f"declared {kind}, 2026-11-22: no trainer; Backend.trainer: to be written "
    assert all(record.detail.startswith(said) for record in deviations)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_number_may_be_declared_in_any_kind(kind: str, tmp_path: Path) -> None:
    undeclared = run(toy.Doubled(), OBJECTIVES)
    result = run(toy.Doubled(), OBJECTIVES, deviations=declared(tmp_path, kind, "*/value"))
    cases = {record.id for record in undeclared.bad if record.id.endswith("/value")}
    deviations = [record for record in result.records if record.status is Status.DEVIATION]
    assert {record.id for record in deviations} == cases
    assert all(record.error and record.detail.startswith(f"declared {kind}, ") for record in deviations)


def test_once_written_a_declared_piece_passes_unexpectedly(tmp_path: Path) -> None:
    result = run(toy.Toy(), OBJECTIVES, deviations=declared(tmp_path, "notyet"))
    assert {record.status for record in result.bad} == {Status.UNEXPECTED_PASS}
    assert "unexpected pass" in next_piece(result.records)
    assert "declared notyet, 2026-11-22: no trainer" in next_piece(result.records)


def test_an_absent_capability_is_no_part_of_the_verdict() -> None:
    selection = Selection(Scope.QUICK, levels=("objectives",), methods=("ns-gan", "wgan-gp"))
    result = run(toy.Toy(Capability.FLOAT64), selection)
    apart = [record for record in result.records if record.status is Status.NOT_APPLICABLE]
    assert result.conformant
    assert result.counts["passed"] + len(apart) == len(result.records)
    assert {record.detail for record in apart} >= {"needs float32", "needs double backward", "needs compiled"}


def test_reports_carry_what_is_missing(begun: Result, tmp_path: Path) -> None:
    write([begun], tmp_path)
    number = len(missing(begun))
    (backend,) = json.loads((tmp_path / "conformance.json").read_text())["backends"]
    assert backend["counts"]["missing"] == number
    assert sum(case["status"] == "missing" for case in backend["cases"]) == number
    assert read(tmp_path).records == begun.records
    (suite,) = Xml.parse(tmp_path / "conformance.xml").getroot()
    assert suite.get("errors") == str(number)
    messages = [error.get("message", "") for error in suite.findall("testcase/error")]
    assert all(message.startswith("missing: Backend.trainer") for message in messages)
    text = (tmp_path / "conformance.md").read_text()
    assert f"**Not conformant**: {begun.counts['passed']} passed, {number} missing." in text
    assert f"```text\n{next_piece(begun.records)}\n```" in text
    assert "- missing: " not in text
    page = (tmp_path / "conformance.html").read_text()
    assert f"○ {number} of " in page
    assert f"<pre>next: {missing(begun)[0].id}\n" in page
    assert "What fails" not in page
    assert all(f'id="{name}"' in page for name in re.findall('href="#(.*?)"', page))


def test_the_terminal_counts_what_is_missing_and_ends_with_what_is_next(begun: Result) -> None:
    stream = io.StringIO()
    terminal = Terminal(stream)
    for record in begun.records:
        terminal(record)
    terminal.summary(begun)
    text = stream.getvalue()
    assert f"/{len(begun.records)} passed, {len(missing(begun))} missing" in text
    assert "MISSING" not in text
    assert text.rstrip().endswith(next_piece(begun.records))
