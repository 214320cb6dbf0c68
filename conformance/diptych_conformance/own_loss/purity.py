"""Does a user's loss repeat, and leave its inputs and networks unchanged?"""

import numpy as np

from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding
from diptych_conformance.own_loss import views
from diptych_conformance.own_loss.subject import Subject


def repeat(subject: Subject) -> Finding:
    """The same call twice gives the same bits."""
    (first, grads), (second, again) = subject.computed(), subject.computed()
    same = np.array_equal(first, second, equal_nan=True) and all(
        np.array_equal(g, again[role][name], equal_nan=True)
        for role, own in grads.items()
        for name, g in own.items()
    )
    changed = ", ".join(subject.changed())
    drawing = "draws random numbers of its own, as a dropout layer does, or keeps a state; noise should be an input"
    why = f"changed {changed}, and a loss should change nothing" if changed else drawing
    return only_if(same, f"the same call gives {first!r} and then {second!r}: it {why}")


def mutation(subject: Subject) -> Finding:
    """Inputs and networks are unchanged since before the loss was first computed."""
    names = [*(("x",) if subject.kind == "network" else ()), *subject.noise]
    written = [
        name for name in names if subject.computed(views.writing(subject.bare, name), (views.PROBE,))[0] != 0
    ]
    written += subject.changed()
    return only_if(not written, f"the loss changed what it was given: {', '.join(written)}")
