"""What a network gives in a role of one number a sample, seen while a loss is computed.

Scores of shape (n, 1) beside others of shape (n,) broadcast to (n, n), and the loss is another, without a word.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diptych.method import Method, Player
from diptych.named import Named


def checked(player: Player, method: Method, mend: str) -> Player:
    """The player, whose objective raises ValueError where a scalar role gives anything but (n,).

    `mend` names the framework's layer that a module should end with. A compiled step is checked as it is traced.
    """
    scalars = {role for role, record in method.roles.items() if record.output == "scalar"}

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        seen = {role: _scalar(role, f, mend) if role in scalars else f for role, f in vars(nets).items()}
        return player.objective(Named(seen), x, noise, ops)

    return replace(player, objective=objective)


def _scalar(role: str, f: Callable[..., Any], mend: str) -> Callable[..., Any]:
    def call(*inputs: Any) -> Any:
        y = f(*inputs)
        if len(y.shape) != 1:
            raise ValueError(f"{role}: gives {tuple(y.shape)}, the role wants {tuple(y.shape)[:1]}; end it with {mend}")
        return y

    return call
