"""Options of one player: ``--critic-learning-rate 4e-4`` beside ``--learning-rate 1e-4``."""

import re
from typing import Any

import click

from diptych_lab.own_network_options import OwnNetworks
from diptych_lab.rules import Choice

_NAMES = "|".join(name.replace("_", "-") for name in Choice.__annotations__)
_OPTION = re.compile(rf"--(?P<player>[a-z][a-z0-9-]*)-(?P<name>{_NAMES})(=(?P<value>.*))?", re.DOTALL)


class PerPlayer(OwnNetworks):
    """A command whose options on rules may have a player's name before theirs.

    They come as ``players``, a mapping from player to settings. Which players there are, the method knows.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        players: dict[str, dict[str, Any]] = {}
        left, ahead = list[str](), iter(args)
        for arg in ahead:
            option = _OPTION.fullmatch(arg)
            if not option:
                left.append(arg)
                continue
            text = next(ahead, None) if option["value"] is None else option["value"]
            if text is None:
                raise click.UsageError(f"Option {arg!r} requires an argument.", ctx)
            player, name = option["player"].replace("-", "_"), option["name"].replace("-", "_")
            if name in players.setdefault(player, {}):
                raise click.UsageError(f"Option {arg!r} is given twice.", ctx)
            (general,) = (param for param in self.params if param.name == name)
            players[player][name] = self._read(ctx, general, text, arg)
        rest = super().parse_args(ctx, left)
        ctx.params["players"] = players
        return rest

    @staticmethod
    def _read(ctx: click.Context, general: click.Parameter, text: str, arg: str) -> Any:
        """The text as the general option reads it; its refusal names the option that was typed."""
        try:
            return general.type_cast_value(ctx, text)
        except click.BadParameter as error:
            raise click.BadParameter(error.message, ctx, param_hint=repr(arg.partition("=")[0])) from None
