"""The gradients of a step's parts, averaged: `diptych.parts` says what of."""

from collections.abc import Callable

import torch
from torch import Tensor

from diptych import parts
from diptych_torch.autodiff import Gradients
from diptych_torch.tape import Tape

Found = list[tuple[Tensor, Gradients]]  # of each player the loss and its gradients


def in_parts(
    differentiated: Callable[[Tensor, dict[str, Tensor]], Found],
    x: Tensor,
    noise: dict[str, Tensor],
    count: int,
    tape: Tape | None,
) -> Found:
    """What `differentiated` finds of each part, one after another, averaged by rows; `tape` holds one at a time."""
    whole: Found = []
    for rows in parts.cut(len(x), count):
        found = differentiated(x[rows], {name: draw[rows] for name, draw in noise.items()})
        if tape is not None:
            tape.clear()
        share = (rows.stop - rows.start) / len(x)
        with torch.no_grad():
            own = [(share * loss, _scaled(grads, share)) for loss, grads in found]
            whole = [(a + b, _added(g, h)) for (a, g), (b, h) in zip(whole, own, strict=True)] if whole else own
    return whole


def _scaled(grads: Gradients, share: float) -> Gradients:
    return {role: {name: share * g for name, g in own.items()} for role, own in grads.items()}


def _added(first: Gradients, second: Gradients) -> Gradients:
    return {role: {name: g + second[role][name] for name, g in own.items()} for role, own in first.items()}
