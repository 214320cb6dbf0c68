"""The examples of docs/check_loss.md run, and say what the page says they do."""

import re
import runpy
from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent / "docs/check_loss.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- runs with (\w+) -->\n```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, flags=re.DOTALL)


def words(text):
    """Without measured errors and long decimals, which rounding and initial weights decide."""
    return re.sub(r"-?\d+\.\d{4,}", "#", re.sub(r" \(error \S+ eps, \S+ allowed\)", "", text))


@pytest.mark.parametrize(
    ("code", "said"), [pytest.param(code, said, marks=getattr(pytest.mark, name)) for name, code, said in EXAMPLES]
)
def test_example_says_what_the_page_says(code, said, tmp_path, capsys):
    example = tmp_path / "example.py"  # a module of its own: torch's compiler looks functions up in theirs
    example.write_text(code, encoding="utf-8")
    runpy.run_path(str(example), run_name="example")
    assert words(capsys.readouterr().out) == words(said)


def test_both_frameworks_have_examples():
    assert {name for name, _, _ in EXAMPLES} == {"torch", "keras"}
    assert PAGE.count("<!-- runs with") == len(EXAMPLES)
