"""A backend that computes nothing, and keeps what it is handed: a run seen from the outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from diptych import Capability
from diptych_lab import Dataset, Progress, metrics, train
from diptych_lab import Run as Trained

ROWS, BATCH = 25, 6  # one row is left over in every epoch of four batches
DATA = Dataset("rows", np.arange(ROWS * 2, dtype="float32").reshape(ROWS, 2) / ROWS)

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class Taken:
    """One step, as a trainer is asked for it, and the losses that it gave."""

    players: tuple[str, ...]
    x: Array
    noise: dict[str, Array]
    losses: dict[str, float]


@dataclass
class Recorder:
    """Weights stay as they are; a loss is another number in every step."""

    name: str = "recorder"
    capabilities: frozenset[Capability] = frozenset(Capability) - {Capability.REPLICAS, Capability.OWN_LOOP}
    default_execution: str = "eager"
    built: list[Any] = field(default_factory=list)
    steps: list[Taken] = field(default_factory=list)
    shown: list[Array] = field(default_factory=list)  # what was passed through networks

    def build(self, networks: Any, weights: Any, *, dtype: str = "float32", device: Any = None) -> Any:
        cast = {r: {name: np.array(a, dtype) for name, a in own.items()} for r, own in weights.items()}
        self.built.append({r: {name: np.array(a) for name, a in own.items()} for r, own in weights.items()})
        return cast

    def weights(self, nets: Any) -> Any:
        return nets

    def call(self, f: Any, nets: Any, inputs: Mapping[str, Array], **settings: Any) -> Array:
        (rows,) = inputs.values()
        self.shown.append(np.array(rows))
        return np.zeros((len(rows), 2), "float32")

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, *, execution: str = "eager") -> "_Trainer":
        return _Trainer(self, method, nets, method.optimizers(optimizers))


class _Trainer:
    def __init__(self, recorder: Recorder, method: Any, nets: Any, rules: Any) -> None:
        self.recorder, self.kept = recorder, {}
        for player in method.players:
            self.kept[f"{player.name}.updates"] = np.array(0)
            for slot in rules[player.name].slots:
                for role in player.owns:
                    for name, a in nets[role].items():
                        if "running" not in name:
                            self.kept[f"{player.name}.{slot}.{role}.{name}"] = np.zeros_like(a)

    def step(self, players: Any, x: Array, noise: Mapping[str, Array], rates: Any = None) -> dict[str, float]:
        for player in players:
            self.kept[f"{player}.updates"] += 1
        total = sum(int(self.kept[name]) for name in self.kept if name.endswith(".updates"))
        losses = {player: total**2 + (1 + i) / 8 for i, player in enumerate(players)}
        taken = Taken(tuple(players), np.array(x), {name: np.array(a) for name, a in noise.items()}, losses)
        self.recorder.steps.append(taken)
        return losses

    def state(self) -> dict[str, Array]:
        return {name: np.array(a) for name, a in self.kept.items()}

    def restore(self, state: Mapping[str, Array]) -> None:
        self.kept = {name: np.array(a) for name, a in state.items()}


@dataclass
class Run:
    """What came of a run: `steps` round by round, weights as they began, metrics, what was shown and what told."""

    steps: list[list[Taken]]
    weights: Any
    metrics: list[dict[str, Any]]
    shown: list[Array]
    told: list[Progress]
    trained: Trained

    @property
    def method(self) -> Any:
        return self.trained.method

    def samples(self, n: int, seed: int) -> Array:
        """The draws of the prior that so many samples are made of."""
        before = len(self.shown)
        self.trained.sample(n, seed=seed)
        return np.concatenate(self.shown[before:])

    @property
    def taken(self) -> list[Taken]:
        return [step for of_round in self.steps for step in of_round]

    @property
    def draws(self) -> dict[tuple[int, str], Array]:
        """(number of the step, name) -> noise, but for numbers that only follow the round."""
        return {
            (number, name): a
            for number, step in enumerate(self.taken)
            for name, a in step.noise.items()
            if type(self.method.noise[name].law).__name__ != "Constant"
        }


def recorded(
    out: Path,
    method: str = "wgan-gp",
    rounds: int = 8,
    *,
    stops: tuple[int, ...] = (),
    name: str = "recorder",
    **more: Any,
) -> Run:
    """A run of so many rounds, in one sitting or broken off after each of `stops`."""
    recorder, told = Recorder(name), list[Progress]()
    settings = {"batch": BATCH, "width": 4, "say": lambda line: None, "watch": told.append, **more}
    data = Dataset("rows", DATA.x.astype(more.get("dtype", "float32")))
    for number, until in enumerate((*stops, rounds)):
        trained = train(method, data=data, backend=recorder, out=out, rounds=until, resume=number > 0, **settings)
    ahead, steps = iter(recorder.steps), []
    for t in range(rounds):
        steps.append([next(ahead) for _ in trained.method.round(t)])
    assert next(ahead, None) is None, "more steps than the rounds have"
    rows = list(metrics.read(out / "metrics.jsonl"))
    return Run(steps, recorder.built[0], rows, recorder.shown, told, trained)
