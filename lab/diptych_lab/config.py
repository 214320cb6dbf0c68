"""What a run is: everything that decides its numbers but its length, as one record that JSON can hold.

Two equal configs and a number of rounds give the same run: bit for bit in one backend, up to rounding in two.
"""

import inspect
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, TypedDict

import numpy as np

import diptych
from diptych.method import Method
from diptych.networks import Network
from diptych.networks.architectures import ARCHITECTURES
from diptych.noise import Shape
from diptych.optimizers import OPTIMIZERS, Optimizer
from diptych.suggestion import suggestion
from diptych_lab.data import Dataset

FORMAT = 1  # of config files and checkpoints
DType = Literal["float32", "float64"]


class Settings(TypedDict, total=False):
    """What a user may choose beside method and data; the rest are the method's own defaults."""

    hyper: Mapping[str, Any]
    seed: int
    batch: int | None
    latent: int | None
    architecture: str
    width: int | None
    dtype: DType
    optimizer: str | None
    learning_rate: float | None


@dataclass(frozen=True)
class Config:
    """A run but for its rounds. `data` says where the data were found and is no part of its identity."""

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

    @property
    def shapes(self) -> dict[str, Shape]:
        return {"data": self.event, "latent": (self.latent,)}

    def make(self) -> Method:
        return diptych.make(self.method, **self.hyper)

    @cached_property
    def networks(self) -> dict[str, Network]:
        return ARCHITECTURES[self.architecture](self.make(), self.shapes, width=self.width)

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        rules = {rule: name for name, rule in OPTIMIZERS.items()}
        optimizers = {player: {"rule": rules[type(o)], **asdict(o)} for player, o in self.optimizers.items()}
        return {f.name: getattr(self, f.name) for f in fields(self)} | {
            "format": FORMAT,
            "optimizers": optimizers,
            "hyper": dict(self.hyper),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Config":
        """The config that gave `record`. Raises ValueError where it is of another format, or of none."""
        if not isinstance(record, Mapping):
            raise ValueError(f"not a run's config: {record!r}")
        if record.get("format") != FORMAT:
            raise ValueError(f"config of format {record.get('format')}, this diptych reads format {FORMAT}")
        try:
            values = {f.name: record[f.name] for f in fields(cls)}
            values["event"] = tuple(record["event"])
            values["hyper"] = {k: tuple(v) if isinstance(v, list) else v for k, v in record["hyper"].items()}
            values["optimizers"] = {
                player: OPTIMIZERS[o["rule"]](**{k: v for k, v in o.items() if k != "rule"})
                for player, o in record["optimizers"].items()
            }
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a run's config: {error!r}") from None
        return cls(**values)

    def text(self) -> str:
        return json.dumps(self.record(), indent=2, sort_keys=True) + "\n"

    def differences(self, other: "Config") -> list[str]:
        """``name: here, there`` of every field of the identity that differs."""
        pairs = [(f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self) if f.compare]
        return [f"{name} {here!r} here and {there!r} there" for name, here, there in pairs if here != there]


def configure(
    method: str,
    data: Dataset,
    *,
    hyper: Mapping[str, Any] | None = None,
    seed: int = 0,
    batch: int | None = None,
    latent: int | None = None,
    architecture: str = "mlp",
    width: int | None = None,
    dtype: DType = "float32",
    optimizer: str | None = None,
    learning_rate: float | None = None,
) -> Config:
    """The config of `method` on `data`, complete and checked.

    Not given: batch and optimisers are the method's, the latent has 8 dimensions (fewer where the data have),
    the width is the architecture's. Raises ValueError, naming the setting and what it may be.
    """
    record = diptych.make(method, **(hyper or {}))
    if architecture not in ARCHITECTURES:
        raise ValueError(f"unknown architecture {architecture!r}{suggestion(architecture, ARCHITECTURES)}")
    if dtype not in ("float32", "float64"):
        raise ValueError(f"unknown dtype {dtype!r}; known: float32, float64")
    if data.x.dtype != dtype:
        raise ValueError(f"the data are in {data.x.dtype}, the run in {dtype}; load them in the run's dtype")
    entries = data.x[0].size
    usual_width = inspect.signature(ARCHITECTURES[architecture]).parameters["width"].default
    config = Config(
        method=method,
        hyper=dict(record.hyper),
        data=data.source,
        fingerprint=data.fingerprint,
        event=data.event,
        seed=seed,
        batch=record.batch if batch is None else batch,
        latent=min(8, entries) if latent is None else latent,
        architecture=architecture,
        width=usual_width if width is None else width,
        dtype=dtype,
        optimizers={p.name: _optimizer(p.optimizer, optimizer, learning_rate) for p in record.players},
    )
    for name in ("batch", "latent", "width"):
        if getattr(config, name) < 1:
            raise ValueError(f"{name} must be at least 1, got {getattr(config, name)}")
    _check_domain(record, data)
    if config.batch > len(data.x):
        rows = "1 row is" if len(data.x) == 1 else f"{len(data.x)} rows are"
        raise ValueError(
            f"{data.source}: {rows} too few for a batch of {config.batch}; "
            f"pass --batch {len(data.x)} or less, or more data"
        )
    record.check(config.networks, config.shapes)
    return config


def _check_domain(method: Method, data: Dataset) -> None:
    """Raise ValueError where an entry of the data lies where the method's cost is not one."""
    low, high = method.domain
    outside = (data.x < low) | (data.x > high)
    if outside.any():
        where = tuple(int(i) for i in np.argwhere(outside)[0])
        raise ValueError(
            f"{data.source}: {data.x[where]:g} at row {where[0]}, position {where[1:]}, but the cost of "
            f"{method.composition or method.name} is one for data in [{low:g}, {high:g}] only; scale them"
        )


def _optimizer(default: Optimizer, name: str | None, learning_rate: float | None) -> Optimizer:
    rate = default.learning_rate if learning_rate is None else learning_rate
    if name is None:
        return replace(default, learning_rate=rate)
    if name not in OPTIMIZERS:
        raise ValueError(f"unknown optimizer {name!r}{suggestion(name, OPTIMIZERS)}")
    return OPTIMIZERS[name](learning_rate=rate)
