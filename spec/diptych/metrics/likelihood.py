"""log p(x) by annealed importance sampling: a lower bound for any x, and an upper one for data of the model's own.

AIS (Neal 2001) takes chains from the encoder to the posterior (`annealing`). The mean of their weights is unbiased
for p(x), so that its logarithm is a lower bound in expectation (Wu et al. 2017). Backwards, from an exact draw of
the posterior, the mean of the inverse weights is unbiased for 1/p(x), which gives an upper bound (Grosse et al.
2015). Such a draw is known where x was simulated, x ~ p(x|z) with z ~ p(z): it is z. So the two bounds say how
good AIS is for this model; of x from elsewhere only the lower one is known.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from diptych import checks, passes, randomness
from diptych.metrics import intervals
from diptych.metrics.annealing import Chains, FloatArray, Start, schedule
from diptych.metrics.record import Estimates
from diptych.model import Model

TARGET = 0.65  # share of the proposals that are to be accepted.  Neal 2011, section 5.4.4.3
FIRST, LONGEST = 0.5, 1.5  # step size to begin with; above 2 the steps of a Gaussian diverge
AT_ONCE = 4000  # chains, of all rows that move together
GAIN = 0.2  # how fast the logarithm of the step size follows the share


class Bounds(NamedTuple):
    """Rows simulated from the model, (n, *data), and the bounds of log p(x) of each, (n,) in nats."""

    x: FloatArray
    lower: FloatArray
    upper: FloatArray


def ais(
    model: Model, x: Any, *, chains: int = 32, steps: int = 200, leapfrog: int = 5, seed: int = 0
) -> FloatArray:
    """A lower bound of log p(x) of each row, in nats: the log of the mean weight of `chains` chains.

    (n, *data) -> (n,) in float64. In expectation at most log p(x), and close to it where `steps`, the number of
    temperatures, is large: `bdmc` says how close. A move takes `leapfrog` gradients of log w. Its step size is
    tuned for each row and temperature, in a run before, so that no move depends on the chain that it moves. All
    draws follow from `seed` and the row's number.
    ValueError where the method has no likelihood, and for settings that are no whole numbers of at least 1.
    """
    annealing = _Annealing(model, chains, steps, leapfrog, seed)
    x = passes.rows(x)
    blocks = range(0, x.shape[0], annealing.block)
    parts = [(x[i : i + annealing.block], i) for i in blocks]
    with model.shown():  # once for all of the calls
        return np.concatenate([annealing.lower(*part, annealing.tuned(*part)) for part in parts])


def bdmc(model: Model, n: int, *, chains: int = 32, steps: int = 200, leapfrog: int = 5, seed: int = 0) -> Bounds:
    """Bidirectional Monte Carlo: n rows that the model simulates, with both bounds of log p(x).  As in `ais`.

    E lower <= log p(x) <= E upper, whatever the settings: on such rows AIS is off by at most the gap, in
    expectation. The rows are draws of p(x|z), with its noise, and not the means that `Model.sample` gives.  Grosse
    et al. 2015.
    """
    annealing = _Annealing(model, chains, steps, leapfrog, seed)
    lower, upper = [], []
    with model.shown():
        x, epsilon = annealing.simulated(checks.whole("n", n))
        for i in range(0, n, annealing.block):
            block = slice(i, i + annealing.block)
            tuned = annealing.tuned(x[block], i)
            lower.append(annealing.lower(x[block], i, tuned))
            upper.append(annealing.upper(x[block], i, tuned, epsilon[block]))
    return Bounds(x, np.concatenate(lower), np.concatenate(upper))


def likelihood_report(model: Model, x: Any, *, draws: Sequence[int] = (10, 100), seed: int = 0) -> Estimates:
    """The ELBO, ``elbo``, and the bounds of K draws, ``iwae-K``: means over rows, in nats.  (n, *data)

    The ELBO is the mean of the log weights, of as many draws as the largest K.  Burda et al. 2016, eq. 8.
    ValueError where the method has no likelihood, and for fewer than 2 rows.
    """
    log_w = model.log_weights(x, draws=max(draws), seed=seed)
    bounds = {f"iwae-{k}": intervals.mean(passes.log_mean_exp(log_w[:, :k])) for k in draws}
    return {"elbo": intervals.mean(log_w.mean(axis=1)), **bounds}


class _Annealing:
    """AIS in one model by one choice of settings, block by block of its rows."""

    def __init__(self, model: Model, chains: int, steps: int, leapfrog: int, seed: int) -> None:
        model.method.of_likelihood()  # where there is none, that is told before anything is drawn
        self.model = model
        self.chains, self.beta = checks.whole("chains", chains), schedule(checks.whole("steps", steps))
        self.leapfrog, self.seed = checks.whole("leapfrog", leapfrog), checks.whole("seed", seed, 0)
        self.block = max(1, AT_ONCE // chains)

    def simulated(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Rows of the model, (n, *data), and the ε of the codes they came from, (n, k)."""
        method, shapes = self.model.method, self.model.method.shapes(self.model.shapes)
        if method.simulate is None or method.data_noise is None:
            raise ValueError(f"method {method.name!r} has a likelihood, and no `simulate` that draws from it")
        z = method.prior.sample(randomness.generator(self.seed, randomness.AIS, "codes"), n, shapes)
        noise = method.data_noise.sample(randomness.generator(self.seed, randomness.AIS, "data"), n, shapes)
        with self.model.shown() as nets:
            x, epsilon = self.model.backend.call(method.simulate, nets, {"z": z, "noise": noise})
        return x, epsilon

    def tuned(self, x: Any, first: int) -> "_Tuned":
        """Fit the start to the posterior by a run that begins at the encoder; tune the steps by one from there."""
        n, k = x.shape[0], self.model.shapes["latent"][0]
        encoder = Start(np.zeros((n, k)), np.tile(np.eye(k), (n, 1, 1)))
        chains, size = self.chains_of(x, first, encoder, "fitting"), np.full((n, 1), FIRST)
        drawn = []
        for beta in (*self.beta, *np.ones(len(self.beta))):
            size = _adapted(size, chains.move(beta, size))
            if beta == 1:
                drawn.append(encoder.epsilon(chains.u))
        start = Start.of(np.concatenate(drawn, axis=1))
        chains, sizes = self.chains_of(x, first, start, "tuning"), [np.full((n, 1), FIRST)]
        for beta in self.beta[:-1]:
            sizes.append(_adapted(sizes[-1], chains.move(beta, sizes[-1])))
        return _Tuned(start, sizes)

    def lower(self, x: Any, first: int, tuned: "_Tuned") -> FloatArray:
        """Forwards: the chains begin at the start."""
        chains = self.chains_of(x, first, tuned.start, "forwards")
        total = np.zeros(chains.log_w.shape)
        for t, weight in enumerate(np.diff(self.beta)):
            if t:
                chains.move(self.beta[t], tuned.sizes[t])
            total += weight * chains.log_w
        return passes.log_mean_exp(total)

    def upper(self, x: Any, first: int, tuned: "_Tuned", epsilon: FloatArray) -> FloatArray:
        """Backwards: every chain begins at the row's own ε (n, k), a draw of the posterior."""
        u = np.repeat(tuned.start.u(epsilon[:, None, :]), self.chains, axis=1)
        chains = self.chains_of(x, first, tuned.start, "backwards", u)
        total = np.zeros(chains.log_w.shape)
        for t, weight in reversed(list(enumerate(np.diff(self.beta)))):
            total -= weight * chains.log_w
            if t:
                chains.move(self.beta[t], tuned.sizes[t])
        return -passes.log_mean_exp(total)

    def chains_of(self, x: Any, first: int, start: Start, purpose: str, u: FloatArray | None = None) -> Chains:
        settings = {"leapfrog": self.leapfrog, "seed": self.seed}
        return Chains(self.model, x, self.chains, start, purpose=purpose, first=first, u=u, **settings)


class _Tuned(NamedTuple):
    """Where the chains of some rows begin, and the step sizes (n, 1) at each temperature."""

    start: Start
    sizes: list[FloatArray]


def _adapted(size: FloatArray, probability: FloatArray) -> FloatArray:
    """Longer steps for a row where more is accepted than is aimed at, shorter ones where less is."""
    accepted = np.mean(probability, axis=1, keepdims=True)
    adapted: FloatArray = np.minimum(size * np.exp(GAIN * (accepted - TARGET)), LONGEST)
    return adapted
