"""What a run is: everything that decides its numbers but its length, as one record that JSON can hold.

Two equal configs and a number of rounds give the same run: bit for bit in one backend, up to rounding in two.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

import diptych
from diptych import CATALOGUE
from diptych.method import Method
from diptych.networks import Network
from diptych.networks.architectures import ARCHITECTURES
from diptych.noise import Shape
from diptych.optimizers import OPTIMIZERS, Optimizer
from diptych_lab.dataset import Scaling

FORMAT = 1  # of config files and checkpoints
DType = Literal["float32", "float64"]


@dataclass(frozen=True)
class Config:
    """A run but for its rounds. `data` says where the data were found and is no part of its identity.

    Nor is `scaling`, what was done to integers there; records that are older do not have it.

    `composed` is the method itself where the catalogue has none of that name; a record holds the name alone.
    """

    method: str
    hyper: Mapping[str, Any]
    data: str = field(compare=False)
    fingerprint: str
    event: Shape
    seed: int
    batch: int
    latent: int
    architecture: str
    width: int
    dtype: DType
    optimizers: Mapping[str, Optimizer]
    scaling: Scaling = field(default="none", compare=False)
    composed: Method | None = field(default=None, compare=False, repr=False)

    @property
    def shapes(self) -> dict[str, Shape]:
        return {"data": self.event, "latent": (self.latent,)}

    def make(self) -> Method:
        """Raises ValueError where the method was composed and is not at hand."""
        if self.composed:
            return self.composed
        if self.method not in CATALOGUE:
            raise ValueError(
                f"the run is of a composed method, {self.method!r}, which only Python has: "
                "diptych_lab.load(run, method=...), or train(method, ..., resume=True)"
            )
        return diptych.make(self.method, **self.hyper)

    @cached_property
    def networks(self) -> dict[str, Network]:
        return ARCHITECTURES[self.architecture](self.make(), self.shapes, width=self.width)

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        rules = {rule: name for name, rule in OPTIMIZERS.items()}
        optimizers = {player: {"rule": rules[type(o)], **asdict(o)} for player, o in self.optimizers.items()}
        return {name: getattr(self, name) for name in _recorded()} | {
            "format": FORMAT,
            "optimizers": optimizers,
            "hyper": dict(self.hyper),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any], composed: Method | None = None) -> "Config":
        """The config that gave `record`, with its method where that was composed.

        Raises ValueError where it is of another format, or of none, or of a method of another name.
        """
        if not isinstance(record, Mapping):
            raise ValueError(f"not a run's config: {record!r}")
        if record.get("format") != FORMAT:
            raise ValueError(f"config of format {record.get('format')}, this diptych reads format {FORMAT}")
        try:
            values = {name: record[name] for name in _recorded() if name in record or name != "scaling"}
            values["event"] = tuple(record["event"])
            values["hyper"] = {k: tuple(v) if isinstance(v, list) else v for k, v in record["hyper"].items()}
            values["optimizers"] = {
                player: OPTIMIZERS[o["rule"]](**{k: v for k, v in o.items() if k != "rule"})
                for player, o in record["optimizers"].items()
            }
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a run's config: {error!r}") from None
        if composed and composed.name != record["method"]:
            raise ValueError(f"the run is of {record['method']!r}, not of {composed.name!r}")
        return cls(**values, composed=composed)

    def text(self) -> str:
        return json.dumps(self.record(), indent=2, sort_keys=True) + "\n"

    def differences(self, other: "Config") -> list[str]:
        """``name ours here, theirs there`` of what differs in the identity; of another method, the name alone."""
        if self.method != other.method:
            return [f"method {self.method!r} here, {other.method!r} there"]
        ours, theirs = self._settings(), other._settings()
        found = [
            f"{name} {ours.get(name, 'none')} here, {theirs.get(name, 'none')} there"
            for name in ours | theirs
            if ours.get(name) != theirs.get(name)
        ]
        if self.fingerprint == other.fingerprint:
            return found
        if self.data == other.data:
            return [f"the data, {self.data}, have changed", *found]
        return [f"data {self.data} here, {other.data} there", *found]

    def _settings(self) -> dict[str, Any]:
        """All but method and data, each by itself."""
        record = self.record()
        flat = {
            name: record[name] for name in ("event", "seed", "batch", "latent", "architecture", "width", "dtype")
        }
        for player, rule in record["optimizers"].items():
            flat |= {f"{name} of {player}": value for name, value in rule.items()}
        return record["hyper"] | flat


def _recorded() -> list[str]:
    return [f.name for f in fields(Config) if f.name != "composed"]
