"""A trainer's state that is taken up again: all entries as they are expected, or none."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from diptych import border


def restored(
    state: Mapping[str, Any], own: Mapping[str, Any], players: Collection[str], dtype: str
) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, int]]:
    """The optimisers' slots of `state`, arrays of `dtype` under its keys, and each player's number of updates.

    `own` is the state of the trainer that takes it up: keys, and arrays of the shapes that are wanted; its entries
    ``PLAYER.updates`` are the counts. Raises ValueError, naming the entry, where one is missing, unknown, of other
    shape or no real numbers, and where a count is no whole number of at least 0.
    """
    for key in sorted(own.keys() ^ state.keys()):
        raise ValueError(f"optimiser state: {'unknown' if key in state else 'missing'} entry {key!r}")
    counts = {player: f"{player}.updates" for player in players}
    slots = {}
    for key in sorted(own.keys() - set(counts.values())):
        slots[key] = border.array(f"optimiser state: {key!r}", state[key], dtype)
        if slots[key].shape != tuple(own[key].shape):
            raise ValueError(f"optimiser state: {key!r} has shape {slots[key].shape}, not {tuple(own[key].shape)}")
    return slots, {player: border.count(f"optimiser state: {key!r}", state[key]) for player, key in counts.items()}
