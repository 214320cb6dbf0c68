"""Moment matching in the code space of a pre-trained auto-encoder.  Li, Swersky & Zemel 2015, section 4.2."""

from collections.abc import Sequence
from math import sqrt

from diptych import checks
from diptych.construction import constructor
from diptych.costs import squared_l2
from diptych.divergences.mmd import maximum_mean_discrepancy
from diptych.kernels import rbf
from diptych.method import Card, Method, Player, Role, Steps
from diptych.noise import Draw, Uniform
from diptych.optimizers import Adam
from diptych.typing import Array, Networks, NoiseDraws, Ops

CARD = Card(
    title="Generative moment matching network on codes",
    paper="Li, Swersky & Zemel, Generative Moment Matching Networks, ICML 2015",
    equation="section 4.2, figure 1b",
    formula={
        "autoencoder": r"\mathbb{E}\,\lVert x - D(E(x))\rVert^2",
        "generator": r"\sqrt{\mathrm{MMD}_b^2(E(x), G(z))},"
        r"\quad k(x, y) = \sum_v \exp\left(-\lVert x - y\rVert^2 / (2 v)\right)",
    },
    conventions=(
        "The auto-encoder trains alone for the first `pretrain` rounds and rests from then on, when the generator "
        "begins to match its codes; a sample is D(G(z)). It stands alone: the parts are those of `ae` and `gmmn`, "
        "but no composition of the algebra trains one inside the other. Root, v and prior as in gmmn. Squared l2 "
        "summed over the event, averaged over the batch. The paper has dropout, layerwise pre-training, sigmoid "
        "codes and v = 1. Defaults (ours): 1000 rounds, 32 codes, v in {1, 2, 5, 10, 20, 40}, Adam 1e-3, batch 256."
    ),
)


def autoencoder_loss(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
    """E |x - D(E(x))|²"""
    return ops.xp.mean(squared_l2().of(x, nets.decoder(nets.encoder(x)), xp=ops.xp))


@constructor
def gmmn_ae(
    *,
    pretrain: int = 1000,
    codes: int = 32,
    variances: Sequence[float] = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0),
) -> Method:
    """min_{E, D} E |x - D(E(x))|², then min_G MMD(E(x), G(z)).

    Args:
        pretrain: rounds of the auto-encoder alone, before it rests and the generator begins; a whole number of at
            least 1
        codes: size of a code, in numbers, between encoder and decoder; a whole number of at least 1
        variances: variances σ² of the Gaussian kernels, which are summed, in squared units of the codes; one or
            more positive finite numbers
    """
    pretrain = checks.whole("pretrain", pretrain)
    codes = checks.whole("codes", codes)
    variances = checks.each_positive("variances", variances)
    matching = maximum_mean_discrepancy(rbf([sqrt(v) for v in variances]), estimator="biased", root=True)
    first, then = Steps(usual=0, early=1, until=pretrain), Steps(usual=1, early=0, until=pretrain)

    def generator_loss(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """√MMD_b²(E(x), G(z))"""
        return matching.model_loss(None, nets.encoder(x), nets.generator(noise.z), noise, ops)

    prior = Draw(Uniform(-1.0, 1.0), "latent")
    return Method(
        name="gmmn-ae",
        family="dual",
        roles={
            "encoder": Role(("data",), "codes"),
            "decoder": Role(("codes",), "data"),
            "generator": Role(("latent",), "codes"),
        },
        noise={"z": prior},
        players=(
            Player("autoencoder", autoencoder_loss, ("encoder", "decoder"), first, optimizer=Adam(1e-3)),
            Player("generator", generator_loss, ("generator",), then, optimizer=Adam(1e-3)),
        ),
        prior=prior,
        generate=lambda nets, z, ops: nets.decoder(nets.generator(z)),
        reconstruct=lambda nets, x, ops: nets.decoder(nets.encoder(x)),
        encode=lambda nets, x, ops: nets.encoder(x),
        batch=256,
        hyper={"pretrain": pretrain, "codes": codes, "variances": variances},
        card=CARD,
        events=lambda shapes: {"codes": (codes,)},
    )


PRESETS = {"gmmn-ae": gmmn_ae}
RANK = 51
