"""A process that runs cases of the suite on the spec with another source in one module's place.

It has imported nothing of the project: every request is served by a fork, which imports it afresh. Requests and
answers are lines of JSON: {"path", "source", "cases", "methods"}, and the cases that fail with their legs, or what
went wrong.
"""

import importlib
import json
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.mutation.child import Replaced
from tests.mutation.killing import ALWAYS, forked
from tests.mutation.sources import ROOT, module_name

LIMIT = 300.0  # seconds, of which a healthy request takes one or two


def failing(pattern: str, methods: Sequence[str]) -> dict[str, str]:
    """The cases of scope `standard` with such an id that do not pass in NumPy: their ids, and their legs.

    `methods` are those that such cases are of, none where they are of no method: only their cases are made.
    """
    from diptych_conformance import Scope, all_cases
    from diptych_conformance.core.result import BAD
    from diptych_conformance.core.session import Session
    from diptych_conformance.running.suite import run_case

    from .toy import Cornered

    session, level = Session(Cornered()), pattern.partition("/")[0]
    of_level = all_cases(levels=(level,), methods=methods)
    chosen = (case for case in of_level if case.scope <= Scope.STANDARD and fnmatchcase(case.id, pattern))
    records = [run_case(case, session) for case in chosen]
    if not records:
        raise ValueError(f"no case of scope standard is named by {pattern}")
    return {record.id: record.leg for record in records if record.status in BAD}


def served(request: dict[str, Any]) -> Any:
    """In a fork of a process that has not imported the project."""
    module = Replaced(module_name(request["path"]), ROOT / request["path"], request["source"])

    def run() -> Any:
        sys.meta_path.insert(0, module)
        return failing(request["cases"], request["methods"])

    return forked(run, LIMIT)


def main() -> None:
    for name in ALWAYS:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(served(json.loads(line))), flush=True)


if __name__ == "__main__":
    assert Path(ROOT, "spec").is_dir()
    main()
