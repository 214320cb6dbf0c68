"""A process that runs cases of terms and metrics, builds those of objectives, and prints how the spec was called.

It watches from before anything is imported, so that kernels and costs that are made on import are seen too. What it
prints is a line of JSON: `file:function` -> argument -> the values it had, in words.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

SPEC = str(Path(__file__).parents[2] / "spec" / "diptych")
PLAIN = (bool, int, float, str, tuple, type(None))  # others are arrays, kernels, networks


def word(value: Any) -> str:
    """1 and 1.0 are one value."""
    if type(value) is int:
        return repr(float(value))
    return repr(value) if isinstance(value, PLAIN) else type(value).__name__


def main() -> None:
    seen: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(SPEC):
            values = seen[f"{code.co_filename}:{code.co_name}"]
            for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
                values[name].add(word(frame.f_locals[name]))

    sys.setprofile(note)
    from diptych_conformance import Scope, all_cases
    from diptych_conformance.core.session import Session
    from diptych_conformance.running.suite import run_case

    from .toy import Cornered

    session = Session(Cornered())
    for case in all_cases(0, ("terms", "objectives", "metrics")):
        of_values = case.level == "metrics" or (case.level, case.leg) == ("terms", "value")
        if of_values and (case.execution, case.dtype) == ("eager", "float64") and case.scope <= Scope.STANDARD:
            run_case(case, session)
    sys.setprofile(None)
    print(json.dumps({f: {name: sorted(words) for name, words in own.items()} for f, own in seen.items()}))


if __name__ == "__main__":
    main()
