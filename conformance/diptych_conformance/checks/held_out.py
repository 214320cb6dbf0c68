"""What a model says of rows that nobody is trained on: each player's loss, with networks as they are in use."""

import numpy as np

from diptych.named import Named
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.models import LATER, OTHER, batches, model_of
from diptych_conformance.checks.statements import SHAPES
from diptych_conformance.checks.training import different
from diptych_conformance.core.architectures import batch_normalised
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import rounded
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references import oracle
from diptych_conformance.references.statement import Form
from diptych_conformance.references.streams import stream


def losses(form: Form, dtype: str, session: Session) -> Finding:
    """By running statistics, with noise of the seed asked for and by the laws of the round; nothing moves."""
    stated, networks, x = form.stated(), batch_normalised(form.method(), SHAPES), next(batches(dtype))
    model = model_of(form, dtype, session, networks=networks)
    model.restore({**model.state(), "round": np.asarray(LATER)})
    before = model.state()
    got = model.losses(x, seed=OTHER)
    drawn = {name: law(stream(OTHER, "held out", name), len(x), LATER) for name, law in stated.noise.items()}
    noise = {name: rounded(a, dtype) for name, a in drawn.items()}
    nets = oracle.networks(networks, model.weights(), training=False)
    wanted = {name: loss(Named({**vars(nets), "held": nets}), x, noise) for name, loss in stated.losses.items()}
    if changed := different({"state": model.state()}, {"state": before}):
        return only_if(False, f"Model.losses moves {'; '.join(changed[:3])}")
    if got.keys() != wanted.keys():
        return only_if(False, f"Model.losses: of {sorted(got)}, not {sorted(wanted)}")
    errors = {name: value_error(got[name], loss, dtype) for name, loss in wanted.items()}
    return Finding.worst(errors, {}, allowed(stated.tolerance))
