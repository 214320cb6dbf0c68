"""What is measured of a model: reconstructions, codes and likelihoods with their intervals, and bounds of log p(x).

The numbers of a model are those of its networks, stated a second time, and so are the chains of annealed importance
sampling, move by move.
"""

import math
from functools import partial
from typing import Any, cast

import numpy as np

from diptych import Backend, Model, Network, methods, networks
from diptych.metrics import Estimate, ais, bdmc, encoder_report, latent_sliced_wasserstein, used_units
from diptych.metrics.annealing import Chains, Start
from diptych.metrics.likelihood import likelihood_report
from diptych_conformance.checks.models import OTHER, model_of, weights_of
from diptych_conformance.checks.statements import SHAPES
from diptych_conformance.core.architectures import smooth_mlp
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, rounded
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references import oracle
from diptych_conformance.references.formulas.annealing import Row
from diptych_conformance.references.formulas.basics import inverse_multiquadratic, mean, square
from diptych_conformance.references.formulas.codes import SEVEN
from diptych_conformance.references.formulas.estimates import sliced, unbiased
from diptych_conformance.references.formulas.intervals import Ends, Z, normal, standard_error
from diptych_conformance.references.statement import Form
from diptych_conformance.references.streams import stream

ROWS = 8  # of which all choices of four are looked at
DRAWS = 3, 10  # of a bound
ANNEALED = {"chains": 4, "steps": 3, "leapfrog": 2}
SIZES = {"latent-mmd2": 2.0 * len(SEVEN)}  # of what a number is a difference of
MAGNIFIED = 16.0  # the rounding of a move, by some ten moves after it
SCALE = 0.5
TWO_PLACES = {  # networks of one layer of two units; most data may come from codes on either side
    "encoder": {
        "0.kernel": np.array([[0.5, -0.3], [0.2, 0.4]]),
        "0.bias": np.array([0.1, 0.0]),
        "2.kernel": np.array([[0.6, 0.3], [-0.4, 0.2]]),
        "2.bias": np.array([0.0, -0.5]),
    },
    "decoder": {
        "0.kernel": np.array([[2.0, -2.0]]),
        "0.bias": np.array([-1.5, -1.5]),
        "2.kernel": np.array([[1.5, 0.3], [1.5, -0.3]]),
        "2.bias": np.array([0.5, 0.0]),
    },
}


def codes(form: Form, dtype: str, session: Session) -> Finding:
    """How rows are reconstructed, how many units are used, and how far the codes are from the prior."""
    model, stated = model_of(form, dtype, session), form.stated()
    nets = _nets(form, dtype)
    x = _rows(dtype)
    assert stated.encode is not None
    assert stated.reconstruct is not None
    errors = np.array([square(a, b) for a, b in zip(x, stated.reconstruct(nets, x), strict=True)])
    centres = np.reshape(stated.encode(nets, x), (ROWS, -1))
    middle = float(np.sort(np.var(centres, axis=0, ddof=1))[-2:].mean())
    got = {**encoder_report(model, x, seed=OTHER), "some units": used_units(model, x, threshold=middle)}
    wanted = {"reconstruction-error": _of_mean(errors), "active-units": _active(centres, 0.01)}
    wanted["some units"] = _active(centres, middle)
    if stated.draw_codes:
        noise = {name: law(stream(OTHER, "codes", name), ROWS, 0) for name, law in stated.noise.items()}
        drawn = stated.draw_codes(nets, x, {name: rounded(a, dtype) for name, a in noise.items()})
        prior = stated.prior(stream(OTHER, "sampling", "prior of codes"), ROWS, 0)
        wanted["latent-mmd2"] = unbiased(prior, drawn, inverse_multiquadratic([2 * s for s in SEVEN]))
        for order in (1, 2):
            (wanted[f"latent-sliced-w{order}"],) = sliced(prior, drawn, OTHER, order=order)
        got["latent-sliced-w1"] = latent_sliced_wasserstein(model, x, order=1, seed=OTHER)
    return _compared(got, wanted, dtype)


def likelihoods(form: Form, dtype: str, session: Session) -> Finding:
    """The ELBO and the bounds of several draws."""
    model, stated = model_of(form, dtype, session), form.stated()
    nets = _nets(form, dtype)
    x, shape = _rows(dtype), (max(DRAWS), *SHAPES["latent"])
    drawn = [stream(OTHER, "likelihood", row).standard_normal(shape) for row in range(ROWS)]
    draws = rounded(np.stack(drawn), dtype)
    assert stated.bound is not None
    single = [stated.bound(nets, x, draws[:, i : i + 1]) for i in range(max(DRAWS))]
    wanted = {"elbo": _of_mean(np.mean(single, axis=0))}
    wanted |= {f"iwae-{k}": _of_mean(stated.bound(nets, x, draws[:, :k])) for k in DRAWS}
    return _compared(likelihood_report(model, x, draws=DRAWS, seed=OTHER), wanted, dtype)


def annealed(session: Session) -> Finding:
    """Rows that are simulated and their bounds, chain by chain, whose rounding is magnified at every move."""
    model = _two_places(session)
    x, lower, upper = bdmc(model, ROWS, seed=OTHER, **ANNEALED)
    nets = oracle.networks(_networks(), TWO_PLACES, training=False)
    z, noise = (
        stream(OTHER, "annealed importance sampling", of).standard_normal((ROWS, size))
        for of, size in (("codes", 1), ("data", 2))
    )
    rows = np.asarray(nets.decoder(z)) + SCALE * noise
    moments = np.asarray(nets.encoder(rows))
    wanted = []
    for i, (mu, log_variance) in enumerate(moments):
        sigma = math.exp(log_variance / 2)
        row = Row(partial(_log_joint, rows[i]), float(mu), sigma, i, OTHER, **ANNEALED)
        wanted.append(row.bounds(float((z[i, 0] - mu) / sigma)))
    below, above = np.transpose(wanted)
    got = {"rows": (x, rows), "lower": (lower, below), "upper": (upper, above)}
    got["ais"] = ais(model, rows, seed=OTHER, **ANNEALED), below
    got["where chains of later rows begin"] = _begun(model, rows)
    errors = {name: value_error(*pair, "float64") for name, pair in got.items()}
    return Finding.worst(errors, {}, allowed(MAGNIFIED))


def _begun(model: Model, rows: Array) -> tuple[Array, Array]:
    """Of the last rows, as a block of their own: by the streams of their numbers."""
    first, count = ROWS - 3, ANNEALED["chains"]
    start = Start(np.zeros((3, 1)), np.ones((3, 1, 1)))
    chains = Chains(model, rows[first:], count, start, leapfrog=1, seed=OTHER, purpose="forwards", first=first)
    drawn = [
        stream(OTHER, "annealed importance sampling", "forwards", number).standard_normal((count, 1))
        for number in range(first, ROWS)
    ]
    return chains.u, np.stack(drawn)


def _networks() -> dict[str, Network]:
    return networks.mlp(methods.vae(), data=(2,), latent=(1,), width=2, depth=1, activation="tanh")


def _two_places(session: Session) -> Model:
    """A VAE whose code is one number, and whose posteriors have two modes, which no Gaussian fits."""
    chosen: Any = {"weights": TWO_PLACES, "dtype": "float64", "device": session.device}
    return Model(methods.vae(scale=SCALE), _networks(), backend=cast(Backend, session.backend), **chosen)


def _log_joint(x: Array, z: Any) -> Any:
    """log N(z; 0, 1) N(x; G(z), s²) of one row and of codes, which may be complex."""
    means = oracle.networks(_networks(), TWO_PLACES, training=False).decoder(z[:, None])
    squares = ((x - means) ** 2).sum(axis=1)
    return -squares / (2 * SCALE**2) - math.log(2 * math.pi * SCALE**2) - z * z / 2 - math.log(2 * math.pi) / 2


def _nets(form: Form, dtype: str) -> Any:
    """The model's, in NumPy."""
    made = smooth_mlp(form.method(), SHAPES)
    return oracle.networks(made, weights_of(made, dtype), training=False)


def _rows(dtype: str) -> Array:
    return rounded(np.random.default_rng(OTHER).random((ROWS, *SHAPES["data"])), dtype)


def _of_mean(values: Array) -> Ends:
    return normal(mean(values), standard_error(values))


def _active(centres: Array, threshold: float) -> Ends:
    """Units of a larger variance than that; the ends are those of which an end of its interval is larger."""
    squares = (centres - centres.mean(axis=0)) ** 2
    variances = squares.sum(axis=0) / (len(centres) - 1)
    half = Z * np.array([standard_error(of) for of in squares.T])
    value, low, high = (float(np.sum(variances + end > threshold)) for end in (0 * half, -half, half))
    return value, low, high


def _compared(got: dict[str, Estimate], wanted: dict[str, Ends], dtype: str) -> Finding:
    if got.keys() != wanted.keys():
        return Finding(1.0, 0.0, f"numbers {sorted(got)}, not {sorted(wanted)}")
    errors = {
        name: value_error((got[name].value, got[name].low, got[name].high), ends, dtype, scale=SIZES.get(name, 1.0))
        for name, ends in wanted.items()
    }
    return Finding.worst(errors, {}, allowed())
