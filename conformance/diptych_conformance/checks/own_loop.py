"""The framework's own loop against `diptych.Model` in the same backend: losses and state after each batch."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, cast

import numpy as np

from diptych import Backend, Model
from diptych_conformance.checks.models import SEED, batches
from diptych_conformance.checks.rules import RULES
from diptych_conformance.checks.statements import SHAPES
from diptych_conformance.core.architectures import smooth_mlp
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import eps, relative_error, rounds_allowed
from diptych_conformance.references.statement import Form

STEPS = 7  # of wgan-gp: a round of five critics and a generator, and the first step of the next


def followed(form: Form, dtype: str, execution: str, session: Session) -> Finding:
    """As many batches as `STEPS`, some shorter than others; each player by a rule and a rate of its own."""
    method, rows = form.method(), list(islice(batches(dtype), STEPS))
    rules = {
        player.name: replace(RULES["rmsprop" if i else "adam"], learning_rate=0.01 / (1 + i))
        for i, player in enumerate(method.players)
    }
    settings: Any = {"seed": SEED, "optimizers": rules, "dtype": dtype, "device": session.device}
    settings |= {"execution": execution}
    found = session.backend.own_loop(method, smooth_mlp(method, SHAPES), rows, **settings)
    model = Model(method, smooth_mlp(method, SHAPES), backend=cast(Backend, session.backend), **settings)
    if len(found) != STEPS:
        return Finding(float("inf"), 0.0, f"Backend.own_loop: {len(found)} steps for {STEPS} batches")
    errors = {}
    for step, (x, (losses, state)) in enumerate(zip(rows, found, strict=True)):
        wanted = {player: float(loss) for player, loss in model.step(x).items()}
        errors[f"losses of step {step}"] = relative_error(_arrays(losses), _arrays(wanted))
        for part, arrays in _parts(model.state()).items():
            errors[f"{part} after step {step}"] = relative_error(_parts(state).get(part, {}), arrays)
    worst = max(errors, key=lambda name: errors[name])
    return Finding(errors[worst] / eps(dtype), rounds_allowed(dtype), f"Backend.own_loop: {worst}")


def _arrays(losses: Mapping[str, float]) -> dict[str, Array]:
    return {player: np.asarray(loss) for player, loss in losses.items()}


def _parts(state: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """Numbers of one size together: a network's weights, a slot of a player, a count."""
    found: dict[str, dict[str, Array]] = {}
    for name, array in state.items():
        kind, _, place = name.partition("/")
        part = place.partition("/")[0] if kind == "weights" else ".".join(place.split(".")[:2])
        found.setdefault(f"{kind} {part}".strip(), {})[name] = np.asarray(array)
    return found
