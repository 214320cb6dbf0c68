"""The spec's update rules on all of a player's parameters at once, by the fused kernels of torch.optim.

They read and write each entry once, where an operation after another passes over all of them again and again.
"""

from collections.abc import Sequence
from math import inf

import torch
from torch import Tensor

from diptych.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop
from diptych_torch.optimizers import Factors, Moving, update_each


def update_together(rule: Optimizer, moving: Sequence[Moving], factors: Factors) -> None:
    """What `update_each` does, which is also what is done here where no kernel may be used."""
    together: list[Moving] = []
    alone: list[Moving] = []
    for move in moving:
        (together if _alike(*move) else alone).append(move)
    update_each(rule, alone, factors)
    if not together:
        return
    parameters, gradients = [p for p, _, _ in together], [g.contiguous() for _, g, _ in together]
    slots = {name: [own[name] for _, _, own in together] for name in rule.moments}
    rate = float(factors["rate"])
    match rule:
        case SGD():
            _sgd(parameters, gradients, [], rate, 0.0)
        case Momentum():
            _sgd(parameters, gradients, slots["velocity"], rate, rule.momentum)
        case RMSprop():
            # Adam in which a gradient is its own mean: with β1 = 0 the kernel writes g where g was
            _adam(parameters, gradients, gradients, slots["square"], rate, 0.0, rule.decay, rule.epsilon)
        case Adam() | AdamW():
            if isinstance(rule, AdamW):
                torch._foreach_mul_(parameters, float(factors["kept"]))
            epsilon = float(factors["epsilon"])
            _adam(parameters, gradients, slots["mean"], slots["square"], rate, rule.beta1, rule.beta2, epsilon)


def _alike(p: Tensor, g: Tensor, slots: dict[str, Tensor]) -> bool:
    """Are the numbers of all in one order in memory? That is all the kernels go by, not shapes, not strides."""
    own = slots.values()
    lie_alike = p.is_contiguous() and all(slot.shape == p.shape and slot.is_contiguous() for slot in own)
    return lie_alike and g.shape == p.shape and p.device.type == "cpu"


def _sgd(
    parameters: list[Tensor], gradients: list[Tensor], velocities: list[Tensor], rate: float, momentum: float
) -> None:
    torch._fused_sgd_(
        parameters,
        gradients,
        velocities,
        weight_decay=0.0,
        momentum=momentum,
        lr=rate,
        dampening=0.0,
        nesterov=False,
        maximize=False,
        is_first_step=False,
    )


def _adam(
    parameters: list[Tensor],
    gradients: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> None:
    """Adam without bias correction: the kernel's own, 1 - β^t, is 1 after infinitely many updates."""
    torch._fused_adam_(
        parameters,
        gradients,
        means,
        squares,
        [],
        [torch.full((), inf, dtype=torch.float32, device="cpu")] * len(parameters),
        lr=rate,
        beta1=beta1,
        beta2=beta2,
        weight_decay=0.0,
        eps=epsilon,
        amsgrad=False,
        maximize=False,
    )
