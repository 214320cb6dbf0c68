"""The same cases as pytest items:  pytest -p diptych_conformance.plugin --backend NAME --scope quick

Not registered with pytest: it is loaded where it is asked for, and nowhere else. A run of tests that are named, as
``test_file.py::test``, is of these alone.
"""

from collections.abc import Iterator

import pytest

import diptych
from diptych_conformance.core.case import Case
from diptych_conformance.core.result import BAD, Record, Status
from diptych_conformance.core.session import Session
from diptych_conformance.report.guide import next_piece
from diptych_conformance.running.deviations import Deviation
from diptych_conformance.running.loading import load
from diptych_conformance.running.options import add_selection, selection
from diptych_conformance.running.suite import Selection, chosen, gaps, run_case


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--backend", metavar="NAME", help="a registered name or module:factory")
    add_selection(group.addoption, scope="quick")
    group.addoption("--deviations", metavar="FILE", help="the port's deviations.toml, if not in its package")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("dist", "no") != "no":  # pytest-xdist: no process would know what the others left out
        raise pytest.UsageError(
            "conformance cases run in one process here: leave -n out, "
            "or run python -m diptych_conformance, which has --workers"
        )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the cases to whatever else was collected, each level in its order, before pytest selects by -k and -m."""
    if config.getoption("backend") is None:
        raise pytest.UsageError(f"--backend is needed; registered: {', '.join(diptych.backend_names())}")
    if not any("::" in argument for argument in config.args):
        items.extend(_items(session, config))


def _items(session: pytest.Session, config: pytest.Config) -> Iterator[pytest.Item]:
    wanted = selection(config.option)
    try:
        backend = load(config.getoption("backend"), wanted.device)
        cases, exceptions = chosen(wanted, config.getoption("deviations"), backend)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    under_test, done = Session(backend, wanted.device), list[tuple[Case, Record]]()
    for case in cases:
        item = CaseItem.from_parent(session, name=case.id)
        item.prepare(case, under_test, exceptions, done)
        yield item
    last = GapsItem.from_parent(session, name="suite/gaps")
    last.prepare(under_test, wanted, len(cases), done)
    yield last


class CaseItem(pytest.Item):
    """One case."""

    def prepare(
        self,
        case: Case,
        session: Session,
        exceptions: tuple[Deviation, ...],
        done: list[tuple[Case, Record]],
    ) -> None:
        self.case, self.under_test, self.exceptions, self.done = case, session, exceptions, done

    def runtest(self) -> None:
        record = run_case(self.case, self.under_test, self.exceptions)
        self.done.append((self.case, record))
        self.user_properties += [("error_in_eps", record.error), ("allowed_in_eps", record.allowed)]
        if record.status is Status.NOT_APPLICABLE:
            pytest.skip(record.detail)
        if record.status is Status.DEVIATION:
            pytest.xfail(record.detail)
        if record.status in BAD:
            pytest.fail(next_piece([record]), pytrace=False)

    def reportinfo(self) -> tuple[str, None, str]:
        return self.case.level, None, self.case.id


class GapsItem(pytest.Item):
    """After all cases: nothing was silently left out."""

    def prepare(self, session: Session, chosen: Selection, count: int, done: list[tuple[Case, Record]]) -> None:
        self.under_test, self.chosen, self.count, self.done = session, chosen, count, done

    def runtest(self) -> None:
        if len(self.done) < self.count:
            pytest.skip(f"{len(self.done)} of {self.count} cases were run: nothing can be said of the others")
        cases, records = [case for case, _ in self.done], [record for _, record in self.done]
        found = list(gaps(cases, records, self.under_test.backend.capabilities, self.chosen))
        if found:
            pytest.fail("; ".join(record.detail for record in found), pytrace=False)

    def reportinfo(self) -> tuple[str, None, str]:
        return "suite", None, "suite/gaps"
