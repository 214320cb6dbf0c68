"""mypy and pyright on the files of uses: `python tests/types/check.py`, with status 1 where one is mistaken.

Both let the right uses pass, mypy strict, pyright as it comes. Of the wrong ones each rejects just the lines marked
``# wrong``; what is ``# wrong to mypy`` pyright may let pass, and the other way round.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from mypy import api

HERE = Path(__file__).parent
RIGHT = [HERE / name for name in ("right_uses.py", "right_uses_tensorflow.py")]
WRONG = HERE / "wrong_uses.py"
Errors = dict[tuple[str, int], str]  # by file and line


def by_mypy(files: list[Path]) -> Errors:
    said, failure, _ = api.run(["--output", "json", *map(str, files)])
    assert not failure, failure
    found = [json.loads(line) for line in said.splitlines()]
    return {(Path(e["file"]).name, e["line"]): e["message"] for e in found if e["severity"] == "error"}


def by_pyright(files: list[Path]) -> Errors:
    done = subprocess.run(["pyright", "--outputjson", *files], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {
        (Path(e["file"]).name, e["range"]["start"]["line"] + 1): e["message"]
        for e in found
        if e["severity"] == "error"
    }


def mistakes(checker: str, errors: Errors) -> Iterator[str]:
    """Where it errs: right lines that it rejects, wrong ones that it does not."""
    lines = WRONG.read_text().splitlines()
    wrong = {
        (WRONG.name, number)
        for number, line in enumerate(lines, start=1)
        if "# wrong" in line and ("# wrong to" not in line or f"# wrong to {checker}" in line)
    }
    for place in sorted(wrong - errors.keys()):
        yield f"{checker}: {place[0]}:{place[1]}: let pass"
    for place in sorted(errors.keys() - wrong):
        yield f"{checker}: {place[0]}:{place[1]}: rejected: {errors[place]}"


if __name__ == "__main__":
    files = [*RIGHT, WRONG]
    told = [*mistakes("mypy", by_mypy(files)), *mistakes("pyright", by_pyright(files))]
    print("\n".join(told) or "the wrong uses are rejected line by line, the right ones pass")
    sys.exit(bool(told))
