"""A network as an objective calls it: with tensors in place of its own, and held to what a step can use."""

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._pytree import tree_leaves, tree_map

from diptych import border
from diptych_torch.permuted import to_first, to_last
from diptych_torch.replicas import Replicas
from diptych_torch.surroundings import preserved_random_state

if TYPE_CHECKING:
    from diptych_torch.nets import Nets

Tensors = dict[str, Tensor]


class Call(NamedTuple):
    """A call that was made. It holds the inputs, so that their ids stay theirs."""

    inputs: tuple[Tensor, ...]
    points: tuple[Tensor, ...]  # what the network was given: the inputs, or tensors of their values that record
    output: Tensor
    versions: list[int]

    def holds(self) -> bool:
        """Has nothing been written into since?"""
        return self.versions == versions(self.inputs, self.output)


Calls = dict[tuple[object, ...], Call]


class Called:
    """A network as an objective has it: called, and else the module that it is.

    With `calls`, which it fills, a network that has no running statistics is run once on the same inputs: it is a
    function of them and of parameters that do not change meanwhile. Of an `owned` one that call can be
    differentiated by its inputs too, so that its value and its slope at one x are of one call.

    Each call changes a copy of the running statistics, its own because a function transform forbids changing what
    was made outside it; where they move, the copy takes their place in `statistics`.
    """

    def __init__(
        self,
        nets: "Nets",
        role: str,
        parameters: Tensors,
        statistics: Tensors,
        moving: bool,
        owned: bool,
        calls: Calls | None,
    ) -> None:
        self._calls = None if role in nets.native or parameters or statistics else calls
        self._nets, self._role, self._module, self._owned = nets, role, nets.modules[role], owned
        self._parameters, self._statistics, self._moving = parameters, statistics, moving

    def __call__(self, *inputs: Tensor) -> Any:
        """What the module gives: of a method's role one tensor, elsewhere what its objective asks for."""
        role = self._role
        if role in self._nets.native:
            held = tensors_held(self._module)
            output = self._called(inputs) if torch.compiler.is_compiling() else self._watched(inputs)
            if tensors_held(self._module) != held:
                raise ValueError(
                    f"{role}: this module makes parameters or buffers when it is called; call it once on a batch, "
                    "in training mode, before it is handed in"
                )
        elif self._calls is None:
            output = self._called(inputs)
        else:
            output = self._called_once(inputs, self._calls).output
        return self._checked(inputs, output)

    def at(self, x: Tensor) -> tuple[Tensor, Any]:
        """The tensor in the place of x by which to differentiate the call at x, and what the call gives."""
        if self._calls is None:
            point = apart(x)
            return point, self(point)
        call = self._called_once((x,), self._calls, by_inputs=True)
        return call.points[0], self._checked((x,), call.output)

    def _checked(self, inputs: tuple[Tensor, ...], output: Any) -> Any:
        role, event = self._role, self._nets.outputs.get(self._role)
        if not isinstance(output, Tensor):
            if event is None:
                return output
            raise ValueError(
                f"{role}: a network gives one tensor, this one gave a {type(output).__name__}; "
                "wrap it in an nn.Module that picks the output that is wanted"
            )
        if output.dtype is not self._nets.dtype:
            raise ValueError(f"{role}: this network gave {output.dtype}, the run is in {self._nets.dtype}")
        n = inputs[0].shape[:1]
        if event == "scalar" and output.shape == (*n, 1):
            if not torch.compiler.is_compiling():  # an eager look has come before
                border.say_taken(role, self._nets.told)
            output = output[:, 0]
        if event == "scalar" and output.shape != n:
            several = f"n is {len(inputs[0])} here: average what it gives of each sample"
            raise ValueError(
                f"{role}: must give one number a sample, shape (n,), and gave {tuple(output.shape)}; "
                + (several if output.ndim == 1 else "end it in nn.Flatten(0)")
            )
        return output

    def _called_once(self, inputs: tuple[Tensor, ...], calls: Calls, by_inputs: bool = False) -> Call:
        """The call, or the one before on these very tensors; anew where one was written into since.

        `by_inputs` asks for one that can be differentiated by its inputs.
        """
        recording = torch.is_grad_enabled()
        key = (self._role, recording, *map(id, inputs))
        known = calls.get(key)
        if known and known.holds() and not (by_inputs and not all(x.requires_grad for x in known.points)):
            return known
        points = inputs
        if recording and (self._owned or by_inputs):
            points = tuple(x if x.requires_grad else apart(x) for x in inputs)
        output = self._called(points)
        call = calls[key] = Call(inputs, points, output, versions(inputs, output))
        return call

    def _watched(self, inputs: tuple[Tensor, ...]) -> Any:
        """The call of a user's module, which may fail, and may write over what it is given."""
        given = [x for x in inputs if isinstance(x, Tensor)]
        before = [x._version for x in given]
        shapes = ", ".join(str(tuple(x.shape)) for x in given)
        try:
            output = self._called(inputs)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            said = str(error).partition("\n")[0]
            raise ValueError(f"{self._role}: this module cannot be called with {shapes}: {said}") from error
        if [x._version for x in given] != before:
            raise ValueError(
                f"{self._role}: this module writes into its input, which others still read: use functions that "
                "make a new tensor, inplace=False, or begin with x.clone()"
            )
        return output

    def _called(self, inputs: tuple[Tensor, ...]) -> Any:
        """On the replica's own rows, and gathered; a user's module at first on all rows too."""
        replicas, role = self._nets.replicas, self._role
        if replicas is None:
            return self._run(inputs, self._moving)
        n = len(inputs[0])
        own = tuple(replicas.cut(x) for x in inputs)
        if role not in self._nets.native or role in replicas.known:
            return _gathered(replicas, role, self._run(own, self._moving), len(own[0]), n)
        with torch.no_grad(), preserved_random_state(self._nets.device):
            whole = self._run(inputs, False)
        output = _gathered(replicas, role, self._run(own, self._moving), len(own[0]), n)
        if not all(map(_alike, tree_leaves(output), tree_leaves(whole))):
            raise ValueError(
                f"{role}: what this module gives for a row depends on other rows or on random numbers, so replicas "
                "cannot give what one device gives; batch norm of diptych's own networks can be replicated"
            )
        replicas.known.add(role)
        return output

    def _run(self, inputs: tuple[Tensor, ...], moving: bool) -> Any:
        """The module's own call, of images in its own layout."""
        if self._role in self._nets.channels_first:
            return to_last(self._run_as_it_is(tuple(map(to_first, inputs)), moving))
        return self._run_as_it_is(inputs, moving)

    def _run_as_it_is(self, inputs: tuple[Tensor, ...], moving: bool) -> Any:
        if not self._parameters and not self._statistics:
            return self._module(*inputs)
        copies = {name: tensor.clone() for name, tensor in self._statistics.items()}
        tensors = {**self._parameters, **copies}
        if self._role in self._nets.native:  # the vocabulary holds no part twice
            tensors = _everywhere(self._module, tensors)
        output = functional_call(self._module, tensors, inputs, tie_weights=False)
        if moving:  # a module may have put another tensor in the place of one
            self._statistics.update({name: tensors[name].detach() for name in copies})
        return output

    def __getattr__(self, name: str) -> Any:
        self._check_whole(name)
        return getattr(self._module, name)

    def _check_whole(self, what: Any) -> None:
        if self._nets.replicas:
            raise ValueError(
                f"{self._role}: a loss reads {what!r} of this module, and on replicas a network can only be called"
            )

    def __getitem__(self, place: Any) -> Any:
        self._check_whole(place)
        return self._module[place]  # type: ignore[index]


def apart(x: Tensor) -> Tensor:
    """A tensor of its own by which to differentiate: f may hold x too, and that is not its argument."""
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def versions(*values: Any) -> list[int]:
    """How often each tensor among these, and in tuples among them, has been written into."""
    found: list[int] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value._version)
        elif isinstance(value, tuple):
            found += versions(*value)
    return found


def _gathered(replicas: Replicas, role: str, output: Any, rows: int, n: int) -> Any:
    """Each tensor of `output`, which has a row for each of the replica's own."""

    def gathered(part: Tensor) -> Tensor:
        if part.shape[:1] != (rows,):
            raise ValueError(
                f"{role}: gave {tuple(part.shape)} for {rows} rows; on replicas it must give a row for each"
            )
        return replicas.gather(part, n)

    return tree_map(gathered, output)


def _alike(a: Tensor, b: Tensor) -> bool:
    """Up to rounding: another number of rows may be computed in another order."""
    scale = float(b.abs().max()) if b.numel() else 0.0
    return torch.allclose(a.detach(), b, rtol=0.0, atol=1e3 * torch.finfo(b.dtype).eps * scale, equal_nan=True)


def tensors_held(module: nn.Module) -> int:
    """How many parameters and buffers it has."""
    return len(list(module.parameters())) + len(list(module.buffers()))


def _everywhere(module: nn.Module, tensors: Tensors) -> Tensors:
    """`tensors`, each under its name in every part that holds it.

    Of a part that is held twice one name is taken: put in place twice, a tensor would not be taken out again.
    """
    first: dict[tuple[str, Tensor], str] = {}
    found: Tensors = {}
    for path, part in module.named_modules():
        for kind, held in (("parameter", part._parameters), ("buffer", part._buffers)):
            for leaf, tensor in held.items():
                if tensor is not None:
                    name = f"{path}.{leaf}" if path else leaf
                    known = first.setdefault((kind, tensor), name)
                    if known in tensors:
                        found[name] = tensors[known]
    return found
