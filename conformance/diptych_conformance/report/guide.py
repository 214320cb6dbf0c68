"""What a port wants next: the first case that does not pass, what it asked, where the spec says what is meant."""

import inspect
import re
from collections.abc import Iterator, Sequence

import diptych
from diptych import metrics, optimizers
from diptych.networks import layers
from diptych.protocol import Capability
from diptych_conformance.core.case import Scope
from diptych_conformance.core.observed import PROTOCOL
from diptych_conformance.core.result import BAD, NOT_CHECKED, Record, Result, Status
from diptych_conformance.report.definitions import definitions

SINGLE = 1e7, 1e10  # eps of float64: what float32's rounding leaves, with what cancels


def next_piece(records: Sequence[Record]) -> str:
    """A paragraph on the first of `records` that is bad; empty where none is.

    Cases come in the order in which a port can be written, so that the first is always the next.
    """
    bad = [record for record in records if record.status in BAD]
    if not bad:
        return ""
    first, *others = bad
    lines = [f"next: {first.id}", f"  {first.status:<9} {said(first)}"]
    if first.asked:
        lines.append("  asked     " + first.asked.replace("\n", "\n            "))
    lines += [f"  {'defined' if i == 0 else '':<9} {place}" for i, place in enumerate(_defined(first))]
    if _single(bad):
        lines.append("  perhaps   computed in float32: errors of 1e7 to 1e10 eps in float64 are what it leaves")
        lines.append(
            "            (a default dtype, a constant, a random or loaded array, a kernel of lower precision)"
        )
    if others:
        missing = sum(record.status is Status.MISSING for record in others)
        lines.append(f"  after it  {len(others)} more, of which {missing} missing")
    return "\n".join(lines)


def _single(bad: Sequence[Record]) -> bool:
    """Are the first and most of the errors in float64 of the size that float32 leaves?"""
    errors = [r.error for r in bad if r.dtype == "float64" and r.error and r.allowed]
    single = [SINGLE[0] <= error <= SINGLE[1] for error in errors]
    return bool(single) and bad[0].dtype == "float64" and single[0] and sum(single) > len(single) / 2


def remarks(result: Result) -> Iterator[str]:
    """Lines after the verdict: what was not checked for lack of which capability, and what the scope is for."""
    for capability, levels in result.unexercised.items():
        cases = ", ".join(f"{count} of {level}" for level, count in levels.items())
        yield f"not exercised, since {capability} is not claimed: {cases}"
    compiling = {Capability.COMPILED, Capability.XLA} & set(result.capabilities)
    if Capability.EVIDENCE not in result.capabilities:
        compiled = f"whether {' and '.join(sorted(compiling))} execution is compiled, and " if compiling else ""
        yield f"not checked, since evidence is not claimed: {compiled}on which device arrays lie"
    yield from sorted({r.detail for r in result.records if r.detail.startswith(NOT_CHECKED)})
    if result.conformant and result.settings.get("scope") == Scope.QUICK.name.lower():
        yield "scope quick is for work in progress: release on --scope standard"


def said(record: Record) -> str:
    """The error and its limit, if there are numbers, and the detail; the detail alone if only equality passes."""
    if record.error is None or (record.detail and not record.allowed):
        return record.detail
    where = f" ({record.detail})" if record.detail else ""
    return f"error {record.error:.3g} eps, allowed {record.allowed:.3g}{where}"


_OF_MODELS = {"/codes/": "encoder_report", "/likelihoods/": "likelihood_report", "by annealing": "bdmc"}


def _defined(record: Record) -> Iterator[str]:
    """Files of the spec and what to look for in them: the method of the protocol, then the subject of the case."""
    subject = record.id.partition("/")[2].partition("/")[0]
    method = PROTOCOL.search(record.detail) or PROTOCOL.search(record.asked)
    if method:
        yield _place("diptych.protocol", *dict.fromkeys([method[0], *_verbs(record, subject, method[0])]))
    named = re.findall(r"\b([A-Z]\w*)\(", record.asked)
    match record.level:
        case "primitives" | "terms":
            for module, names in definitions(record.level, subject, record.detail).items():
                yield _place(module, *names)
        case "metrics" if subject.split()[0] in metrics.__all__:
            name = subject.split()[0]
            yield _place(getattr(metrics, name).__module__, name)
        case "metrics" if subject.split()[0] in metrics.METRICS:
            estimate = metrics.METRICS[subject.split()[0]].estimate
            term = inspect.unwrap(getattr(estimate, "func", estimate))
            yield _place(term.__module__, term.__name__)
        case "metrics" if measured := [name for what, name in _OF_MODELS.items() if what in record.id]:
            (name,) = measured
            yield _place(getattr(metrics, name).__module__, name)
        case "borders" if subject.startswith("arrays"):
            yield _place("diptych.border")
        case "networks" if record.id.endswith("told apart"):
            yield _place("diptych.second_derivatives", "agree")
        case "networks":
            yield from _records(layers, named)
        case "objectives" | "rounds" | "runs" if record.method in diptych.CATALOGUE:
            yield from _records(optimizers, named)
            yield _place(diptych.CATALOGUE[record.method].__module__, record.method)


def _verbs(record: Record, subject: str, method: str) -> Iterator[str]:
    """Those of `Ops` by which a call gave what is wrong: derivatives are had by its `grad`."""
    if method == "Backend.call":
        if record.leg == "gradient" or (record.error is not None and record.error == record.gradient_error):
            yield "Ops.grad"
        if subject.startswith("ops."):  # a case of a verb, "ops.grad of a constant"
            yield subject.split()[0].capitalize()


def _records(module: object, names: Sequence[str]) -> Iterator[str]:
    """One place for those of the names that are records of the module."""
    known = [name for name in dict.fromkeys(names) if hasattr(module, name)]
    if known:
        yield _place(module.__name__, *known)  # type: ignore[attr-defined]


def _place(module: str, *what: str) -> str:
    """``diptych/primitives.py: relu``; below spec/ in the repository, in site-packages where it is installed."""
    return f"{module.replace('.', '/')}.py{': ' * bool(what)}{', '.join(what)}"
