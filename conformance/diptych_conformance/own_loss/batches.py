"""Does a user's loss stay the same in another order of samples, and with the batch taken twice?

And is it the mean of the samples' own losses?
"""

import numpy as np

from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import ring
from diptych_conformance.core.tolerance import value_error
from diptych_conformance.own_loss.subject import DTYPE, Subject

COPIES = (2, 4)  # how often a batch is taken to see whether its loss is a mean


def order(subject: Subject, allowed: float) -> Finding:
    """The loss of the rows in another order."""
    loss, _ = subject.computed()
    other, _ = subject.on(lambda a: a[ring(len(a))]).computed()
    detail = f"the loss depends on the order of the batch: {loss:.6g}, and {other:.6g} in another"
    return Finding(value_error(other, loss, DTYPE), allowed, detail)


def batch_size(subject: Subject, allowed: float) -> Finding:
    """The loss of the batch taken twice, four times: what averages over samples stays."""
    once, _ = subject.computed()
    more = [subject.on(lambda a, n=n: np.concatenate([a] * n)).computed()[0] for n in COPIES]  # type: ignore[misc]
    listed = ", ".join(f"{loss:.6g} taken {n} times" for n, loss in zip(COPIES, more, strict=True))
    detail = (
        f"the loss grows or shrinks with the batch: {once:.6g}, {listed}; "
        "perhaps a sum or a norm runs over the samples, a variance divides by n - 1, rows are compared with their "
        "neighbours, or numbers are drawn from a fixed seed; mean_of_batch=False if it is rightly no mean"
    )
    return Finding(max(value_error(loss, once, DTYPE) for loss in more), allowed, detail)


def apart(subject: Subject, allowed: float) -> Finding:
    """The loss against the mean of those of the batch's first samples and of the others, each part taken twice.

    They are equal if each sample has a loss of its own. A function of a mean mixes samples, although it does not
    change if a batch is taken twice; so does (n, 1) - (n,), which is (n, n).
    """
    whole, _ = subject.computed()
    n = subject.size
    parts = [slice(n // 2), slice(n // 2, n)]
    losses = [subject.on(lambda a, part=part: np.concatenate([a[part]] * 2)).computed()[0] for part in parts]  # type: ignore[misc]
    mean = ((n // 2) * losses[0] + (n - n // 2) * losses[1]) / n
    detail = (
        f"the loss is {whole:.6g}, the mean of those of its halves {mean:.6g}: it mixes samples, as a function "
        "of a mean and a batch norm do, and (n, 1) - (n,), which is (n, n)"
    )
    return Finding(value_error(mean, whole, DTYPE, scale=max(1.0, *map(abs, losses))), allowed, detail)
