"""A model whose networks stay the ones that it began with, for a loop of a framework that knows these."""

from collections.abc import Mapping
from typing import Any

from diptych.model import Model
from diptych.typing import Weights


class ModelInPlace(Model):
    """A model whose networks are written into where a state is restored; `write` says how."""

    def write(self, weights: Weights) -> None:
        """These weights, of a model of these networks, into the networks."""
        raise NotImplementedError

    def restore(self, state: Mapping[str, Any]) -> None:
        """As `Model.restore`, but that a `Network` is not built anew."""
        weights, moved, round, turn = self._parts(state, self.method.roles)
        self._trainer(self.nets, self._rules, moved)  # refuses before anything is written, as does the next
        self.backend.build(self._networks, weights, dtype=self.dtype, device=self.device)
        self.write(weights)
        self.trainer.restore(moved)
        self.round, self.turn = round, turn
