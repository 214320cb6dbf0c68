"""Is a loss of one's own a function of a set of samples: the same in another order, and of a batch taken twice?"""

import numpy as np

from diptych_conformance.case import Finding
from diptych_conformance.own_loss.subject import DTYPE, Array, Subject
from diptych_conformance.problem import generator
from diptych_conformance.tolerance import value_error

COPIES = (2, 4)  # how often a batch is taken to see whether its loss is a mean


def order(subject: Subject, allowed: float) -> Finding:
    """The loss of the rows in another order."""
    loss, _ = subject.computed()
    other, _ = subject.on(lambda a: a[turned(len(a))]).computed()
    detail = f"the loss depends on the order of the batch: {loss:.6g}, and {other:.6g} in another"
    return Finding(value_error(other, loss, DTYPE), allowed, detail)


def turned(n: int) -> Array:
    """The order in which each row moves on to the next of a shuffled ring, so that none stays in its place."""
    ring = generator("check_loss", "order").permutation(n)
    places = np.empty(n, dtype=int)
    places[ring] = np.roll(ring, 1)
    return places


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
