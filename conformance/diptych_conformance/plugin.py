"""The same cases as pytest items:  pytest -p diptych_conformance.plugin --backend NAME --scope quick

Not registered with pytest: it is loaded where it is asked for, and nowhere else.
"""

from collections.abc import Iterator

import pytest

import diptych
from diptych_conformance import deviations as declared
from diptych_conformance.case import LEVELS, Case, Scope
from diptych_conformance.cases import all_cases
from diptych_conformance.guide import next_piece
from diptych_conformance.result import BAD, Record, Status
from diptych_conformance.session import Session
from diptych_conformance.suite import Selection, gaps, run_case


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--backend", metavar="NAME", help="a registered name or module:factory")
    group.addoption("--scope", default="quick", choices=[scope.name.lower() for scope in Scope])
    group.addoption("--level", action="append", default=[], choices=LEVELS)
    group.addoption("--method", action="append", default=[], choices=list(diptych.CATALOGUE))
    group.addoption("--seed", type=int, default=0)
    group.addoption("--deviations", metavar="FILE", help="the port's deviations.toml, if not in its package")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the cases to whatever else was collected, each level in its order."""
    if config.getoption("backend") is None:
        raise pytest.UsageError(f"--backend is needed; registered: {', '.join(diptych.backend_names())}")
    items.extend(_items(session, config))


def _items(session: pytest.Session, config: pytest.Config) -> Iterator[pytest.Item]:
    selection = Selection(
        scope=Scope[config.getoption("scope").upper()],
        levels=tuple(config.getoption("level")),
        methods=tuple(config.getoption("method")),
        seed=config.getoption("seed"),
    )
    try:
        backend = diptych.backend(config.getoption("backend"))
        exceptions = declared.load(config.getoption("deviations"), backend)
        declared.check(exceptions, all_cases(selection.seed), backend.capabilities)
    except (ValueError, ModuleNotFoundError) as error:
        raise pytest.UsageError(str(error)) from None
    under_test, done = Session(backend), list[tuple[Case, Record]]()
    for case in selection.cases():
        item = CaseItem.from_parent(session, name=case.id)
        item.prepare(case, under_test, exceptions, done)
        yield item
    last = GapsItem.from_parent(session, name="suite/gaps")
    last.prepare(under_test, selection, done)
    yield last


class CaseItem(pytest.Item):
    """One case."""

    def prepare(
        self,
        case: Case,
        session: Session,
        exceptions: tuple[declared.Deviation, ...],
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

    def prepare(self, session: Session, selection: Selection, done: list[tuple[Case, Record]]) -> None:
        self.under_test, self.selection, self.done = session, selection, done

    def runtest(self) -> None:
        cases, records = [case for case, _ in self.done], [record for _, record in self.done]
        found = [
            record.detail for record in gaps(cases, records, self.under_test.backend.capabilities, self.selection)
        ]
        if found:
            pytest.fail("; ".join(found), pytrace=False)

    def reportinfo(self) -> tuple[str, None, str]:
        return "suite", None, "suite/gaps"
