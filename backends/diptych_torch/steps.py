"""What is computed in a step of players who move together. All that is the same in every step is prepared once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice

import torch
from torch import Tensor

from diptych.method import Method, Player
from diptych_torch.autodiff import ByRole, Tensors, differentiated, gradients, moves, recorded
from diptych_torch.execution import executed
from diptych_torch.in_parts import Found, in_parts
from diptych_torch.nets import Nets, Owned, constant
from diptych_torch.optimizers import Factors
from diptych_torch.player_update import PlayerUpdate
from diptych_torch.statistics import RunningStatistics
from diptych_torch.tape import Tape

Scales = dict[str, Factors]  # by player
Said = dict[str, Tensor]  # who moves, of those whom a gate decides on
Note = Callable[[Player, ByRole], None]  # a player's running statistics after its loss


class Step:
    """Losses, gradients, updates and projections of some players, by `updates`; in `count` parts of the batch."""

    def __init__(
        self,
        method: Method,
        nets: Nets,
        players: tuple[Player, ...],
        owned: Mapping[str, Owned],
        updates: Mapping[str, PlayerUpdate],
        execution: str,
        count: int = 1,
    ) -> None:
        self.method, self.nets, self.players, self.owned, self.updates = method, nets, players, owned, updates
        self.execution, self.count = execution, count
        self.running = RunningStatistics(nets.modules)
        eager = execution == "eager"
        self.reads = eager and nets.device.type == "cpu"  # a gate, before anybody is differentiated
        self.tape = Tape() if eager and len(players) > 1 and not nets.native else None
        moving = nets.owned([role for player in players for role in player.owns])
        self.others = moving.others if eager else []
        known = set(map(id, self.others))
        self.rest = {  # what belongs to other players of the step, where each has a tape of its own
            player.name: [p for p in owned[player.name].others if id(p) not in known] if not self.tape else []
            for player in players
        }
        # held until the next step, as `.grad` is: to give memory back and ask for it anew costs page faults
        self.gradients: dict[str, Sequence[Tensor]] = {}
        self._run = executed(self._step, execution, eager=self._look, nets=nets)

    def __call__(self, x: Tensor, noise: Tensors, scales: Scales) -> tuple[Tensors, Said]:
        """The losses before the step, and what the gate said; elsewhere all is changed in place."""
        with self._recording():
            return self._run(x, noise, scales)

    @contextmanager
    def _recording(self) -> Iterator[None]:
        try:
            with constant(self.others):
                yield
        finally:
            if self.tape:
                self.tape.clear()

    def _step(self, x: Tensor, noise: Tensors, scales: Scales) -> tuple[Tensors, Said]:
        statistics = self.running.now()
        said = self._said(x, noise, statistics)
        resting = {name for name, move in said.items() if self.reads and not move}
        undone = {} if self.reads else said  # afterwards, where the gate says so

        def note(player: Player, after: ByRole) -> None:
            if player.name in undone:
                move = undone[player.name]
                after = {role: _chosen(move, own, statistics[role]) for role, own in after.items()}
            if player.name not in resting:
                statistics.update(after)

        def find(x: Tensor, noise: Tensors) -> Found:
            by = self._by_tape if self.execution == "eager" else self._by_function
            return by(x, noise, statistics, note, resting)

        losses, found = find(x, noise) if self.count == 1 else in_parts(find, x, noise, self.count, self.tape)
        for player in self.players:  # when every loss was computed where the step began
            if player.name not in resting:
                note(player, {role: self.running.advanced(role, statistics[role]) for role in player.owns})
        with torch.no_grad():
            for player in self.players:
                if player.name in found:
                    name = player.name
                    self.updates[name](found[name], scales[name], undone.get(name))
            for player in self.players:
                for role in player.owns:
                    self.running.keep(role, statistics[role])
        return losses, said

    def _said(self, x: Tensor, noise: Tensors, statistics: ByRole) -> Said:
        gate = moves(self.method, self.nets, x, noise, statistics, self.tape)
        return {player.name: gate[player.name] for player in self.players if player.name in gate}

    def _by_tape(self, x: Tensor, noise: Tensors, statistics: ByRole, note: Note, resting: set[str]) -> Found:
        """Losses, and gradients of those who do not rest: of all together, or of each on a tape of its own."""
        self.gradients.clear()
        losses: Tensors = {}
        for group in [self.players] if self.tape else [(player,) for player in self.players]:
            with constant(self.rest[group[0].name]):
                for player in group:
                    losses[player.name], after = recorded(player, self.nets, x, noise, statistics, self.tape)
                    note(player, after)
                self._differentiate({p.name: losses[p.name] for p in group if p.name not in resting})
        return {name: loss.detach() for name, loss in losses.items()}, self.gradients

    def _differentiate(self, losses: Mapping[str, Tensor]) -> None:
        """By what these players own; by all that has its gradient of one loss at once."""
        passes: dict[str, list[str]] = {}
        for player in self.players:
            if player.name in losses:
                source = player.gradient_of if player.gradient_of in losses else player.name
                passes.setdefault(source, []).append(player.name)
        left = len(passes)
        for source, names in passes.items():
            left -= 1
            tensors = [p for name in names for p in self.owned[name].trained]
            each = iter(differentiated(losses[source], tensors, self.nets, again=left > 0))
            self.gradients |= {name: tuple(islice(each, len(self.owned[name].trained))) for name in names}

    def _by_function(self, x: Tensor, noise: Tensors, statistics: ByRole, note: Note, resting: set[str]) -> Found:
        """As `_by_tape`, for a compiler; nobody rests."""
        losses, found = {}, {}
        for player in self.players:
            loss, grads, after = gradients(
                player, self.nets, self.owned[player.name], x, noise, self.execution, statistics
            )
            losses[player.name], found[player.name] = loss, grads
            note(player, after)
        return losses, found

    def _look(self, x: Tensor, noise: Tensors, scales: Scales) -> None:
        """The losses and gradients of eager execution; nothing changes."""
        moves(self.method, self.nets, x, noise, self.nets.statistics())
        for player in self.players:
            gradients(player, self.nets, self.owned[player.name], x, noise, "eager")


def _chosen(move: Tensor, moved: Tensors, held: Tensors) -> Tensors:
    return {name: torch.where(move, tensor, held[name]) for name, tensor in moved.items()}
