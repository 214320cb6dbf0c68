"""Whose turn it is: the steps of a method's rounds, one after another, a step by its round and its number there."""

from diptych.method import Method

Turn = tuple[int, int]  # the rounds that are done, and the steps of the one that is not


def next_step(method: Method, round: int, turn: int) -> Turn:
    """The step at this place, or the first one after it.  ValueError where no round has a step any more."""
    while turn >= len(method.round(round)):
        if not any(player.steps.has_step_from(round) for player in method.players):
            raise ValueError(f"method {method.name!r} has no step from round {round} on")
        round, turn = round + 1, 0
    return round, turn


def after(method: Method, round: int, turn: int) -> Turn:
    """The place behind this step: in the next round where it is the last of its own."""
    return (round + 1, 0) if turn + 1 == len(method.round(round)) else (round, turn + 1)
