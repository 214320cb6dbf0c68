"""What only a model with an encoder or a likelihood has: reconstructions, codes against the prior, a bound."""

import numpy as np

from diptych import randomness
from diptych.functional import mmd2_h_form, mmd2_variance
from diptych.kernels import inverse_multiquadratic
from diptych.metrics import METRICS, active_units
from diptych.metrics.intervals import mean, normal
from diptych.metrics.likelihood import ais
from diptych.metrics.record import Estimate
from diptych_lab.evaluation.measure import Compared, Estimates, Measure

ROWS = 2000  # of the MMD, whose matrices are square; the others take all
DRAWS = (10, 100)  # of the IWAE bound
AIS_ROWS = 100
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def measures() -> tuple[Measure, ...]:
    """Those of a model with an encoder, and the bounds of one with a likelihood."""
    return (
        Measure(
            name="reconstruction",
            title="Reconstruction error of the reference rows",
            numbers=("reconstruction",),
            better={"reconstruction": "low"},
            formula=r"\mathbb{E}_x |x - G(E(x))|^2",
            source="squared error, summed over the entries of a row and averaged over rows",
            says="How much of a row its code keeps",
            does_not_say="How good samples are: a code may keep everything and the prior miss all codes",
            estimate=_reconstruction,
            missing=_no_encoder,
        ),
        Measure(
            name="latent-mmd",
            title="Unbiased MMD² of codes and prior",
            numbers=("latent MMD²",),
            better={"latent MMD²": "low"},
            formula=r"\mathrm{MMD}^2(Q_Z, P_Z),\quad k = \sum_s \frac{s C}{s C + |z - z'|^2},\ C = 2 k \sigma_z^2",
            source=f"Tolstikhin et al. 2018, section 4; of at most {ROWS} rows",
            says="How far the codes of the reference rows lie from the prior, as WAE-MMD measures it",
            does_not_say="Where they differ; a decoder may be good at codes that the prior does not draw",
            estimate=_latent_mmd,
            missing=_no_codes,
        ),
        Measure(
            name="latent-sliced-w1",
            title="Sliced W1 of codes and prior",
            numbers=("latent sliced W1",),
            better={"latent sliced W1": "low"},
            formula=r"\mathbb{E}_\theta W_1(\langle\theta, Q_Z\rangle, \langle\theta, P_Z\rangle)",
            source=METRICS["sliced-w1"].source,
            says="How far codes must move along random lines to lie as the prior does",
            does_not_say=METRICS["sliced-w1"].does_not_say,
            estimate=_latent_sliced,
            missing=_no_codes,
        ),
        Measure(
            name="active-units",
            title="Active units",
            numbers=("active units",),
            better={"active units": "high"},
            formula=r"\#\{u : \mathrm{Var}_x(\mathbb{E}[z_u | x]) > 0.01\}",
            source="Burda et al. 2016, section 5.2",
            says="How many latent dimensions depend on the row",
            does_not_say="What they hold, and whether the decoder uses them",
            estimate=_active_units,
            missing=_no_codes,
        ),
        Measure(
            name="likelihood",
            title="Lower bounds of log p(x): ELBO, and IWAE by its number of draws",
            numbers=("ELBO", *(f"IWAE {k}" for k in DRAWS)),
            better=dict.fromkeys(("ELBO", *(f"IWAE {k}" for k in DRAWS)), "high"),
            formula=r"\mathbb{E}_x \log \frac1k \sum_{i \leq k} \frac{p(x, z_i)}{Q(z_i | x)},\quad k = 1: ELBO",
            source="Burda et al. 2016, eq. 8",
            says="Lower bounds of the log-likelihood of the reference rows, in nats a row; they grow with k",
            does_not_say="How good samples look; likelihoods of other decoders or scales are of other densities",
            estimate=_bounds,
            missing=_no_likelihood,
        ),
        Measure(
            name="ais",
            title=f"log p(x) by annealed importance sampling, of at most {AIS_ROWS} rows",
            numbers=("AIS",),
            better={"AIS": "high"},
            formula=r"\mathbb{E}_x \log \frac1K \sum_i w_i,\quad w_i \text{ of a chain to } p(z|x)",
            source="Neal 2001; Wu et al. 2017; `diptych.metrics.bdmc` gives the gap to an upper bound",
            says="A lower bound of the log-likelihood that is close to it, also where the encoder is bad",
            does_not_say="How good samples look; it takes minutes where IWAE takes seconds",
            estimate=_ais,
            missing=_no_likelihood,
        ),
    )


def _pair(compared: Compared, seed: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes of reference rows and as many draws of the prior, (n, k) in float64."""
    run = compared.run
    assert run is not None
    x = compared.real_rows[:most]
    stream = randomness.generator(seed, "prior")
    prior = run.method.prior.sample(stream, len(x), run.method.shapes(run.model.shapes))
    return run.model.draw_codes(x, seed=seed).reshape(len(x), -1).astype(np.float64), prior.reshape(len(x), -1)


def _reconstruction(compared: Compared, seed: int) -> Estimates:
    assert compared.run is not None
    x = compared.real_rows
    error = (compared.run.model.reconstruct(x).astype(np.float64) - x).reshape(len(x), -1)
    return {"reconstruction": mean((error**2).sum(axis=1))}


def _latent_mmd(compared: Compared, seed: int) -> Estimates:
    z, prior = _pair(compared, seed, ROWS)
    kernel = inverse_multiquadratic([2 * float(prior.var()) * scale for scale in SCALES])
    variance = max(float(mmd2_variance(prior, z, kernel)), 0.0)
    how = "normal, by the unbiased variance of the statistic"
    return {"latent MMD²": normal(float(mmd2_h_form(prior, z, kernel)), variance**0.5, how)}


def _latent_sliced(compared: Compared, seed: int) -> Estimates:
    z, prior = _pair(compared, seed, len(compared.real_rows))
    (found,) = METRICS["sliced-w1"].estimate(prior, z, seed=seed).values()
    return {"latent sliced W1": found}


def _active_units(compared: Compared, seed: int) -> Estimates:
    assert compared.run is not None
    centres = compared.run.model.encode(compared.real_rows).astype(np.float64)
    stream, n = randomness.generator(seed, "units"), len(centres)
    value = float(active_units(centres))
    spread = [float(active_units(centres[stream.integers(n, size=n)])) for _ in range(200)]
    low, high = np.quantile(spread, [0.025, 0.975])
    how = "percentiles of a bootstrap, 200 repeats"
    return {"active units": Estimate(value, min(float(low), value), max(float(high), value), how)}


def _bounds(compared: Compared, seed: int) -> Estimates:
    assert compared.run is not None
    weights = compared.run.model.log_weights(compared.real_rows, draws=max(DRAWS), seed=seed)
    bounds = {k: np.logaddexp.reduce(weights[:, :k], axis=1) - np.log(k) for k in DRAWS}
    return {"ELBO": mean(weights.mean(axis=1))} | {f"IWAE {k}": mean(rows) for k, rows in bounds.items()}


def _ais(compared: Compared, seed: int) -> Estimates:
    assert compared.run is not None
    return {"AIS": mean(ais(compared.run.model, compared.real_rows[:AIS_ROWS], seed=seed))}


def _no_encoder(compared: Compared) -> str:
    return "" if compared.run and compared.run.method.reconstruct else "it needs a run of a method with an encoder"


def _no_codes(compared: Compared) -> str:
    there = compared.run and compared.run.method.draw_codes
    return "" if there else "it needs a run of a method with an encoder into the space of its prior"


def _no_likelihood(compared: Compared) -> str:
    there = compared.run and compared.run.method.log_weights
    return "" if there else "it needs a run of a method with a likelihood: vae, iwae"
