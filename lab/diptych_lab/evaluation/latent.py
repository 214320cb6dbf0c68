"""What only a model with an encoder or a likelihood has: reconstructions, codes against the prior, bounds."""

from collections.abc import Callable

import numpy as np

from diptych.metrics import (
    METRICS,
    Estimate,
    ais,
    intervals,
    latent_mmd,
    latent_sliced_wasserstein,
    reconstruction_error,
    used_units,
)
from diptych.metrics.likelihood import likelihood_report
from diptych.model import Model
from diptych_lab.evaluation.measure import Better, Compared, Measure

DRAWS = (10, 100)  # of the IWAE bound
AIS_ROWS = 100


def measures() -> tuple[Measure, ...]:
    """Those of a model with an encoder, and the bounds of one with a likelihood."""
    bounds = ("elbo", *(f"iwae-{k}" for k in DRAWS))
    return (
        _of_model(
            name="reconstruction",
            title="Reconstruction error of the reference rows",
            formula=r"\mathbb{E}_x |x - G(E(x))|^2",
            source="squared error, summed over the entries of a row and averaged over rows",
            says="how much of a row its code keeps",
            does_not_say="how good samples are: a code may keep everything and the prior miss all codes",
            estimate=lambda model, x, seed: reconstruction_error(model, x),
            missing=_no_encoder,
        ),
        _of_model(
            name="latent-mmd2",
            title="Unbiased MMD² of codes and prior",
            formula=r"\mathrm{MMD}_u^2(Q_Z, P_Z)",
            source="Tolstikhin et al. 2018, section 4",
            says="how far the codes of the reference rows lie from the prior, as WAE-MMD measures it",
            does_not_say="where they differ; a decoder may be good at codes that the prior does not draw",
            estimate=lambda model, x, seed: latent_mmd(model, x, seed=seed),
            missing=_no_codes,
        ),
        _of_model(
            name="latent-sliced-w1",
            title="Sliced W1 of codes and prior",
            formula=r"\mathbb{E}_\theta W_1(\langle\theta, Q_Z\rangle, \langle\theta, P_Z\rangle)",
            source=METRICS["sliced-w1"].source,
            says="how far codes must be moved, as seen on random lines, to lie as the prior does",
            does_not_say="in what they differ; equal laws have a number above 0 that falls with the rows",
            estimate=lambda model, x, seed: latent_sliced_wasserstein(model, x, order=1, seed=seed),
            missing=_no_codes,
        ),
        _of_model(
            name="active-units",
            title="Active units",
            better="high",
            formula=r"\#\{u : \mathrm{Var}_x(\mathbb{E}[z_u | x]) > 0.01\}",
            source="Burda et al. 2016, section 5.2",
            says="how many latent dimensions depend on the row",
            does_not_say="what they hold, and whether the decoder uses them",
            estimate=lambda model, x, seed: used_units(model, x),
            missing=_no_encoder,
        ),
        Measure(
            name="likelihood",
            title="Lower bounds of log p(x): ELBO, and IWAE by its number of draws",
            numbers=bounds,
            better=dict.fromkeys(bounds, "high"),
            formula=r"\mathbb{E}_x \log \frac1k \sum_{i \leq k} \frac{p(x, z_i)}{Q(z_i | x)},\quad k = 1: ELBO",
            source="Burda et al. 2016, eq. 8",
            says="lower bounds of the log-likelihood of the reference rows, in nats a row; they grow with k",
            does_not_say="how good samples look; likelihoods of other decoders or scales are of other densities",
            estimate=lambda compared, seed: likelihood_report(*_model_and_rows(compared), draws=DRAWS, seed=seed),
            missing=_no_likelihood,
        ),
        _of_model(
            name="ais",
            title=f"log p(x) by annealed importance sampling, of at most {AIS_ROWS} rows",
            better="high",
            formula=r"\mathbb{E}_x \log \frac1K \sum_i w_i,\quad w_i \text{ of a chain to } p(z|x)",
            source="Neal 2001; Wu et al. 2017; `diptych.metrics.bdmc` gives the gap to an upper bound",
            says="a lower bound of the log-likelihood that is close to it, also where the encoder is bad",
            does_not_say="how good samples look; it takes minutes where IWAE takes seconds",
            estimate=lambda model, x, seed: intervals.mean(ais(model, x[:AIS_ROWS], seed=seed)),
            missing=_no_likelihood,
        ),
    )


def _of_model(
    *,
    name: str,
    title: str,
    formula: str,
    source: str,
    says: str,
    does_not_say: str,
    estimate: Callable[[Model, np.ndarray, int], Estimate],
    missing: Callable[[Compared], str],
    better: Better = "low",
) -> Measure:
    """A measure that is one number of a model and the reference rows."""
    return Measure(
        name,
        title,
        (name,),
        {name: better},
        formula,
        source,
        says,
        does_not_say,
        estimate=lambda compared, seed: {name: estimate(*_model_and_rows(compared), seed)},
        missing=missing,
    )


def _model_and_rows(compared: Compared) -> tuple[Model, np.ndarray]:
    assert compared.run is not None
    return compared.run.model, compared.real_rows


def _no_encoder(compared: Compared) -> str:
    return "" if compared.run and compared.run.method.encode else "it needs a run of a method with an encoder"


def _no_codes(compared: Compared) -> str:
    there = compared.run and compared.run.method.draw_codes
    return "" if there else "it needs a run of a method with an encoder into the space of its prior"


def _no_likelihood(compared: Compared) -> str:
    there = compared.run and compared.run.method.log_weights
    return "" if there else "it needs a run of a method with a likelihood: vae, iwae"
