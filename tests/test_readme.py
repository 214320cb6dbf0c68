"""The README's code runs, and what it quotes is what stands in the source."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- runs with (\w+) -->\n```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize(
    "code", [pytest.param(code, marks=getattr(pytest.mark, framework)) for framework, code in EXAMPLES]
)
def test_example_runs_and_prints_what_it_says(code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    said = re.findall(r"^print\(.*\)  # (.*)$", code, flags=re.MULTILINE)
    printed = capsys.readouterr().out
    for line in said:
        assert line in printed


def test_both_frameworks_have_examples():
    assert {framework for framework, _ in EXAMPLES} == {"torch", "keras"}


def test_the_quoted_objective_is_the_real_one():
    (quoted,) = re.findall(r"```python\n(def witness_loss.*?)```", README, flags=re.DOTALL)
    source = (ROOT / "spec/diptych/divergences/wasserstein.py").read_text(encoding="utf-8")
    assert textwrap.indent(quoted, "    ") in source


def test_every_method_is_in_the_table():
    import diptych

    for name in diptych.CATALOGUE:
        assert f"[`{name}`](docs/methods/{name}.md)" in README


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if not link.startswith("https:") and not (ROOT / link).exists()] == []
