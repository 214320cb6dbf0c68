"""Is the mean of a user's loss over replicas, each with its part of the batch, the loss of the whole batch?

Parts of equal size on one device; nothing here knows of processes.
"""

import numpy as np

from diptych_conformance.core.finding import Finding, Violation, first_line
from diptych_conformance.core.tolerance import gradients_error, value_error
from diptych_conformance.own_loss import views
from diptych_conformance.own_loss.subject import DTYPE, Array, Gradients, Subject


def averaged(subject: Subject, count: int, allowed: float) -> Finding:
    """Loss and gradient, meaned over `count` parts, against those of the batch.

    Rows at the end that make no equal parts are left out. Violation where the loss cannot be computed of a part.
    """
    size = subject.size // count
    whole = subject.on(lambda a: a[: size * count])
    loss, gradients = whole.computed()
    parts = [_part(whole, i, size) for i in range(count)]
    mean = sum(loss for loss, _ in parts) / count
    wanted, got = _arrays(whole, [gradients]), _arrays(whole, [gradients for _, gradients in parts])
    value = value_error(mean, loss, DTYPE, scale=max(1.0, *(abs(loss) for loss, _ in parts)))
    gradient, _ = gradients_error(got, wanted, DTYPE)
    off = _distance(got, wanted)
    detail = (
        f"the mean over {count} replicas, each with {size} of {size * count} samples, is another loss: {mean:.6g}, "
        f"and that of all samples {loss:.6g}; its gradient is off by {off:.2g} of the length of the right one"
    )
    return Finding(max(value, gradient), allowed, detail)


def _part(subject: Subject, i: int, size: int) -> tuple[float, Gradients]:
    try:
        return subject.on(lambda a: a[i * size : (i + 1) * size]).computed()
    except Exception as error:  # whatever the loss raises
        said = first_line(f"{type(error).__name__}: {error}")
        raise Violation(f"the loss refuses what a replica would have, {size} of the samples: {said}") from error


def _arrays(subject: Subject, parts: list[Gradients]) -> Gradients:
    """The gradient of the mean of losses that have these gradients: by tensors, or by whole arrays of samples."""
    if subject.kind == "network":
        first, n = parts[0], len(parts)
        return {
            role: {name: sum((g[role][name] for g in parts), start=np.zeros(())) / n for name in own}
            for role, own in first.items()
        }
    return {role: {role: _of_array(subject, role, [g[role][views.BIAS] for g in parts])} for role in parts[0]}


def _of_array(subject: Subject, role: str, parts: list[Array]) -> Array:
    """Of a sample the gradient is that of its own part, and of other parts 0."""
    shape, n = subject.noise[role].shape, len(parts)
    if role in subject.samples:
        return np.concatenate(parts).reshape(shape) / n
    return np.mean(parts, axis=0).reshape(shape)


def _distance(got: Gradients, wanted: Gradients) -> float:
    a, b = (np.concatenate([np.ravel(g) for own in each.values() for g in own.values()]) for each in (got, wanted))
    length = float(np.linalg.norm(b))
    return float(np.linalg.norm(a - b)) / length if length else float(np.linalg.norm(a))
