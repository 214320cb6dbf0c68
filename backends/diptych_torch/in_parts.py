"""The gradients of a step's parts, averaged: `diptych.parts` says what of."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from diptych import parts
from diptych_torch.called import Tensors
from diptych_torch.tape import Tape

Found = tuple[Tensors, dict[str, Sequence[Tensor]]]  # by player the loss and its gradients


def in_parts(
    find: Callable[[Tensor, Tensors], Found], x: Tensor, noise: Tensors, count: int, tape: Tape | None
) -> Found:
    """What `find` finds of each part, one after another, averaged by rows; `tape` holds one at a time."""
    losses: Tensors = {}
    gradients: dict[str, Sequence[Tensor]] = {}
    for rows in parts.cut(len(x), count):
        own, found = find(x[rows], {name: draw[rows] for name, draw in noise.items()})
        if tape is not None:
            tape.clear()
        share = (rows.stop - rows.start) / len(x)
        with torch.no_grad():
            for name, loss in own.items():
                first = name not in losses
                losses[name] = share * loss if first else losses[name] + share * loss
                scaled = [share * g for g in found[name]]
                gradients[name] = scaled if first else [a + b for a, b in zip(gradients[name], scaled, strict=True)]
    return losses, gradients
