"""What a run is: everything that determines its numbers, except its length, as one record of JSON values.

Two equal configs and a number of rounds give the same run: bit for bit in one backend, up to rounding in two.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec

import diptych
from diptych import CATALOGUE, checks, composition
from diptych.method import Method
from diptych.networks import Network, check
from diptych.networks.architectures import ARCHITECTURES
from diptych.noise import Shape
from diptych.optimizers import OPTIMIZERS, Optimizer
from diptych_lab import own_networks
from diptych_lab.augmentation import NONE, Augmentation
from diptych_lab.columns import Columns
from diptych_lab.dataset import Scaling
from diptych_lab.own_networks import Made
from diptych_lab.preparation import UNPREPARED, Preparation
from diptych_lab.records import Count, Strict, converted
from diptych_lab.settings import read_settings

FORMAT = 1  # of config files and checkpoints
DType = Literal["float32", "float64"]


@dataclass(frozen=True)
class Config:
    """A run without its number of rounds. `data` says where the data were found; it is not part of the identity.

    Nor is `scaling`, what was done to integers there; records that are older do not have it. `held_out` is the
    share of the rows that the run is not trained on (`diptych_lab.held_out`); a record has it where it is not 0.
    `preparation` is what was chosen of how files became rows, such as the size of pictures; a record has it where
    anything was. `columns` are those of a table, with what they are scaled by, and `augmentation` is what is
    done to the images of each batch.

    `composed` is the method itself where the catalogue has none of that name. A record holds its `composition`, and
    its name alone where a part of it has no record: `unrecorded` says which.

    `own` are networks of a user's own by role, in the place of the architecture's: a record holds what describes
    one, or the path of the function that makes it.
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
    held_out: float = 0.0
    preparation: Preparation = UNPREPARED
    columns: Columns | None = None
    augmentation: Augmentation = NONE
    own: Mapping[str, Network | Made] = field(default_factory=dict)
    composed: Method | None = field(default=None, compare=False, repr=False)
    composition: Mapping[str, Any] | None = field(default=None, repr=False)
    unrecorded: str = field(default="", compare=False)

    @property
    def shapes(self) -> dict[str, Shape]:
        return {"data": self.event, "latent": (self.latent,)}

    def make(self) -> Method:
        """The method, made once.  ValueError where it has to be handed in, see `given`."""
        return self._made

    def given(self, method: Method | None) -> "Config":
        """This config with `method`, if its record does not hold the method.

        ValueError for another method, as far as the record tells.
        """
        if method is None:
            return self
        if method.name != self.method:
            raise ValueError(f"the run is of {self.method!r}, not of {method.name!r}")
        if self.method in CATALOGUE:
            theirs = replace(self, hyper=dict(method.hyper))
        else:
            recorded, reason = composition_of(method)
            if self.composition is None:
                return replace(self, composed=method, composition=None if self.unrecorded else recorded)
            theirs = replace(self, composition=recorded, unrecorded=reason)
        if theirs != self:
            raise ValueError(f"the run is of another {self.method!r}: {'; '.join(self.differences(theirs))}")
        return self

    @cached_property
    def _made(self) -> Method:
        if self.composed:
            return self.composed
        if self.method not in CATALOGUE:
            raise ValueError(
                f"the run is of a composed method, {self.method!r}, which its config does not hold "
                f"({self.unrecorded or 'an older diptych wrote the name alone'}): hand it in from Python, "
                "diptych_lab.load(run, method=...), or train(method, ..., resume=True)"
            )
        return diptych.make(self.method, **self.hyper)

    def with_networks(self, networks: Mapping[str, Any]) -> "Config":
        """This config with the functions that make its modules, by role, named again.

        ValueError where one is missing, where it is another, and for a role that has none.
        """
        checks.by_name("networks", networks, "functions by role, such as {'critic': 'my_module:make'}")
        made = {role: own for role, own in self.own.items() if isinstance(own, Made)}
        for role in networks.keys() - made.keys():
            raise ValueError(f"the run's {role} is not made by a function of your own: leave it out")
        found: dict[str, Network | Made] = dict(self.own)
        for role, own in made.items():
            if role not in networks:
                raise own_networks.missing(role, own)
            inputs, output = self.make().signature(role, self.shapes)
            found[role] = own_networks.own_network(
                role, networks[role], inputs, output, seed=self.seed, dtype=self.dtype
            )
            if found[role] != own:
                raise ValueError(f"the run's {role} is made by {own.path}, and not by {networks[role]}")
        return replace(self, own=found)

    @cached_property
    def described(self) -> dict[str, Network]:
        """The networks that are data: all but modules of a framework's own."""
        ready = ARCHITECTURES[self.architecture](self.make(), **self.shapes, width=self.width)
        own = {role: network for role, network in self.own.items() if isinstance(network, Network)}
        return {role: n for role, n in (ready | own).items() if not isinstance(self.own.get(role), Made)}

    @property
    def networks(self) -> dict[str, Any]:
        """A network for every role. ValueError where a function of the user's own has to be named again."""
        found: dict[str, Any] = dict(self.described)
        for role, own in self.own.items():
            if isinstance(own, Made):
                if own.module is None:
                    raise own_networks.missing(role, own)
                found[role] = own.module
        return found

    def record(self) -> dict[str, Any]:
        """The config as JSON values."""
        optimizers = {player: rule_record(rule) for player, rule in self.optimizers.items()}
        method = {name: getattr(self, name) for name in ("composition", "unrecorded")}
        values = {name: getattr(self, name) for name in _RECORDED}
        columns = self.columns and msgspec.to_builtins(self.columns)
        chosen = {
            "held_out": self.held_out,
            "preparation": self.preparation.record(),
            "columns": columns,
            "augmentation": self.augmentation.record(),
            "own": {role: own_networks.record(network) for role, network in self.own.items()},
            **method,
        }
        return {name: value for name, value in values.items() if name not in chosen} | {
            "format": FORMAT,
            "optimizers": optimizers,
            "hyper": dict(self.hyper),
            **{name: value for name, value in chosen.items() if value},
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Config":
        """The config that gave `record`.

        Raises ValueError, naming the field, where it is of another format, or no config could have given it.
        """
        if record.get("format") != FORMAT:
            raise ValueError(f"config of format {record.get('format')}, this diptych reads format {FORMAT}")
        try:
            fields = converted(record, _Record)
        except ValueError as error:
            raise ValueError(f"not a run's config: {error}") from None
        composed = None if fields.composition is None else composition.from_record(fields.composition)
        if composed and composed.name != fields.method:
            raise ValueError(f"the composition is of {composed.name!r}, not of {fields.method!r}")
        if fields.architecture not in ARCHITECTURES:
            raise ValueError(f"no architecture {fields.architecture!r}; there are {', '.join(ARCHITECTURES)}")
        values = {name: getattr(fields, name) for name in (*_RECORDED, "composition", "unrecorded")}
        values["event"] = tuple(fields.event)
        values["hyper"] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.hyper.items()}
        values["optimizers"] = {player: _rule(player, rule) for player, rule in fields.optimizers.items()}
        config = cls(**values, composed=composed)
        if config.columns and config.event != (len(config.columns.names),):
            raise ValueError(f"{len(config.columns.names)} columns of a table, and rows of shape {config.event}")
        config = replace(config, own={r: own_networks.from_record(r, own) for r, own in fields.own.items()})
        Augmentation.chosen(config.event, config.augmentation.flip, config.augmentation.shift)
        config._check_method()
        return config

    def _check_method(self) -> None:
        """Raise ValueError unless the method, where it is at hand, has these hyper-parameters and players."""
        factory = None if self.composed else CATALOGUE.get(self.method)
        if factory and read_settings(self.hyper, factory, f"method {self.method!r}") != self.hyper:
            raise ValueError(f"hyper-parameters of method {self.method!r} of another type than it has")
        if not factory and not self.composed:
            return
        method = self.make()
        if factory and dict(method.hyper) != self.hyper:
            raise ValueError(f"method {self.method!r} has the hyper-parameters {', '.join(method.hyper)}")
        players = [player.name for player in method.players]
        if sorted(players) != sorted(self.optimizers):
            raise ValueError(f"method {self.method!r} has the players {', '.join(players)}")
        if self.own:
            check(method, {**self.described, **self.own}, self.shapes)

    def text(self) -> str:
        return json.dumps(self.record(), indent=2, sort_keys=True) + "\n"

    def differences(self, other: "Config") -> list[str]:
        """``name ours here, theirs there`` for each setting that differs; only the names if the methods differ."""
        if self.method != other.method:
            return [f"method {self.method!r} here, {other.method!r} there"]
        if (self.composition is None) != (other.composition is None):
            return [f"method {self.method!r} has a record {'there' if other.composition else 'here'} only"]
        ours, theirs = self.settings(), other.settings()
        found = [
            f"{name} {ours.get(name, 'none')} here, {theirs.get(name, 'none')} there"
            for name in ours | theirs
            if ours.get(name) != theirs.get(name)
        ]
        if self.fingerprint == other.fingerprint:
            return found or ["the scaling of columns"] * (self.columns != other.columns)
        if self.data == other.data:
            return [f"the data, {self.data}, have changed", *found]
        return [f"data {self.data} here, {other.data} there", *found]

    def settings(self) -> dict[str, Any]:
        """All settings except method and data, by name."""
        record = self.record()
        names = ("event", "seed", "batch", "latent", "architecture", "width", "dtype", "held_out")
        flat = {name: record[name] for name in names if name in record}
        for player, rule in record["optimizers"].items():
            for name, value in rule.items():
                parts = dict(composition.entries(value, name)) if isinstance(value, dict) else {name: value}
                flat |= {f"{part} of {player}": own for part, own in parts.items()}
        composed = dict(composition.entries(self.composition)) if self.composition else {}
        prepared = record.get("preparation", {}) | record.get("augmentation", {})
        own = {f"network {role}": own_networks.spelled(network) for role, network in self.own.items()}
        return record["hyper"] | composed | flat | prepared | own


_Number = int | float | str | bool | None


class _Record(Strict, frozen=True):
    """A config as it is written."""

    format: int
    method: str
    hyper: dict[str, _Number | list[_Number]]
    data: str
    fingerprint: str
    event: Annotated[list[Count], msgspec.Meta(min_length=1)]
    seed: Annotated[int, msgspec.Meta(ge=0)]
    batch: Count
    latent: Count
    architecture: str
    width: Count
    dtype: DType
    optimizers: dict[str, dict[str, int | float | str | dict[str, Any]]]
    scaling: Scaling = "none"
    held_out: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0
    preparation: Preparation = UNPREPARED
    columns: Columns | None = None
    augmentation: Augmentation = NONE
    own: dict[str, str | dict[str, Any]] = msgspec.field(default_factory=dict)
    composition: dict[str, Any] | None = None
    unrecorded: str = ""


def composition_of(method: Method) -> tuple[dict[str, Any] | None, str]:
    """The record of a composed method and '', or None and the reason why it has no record."""
    try:
        return composition.to_record(method), ""
    except ValueError as error:
        return None, str(error)


def rule_record(rule: Optimizer) -> dict[str, Any]:
    """The record of an update rule: its name and its constants. ValueError for a schedule of a user's own."""
    (name,) = (name for name, kind in OPTIMIZERS.items() if kind is type(rule))
    return {"rule": name, **composition.written(rule, Optimizer, "an update rule")["arguments"]}


def _rule(player: str, fields: Mapping[str, Any]) -> Optimizer:
    """The update rule of a record. Raises ValueError where there is no rule of this name with these constants."""
    what = f"the optimizer of {player!r}"
    name, constants = fields.get("rule"), {key: value for key, value in fields.items() if key != "rule"}
    constants |= {k: composition.read(v, f"{k} of {what}") for k, v in constants.items() if isinstance(v, dict)}
    if name not in OPTIMIZERS:
        raise ValueError(f"{what} has the rule {name!r}; there are {', '.join(OPTIMIZERS)}")
    try:
        return OPTIMIZERS[str(name)](**constants)
    except TypeError as error:
        raise ValueError(f"{what}: {error}") from None


_RECORDED = tuple(f.name for f in fields(Config) if f.name not in ("composed", "composition", "unrecorded", "own"))
