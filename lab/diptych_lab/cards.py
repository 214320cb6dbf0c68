"""Methods as text: a table of all of them, and the card of one."""

import re

from rich.console import Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import diptych
from diptych import CATALOGUE, Method
from diptych.hyper_parameters import hyper_parameters
from diptych.method import Card
from diptych_lab.latex import plain
from diptych_lab.recipes import KINDS, recipe_of
from diptych_lab.settings import spelled


def methods_table() -> Table:
    """A table with one row for each method, in the catalogue's order, in 80 columns."""
    table = Table(box=None, pad_edge=False)
    for heading in ("method", "family", "players", "paper"):
        table.add_column(heading, no_wrap=heading in ("method", "family"))
    for name in CATALOGUE:
        method = diptych.make(name)
        players = ", ".join(player.name for player in method.players)
        table.add_row(name, method.family, players, short_citation(method.card) if method.card else "")
    return table


def short_citation(card: Card) -> str:
    """The first author, or both of two, and the year."""
    first = card.paper.split(",")[0]
    several = " et al." if "&" in card.paper and "&" not in first and "et al." not in first else ""
    years = re.findall(r"\b(?:19|20)\d\d\b", card.paper)
    return " ".join([f"{first}{several}", *years[:1]])


def method_card(method: Method) -> Panel:
    """Formula, paper, conventions, hyper-parameters, networks and noise of one method."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 1, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for heading, lines in entries(method):
        if lines:
            table.add_row(heading, Group(*map(_shown, lines)))
    return Panel(table, title=Text(method.card.title if method.card else method.name), title_align="left")


def entries(method: Method) -> list[tuple[str, list[str]]]:
    """The entries of a method's card: a heading and lines for each; what follows a line break explains the line."""
    known = hyper_parameters(CATALOGUE[method.name])
    card = method.card
    return [
        (
            "minimised by",
            [f"{player}:  {plain(formula)}" for player, formula in card.formula.items()] if card else [],
        ),
        ("composed as", [method.composition] if method.composition else []),
        ("paper", [f"{card.paper}, {card.equation}"] if card else []),
        ("conventions", [card.conventions] if card else []),
        (
            "hyper-parameters",
            [f"{spelled({name: value})}\n{known[name].description}" for name, value in method.hyper.items()],
        ),
        ("networks", [f"{name}: {', '.join(role.inputs)} → {role.output}" for name, role in method.roles.items()]),
        (
            "noise",
            [
                f"{name}: {draw.law}, like {draw.like}"
                + ", one number a sample" * draw.one_per_sample
                + (f", {draw.copies} of them" if draw.copies else "")
                for name, draw in method.noise.items()
            ],
        ),
        ("a round", [" · ".join(" and ".join(players) for players in method.round(0)) + f", batch {method.batch}"]),
        ("optimisers", [f"{player.name}: {player.optimizer}" for player in method.players]),
        (
            "recipes",
            [f"{title}: {told}" for kind, title in KINDS.items() if (told := recipe_of(kind, method.name).told())],
        ),
    ]


def _shown(line: str) -> Group:
    first, *explanation = line.split("\n")
    return Group(Text(first), *(Padding(Text(text), (0, 0, 0, 2)) for text in explanation))
