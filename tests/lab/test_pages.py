"""The pages of the methods are what the records say now."""

import re
from pathlib import Path

import pytest

from diptych import CATALOGUE
from diptych_lab.pages import pages

FOLDER = Path(__file__).parents[2] / "docs" / "methods"
PAGES = pages()


def test_a_page_a_method_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", *(f"{name}.md" for name in CATALOGUE)}
    assert PAGES.keys() == {"README.md", *(f"{name}.md" for name in CATALOGUE)}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name: str) -> None:
    """`nox -s docs` writes them anew."""
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name]


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_page_has_every_formula_and_hyper_parameter(name: str) -> None:
    from diptych import make

    method, page = make(name), PAGES[f"{name}.md"]
    assert method.card is not None
    assert all(
        f"**{player}** minimises\n\n$${formula}$$" in page for player, formula in method.card.formula.items()
    )
    assert all(f"| `{key}` |" in page for key in method.hyper)


@pytest.mark.parametrize("page", PAGES)
def test_no_cell_is_empty(page: str) -> None:
    tables = [line for line in PAGES[page].splitlines() if line.startswith("|")]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in tables]
    assert all(cell.strip() for row in rows for cell in row)
    assert len({len(row) for row in rows}) <= 1
