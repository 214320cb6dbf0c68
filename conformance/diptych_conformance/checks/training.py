"""The parts of rounds and runs: update rules, and training by the backend and by the reference."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from diptych.networks import Network
from diptych.optimizers import Optimizer, needs
from diptych.protocol import Capability
from diptych_conformance.checks.rules import AT_RATES, OTHERS, PARTS, RATES, RULES, SETTINGS
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, Problem, Weights, rounded
from diptych_conformance.core.session import Session, stepped, unchanged
from diptych_conformance.core.tolerance import eps, relative_error, rounds_allowed
from diptych_conformance.references.oracle.optimizers import rate_of
from diptych_conformance.references.oracle.trainer import Gradients, ReferenceTrainer

ROUNDS = 10
HALF = ROUNDS // 2
OWN, PARTLY = "own rules", "own rules but for the last"  # a trainer is given no rules, or one of several
MIXED = "mixed"  # another rule for every player
FLOAT32 = {  # beside the core methods under Adam: every rule, and every kind of step under one
    *(("ns-gan", rule) for rule in RULES),
    *((subject, "adam") for subject in ("batch norm", "gated", "ns-gan conv", "clipped", "two owners")),
    *((subject, "adam") for subject in ("simultaneous", "slope of batch norm")),
}


@dataclass(frozen=True)
class Run:
    """A problem's method under one rule for all of its players, each with a learning rate of its own.

    Or under its `OWN` rules, or `PARTLY`, or `MIXED`. The problem's numbers are exact in the dtype.
    """

    problem: Problem
    rule: str
    execution: str = "eager"
    dtype: str = "float64"

    @property
    def optimizers(self) -> dict[str, Optimizer] | None:
        """Every further player learns more slowly, and by other constants: whose rule it was shows."""
        if self.rule == OWN:
            return None
        if self.rule == PARTLY:
            return {self.problem.method.players[-1].name: RULES["sgd"]}
        if pair := (SETTINGS | PARTS).get(self.rule):
            first, other = pair
            return {player.name: other if i else first for i, player in enumerate(self.problem.method.players)}
        rules, names = {}, tuple(RULES)
        for i, player in enumerate(self.problem.method.players):
            name = names[i % len(names)] if self.rule == MIXED else self.rule
            rule, others = RULES[name], OTHERS[name] if i else {}
            rules[player.name] = replace(rule, **others, learning_rate=rate_of(rule) / (1 + i))
        return rules

    @property
    def needs(self) -> frozenset[Capability]:
        """What a backend must be able to do for these rules, and for their rates."""
        told = {Capability.RATES} if self.rule in AT_RATES else set()
        networks = (network.needs for network in self.problem.networks.values())
        rules = map(needs, (self.optimizers or {}).values())
        return frozenset(told).union(self.problem.method.needs, *networks, *rules)

    @property
    def key(self) -> str:
        return f"{self.problem.key}/{self.rule}/{self.execution}"

    def rates(self, number: int, names: tuple[str, ...]) -> dict[str, float] | None:
        """What step `number` is told of the learning rates of those who move."""
        if self.rule not in AT_RATES:
            return None
        found = {name: RATES[(number + i) % len(RATES)] for i, name in enumerate(names)}
        return {name: rate for name, rate in found.items() if rate is not None}

    def steps(self, start: int, stop: int) -> Iterator[tuple[tuple[str, ...], Array, dict[str, Array]]]:
        """Players, batch and noise of every step of rounds start to stop."""
        schedule = [self.problem.method.round(t) for t in range(stop)]
        number = sum(map(len, schedule[:start]))
        for names in (names for round_ in schedule[start:] for names in round_):
            x, noise = self.problem.step_data(number)
            yield names, rounded(x, self.dtype), {name: rounded(a, self.dtype) for name, a in noise.items()}
            number += 1


@dataclass(frozen=True)
class Path:
    """Losses by player, weights, and optimiser state, after some rounds."""

    losses: Mapping[str, Array]
    weights: Weights
    state: Mapping[str, Array]

    def groups(self) -> dict[str, dict[str, Array]]:
        """Numbers of one size together: a player's losses, a network's weights, a player's slot."""
        groups = {f"losses of {player}": {"loss": values} for player, values in self.losses.items()}
        groups |= {f"weights of {role}": dict(tensors) for role, tensors in self.weights.items()}
        for key, array in self.state.items():
            player, slot, *_ = key.split(".")
            groups.setdefault(f"{slot} of {player}", {})[key] = np.asarray(array)
        return groups


def nets_and_trainer(run: Run, session: Session, weights: Weights) -> tuple[Any, Any]:
    """The backend's own networks and trainer, from these weights."""
    nets = session.build(run.problem.networks, weights, run.dtype)
    return nets, trainer_of(run, session, nets)


def trainer_of(run: Run, session: Session, nets: Any) -> Any:
    """A trainer of these networks."""
    chosen = {} if run.rule == OWN else {"execution": run.execution}  # eager is the default
    return session.backend.trainer(run.problem.method, nets, run.optimizers, **chosen)


def trained(run: Run, session: Session, stops: tuple[int, ...], weights: Weights, state: Any = None) -> list[Path]:
    """`record_paths` by the backend's own trainer, from these weights and this state."""
    nets, trainer = nets_and_trainer(run, session, weights)
    if state is not None:
        with unchanged("state", *map(np.asarray, state.values())):
            trainer.restore(state)
    return record_paths(trainer, lambda: session.backend.weights(nets), run, *stops)


def reference(run: Run, session: Session, weights: Weights) -> ReferenceTrainer:
    """The rules written out in NumPy, in float64, on the backend's own gradients, eager and in the run's dtype."""
    problem = run.problem
    gradients = backend_gradients(problem.networks, run.dtype, session)
    return ReferenceTrainer(problem.method, problem.networks, weights, run.optimizers or {}, gradients)


def backend_gradients(networks: Mapping[str, Network], dtype: str, session: Session) -> Gradients:
    """The backend's own, eager and in this dtype, as a reference trainer takes them."""

    def gradients(player: Any, weights: Any, x: Array, noise: Mapping[str, Array]) -> Any:
        nets = session.build(networks, weights, dtype)
        loss, grads = session.backend.value_and_grads(player, nets, x, noise)
        return loss, {role: {name: np.float64(g) for name, g in own.items()} for role, own in grads.items()}

    return gradients


def record_paths(trainer: Any, weights: Callable[[], Weights], run: Run, *stops: int) -> list[Path]:
    """The state of a trainer at each of these rounds but the first, and its losses since the previous one."""
    paths = []
    for start, stop in pairwise(stops):
        losses: dict[str, list[float]] = {player.name: [] for player in run.problem.method.players}
        first = sum(len(run.problem.method.round(t)) for t in range(start))
        for number, (names, x, noise) in enumerate(run.steps(start, stop), first):
            with unchanged("batch and noise", x, *noise.values()):
                for player, loss in stepped(trainer, names, x, noise, run.rates(number, names)).items():
                    losses[player].append(float(loss))
        arrays = {player: np.asarray(values) for player, values in losses.items()}
        paths.append(Path(arrays, weights(), trainer.state()))
    return paths


def reference_paths(run: Run, session: Session) -> list[Path]:
    """The reference half way and at the end, whatever the execution."""

    def compute() -> list[Path]:
        trainer = reference(run, session, run.problem.weights)
        return record_paths(trainer, lambda: trainer.weights, run, 0, HALF, ROUNDS)

    found: list[Path] = session.once(("reference", replace(run, execution="eager").key), compute)
    return found


def compared(path: Path, expected: Path, dtype: str = "float64", by: str = "Trainer.step") -> Finding:
    """The largest error of any group, relative to its largest entry; infinite where the reference diverges.

    `by` is the method at fault where numbers differ; where names do, it is the one that gives them.
    """
    got, wanted = path.groups(), expected.groups()
    errors: dict[str, float] = {
        group: relative_error(got.get(group, {}), arrays) for group, arrays in wanted.items() if arrays
    }
    errors |= {group: float("inf") for group in got.keys() - wanted.keys()}
    errors |= {group: float("inf") for group, arrays in wanted.items() if not _finite(arrays)}
    worst = max(errors, key=lambda group: errors[group])
    if got.get(worst, {}).keys() != wanted.get(worst, {}).keys():
        by = giver(worst)
    return Finding(errors[worst] / eps(dtype), rounds_allowed(dtype), f"{by}: {worst}")


def giver(group: str) -> str:
    """The method that gives a group of numbers."""
    kind = group.partition(" of ")[0]
    return {"losses": "Trainer.step", "weights": "Backend.weights"}.get(kind, "Trainer.state")


def different(got: Mapping[str, Mapping[str, Array]], expected: Mapping[str, Mapping[str, Array]]) -> list[str]:
    """What of the first groups of numbers is not, bit for bit, as in the second: group, name, and one entry."""
    found = []
    for group, arrays in got.items():
        for name, a in arrays.items():
            if not np.array_equal(a, expected[group][name]):
                error = relative_error({name: a}, {name: expected[group][name]})
                found.append(f"{group}: {error.entry}")
    return found


def _finite(arrays: Mapping[str, Array]) -> bool:
    """Two diverged paths are equal in NaN, which proves nothing."""
    return all(bool(np.isfinite(a).all()) for a in arrays.values())
