"""Images channels first: found out of modules of a user's own, on the first batch, where they were not told.

Rows may be (n, h, w, c) while a module takes or gives (n, c, h, w), PyTorch's usual layout. A call then hands it a
permuted view, and gives its images back so. Nothing is guessed: the module must fail on images as the rows are, or
give an event of which only the permuted one is that of the rows.
"""

import warnings
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from diptych.method import Method
from diptych.typing import Shape
from diptych_torch.nets import Nets
from diptych_torch.permuted import to_first
from diptych_torch.surroundings import preserved_random_state

ROWS = 2  # that a module is tried on


def find(method: Method, nets: Nets, x: Tensor, noise: Mapping[str, Tensor]) -> None:
    """Note the modules of `nets` that have images channels first, and warn of each; of the batch of a step."""
    if x.ndim != 4 or not nets.finds:
        return
    whole = {name for name, draw in method.noise.items() if not draw.one_per_sample and draw.copies is None}
    events = {method.noise[name].like: tuple(noise[name].shape[1:]) for name in whole}
    events["data"] = tuple(x.shape[1:])
    # encoders come first: theirs may be the only code that is known
    for role, record in sorted(method.roles.items(), key=lambda item: "data" not in item[1].inputs):
        images = "data" in (*record.inputs, record.output)
        if role not in nets.native or not images or not events.keys() >= set(record.inputs):
            continue
        module, inputs = nets.modules[role], [x.new_zeros((ROWS, *events[event])) for event in record.inputs]
        own = _event(module, inputs, nets.device)
        first = _event(module, list(map(to_first, inputs)), nets.device)
        height, width, channels = events["data"]
        wanted = (channels, height, width) if record.output == "data" else first
        if first is not None and first == wanted and (own is None or own != events.get(record.output, own)):
            nets.channels_first.add(role)
            warnings.warn(
                f"{role}: has images channels first, (n, c, h, w), and the rows have them last: they are permuted "
                'for it (diptych_torch.backend(layout="channels_first") says so beforehand)',
                stacklevel=2,
            )
        if (found := first if role in nets.channels_first else own) is not None:
            events.setdefault(record.output, found)


def _event(module: nn.Module, inputs: list[Tensor], device: torch.device) -> Shape | None:
    """Of what the module gives in evaluation mode, which moves nothing; None where it fails."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with torch.no_grad(), preserved_random_state(device):
            found = module(*inputs)
        return tuple(found.shape[1:]) if isinstance(found, Tensor) else None
    except (RuntimeError, ValueError, TypeError, IndexError):
        return None
    finally:
        for part, training in modes:
            part.training = training
