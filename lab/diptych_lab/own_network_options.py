"""Networks of a user's own on the command line: ``--critic package.module:function``, or of another role.

``--critic-network`` is the same, and the only one for a role whose name is an option of the command: ``--features``
are those of evaluations.
"""

import re
from typing import Any

import click

from diptych_lab.imported import PATH

_OPTION = re.compile(r"(?P<option>--(?P<role>[a-z][a-z0-9-]*?)(-network)?)(=(?P<path>.*))?", re.DOTALL)


class OwnNetworks(click.Command):
    """A command that takes such options, whatever the role: they come as ``networks``, a mapping from role to path.

    Which roles there are, the method knows.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.epilog = "--critic package.module:function, or of another role: a network of your own."

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {name for param in self.params for name in param.opts}
        networks, left, ahead = dict[str, str](), list[str](), list(args)
        while ahead:
            arg = ahead.pop(0)
            option = _OPTION.fullmatch(arg)
            text = option and (option["path"] or next(iter(ahead), ""))
            if not option or option["option"] in known or not text or not PATH.fullmatch(text):
                left.append(arg)
                continue
            if option["path"] is None:
                ahead.pop(0)
            role = option["role"].replace("-", "_")
            if role in networks:
                raise click.UsageError(f"Option {option['option']!r} is given twice.", ctx)
            networks[role] = text
        try:
            rest = super().parse_args(ctx, left)
        except click.NoSuchOption as error:
            if error.possibilities:
                raise
            hint = "; where it is a role, its network is package.module:function"
            raise click.UsageError(error.format_message().rstrip(".") + hint, ctx) from None
        ctx.params["networks"] = networks
        return rest
