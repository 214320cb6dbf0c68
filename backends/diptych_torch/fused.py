"""The spec's update rules on all of a player's parameters at once, by the fused kernels of torch.optim.

They read and write each entry once, where an operation after another passes over all of them again and again.
"""

from collections.abc import Sequence
from itertools import compress
from math import inf

import torch
from torch import Tensor

from diptych.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop
from diptych_torch.optimizers import Factors, update_each

INFINITE = torch.full((), inf, dtype=torch.float32, device="cpu")  # Adam's number of updates: see `_adam`


class Together:
    """What `update_each` does with these parameters and slots, which is also done where no kernel may be used.

    The kernels go by the order in memory alone, not by shapes, not by strides: so all numbers must be in one order.
    Of slots that is known once, of parameters looked at in every step, for their owner may lay them out anew.
    """

    def __init__(self, rule: Optimizer, parameters: Sequence[Tensor], slots: Sequence[dict[str, Tensor]]) -> None:
        self.rule, self._parameters, self._slots = rule, parameters, slots
        # the shape in which a parameter may be updated by a kernel; None where there is none
        self._shapes = [
            p.shape
            if p.device.type == "cpu" and all(s.shape == p.shape and s.is_contiguous() for s in own.values())
            else None
            for p, own in zip(parameters, slots, strict=True)
        ]
        self._together: list[bool] = []
        self._moving: list[Tensor] = []
        self._moments: dict[str, list[Tensor]] = {}

    def update(self, gradients: Sequence[Tensor], factors: Factors) -> None:
        """One step of the rule; parameters and slots change in place."""
        together = [
            p.shape == shape and p.is_contiguous() for p, shape in zip(self._parameters, self._shapes, strict=True)
        ]
        if together != self._together:
            self._together = together
            self._moving = list(compress(self._parameters, together))
            kept = list(compress(self._slots, together))
            self._moments = {name: [own[name] for own in kept] for name in self.rule.moments}
        if not all(together):
            each = zip(self._parameters, gradients, self._slots, together, strict=True)
            update_each(self.rule, [(p, g, own) for p, g, own, fits in each if not fits], factors)
            gradients = list(compress(gradients, together))
        if self._moving:
            self._update([g.contiguous() for g in gradients], factors)

    def _update(self, gradients: list[Tensor], factors: Factors) -> None:
        rule, parameters, moments = self.rule, self._moving, self._moments
        rate = float(factors["rate"])
        match rule:
            case SGD():
                _sgd(parameters, gradients, [], rate, 0.0)
            case Momentum():
                _sgd(parameters, gradients, moments["velocity"], rate, rule.momentum)
            case RMSprop():
                # Adam in which a gradient is its own mean: with β1 = 0 the kernel writes g where g was
                _adam(parameters, gradients, gradients, moments["square"], rate, 0.0, rule.decay, rule.epsilon)
            case Adam() | AdamW():
                if isinstance(rule, AdamW):
                    torch._foreach_mul_(parameters, float(factors["kept"]))
                epsilon = float(factors["epsilon"])
                _adam(
                    parameters, gradients, moments["mean"], moments["square"], rate, rule.beta1, rule.beta2, epsilon
                )


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
        [INFINITE] * len(parameters),
        lr=rate,
        beta1=beta1,
        beta2=beta2,
        weight_decay=0.0,
        eps=epsilon,
        amsgrad=False,
        maximize=False,
    )
