"""Adversarial auto-encoder.  Makhzani et al. 2016, section 2 and figure 1."""

from typing import Literal

from diptych import checks
from diptych.algebra import encoders
from diptych.algebra.latent import aggregate
from diptych.algebra.primal import primal
from diptych.construction import constructor
from diptych.costs import squared_l2
from diptych.divergences.gan import non_saturating_gan
from diptych.method import Card, Method
from diptych.optimizers import Adam

CARD = Card(
    title="Adversarial auto-encoder",
    paper="Makhzani, Shlens, Jaitly, Goodfellow & Frey, Adversarial Autoencoders, 2016",
    equation="section 2",
    formula={
        "autoencoder": r"\mathbb{E}\,\lVert x - G(\tilde z)\rVert^2,\quad \tilde z \sim Q(z \mid x)",
        "critic": r"\mathbb{E}\,\mathrm{softplus}(-f(z)) + \mathbb{E}\,\mathrm{softplus}(f(\tilde z))",
        "regulariser": r"\mathbb{E}\,\mathrm{softplus}(-f(\tilde z))",
    },
    conventions=(
        "Three phases a round, a batch and an optimiser state each: reconstruction moves encoder and decoder, the "
        "critic its own weights, the regulariser the encoder. Prior draws z ~ N(0, I) are the positive class, "
        "codes the negative one. Squared l2 summed over the event, averaged over the batch; a scale of the cost is "
        "not asked for, since Adam, which moves each phase apart, would undo it. Encoder deterministic, Gaussian, "
        "or implicit. The paper has momentum SGD. Defaults (ours): Adam 1e-3 and 5e-4 with β1 = 0.5, batch 100."
    ),
)

ENCODERS = {
    "deterministic": encoders.deterministic,
    "gaussian": encoders.gaussian,
    "implicit": encoders.implicit,
}


@constructor
def aae(*, encoder: Literal["deterministic", "gaussian", "implicit"] = "deterministic") -> Method:
    """min E |x - G(z)|², z ~ Q(z|x), against a critic that tells codes from prior draws.

    Args:
        encoder: how a code z comes from x, 'deterministic' z = E(x), 'gaussian' z = μ(x) + σ(x) ε, 'implicit' z =
            e(x, ε) with 16 dimensions of ε (section 2)
    """
    checks.choice("encoder", encoder, ENCODERS)
    method = primal(
        squared_l2(),
        latent=aggregate(non_saturating_gan()),
        encoder=ENCODERS[encoder](),
        apart=True,
        optimizer=Adam(1e-3, beta1=0.5),
        critic_optimizer=Adam(5e-4, beta1=0.5),
        batch=100,
    )
    return method.named("aae", card=CARD, hyper={"encoder": encoder})


PRESETS = {"aae": aae}
RANK = 130
