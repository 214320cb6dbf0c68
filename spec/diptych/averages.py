"""The averages of a model's weights, read out of the state of its trainer."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from diptych.optimizers import EMA
from diptych.players import Player

Tensors = Mapping[str, np.ndarray[Any, Any]]


def averaged(
    weights: Mapping[str, Tensors], state: Tensors, players: Iterable[Player]
) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    """`weights` by role, with the average of each tensor that has one in its place.

    `state` is as `Trainer.state` gives it. Where several players average a role, it is the last of those who have
    moved.
    """
    found = {role: dict(own) for role, own in weights.items()}
    for player in players:
        if not state[f"{player.name}.updates"]:
            continue
        for role in player.owns:
            places = {name: f"{player.name}.{EMA}.{role}.{name}" for name in found[role]}
            found[role] |= {name: state[key] for name, key in places.items() if key in state}
    return found
