"""Methods as plain data for programs: the content of their cards, ``diptych methods --json``."""

from dataclasses import asdict
from typing import Any

from diptych import CATALOGUE, Method
from diptych.hyper_parameters import hyper_parameters
from diptych.method import Player
from diptych.noise import Draw
from diptych_lab.config import rule_record
from diptych_lab.recipes import KINDS, Recipe, recipe_of


def facts(method: Method) -> dict[str, Any]:
    """A method of the catalogue as JSON values: formulas in LaTeX, players in order."""
    card = method.card
    assert card is not None
    known = hyper_parameters(CATALOGUE[method.name])
    return {
        "name": method.name,
        "family": method.family,
        "title": card.title,
        "paper": card.paper,
        "equation": card.equation,
        "composition": method.composition,
        "formula": dict(card.formula),
        "conventions": card.conventions,
        "hyper_parameters": {
            name: {
                "default": each.default,
                "type": each.type,
                "choices": each.choices,
                "range": each.range,
                "description": each.description,
            }
            for name, each in known.items()
        },
        "roles": {name: asdict(role) for name, role in method.roles.items()},
        "noise": {name: _draw(draw) for name, draw in method.noise.items()},
        "prior": _draw(method.prior),
        "players": [_player(player) for player in method.players],
        "order": method.order,
        "batch": method.batch,
        "recipes": {kind: recipe.table() for kind in KINDS if (recipe := recipe_of(kind, method.name)) != Recipe()},
    }


def _draw(draw: Draw) -> dict[str, Any]:
    record = asdict(draw)
    return {**record, "law": {"name": type(draw.law).__name__, **record["law"]}}


def _player(player: Player) -> dict[str, Any]:
    return {
        "name": player.name,
        "owns": player.owns,
        "steps": asdict(player.steps),
        "projection": player.projection and asdict(player.projection),
        "optimizer": rule_record(player.optimizer),
    }
