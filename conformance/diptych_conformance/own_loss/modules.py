"""A module of the framework's own, as a loss sees it: its calls are checked, everything else is the module's own.

A leg can replace the calls, `nets.critic(x)`. It cannot replace what a loss reads from the module itself, as in
`nets.critic.parameters()`, `nets.vae.encode(x)` or `nets.critic[0](x)`: it only records that the loss reads it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from diptych.method import Objective
from diptych.named import Named


class Module:
    """The module `native` of a role; `call` replaces its calls. Any other use puts the role into `used`."""

    def __init__(self, role: str, call: Callable[..., Any], native: Any, used: set[str]) -> None:
        self._role, self._call, self._native, self._used = role, call, native, used

    def called(self, call: Callable[..., Any]) -> "Module":
        """The same module with another `call`."""
        return Module(self._role, call, self._native, self._used)

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """A keyword may be a setting, such as `training`, which a backend's own call does not take."""
        if named:
            self._used.add(self._role)
        return self._call(*inputs, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python and libraries ask of any function
            raise AttributeError(name)
        return getattr(self._itself(), name)

    def __getitem__(self, place: Any) -> Any:
        return self._itself()[place]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._itself())

    def __len__(self) -> int:
        return len(self._itself())

    def _itself(self) -> Any:
        self._used.add(self._role)
        return self._native


def whole(objective: Objective, natives: Mapping[str, Any], used: set[str]) -> Objective:
    """The objective, given these modules themselves instead of only their calls."""

    def seen(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        modules = {
            role: Module(role, _either(getattr(nets, role), native), native, used)
            for role, native in natives.items()
        }
        return objective(Named({**vars(nets), **modules}), x, noise, ops)

    return seen


def _either(call: Callable[..., Any], native: Any) -> Callable[..., Any]:
    return lambda *inputs, **named: native(*inputs, **named) if named else call(*inputs)
