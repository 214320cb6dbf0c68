"""Checks of ten rounds: the path, its continuation, its compiled form, and the inputs of a trainer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from diptych_conformance.checks.training import (
    HALF,
    ROUNDS,
    Path,
    Run,
    compared,
    different,
    nets_and_trainer,
    reference_paths,
    trained,
)
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, view
from diptych_conformance.core.session import Session, stepped


def _train(run: Run, session: Session) -> list[Path]:
    """Ten rounds of the backend's own trainer, half way and at the end."""
    stops, weights = (0, HALF, ROUNDS), run.problem.weights
    found: list[Path] = session.once(("rounds", run.key), lambda: trained(run, session, stops, weights))
    return found


def _whole(half: Path, end: Path) -> Path:
    """The end, with the losses of all rounds."""
    losses = {player: np.concatenate([half.losses[player], values]) for player, values in end.losses.items()}
    return replace(end, losses=losses)


def trajectory(run: Run, session: Session) -> Finding:
    """Losses, weights, running statistics and optimiser state after ten rounds."""
    path = _whole(*_train(run, session))
    if run.dtype == "float64":
        for role, tensors in path.weights.items():
            session.record("rounds", run.problem, run.dtype, f"{run.rule}/{role}", tensors)
    return compared(path, _whole(*reference_paths(run, session)), run.dtype)


def execution(run: Run, session: Session) -> Finding:
    """Compiled rounds against eager ones."""
    expected = _whole(*_train(replace(run, execution="eager"), session))
    return compared(_whole(*_train(run, session)), expected)


def resume(run: Run, session: Session) -> Finding:
    """Stopped half way, and gone on with from weights and state by a fresh trainer: the same bits."""
    half, end = _train(run, session)
    (resumed,) = trained(run, session, (HALF, ROUNDS), half.weights, half.state)
    others = different(resumed.groups(), end.groups())
    return Finding(float(len(others)), 0.0, f"Trainer.restore: {', '.join(others[:3])}")


def buffers(run: Run, session: Session) -> Finding:
    """Batch and noise are the caller's: overwritten once `step` is back, with no loss read yet, as eager rounds."""
    return _handed(run, session, lambda array: array, lambda array: array.fill(np.nan))


def views(run: Run, session: Session) -> Finding:
    """Batch and noise are views, closed to writing: as eager rounds."""
    return _handed(run, session, view, lambda array: None)


def _handed(run: Run, session: Session, hand: Callable[[Array], Array], after: Callable[[Array], None]) -> Finding:
    """Rounds on the arrays that `hand` makes, left to `after` when a step is back; losses are read at the end."""
    expected = _whole(*_train(replace(run, execution="eager"), session))
    nets, trainer = nets_and_trainer(run, session, run.problem.weights)
    losses: dict[str, list[Any]] = {player.name: [] for player in run.problem.method.players}
    for names, x, noise in run.steps(0, ROUNDS):
        batch, draws = hand(x), {name: hand(array) for name, array in noise.items()}
        for player, loss in stepped(trainer, names, batch, draws).items():
            losses[player].append(loss)
        for array in (batch, *draws.values()):
            after(array)
    read = {player: np.array([float(loss) for loss in values]) for player, values in losses.items()}
    path = Path(read, session.backend.weights(nets), trainer.state())
    return compared(path, expected, run.dtype)
