"""What a step does to the tensors of one player: the rule's update, the projection, and the averages."""

from collections.abc import Iterable, Sequence
from itertools import chain

import torch
from torch import Tensor

from diptych.method import Player
from diptych.optimizers import Optimizer
from diptych_torch.fused import Together
from diptych_torch.nets import Owned
from diptych_torch.optimizers import Factors, average, clipped, update_each

Slots = dict[str, dict[str, dict[str, Tensor]]]  # role -> native name -> slot -> tensor


class PlayerUpdate:
    """An update of `owned` by `rule`, prepared once. `together`: by kernels for all parameters at once."""

    def __init__(self, player: Player, rule: Optimizer, owned: Owned, slots: Slots, *, together: bool) -> None:
        self.rule, self._parameters = rule, owned.trained
        self._slots = [slots[role][name] for role, own in owned.tensors.items() for name in own]
        self._together = Together(rule, self._parameters, self._slots) if together else None
        self._projected = list(_projected(player, owned))

    def __call__(self, gradients: Sequence[Tensor], factors: Factors, move: Tensor | None = None) -> None:
        """Gradients in the order of `owned.trained`. Undone where a gate says so, `move`."""
        before = [] if move is None else [(tensor, tensor.clone()) for tensor in self._moving()]
        gradients = clipped(self.rule, gradients)
        if self._together:
            self._together.update(gradients, factors)
        else:  # a compiler fuses by itself
            update_each(self.rule, zip(self._parameters, gradients, self._slots, strict=True), factors)
        for p, bound in self._projected:
            p.clamp_(-bound, bound)
        average(self.rule, self._parameters, self._slots, factors)
        if move is not None:
            for tensor, old in before:
                tensor.copy_(torch.where(move, tensor, old))

    def _moving(self) -> Iterable[Tensor]:
        """What an update changes, in the networks and in the optimiser."""
        return chain(self._parameters, *(own.values() for own in self._slots))


def _projected(player: Player, owned: Owned) -> Iterable[tuple[Tensor, float]]:
    """What the player's projection holds, each tensor once, and its bound."""
    if player.projection is not None:
        held = [owned.places[role].values() for role in player.owns if player.projection.holds(role)]
        for role, name in dict.fromkeys(chain.from_iterable(held)):
            yield owned.tensors[role][name], player.projection.bound
