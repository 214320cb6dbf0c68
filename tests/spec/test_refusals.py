"""What the terms refuse: numbers that are none, arrays that only broadcasting would join, wrappers that collide."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych import array_namespace, costs, kernels, pairs
from diptych import divergences as d
from diptych import functional as F
from diptych.densities import log_diagonal_normal, log_full_normal, log_standard_normal, moments
from diptych.primitives import clip
from diptych.schedules import Linear

from . import toys
from .libraries import NUMPY

RNG = np.random.default_rng(61)
X, Y = RNG.normal(size=(5, 2, 3)), RNG.normal(size=(5, 2, 3))
A, B = X[:, 0], Y[:, 0]  # (5, 3)
C = RNG.uniform(size=(4, 3))
RBF, COST, GAN = kernels.rbf([1.0]), costs.squared_l2(), d.non_saturating_gan()
OPS = toys.ops(NUMPY.xp)

# the argument, as a refusal names it -> what takes it
REALS: dict[str, Callable[[Any], Any]] = {
    "scale of a cost": costs.l1_distance,
    "scale of a Gaussian decoder": costs.gaussian_nll,
    "scale of the prior": lambda v: d.tilted(GAN, v),
    "the multiple of a kernel": lambda v: v * RBF,
    "length of a Laplacian kernel": kernels.laplacian,
    "constant of a polynomial kernel": lambda v: kernels.polynomial(3, v),
    "alpha of the alpha divergence": d.alpha_divergence,
    "pi of the weighted Jensen-Shannon divergence": d.weighted_jensen_shannon,
    "epsilon of entropic transport": lambda v: d.entropic_wasserstein(epsilon=v),
    "weight of the gradient penalty": d.wasserstein_lp,
    "gamma of R1": lambda v: d.with_r1(GAN, v),
    "label c of the least-squares GAN": lambda v: d.least_squares_gan(c=v),
    "order of a Wasserstein distance": d.sliced,
    "floor of the variance": lambda v: F.mmd_t_statistic(A, B, RBF, floor=v),
    "decoding": lambda v: d.mmd_of_features(RBF, size=2, decoding=v),
    "feasible": lambda v: d.mmd_of_features(RBF, size=2, feasible=v),
    "penalty": lambda v: d.mmd_of_features_gp(RBF, size=2, penalty=v),
    "activation": lambda v: d.mmd_of_features_gp(RBF, size=2, activation=v),
    "clip: low": lambda v: clip(A, v, 1.0),
    "clip: high": lambda v: clip(A, -1.0, v),
}
WHOLE: dict[str, Callable[[Any], Any]] = {
    "iterations": lambda v: F.entropic_transport(C, epsilon=1.0, iterations=v),
    "block_size": lambda v: d.maximum_mean_discrepancy(RBF, block_size=v),
    "block_size(?# of mmd2_block)": lambda v: F.mmd2_block(A, B, RBF, block_size=v),
    "block_size(?# of mmd2_streamed)": lambda v: F.mmd2_streamed(A, B, RBF, block_size=v),
    "size of the features": lambda v: d.through_features(GAN, v),
    "degree of a polynomial kernel": kernels.polynomial,
}
MANY: dict[str, Callable[[Any], Any]] = {
    "bandwidths": kernels.rbf_from_zero,
    "alphas": kernels.rational_quadratic,
    "scales": kernels.inverse_multiquadratic,
}
NO_NUMBERS = [float("nan"), float("inf"), True, "2", None]


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize("name", REALS)
def test_a_number_is_asked_for(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name}.* must be .*, got '?{value}"):
        REALS[name](value)


@pytest.mark.parametrize("value", [*NO_NUMBERS, 2.5, 3.0])
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_number_is_asked_for(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be a whole number of at least [12], got '?{value}"):
        WHOLE[name](value)


@pytest.mark.parametrize("value", [*NO_NUMBERS, 2.0, "12", [True], ["1"], [None], [1.0, float("nan")]])
@pytest.mark.parametrize("name", MANY)
def test_numbers_are_asked_for(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be one or more positive finite numbers, got "):
        MANY[name](value)


@pytest.mark.parametrize("value", ["no", 1, None])
def test_a_flag_is_asked_for(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^root must be True or False, got "):
        d.maximum_mean_discrepancy(RBF, estimator="biased", root=value)


def test_numpy_scalars_are_numbers_and_change_no_dtype() -> None:
    two, three = np.float64(2.0), np.int64(3)
    x, y, e = (a.astype(np.float32) for a in (A, B, RNG.uniform(size=(5, 1))))
    kernel = two * kernels.polynomial(three, two) + kernels.rbf(np.asarray([1.0, 2.0])) + kernels.laplacian(two)
    critic = toys.Critic(x[:1], x[1:2], x[2:3], NUMPY.xp)
    values: list[Any] = [
        kernel(x, y),
        clip(x, -two, two),
        costs.gaussian_nll(two).of(x, y),
        costs.cross_entropy(two).of(x, y),
        F.mmd_t_statistic(x, y, kernels.rbf([1.0]), floor=two),
        F.entropic_transport(x, epsilon=two, iterations=three),
        F.wasserstein_1d(x, y, order=two),
        d.alpha_divergence(two).composite(x, xp=NUMPY.xp),
        d.weighted_jensen_shannon(np.float64(0.3)).composite(x, xp=NUMPY.xp),
    ]
    games = [d.wasserstein_gp(two), d.tilted(GAN, two), d.with_roth(GAN, two), d.least_squares_gan(-two, two, two)]
    for game in games:
        assert game.critic_loss is not None
        values += [game.critic_loss(critic, x, y, SimpleNamespace(e=e), OPS)]
    assert [value.dtype for value in values] == [np.float32] * len(values)


def test_kernels_add_up() -> None:
    total = sum([RBF, kernels.linear(), kernels.energy()])
    assert isinstance(total, kernels.Kernel)
    assert total.name == "rbf + linear + energy"
    assert np.array_equal(total(A, B), RBF(A, B) + kernels.linear()(A, B) + kernels.energy()(A, B))
    for other in (1, 0.5, None):
        with pytest.raises(TypeError):
            other + RBF  # type: ignore[operator]


def column(x: Any) -> Any:
    """A critic's (n, 1), which with (n,) would be (n, n)."""
    return np.sum(np.reshape(x, (len(x), -1)), axis=1, keepdims=True)


def test_a_tilted_witness_gives_one_number_a_sample() -> None:
    tilted = d.tilted(GAN)
    assert tilted.critic_loss is not None
    tilted.critic_loss(lambda z: column(z)[:, 0], X, Y, None, OPS)
    for loss in (tilted.critic_loss, tilted.model_loss):
        with pytest.raises(ValueError, match=r"h\(z\) must be one number a sample, shape \(n,\), got \(5, 1\): "):
            loss(column, X, Y, None, OPS)
        with pytest.raises(ValueError, match=r"h\(z\) must have 5 rows, as its samples, got 1"):
            loss(lambda z: column(z)[:1, 0], X, Y, None, OPS)


def test_roths_logits_are_one_a_slope() -> None:
    f = A[:, 0]
    F.roth_penalty(f, X, f, Y)
    with pytest.raises(ValueError, match=r"f\(p\) must be one number a sample, shape \(n,\), got \(5, 1\)"):
        F.roth_penalty(f[:, None], X, f, Y)
    with pytest.raises(ValueError, match=r"f\(q\) must have 5 rows, as its samples, got 1"):
        F.roth_penalty(f, X, f[:1], Y)


def test_an_unknown_batch_size_may_be_the_same() -> None:
    """As in a traced graph of TensorFlow."""

    class Traced(SimpleNamespace):
        def __array_namespace__(self, *, api_version: str | None = None) -> Any:
            return array_namespace(A)

    traced = Traced(shape=(None, 3))
    pairs.same_shape(a=traced, b=A)
    pairs.enough_rows(9, traced, traced, "a test")
    pairs.check_one_per_sample(Traced(shape=(None,)), A, "f")
    with pytest.raises(ValueError, match=r"one number a sample, shape \(n,\), got \(None, 1\)"):
        pairs.check_one_per_sample(Traced(shape=(None, 1)), traced, "f")


def test_the_tilt_of_an_event_with_axes() -> None:
    """One density a sample over all of the event's axes, as of the same codes laid flat."""
    flat = [np.reshape(a, (5, 6)) for a in (X, Y)]
    loss = d.tilted(GAN, 1.7).model_loss
    expected = F.non_saturating_loss(column(Y)[:, 0] + log_standard_normal(Y / 1.7) - 6 * np.log(1.7))
    assert loss(lambda z: column(z)[:, 0], X, Y, None, OPS) == pytest.approx(expected, rel=1e-13)
    assert loss(lambda z: column(z)[:, 0], *flat, None, OPS) == pytest.approx(expected, rel=1e-13)


SIGMA = np.eye(3)
SHAPES: list[tuple[Callable[[], Any], str]] = [
    (lambda: F.kl_to_standard_normal(A, B[:, :1]), r"logvar must hold events of shape \(3,\), as mean, got \(1,\)"),
    (lambda: F.kl_to_standard_normal(A, B[:1]), "logvar must have 5 rows, as mean, got 1"),
    (lambda: F.kl_diagonal(A, B, A[:, 0], B), r"mean_q must hold events of shape \(3,\), as mean, got \(\)"),
    (lambda: F.w2_diagonal(A, B, A, B[:1]), "logvar_q must have 5 rows, as mean, got 1"),
    (lambda: log_diagonal_normal(A, B[:1], B), "mean must have 5 rows, as z, got 1"),
    (lambda: log_full_normal(X, A[0], SIGMA), r"z must hold events of shape \(3,\), as mean, got \(2, 3\)"),
    (lambda: log_full_normal(A, A[0, :1], SIGMA), r"a covariance of \(k, k\), got \(1,\) and \(3, 3\)"),
    (lambda: log_full_normal(A, A[:1], SIGMA), r"a mean of \(k,\) .*, got \(1, 3\) and \(3, 3\)"),
    (lambda: F.kl_full(A[0], SIGMA, A[0, :1], SIGMA[:1, :1]), "mean_q must have 3 rows, as mean, got 1"),
    (lambda: F.kl_full(A[0], SIGMA, A[0, :1], SIGMA), r"got \(1,\) and \(3, 3\)"),
    (lambda: F.w2_full(A[0], SIGMA[:1], A[0], SIGMA), r"got \(3,\) and \(1, 3\)"),
    (lambda: F.w2_full(A[0, :1], SIGMA[:1, :1], A[0], SIGMA), "mean_q must have 1 rows, as mean, got 3"),
    (lambda: F.reparametrise(A, B, B[:1]), "e must have 5 rows, as mean, got 1"),
    (lambda: F.reparametrise(A[:, :1], B[:, :1], B), r"e must hold events of shape \(1,\), as mean, got \(3,\)"),
    (lambda: F.reparametrise(X, X, Y[:, :1]), r"e must hold events of shape \(2, 3\), as mean, got \(1, 3\)"),
    (lambda: moments(A), r"moments need a last axis of even length, .*, got shape \(5, 3\)"),
    (lambda: F.interpolate(X, Y, Y), r"e must be .* shape \(n, 1, \.\.\., 1\), got \(5, 2, 3\)"),
    (lambda: F.interpolate(X, Y, A[:, 0]), r"e must be one number a sample, .*, got \(5,\)"),
    (lambda: F.interpolate(X, Y, X[:1, :1, :1]), "e must have 5 rows, as the samples, got 1"),
    (lambda: F.relativistic_loss(A[:, 0], B[:4, 0]), "f_q must have 5 rows, as f_p, got 4"),
    (lambda: F.relativistic_loss(A[:, 0], B[:1, 0]), "f_q must have 5 rows, as f_p, got 1"),
    (lambda: F.relativistic_model_loss(A[:, 0], B[:1, 0]), "f_q must have 5 rows, as f_p, got 1"),
    (
        lambda: F.relativistic_model_loss(A[:, 0], B[:, :1]),
        r"f_q must hold events of shape \(\), as f_p, got \(1,\)",
    ),
    (lambda: F.wasserstein_1d(A[:0], B), r"^p must have at least 1 row, got shape \(0, 3\)"),
    (lambda: F.wasserstein_1d(A[:0], B[:0]), r"^p must have at least 1 row, got shape \(0, 3\)"),
    (
        lambda: F.sliced_wasserstein_distance(A, B, A[:0]),
        r"^directions must have at least 1 row, got shape \(0, 3\)",
    ),
    (lambda: F.sliced_wasserstein_distance(A, B[:0], A), r"^q must have at least 1 row, got shape \(0, 3\)"),
    (
        lambda: F.sinkhorn_divergence(A, B[:0], COST, epsilon=1.0, iterations=1),
        r"^q must have at least 1 row, got shape \(0, 3\)",
    ),
    (
        lambda: F.entropic_transport(A[0], epsilon=1.0, iterations=1),
        r"costs must be \(\.\.\., m, n\), m and n at least 1, got shape \(3,\)",
    ),
    (lambda: F.entropic_transport(A[:, :0], epsilon=1.0, iterations=1), r"at least 1, got shape \(5, 0\)"),
    (
        lambda: F.entropic_transport(A, epsilon=1.0, iterations=1, symmetric=True),
        r"^symmetric costs are \(\.\.\., n, n\), got shape \(5, 3\)",
    ),
    (
        lambda: F.entropic_transport(C, epsilon=1.0, iterations=1, symmetric=1),  # type: ignore[arg-type]
        "^symmetric must be True or False, got 1",
    ),
    (
        lambda: d.entropic_wasserstein(costs.squared_l2),
        "cost must be of type Cost, got squared_l2, which is to be called",
    ),
    (lambda: d.f_gan("kl"), "row must be of type FDivergence, got 'kl': KL is one"),
    (lambda: F.variational_bound(A[:, 0], B[:, 0], "kl"), "row must be of type FDivergence, got 'kl'"),
    (lambda: F.bound_model_loss(A[:, 0], None), "row must be of type FDivergence, got None"),
    (lambda: F.non_saturating_bound_loss(A[:, 0], None), "row must be of type FDivergence, got None"),
    (
        lambda: F.density_ratio(A[:, 0], d.f_gan),
        "row must be of type FDivergence, got f_gan, which is to be called",
    ),
    (
        lambda: d.entropic_wasserstein(costs.gaussian_nll("learned")),
        "the cost 'gaussian, learned scale' has no matrix of pairs",
    ),
    (lambda: F.mmd2_variance(A, B[:, :2], of_any), r"the second sample must hold events of shape \(3,\)"),
    (lambda: F.mmd_witness(A, A, B[:, :2], of_any), r"the second sample must hold events of shape \(3,\)"),
    (lambda: F.mmd_witness(A[:, :2], A, B, of_any), r"^t must hold .* \(3,\), as the samples, got \(2,\)"),
    (lambda: F.mmd_witness(A, A, B[:0], of_any), r"^q must have at least 1 row, got shape \(0, 3\)"),
    (lambda: F.feasible_set(A, B[:, :1]), r"the second sample must hold events of shape \(3,\)"),
    (lambda: F.feasible_set(A[:0], B), r"^h_p must have at least 1 row, got shape \(0, 3\)"),
]


def of_any(x: Any, y: Any = None, *, xp: Any = None) -> Any:
    """A kernel of one's own that looks at no shape."""
    return np.ones((len(x), len(x if y is None else y)))


@pytest.mark.parametrize(("call", "message"), SHAPES)
def test_shapes(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_several_draws_of_one_gaussian() -> None:
    """As the importance-weighted bound has them: moments (n, 1, k), draws (n, K, k)."""
    z = F.reparametrise(X[:, :1], Y[:, :1], Y)
    assert np.array_equal(z[:, 1], F.reparametrise(X[:, 0], Y[:, 0], Y[:, 1]))


MMD, SPLIT = d.maximum_mean_discrepancy(RBF), d.through_features(GAN, 2)
GAMMA = Linear(1.0, 0.0, 9)
WRAPPERS: list[tuple[Callable[[], Any], str]] = [
    (lambda: d.with_r1(SPLIT, 1.0), "non-saturating GAN through features has no single critic to charge by R1"),
    (
        lambda: d.with_r2(d.mmd_of_features(RBF, size=2), 1.0),
        "of features has no single critic to charge by R2",
    ),
    (lambda: d.with_roth(SPLIT, 1.0), "has no single critic to charge by Roth"),
    (lambda: d.tilted(SPLIT), "has no single critic to tilt"),
    (lambda: d.through_features(SPLIT, 2), "has no single critic to split"),
    (
        lambda: d.with_roth(d.wasserstein_gp(), 1.0),
        "Roth charges the logit of a GAN, which the critic of W1",
    ),
    (lambda: d.with_roth(d.f_gan(d.KL), 1.0), "which the critic of KL f-GAN is not"),
    (lambda: d.with_roth(d.tilted(GAN), 1.0), "which the critic of tilted non-saturating GAN is not"),
    (lambda: d.smoothed(d.smoothed(GAN, 1.0), GAMMA), "smoothed .* draws smooth_p and smooth_q already"),
    (lambda: d.with_r1(d.with_r1(GAN, GAMMA), GAMMA), "GAN [+] R1 draws gamma_r1 already"),
    (lambda: d.with_r1(GAN, "1"), "gamma of R1 must be finite and at least 0, got '1'"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("call", "message"), WRAPPERS)
def test_wrappers(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("game", [GAN, d.minimax_gan(), d.f_gan(d.GAN), d.f_gan(d.JENSEN_SHANNON)])
def test_roth_charges_the_logits_of_gans(game: d.Divergence) -> None:
    charged = d.with_r2(d.with_r1(d.with_roth(game, GAMMA), GAMMA), GAMMA)
    assert set(charged.noise("data")) == {"gamma_roth", "gamma_r1", "gamma_r2"}
    assert set(d.smoothed(d.tilted(d.with_roth(game, 1.0)), 1.0).noise("data")) == {"smooth_p", "smooth_q"}
    f, v = A[:, 0], np.linspace(-3, 3, 7)
    for row in (d.GAN, d.JENSEN_SHANNON):  # whose bound is the GAN's loss, but for a constant
        gap = F.discriminator_loss(f, v) + F.variational_bound(f, v, row)
        assert gap == pytest.approx(F.discriminator_loss(v, f) + F.variational_bound(v, f, row), rel=1e-13)
