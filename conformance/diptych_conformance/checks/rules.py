"""The update rules that rounds and runs are under: of the first player, and of every further one."""

from collections.abc import Mapping
from typing import Any

from diptych.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop

# Off their defaults in every constant: what a backend fixes instead of reading it from the rule, shows.
RULES: dict[str, Optimizer] = {
    "sgd": SGD(1e-3),
    "momentum": Momentum(5e-4, momentum=0.8),
    "rmsprop": RMSprop(1e-3, decay=0.95, epsilon=1e-6),
    "adam": Adam(1e-3, beta1=0.5, beta2=0.97, epsilon=1e-6),
    "adamw": AdamW(1e-3, beta1=0.5, beta2=0.97, epsilon=1e-6, weight_decay=0.5),
}
OTHERS: dict[str, Mapping[str, Any]] = {  # constants of every further player, again in none the same
    "sgd": {},
    "momentum": {"momentum": 0.6},
    "rmsprop": {"decay": 0.8, "epsilon": 1e-3},
    "adam": {"beta1": 0.0, "beta2": 0.9, "epsilon": 1e-3},
    "adamw": {"beta1": 0.0, "beta2": 0.9, "epsilon": 1e-3, "weight_decay": 4.0},
}
# Settings beside a rule's formula, of the first player and of every further one. Not all gradients are clipped.
SETTINGS: dict[str, tuple[Optimizer, Optimizer]] = {
    "clipped by norm": (SGD(2e-3, clip_norm=0.93), Momentum(2e-3, momentum=0.6, clip_norm=0.3)),
    "averaged": (Adam(2e-3, beta1=0.5, beta2=0.97, ema=0.9), SGD(2e-3, ema=0.0)),
    "clipped and averaged": (
        RMSprop(1e-3, decay=0.95, epsilon=1e-2, clip_norm=0.9, ema=0.5),
        Adam(2e-3, beta1=0.5, beta2=0.9, epsilon=1e-2, clip_norm=0.32, ema=0.95),
    ),
    "at rates": (SGD(1e-3), RMSprop(1e-3, decay=0.8, epsilon=1e-3)),
    "all at once": (
        AdamW(2e-3, beta1=0.0, epsilon=1e-3, weight_decay=2.0, clip_norm=0.9, ema=0.7),
        Momentum(2e-3, momentum=0.6, clip_norm=0.33, ema=0.99),
    ),
}
# A step in parts.
PARTS: dict[str, tuple[Optimizer, Optimizer]] = {
    "in parts": (
        Adam(2e-3, beta1=0.5, beta2=0.97, epsilon=1e-3, accumulate=2),
        Momentum(2e-3, momentum=0.6, accumulate=2),
    ),
    "in more parts": (
        SGD(1e-3, accumulate=4),
        RMSprop(1e-3, decay=0.8, epsilon=1e-3, clip_norm=0.3, accumulate=4),
    ),
    "in parts of a row": (
        AdamW(2e-3, beta1=0.0, epsilon=1e-3, weight_decay=2.0, ema=0.7, accumulate=5),
        SGD(2e-3, accumulate=5),
    ),
}
AT_RATES = ("at rates", "all at once")
RATES = (2e-3, 0.0, None, 5e-4)  # in turn; None: the rule's own
