"""The page of known results: a function of their curves and of nothing else."""

from pathlib import Path

from diptych import atomic
from experiments.known.curves import there
from experiments.known.sections import SECTIONS

HEAD = """\
# Known results, made again

What papers show of these methods where everything can be computed, by the methods of this package, in both
frameworks. With `python -m experiments.known make RESULT --backend torch` the curves of one are made in one
framework, in a minute or a few; `nox -s known` makes all of them, and this page. No number was typed.

The f-GANs' table of the univariate case is [a page of its own](f_gan_univariate.md), and so is
[precision against recall](precision_recall.md).
"""


def write(page: Path, evidence: str) -> None:
    """Page and figures; `evidence` is the folder of curves and figures, seen from the page."""
    folder, lines = page.parent / evidence, [HEAD]
    for name, section in SECTIONS.items():
        curves = there(name, folder)
        if any(curves.values()):
            atomic.write(folder / f"{name}.svg", section.figure(curves))
            lines += [section.text.format(evidence=evidence), *section.table(curves), ""]
    atomic.write(page, "\n".join(lines).rstrip() + "\n")
