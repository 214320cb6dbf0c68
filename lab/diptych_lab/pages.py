"""A page of documentation for every method, from its card and its record: ``python -m diptych_lab.pages FOLDER``.

Markdown with formulas between dollar signs, as GitHub and most renderers typeset them.
"""

import inspect
import sys
from pathlib import Path

import diptych
from diptych import CATALOGUE, Method, atomic
from diptych.hyper_parameters import hyper_parameters
from diptych_lab.cards import entries, short_citation
from diptych_lab.settings import spelled


def pages() -> dict[str, str]:
    """File name -> text: a page a method, and their index."""
    methods = [diptych.make(name) for name in CATALOGUE]
    return {"README.md": _index(methods)} | {f"{method.name}.md": _page(method) for method in methods}


def _index(methods: list[Method]) -> str:
    lines = ["# Methods", "", "| method | family | composed as | players | paper |", "|---|---|---|---|---|"]
    for method in methods:
        assert method.card is not None
        players = ", ".join(player.name for player in method.players)
        composition = _cell(method.composition) or "stands alone"
        row = (
            f"[{method.name}]({method.name}.md)",
            method.family,
            composition,
            players,
            short_citation(method.card),
        )
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def _page(method: Method) -> str:
    card = method.card
    assert card is not None
    facts = dict(entries(method))
    lines = [
        f"# {method.name}: {card.title}",
        "",
        f"{method.family}: `{method.composition}`" if method.composition else f"{method.family}, stands alone",
        "",
    ]
    lines += [f"{card.paper}; {card.equation}.", ""]
    for player, formula in card.formula.items():
        lines += [f"**{player}** minimises", "", f"$${formula}$$", ""]
    lines += [card.conventions, ""]
    if method.hyper:
        known = hyper_parameters(CATALOGUE[method.name])
        lines += ["| hyper-parameter | default | what it is, and its range |", "|---|---|---|"]
        for name, value in method.hyper.items():
            default = spelled({name: value}).partition("=")[2]
            lines.append(f"| `{name}` | `{default}` | {_cell(known[name].description)} |")
        lines.append("")
    for heading in ("networks", "noise", "a round", "optimisers"):
        lines += [f"{heading.capitalize()}:", "", *(f"* `{line}`" for line in facts[heading]), ""]
    lines += ["Recipes, which [were measured](../evidence/methods.md):", ""]
    lines += [*(f"* {line}" for line in facts["recipes"]), ""]
    setting = f" --set {spelled(dict([next(iter(method.hyper.items()))]))}" if method.hyper else ""
    lines += ["```sh", f"diptych train {method.name} --data digits --backend torch --out run{setting}", "```", ""]
    source = inspect.getmodule(inspect.unwrap(CATALOGUE[method.name])).__name__.replace(".", "/")  # type: ignore[union-attr]
    lines.append(
        f"Written in [spec/{source}.py](../../spec/{source}.py); trained in [training.md](../evidence/training.md)."
    )
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text of a table's cell, in which bars are escaped."""
    return text.replace("|", r"\|")


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        atomic.write(folder / name, text.encode())


if __name__ == "__main__":
    main()
