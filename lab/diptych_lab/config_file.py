"""A run's settings as one TOML file: what the options of ``diptych train`` say, under their names.

    method = "wgan-gp"
    data = "fashion-mnist"
    learning-rate = 1e-4
    [set]
    weight = 5.0
    [critic]
    learning-rate = 4e-4
    [networks.critic]
    layers = [{type = "Dense", units = 64}, {type = "Activation", name = "relu"}, ...]

An option on the command line comes before that of the file, one for every player also before a player's own there.
Paths are from where the command is started.
"""

import tomllib
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

import click
import tomli_w

from diptych.suggestion import suggestion
from diptych_lab import paths, records
from diptych_lab.per_player import PerPlayer
from diptych_lab.rules import Choice

SET, NETWORKS = "set", "networks"  # the tables of hyper-parameters, and of networks by role
PRINTED = "print_config"
_TYPED = click.core.ParameterSource.COMMANDLINE
_WORDS = {name.replace("_", "-"): name for name in Choice.__annotations__}


class Configured(PerPlayer):
    """A command with ``--config FILE``, a file of its options, and ``--print-config``, which writes one."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params += [
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path),
                is_eager=True,
                expose_value=False,
                callback=self._take,
                help="Options from a TOML file; those given here come first.",
            ),
            click.Option(["--print-config"], is_flag=True, help="Write these options as TOML, and end."),
        ]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        hyper, players, networks = ctx.obj or ({}, {}, {})
        typed = ctx.params["settings"]
        names = {item.partition("=")[0].strip() for item in typed}
        ctx.params["settings"] = (*(f"{n}={v}" for n, v in hyper.items() if n not in names), *typed)
        general = {name for name in Choice.__annotations__ if ctx.get_parameter_source(name) == _TYPED}
        left = {player: _without(table, general) for player, table in players.items()}
        own = ctx.params["players"]
        ctx.params["players"] = {name: left.get(name, {}) | own.get(name, {}) for name in {**left, **own}}
        ctx.params[NETWORKS] = networks | ctx.params[NETWORKS]
        if ctx.params.pop(PRINTED) and not ctx.resilient_parsing:
            click.echo(self._toml(ctx.params), nl=False)
            ctx.exit()
        return rest

    def _take(self, ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
        """The file's options as defaults of the command, its tables aside."""
        if path is None:
            return
        known = {_key(param): param for param in self.params if param.expose_value and param.name != PRINTED}
        defaults, players, hyper = dict[str, Any](), dict[str, dict[str, Any]](), dict[str, str]()
        networks = dict[str, Any]()
        for key, value in _read(path).items():
            if isinstance(value, dict):
                if key == SET:
                    hyper = {name.strip(): _text(f"{path}: {name} of [{SET}]", own) for name, own in value.items()}
                elif key == NETWORKS:
                    networks = {role.replace("-", "_"): _network(own) for role, own in value.items()}
                else:
                    players[key.replace("-", "_")] = self._choice(ctx, f"{path}: [{key}]", known, value)
            elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
                raise ValueError(f"{path}: [[{key}]] begins a list of tables; one table is [{key}]")
            elif key in known and key != SET:
                defaults[known[key].name or ""] = _default(f"{path}: {key}", known[key], value)
            else:
                raise ValueError(
                    f"{path}: no option {key!r}{suggestion(key, [name for name in known if name != SET])}; "
                    f"hyper-parameters stand in a table, [{SET}]"
                )
        ctx.default_map, ctx.obj = defaults, (hyper, players, networks)

    def _choice(
        self, ctx: click.Context, place: str, known: Mapping[str, click.Parameter], table: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The table of one player."""
        for key in table:
            if key not in _WORDS:
                raise ValueError(f"{place}: no option {key!r} of one player{suggestion(key, [*_WORDS])}")
        return {
            _WORDS[key]: self._read(ctx, known[key], _text(f"{place}: {key}", value), f"{place}: {key}")
            for key, value in table.items()
        }

    def _toml(self, params: Mapping[str, Any]) -> str:
        """These options as a file; what is not given stays out."""
        told = {_key(param): params[param.name] for param in self.params if param.name in params and param.name}
        settings = {name.strip(): text.strip() for name, _, text in (item.partition("=") for item in told.pop(SET))}
        given = {key: value for key, value in told.items() if value is not None}
        flat = {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}
        tables = {
            name.replace("_", "-"): {key.replace("_", "-"): value for key, value in choice.items()}
            for name, choice in params["players"].items()
        }
        networks = {
            role.replace("_", "-"): {"factory": own} if isinstance(own, str) else own
            for role, own in params[NETWORKS].items()
        }
        more = {SET: settings, **tables, NETWORKS: networks}
        return tomli_w.dumps(flat | {name: table for name, table in more.items() if table})


def _network(table: Any) -> Any:
    """A network as it would be typed, where it is ``factory = "package.module:function"``."""
    return table["factory"] if isinstance(table, dict) and table.keys() == {"factory"} else table


def _without(table: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in names}


def _key(param: click.Parameter) -> str:
    """What a parameter is called on the command line."""
    return param.opts[0].removeprefix("--")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(records.content(paths.path("--config", path)).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: no TOML file: {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _default(place: str, param: click.Parameter, value: Any) -> Any:
    """A value as the command line has it, so that it is read and refused as there."""
    flag = isinstance(param, click.Option) and param.is_flag
    if flag != isinstance(value, bool):
        raise ValueError(f"{place} must be {'true or false' if flag else 'no truth value'}, got {value!r}")
    return value if flag else _text(place, value)


def _text(place: str, value: Any) -> str:
    match value:
        case bool() | int() | float() | str():
            return str(value)
        case list():
            return ",".join(_text(place, each) for each in value)
        case _:
            raise ValueError(f"{place} must be a number, a text or a list of them, got {value!r}")
