"""The command of a module that makes a page: where to write it, and nothing else."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from diptych_conformance.report.files import write_text


def page_command(
    module: str, description: str | None, page: Callable[[], str], arguments: Sequence[str] | None
) -> int:
    """Write what `page` gives to the file that is named; exit status 2, and a line, where that cannot be."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("page", type=Path, metavar="FILE")
    try:
        write_text(parser.parse_args(arguments).page, page())
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
