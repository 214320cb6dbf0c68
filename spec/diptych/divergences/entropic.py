"""Entropic optimal transport in the log domain, and the divergence it gives when debiased.

    OT_ε(P, Q) = max_{f, g} E f(p) + E g(q) - ε E (e^{(f(p) + g(q) - c(p, q)) / ε} - 1)

is the least E c + ε KL(plan | P ⊗ Q) over plans with these marginals. Weights are equal a row. An ε that is not
positive and finite, and iterations that are not a whole number of at least 1, are a ValueError.
"""

from typing import Any

from diptych import checks
from diptych.construction import constructor
from diptych.costs import Cost, squared_l2
from diptych.divergences.divergence import Divergence
from diptych.pairs import same_events
from diptych.primitives import logsumexp
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import KernelFunction, Namespace, NoiseDraws, Ops


@term
def entropic_transport(
    c: Array, *, epsilon: float, iterations: int, symmetric: bool = False, xp: Namespace = FOUND
) -> Array:
    """A lower bound on OT_ε, tight as the iterations grow, for the costs c_ij = c(p_i, q_j).  (..., m, n) -> (...)

    From f = g = 0, both potentials take the average of themselves and of the other's best answer, at once, so
    that rows and columns are treated alike; then the dual objective at (f, answer to f) and (answer to g, g) is
    averaged. An answer makes the exponential term vanish.  Feydy et al. 2019, section 3.1.
    `symmetric` promises c_ij = c_ji, as of a sample and itself: f and g are then one, for half the work.
    ValueError for costs without both axes, or without entries along one, or promised symmetric and not square.
    """
    epsilon, iterations = _settings(epsilon, iterations)
    if len(c.shape) < 2 or 0 in tuple(c.shape)[-2:]:
        raise ValueError(f"costs must be (..., m, n), m and n at least 1, got shape {tuple(c.shape)}")
    if checks.flag("symmetric", symmetric) and c.shape[-2] != c.shape[-1]:
        raise ValueError(f"symmetric costs are (..., n, n), got shape {tuple(c.shape)}")
    c = c / epsilon  # f and g, too, are in units of ε
    f, g = xp.zeros_like(c[..., 0]), xp.zeros_like(c[..., 0, :])
    log_n = logsumexp(g, -1, xp=xp)[..., None]
    log_m = log_n if symmetric else logsumexp(f, -1, xp=xp)[..., None]

    def answers(f: Array, g: Array) -> tuple[Array, Array]:
        """-log mean_j e^{g_j - c_ij} and -log mean_i e^{f_i - c_ij}"""
        f_best = log_n - logsumexp(g[..., None, :] - c, -1, xp=xp)
        return f_best, f_best if symmetric else log_m - logsumexp(f[..., :, None] - c, -2, xp=xp)

    for _ in range(iterations):
        f_best, g_best = answers(f, g)
        f = 0.5 * (f + f_best)
        g = f if symmetric else 0.5 * (g + g_best)
    f_best, g_best = answers(f, g)
    of_f = xp.mean(f + f_best, axis=-1)
    return epsilon * of_f if symmetric else 0.5 * epsilon * (of_f + xp.mean(g + g_best, axis=-1))


@term
def sinkhorn_divergence(
    p: Sample, q: Sample, cost: Cost, *, epsilon: float, iterations: int, xp: Namespace = FOUND
) -> Array:
    """S_ε = OT_ε(p, q) - OT_ε(p, p) / 2 - OT_ε(q, q) / 2, at this number of iterations.  (m, ...), (n, ...) -> ()

    0 for p = q. Tends to OT as ε → 0, and to half the MMD² of the kernel -c as ε → ∞. ε is in units of the cost;
    the smaller it is against the costs, the more iterations it takes.  Feydy et al. 2019, eq. 3 (half of Genevay et
    al. 2018, eq. 3). ValueError for a cost without a matrix, an empty sample and samples of different events.
    """
    same_events(p, q)
    matrix = _matrix(cost)
    settings: dict[str, Any] = {"epsilon": epsilon, "iterations": iterations, "xp": xp}
    between = entropic_transport(matrix(p, q, xp=xp), **settings)
    of_p, of_q = (entropic_transport(matrix(own, xp=xp), symmetric=cost.symmetric, **settings) for own in (p, q))
    return between - 0.5 * (of_p + of_q)


@constructor
def entropic_wasserstein(cost: Cost | None = None, *, epsilon: float = 1.0, iterations: int = 10) -> Divergence:
    """The Sinkhorn divergence, differentiated through all its iterations; squared l2 where no cost is given.

    ValueError for a cost without a matrix.
    """
    epsilon, iterations = _settings(epsilon, iterations)
    ground = cost or squared_l2()
    _matrix(ground)

    def model_loss(f: None, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        return sinkhorn_divergence(p, q, ground, epsilon=epsilon, iterations=iterations, xp=ops.xp)

    return Divergence("Sinkhorn", model_loss=model_loss)


def _settings(epsilon: float, iterations: int) -> tuple[float, int]:
    return checks.positive("epsilon of entropic transport", epsilon), checks.whole("iterations", iterations)


def _matrix(cost: Cost) -> KernelFunction:
    checks.wanted("cost", cost, Cost, "squared_l2() makes one, as do the others of diptych.costs")
    if cost.matrix is None:
        raise ValueError(f"the cost {cost.name!r} has no matrix of pairs; transport needs one")
    return cost.matrix
