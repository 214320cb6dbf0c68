"""A method as data: which networks, which noise, which players, in which order.

Nothing here computes. A backend reads the record to know what to differentiate and what to update; the lab reads
it to know what to draw and what to show.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, prod
from typing import Any, Literal

import numpy as np

from diptych import checks, optimizers
from diptych.capability import Capability
from diptych.construction import Constructed
from diptych.noise import Draw, FloatArray
from diptych.optimizers import Optimizer
from diptych.players import Clip, Player, Steps
from diptych.typing import DrawCodes, Gate, Generate, LogWeights, Objective, Reconstruct, Shape, Shapes, Simulate

__all__ = ["Card", "Clip", "Gate", "Method", "Objective", "Player", "Role", "Shapes", "Steps"]


@dataclass(frozen=True)
class Role:
    """What a network must map to what, in the names of the run's shapes.

    `inputs` and `output` name shapes: ``data`` and ``latent``, which the run decides, and what `Method.shapes`
    adds.
    """

    inputs: tuple[str, ...]
    output: str
    batch_norm: bool = True  # False where per-sample gradients must not depend on the batch


@dataclass(frozen=True)
class Card:
    """What a reader wants to know first. `formula` is LaTeX, one line a player."""

    title: str
    paper: str
    equation: str
    formula: Mapping[str, str]
    conventions: str


@dataclass(frozen=True)
class Method(Constructed):
    """A method, complete but for networks, data and a backend. A named one has the `composition` it is a name for.

    `generate(nets, z, ops)` maps draws of `prior` to samples. Where the method has an encoder,
    `reconstruct(nets, x, ops)` maps data to reconstructions, and `encode(nets, x, ops)` to codes, the centres of
    Q(z|x); where these codes are of the prior's space, `draw_codes(nets, x, noise, ops)` draws them from Q(z|x).
    Samples and reconstructions are what a person looks at: decoder means, not logits. Where it has a
    likelihood, `log_weights(nets, x, epsilon, ops)` gives log p(x, z_i) - log Q(z_i|x) of draws of the encoder:
    (n, ...), (n, K, *latent) -> (n, K), and `simulate(nets, z, noise, ops)` a draw x of p(x|z), with the ε at which
    the encoder's draw for x is z; `data_noise` is its noise. `tolerance`
    raises the conformance limit of 64 eps for a formula that cancels; `tolerance_reason` says why.
    `events(shapes)` gives the named shapes this method has beyond ``data`` and ``latent``. `gate`, looking at a
    step's batch, says which of its players move; those it does not name always do. `reach` is how large a critic's
    output may grow before a formula that is exponential in it overflows float32.

    Raises ValueError where order, batch or tolerance is out of range, there is no player or two share a name, one
    owns a role that the method has not, or a simultaneous one takes other than one step a round.
    """

    name: str
    family: Literal["dual", "primal", "hybrid"]
    roles: Mapping[str, Role]
    noise: Mapping[str, Draw]
    players: tuple[Player, ...]
    prior: Draw
    generate: Generate
    reconstruct: Reconstruct | None = None
    encode: Reconstruct | None = None
    draw_codes: DrawCodes | None = None
    log_weights: LogWeights | None = None
    simulate: Simulate | None = None
    data_noise: Draw | None = None
    order: Literal["alternating", "simultaneous"] = "alternating"
    batch: int = 64
    needs: frozenset[Capability] = frozenset()
    hyper: Mapping[str, Any] = field(default_factory=dict)
    card: Card | None = None
    composition: str = ""
    tolerance: float = 1.0
    tolerance_reason: str = ""
    events: Callable[[Shapes], Shapes] = lambda shapes: {}
    gate: Gate | None = None
    reach: float = inf
    domain: tuple[float, float] = (-inf, inf)  # where its cost wants the data

    def __post_init__(self) -> None:
        checks.field(self, "order", checks.choice, ("alternating", "simultaneous"))
        checks.field(self, "batch", checks.whole)
        checks.field(self, "tolerance", checks.at_least, 1)
        names = [player.name for player in self.players]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"method {self.name!r}: players need distinct names, got {names}")
        for player in self.players:
            if player.gradient_of not in ("", *names):
                raise ValueError(
                    f"method {self.name!r}: player {player.name!r} has its gradient of {player.gradient_of!r}, "
                    f"who is no player: there are {names}"
                )
            for role in player.owns:
                if role not in self.roles:
                    raise ValueError(f"method {self.name!r}: player {player.name!r} owns unknown role {role!r}")
            if self.order == "simultaneous" and player.steps != Steps():
                raise ValueError(
                    f"method {self.name!r}: in simultaneous order every player takes one step a round, "
                    f"{player.name!r} asks for {player.steps}"
                )

    def player(self, name: str) -> Player:
        """The player of that name. Raises KeyError where there is none."""
        for player in self.players:
            if player.name == name:
                return player
        raise KeyError(f"method {self.name!r} has no player {name!r}; it has {[p.name for p in self.players]}")

    def of_encoder(self, name: Literal["encode", "reconstruct"]) -> Reconstruct:
        """The function of that name.  ValueError where the method has no encoder, and so neither of the two."""
        found: Reconstruct | None = getattr(self, name)
        if found is None:
            raise ValueError(f"method {self.name!r} has no encoder, so it encodes and reconstructs nothing")
        return found

    def of_likelihood(self) -> LogWeights:
        """`log_weights`.  ValueError where the method has no likelihood."""
        if self.log_weights is None:
            raise ValueError(f"method {self.name!r} has no likelihood; vae and iwae have")
        return self.log_weights

    def moving(self, names: Sequence[str]) -> tuple[Player, ...]:
        """The players of one step. ValueError where a name is unknown or comes twice."""
        known = {player.name: player for player in self.players}
        if not known.keys() >= set(names) or len(set(names)) < len(names):
            raise ValueError(f"a step needs distinct players among {sorted(known)}, got {list(names)}")
        return tuple(known[name] for name in names)

    def check_noise(self, noise: Mapping[str, Any]) -> None:
        """Raise ValueError where a declared draw is missing, or draws are not handed in by name."""
        checks.by_name("noise", noise)
        missing = self.noise.keys() - noise.keys()
        if missing:
            raise ValueError(f"a step of {self.name!r} needs the noise {sorted(missing)}, which is missing")

    def draws(
        self, streams: "np.random.Generator | Callable[[str], np.random.Generator]", n: int, run: Shapes, t: int = 0
    ) -> dict[str, FloatArray]:
        """The noise of one step of round t, by name: (n, *event) in float64, in a run of these shapes.

        `streams` is one generator, from which all are drawn in the order of `noise`, or gives each name its own.
        Raises ValueError as `shapes` does.
        """
        stream = streams if callable(streams) else lambda name: streams
        known = self.shapes(run)
        return {name: draw.sample(stream(name), n, known, t) for name, draw in self.noise.items()}

    def optimizers(self, chosen: Mapping[str, Optimizer] | None = None) -> dict[str, Optimizer]:
        """Each player's optimiser: the chosen one, its own where none is.

        Raises ValueError for an unknown player, and for what is no update rule of `diptych.optimizers`.
        """
        chosen = {} if chosen is None else chosen
        checks.by_name("optimizers", chosen, "update rules by player, such as {'critic': Adam(1e-3)}")
        unknown = chosen.keys() - {player.name for player in self.players}
        if unknown:
            raise ValueError(f"optimizers name {sorted(unknown)}, which are no players of method {self.name!r}")
        for name, rule in chosen.items():
            optimizers.check_rule(f"optimizer of player {name!r}", rule)
        return {player.name: player.optimizer for player in self.players} | dict(chosen)

    def round(self, t: int) -> tuple[tuple[str, ...], ...]:
        """The steps of round t, in order; the players of one step move together, from the same point.

        Every step gets a batch and a noise of its own.
        """
        if self.order == "simultaneous":
            return (tuple(player.name for player in self.players),)
        return tuple((player.name,) for player in self.players for _ in range(player.steps.at(t)))

    def named(self, name: str, *, card: Card, hyper: Mapping[str, Any], **changes: Any) -> "Method":
        """This composition under a name of its own, with its card and the hyper-parameters that made it."""
        changes = {"composition": self.name, "name": name, "card": card, "hyper": dict(hyper), **changes}
        return replace(self, **changes)

    def shapes(self, run: Shapes) -> dict[str, Shape]:
        """Every named event shape in a run of these ``data`` and ``latent`` shapes.

        ``scalar`` is the event (), one number a sample; ``moments`` is (2k,) for a latent of k: first the mean,
        then the log-variance. Raises ValueError where ``data`` or ``latent`` is missing, or no shape.
        """
        for name in ("data", "latent"):
            if name not in run:
                raise ValueError(f"shapes of method {self.name!r} must have 'data' and 'latent', got {sorted(run)}")
        given = {name: checks.shape(f"shape of {name!r}", event) for name, event in run.items()}
        return {**given, "scalar": (), "moments": (2 * prod(given["latent"]),), **self.events(given)}

    def signature(self, role: str, shapes: Shapes) -> tuple[tuple[Shape, ...], Shape]:
        """The event shapes a role takes and gives in a run of these shapes. ValueError where they do not exist."""
        record, known = self.roles[role], self.shapes(shapes)
        if "moments" in (*record.inputs, record.output) and len(shapes["latent"]) != 1:
            raise ValueError(f"moments need a flat latent event (k,), got {shapes['latent']}")
        return tuple(known[name] for name in record.inputs), known[record.output]
