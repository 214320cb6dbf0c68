"""The command that begins a port. Exit status: 0 written, 2 where it could not be, with the reason."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from diptych_conformance.core.output import report_lost_output
from diptych_conformance.port import write_port


def main(arguments: Sequence[str] | None = None, prog: str = "python -m diptych_conformance.port") -> int:
    """`prog` is what usage and errors call the command."""
    with report_lost_output(prog):
        return _main(arguments, prog)


def _main(arguments: Sequence[str] | None, prog: str) -> int:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Write the distribution diptych-NAME: a backend with everything still to be written.",
    )
    parser.add_argument("name", metavar="NAME", help="of the backend: lower-case letters, digits, underscores")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="the folder to put diptych-NAME in")
    given = parser.parse_args(arguments)
    try:
        folder = write_port(given.name, given.into)
    except (ValueError, OSError, PackageNotFoundError) as error:
        print(f"{prog}: error: {error}", file=sys.stderr)
        return 2
    print(f"{folder} is written. What to do next:")
    print(f"  python -m pip install -e {folder}")
    print(f"  python -m diptych_conformance --backend {given.name} --scope quick --first")
    return 0


if __name__ == "__main__":
    sys.exit(main())
