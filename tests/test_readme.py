"""README and guide: what they have run runs and prints what they say, what they quote is real; links lead on."""

import re
import shlex
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
}
README = TEXTS["README.md"]
COMMANDS = README + TEXTS["CONTRIBUTING.md"] + TEXTS["docs/guide.md"]
PAGES = {
    page: re.findall(r"<!-- runs with (\w+) -->\n```(python|sh)\n(.*?)```", TEXTS[page], flags=re.DOTALL)
    for page in (
        "README.md",
        *(f"docs/{name}.md" for name in ("guide", "data", "evaluation", "metrics", "intervals", "likelihoods")),
        "docs/native.md",
    )
}


RUNS = sorted({(page, framework) for page, blocks in PAGES.items() for framework, _, _ in blocks})


@pytest.mark.parametrize(
    ("page", "framework"), [pytest.param(*run, marks=getattr(pytest.mark, run[1])) for run in RUNS]
)
@pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec.:FutureWarning")  # Lightning's use of torch,
@pytest.mark.filterwarnings("ignore:.*does not have many workers")  # and its hints
@pytest.mark.filterwarnings("ignore:You defined a .validation_step. but have no")
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy")  # Keras's, saving
def test_blocks_run_and_print_what_they_say(page, framework, tmp_path, monkeypatch, capsys):
    """One after another in one folder; a page's Python goes on where it ended, the README's begins anew."""
    monkeypatch.chdir(tmp_path)
    scope: dict[str, Any] = {}
    for language, code in [(language, code) for name, language, code in PAGES[page] if name == framework]:
        if language == "sh":
            run_commands(code)
            continue
        scope = {} if page == "README.md" else scope
        exec(compile(code, page, "exec"), scope)
        printed = capsys.readouterr().out.splitlines()
        assert [line for line in said(code) if line not in printed] == []


def run_commands(code: str) -> None:
    """Its lines are commands of `diptych`."""
    from click.testing import CliRunner

    from diptych_lab.command_line import main

    for line in code.splitlines():
        program, *words = shlex.split(line, comments=True)
        assert program == "diptych"
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, (line, result.output)


def said(code: str) -> list[str]:
    """The comment behind a print, and the lines that are comments: what a loop prints."""
    return re.findall(r"^ *print\(.*\)  # (.*)$", code, flags=re.MULTILINE) + re.findall(
        r"^# (.*)$", code, flags=re.MULTILINE
    )


def test_both_frameworks_are_shown():
    assert {name for blocks in PAGES.values() for name, _, _ in blocks} == {"torch", "keras"}
    assert all(TEXTS[page].count("<!-- runs with") == len(blocks) for page, blocks in PAGES.items())


def test_the_quoted_objective_is_the_real_one():
    (quoted,) = re.findall(r"```python\n(def critic_loss.*?)```", README, flags=re.DOTALL)
    source = (ROOT / "spec/diptych/divergences/wasserstein.py").read_text(encoding="utf-8")
    assert textwrap.indent(quoted, "    ") in source


def test_every_method_is_named_and_leads_to_its_page():
    import diptych

    for name in diptych.CATALOGUE:
        assert f"[{name}]" in README.partition("\n[")[0]
        assert f"\n[{name}]: docs/methods/{name}.md\n" in README


def test_the_test_command_is_the_one_that_must_pass():
    """What `.ci/run` begins with."""
    assert re.search(r"^python -m pip install nox && nox -s tests\b", README, flags=re.MULTILINE)


def test_commands_name_what_there_is():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {extra for words in re.findall(r'"\.\[([\w,]+)\]"', COMMANDS) for extra in words.split(",")}
    assert {"torch", "keras", "lab"} <= extras <= project["optional-dependencies"].keys()
    sessions = re.findall(
        r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    named = {word for words in re.findall(r"nox -s ([a-z_ ]+)", COMMANDS) for word in words.split()}
    assert {"tests", "demo"} <= named <= set(sessions)


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page):
    """A file that exists, and where a heading is named one of that page."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", TEXTS[page], flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^\]]+\]: (\S+)$", text, flags=re.MULTILINE)
    lost = []
    for link in links:
        path, _, heading = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if link.startswith("https:"):
            continue
        if not target.exists() or (heading and heading not in headings(target)):
            lost.append(link)
    assert lost == []


def headings(page: Path) -> set[str]:
    """As GitHub names them."""
    lines = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}
