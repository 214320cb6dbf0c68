"""Fixed when a trainer is made, and checked afterwards: which tensors exist, and which are trained."""

from torch import nn

from diptych_torch.called import tensors_held
from diptych_torch.nets import Nets


class FixedParameters:
    """The parameters and parts of each role as they were when a trainer was made."""

    def __init__(self, nets: Nets) -> None:
        self.dtype = nets.dtype
        self.found = [
            (part._parameters, leaf, p, p.requires_grad, role, f"{path}.{leaf}" if path else leaf)
            for role, module in nets.modules.items()
            for path, part in module.named_modules()
            for leaf, p in part._parameters.items()
            if p is not None
        ]
        self.held = [(role, nets.modules[role], tensors_held(nets.modules[role])) for role in nets.native]
        self.parts = [
            (part._modules, leaf, child, role, f"{path}.{leaf}" if path else leaf)
            for role, module in nets.modules.items()
            for path, part in module.named_modules()
            for leaf, child in part._modules.items()
        ]

    def check(self) -> None:
        """Raise ValueError where a parameter was frozen, thawed, replaced, cast or added, or a part replaced."""
        for role, module, held in self.held:
            if tensors_held(module) != held:
                raise ValueError(f"{role}: parameters or buffers were added {_AFTER}, of networks built anew")
        for held, leaf, part, role, name in self.parts:
            if held.get(leaf) is not part:
                raise ValueError(f"{role}: {name!r} was replaced {_AFTER}")
        for held, leaf, p, trained, role, name in self.found:
            if held.get(leaf) is p and p.requires_grad is trained and (p.dtype is self.dtype or not trained):
                continue
            raise ValueError(f"{role}: {name!r} {self._what(held.get(leaf), p, trained)}")

    def _what(self, now: nn.Parameter | None, p: nn.Parameter, trained: bool) -> str:
        if now is p and now.requires_grad is trained:
            return (
                f"is now {p.dtype}, these networks are {self.dtype}: another `build` has cast the module; "
                "give it a copy.deepcopy"
            )
        return f"was {'replaced' if now is not p else 'frozen' if trained else 'thawed'} {_AFTER}"


_AFTER = (
    "after the trainer was made, which fixes what is trained: make a new trainer, and give it this one's state "
    "by `state` and `restore`"
)
