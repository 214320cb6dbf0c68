"""The catalogue as a page: ``python -m diptych_conformance.faults docs/evidence/faults.md``."""

import sys
from collections.abc import Iterator, Sequence

from diptych_conformance.core.case import LEGS
from diptych_conformance.faults import FAULTS, GROUPS, TEXTS
from diptych_conformance.report.markdown import table
from diptych_conformance.report.page_command import page_command

HEAD = """# Faults

Known ways of being wrong, each a wrapper of a few lines around a healthy backend. Of the cases that a fault names,
those of its leg must fail; where it is the only one, no other leg may. `tests/conformance/test_faults.py` holds
both in NumPy, and the same of primitives and checkpoints in PyTorch. This page is made from the catalogue.

Not here: what the vocabulary does not have (weight decay, whose L2 and decoupled forms differ, clipping of
gradients by their norm, group norm), and what is no backend's doing: the number and order of steps in a round
(`Method.round`) and the draws of a resumed run, which `tests/spec` and `tests/lab` hold.
"""
OF_TEXT = """Mistakes in the spec's own text, a piece of which is another. Every backend and the oracle read the
same wrong text; what is stated of the methods a second time must tell. `tests/conformance/test_text_faults.py`
plants each in a process of its own, and runs the cases it names in NumPy.
"""


def page() -> str:
    lines = [HEAD]
    alone = {leg: sum(fault.alone for fault in FAULTS if fault.leg == leg) for leg in LEGS}
    lines += list(
        table(
            ("leg", "faults it must catch", "as the only one"),
            ((leg, str(sum(fault.leg == leg for fault in FAULTS)), str(alone[leg])) for leg in LEGS),
        )
    )
    for name, group in GROUPS.items():
        lines += ["", f"## {name.capitalize()}: {len(group)}", ""]
        lines += table(
            ("fault", "seen in", "cases", "leg", "only one"),
            ((_plain(f.name), _plain(f.source), f"`{f.cases}`", f.leg, "yes" if f.alone else "") for f in group),
        )
    return "\n".join([*lines, *_of_text()]) + "\n"


def _of_text() -> Iterator[str]:
    """The faults of the spec itself, class by class."""
    yield from ("", f"## Faults of the text: {sum(map(len, TEXTS.values()))}", "", OF_TEXT)
    for name, group in TEXTS.items():
        yield from ("", f"### {name.capitalize()}: {len(group)}", "")
        yield from table(
            ("fault", "in", "cases", "leg"),
            ((_plain(f.name), f"`{f.module}`", f"`{f.cases}`", f.leg) for f in group),
        )


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return "".join(f"\\{c}" if c in "|*_<>" else c for c in text)


def main(arguments: Sequence[str] | None = None) -> int:
    return page_command("diptych_conformance.faults", __doc__, page, arguments)


if __name__ == "__main__":
    sys.exit(main())
