"""docs/array_api.md: what the spec calls of a namespace, made by looking on."""

from pathlib import Path

import pytest

from diptych_conformance.references import oracle
from diptych_conformance.report.array_api import main, page, uses

PAGE = Path(__file__).parents[2] / "docs" / "array_api.md"


def test_the_page_is_made_from_the_spec(tmp_path: Path) -> None:
    assert main([str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page() == PAGE.read_text(encoding="utf-8"), (
        "run `nox -s docs`"
    )


@pytest.mark.parametrize(
    ("name", "level", "derivatives", "caller"),
    [
        ("exp", "primitives", 2, "softplus"),
        ("triu", "primitives", 1, "off_diagonal"),
        ("finfo", "primitives", 0, ""),
        ("linalg.cholesky", "terms", 1, "kl_full"),
        ("sort", "terms", 1, "wasserstein_1d"),
        ("sign", "terms", 0, ""),
    ],
)
def test_a_function_is_known_by_who_calls_it_and_how_often_it_is_differentiated(
    name: str, level: str, derivatives: int, caller: str
) -> None:
    use = uses()[name]
    assert (use.level, use.derivatives) == (level, derivatives)
    assert caller == "" or any(caller in subject for subject in use.subjects)


def test_every_function_on_the_page_is_one_that_the_oracles_namespace_has() -> None:
    for name in uses():
        f = oracle.OPS.xp
        for part in name.split("."):
            f = getattr(f, part)
        assert callable(f)
