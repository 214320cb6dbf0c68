"""The unregularised auto-encoder: a primal method whose penalty has weight 0."""

from diptych.algebra.primal import primal
from diptych.construction import constructor
from diptych.costs import squared_l2
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Auto-encoder, unregularised",
    paper="Bousquet et al., From optimal transport to generative modeling: the VEGAN cookbook, 2017",
    equation="eq. 5 at λ = 0",
    formula={"autoencoder": r"\mathbb{E}\,\lVert x - G(E(x))\rVert^2"},
    conventions=(
        "Squared l2 summed over the event, averaged over the batch. Nothing ties the codes to the prior, so "
        "samples G(z), z ~ N(0, I), need not look like data: the baseline the other primal methods improve on. "
        "Deterministic encoder. Defaults: Adam 1e-3, batch 100 (ours)."
    ),
)


@constructor
def ae() -> Method:
    """min E |x - G(E(x))|²"""
    return primal(squared_l2(), optimizer=Adam(1e-3), batch=100).named("ae", card=CARD, hyper={})


PRESETS = {"ae": ae}
RANK = 110
