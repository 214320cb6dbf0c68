"""What only a model with an encoder or a likelihood has: reconstructions, codes against the prior, a bound."""

from typing import Any

import numpy as np

from diptych import randomness
from diptych.algebra.encoders import gaussian_moments
from diptych.divergences.gaussian import reparametrise
from diptych.functional import mmd2_h_form, mmd2_variance
from diptych.kernels import inverse_multiquadratic
from diptych.metrics import METRICS, active_units
from diptych.metrics.intervals import mean, normal
from diptych.metrics.record import Estimate
from diptych_lab.evaluation.measure import Compared, Estimates, Measure
from diptych_lab.trained import Run

ROWS = 2000  # of the MMD, whose matrices are square; the others take all
DRAWS = 100  # of the bound
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def measures() -> tuple[Measure, ...]:
    """All of a model with an encoder, and the bound of one with a likelihood."""
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
            name="log-likelihood",
            title=f"IWAE bound of log p(x), {DRAWS} draws",
            numbers=("log-likelihood",),
            better={"log-likelihood": "high"},
            formula=r"\mathbb{E}_x \log \frac1K \sum_i \frac{p(x, z_i)}{Q(z_i | x)}",
            source="Burda et al. 2016, eq. 8",
            says="A lower bound of the log-likelihood of the reference rows, in nats a row",
            does_not_say="How good samples look; values of other data, decoders or scales are of other densities",
            estimate=_bound,
            missing=lambda compared: _no_likelihood(compared.run),
        ),
    )


def codes(run: Run, x: np.ndarray, seed: int) -> np.ndarray:
    """A draw of Q(z|x) for each row, (n, latent): the code itself where the encoder is deterministic."""
    model, role = run.model, run.method.roles["encoder"]
    if role.output == "latent" and role.inputs == ("data",):
        return model.encode(x)
    noise = run.method.noise["epsilon"]
    stream = randomness.generator(seed, "codes")
    epsilon = noise.sample(stream, len(x), run.method.shapes(model.shapes)).astype(model.dtype)

    def draw(nets: Any, x: Any, epsilon: Any, ops: Any) -> Any:
        if role.output == "latent":
            return nets.encoder(x, epsilon)
        mean, logvar = gaussian_moments(nets, x, ops)
        return reparametrise(mean, logvar, epsilon, xp=ops.xp)

    parts = [slice(start, start + 1000) for start in range(0, len(x), 1000)]
    drawn = [model.backend.call(draw, model.nets, {"x": x[part], "epsilon": epsilon[part]}) for part in parts]
    return np.concatenate(drawn)


def _pair(compared: Compared, seed: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes of reference rows and as many draws of the prior, (n, k) in float64."""
    run = compared.run
    assert run is not None
    x = compared.real_rows[:most]
    stream = randomness.generator(seed, "prior")
    prior = run.method.prior.sample(stream, len(x), run.method.shapes(run.model.shapes))
    return codes(run, x, seed).reshape(len(x), -1).astype(np.float64), prior.reshape(len(x), -1)


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


def _bound(compared: Compared, seed: int) -> Estimates:
    assert compared.run is not None
    return {"log-likelihood": mean(compared.run.model.log_likelihood(compared.real_rows, draws=DRAWS, seed=seed))}


def _no_encoder(compared: Compared) -> str:
    return "" if compared.run and compared.run.method.reconstruct else "it needs a run of a method with an encoder"


def _no_codes(compared: Compared) -> str:
    run = compared.run
    if not run or not run.method.encode:
        return "it needs a run of a method with an encoder"
    kind = run.method.roles["encoder"].output
    return "" if kind in ("latent", "moments") else f"the encoder of {run.method.name} gives {kind}, no latent"


def _no_likelihood(run: Run | None) -> str:
    return "" if run and run.method.log_weights else "it needs a run of a method with a likelihood: vae, iwae"
