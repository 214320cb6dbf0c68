"""A call of every public function of the spec's mathematics: the spec's own table of contents, made executable."""

import importlib
import pkgutil
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych import array_namespace, costs, densities, divergences, kernels, pairs, primitives
from diptych.divergences import (
    divergence,
    entropic,
    f_divergence,
    f_families,
    f_table,
    features,
    gan,
    gaussian,
    gram,
    hinge,
    least_squares,
    lipschitz,
    mmd,
    mmd_features,
    mmd_statistics,
    relativistic,
    tilt,
    transport,
    wasserstein,
)
from diptych.schedules import Geometric, Lazy

from . import toys

_names = [module.name for module in pkgutil.iter_modules(divergences.__path__, "diptych.divergences.")]
MODULES = (primitives, pairs, densities, costs, kernels, *map(importlib.import_module, _names))

GENERATOR = np.random.default_rng(3)
INPUTS = {
    "x": GENERATOR.normal(size=(5, 2, 3)),
    "y": GENERATOR.normal(size=(4, 2, 3)),
    "x0": np.stack([np.zeros((2, 3)), *GENERATOR.normal(size=(4, 2, 3))]),  # a row at a corner
    "gamma_roth": np.full(5, 0.4),
    "gamma_r1": np.zeros(5),
    "penalty_weight": np.full(5, 6.0),
    "smooth_p": GENERATOR.normal(size=(5, 2, 3)),
    "smooth_q": GENERATOR.normal(size=(1, 2, 3)),
    "w": GENERATOR.uniform(size=(5, 2, 3)),
    "e": GENERATOR.uniform(size=(5, 1, 1)),
    "k": GENERATOR.normal(size=(5, 5)),
    "f": GENERATOR.normal(size=5) * 30,
    "g": GENERATOR.normal(size=4) * 30,
    "wide": GENERATOR.normal(size=(5, 70)),
    "wider": GENERATOR.normal(size=(4, 70)),
    "theta": GENERATOR.normal(size=(4, 2, 3)),
    "z": GENERATOR.normal(size=(5, 3)),
    "mean": GENERATOR.normal(size=3),
    "mean_q": GENERATOR.normal(size=3),
    "covariance": np.asarray([[2.0, 0.5, 0.3], [0.5, 1.5, -0.2], [0.3, -0.2, 1.0]]),
    "covariance_q": np.asarray([[1.0, -0.4, 0.1], [-0.4, 2.0, 0.6], [0.1, 0.6, 3.0]]),
}


def checked(check: Callable[[Any, Any], None]) -> Callable[[Any, Any], Any]:
    """A check that these samples pass, and then one of them."""

    def call(a: Any, xp: Any) -> Any:
        check(a.x, a.x0)
        return a.x

    return call


def products_of_root(a: Any, xp: Any) -> Any:
    """R_ik R_jk: the sign of a column of R is each library's own."""
    root = gaussian.covariance_root(a.covariance, xp=xp)
    return root[:, None, :] * root[None, :, :]


def one_gaussian(x: Any, y: Any) -> None:
    """Five numbers, and a matrix of theirs."""
    densities.one_gaussian(x[:, 0, 0], x[:, :1, 0] * y[None, :, 0, 0])


def gaussians(f: Callable[..., Any], *names: str) -> list[Callable[[Any, Any], Any]]:
    return [lambda a, xp: f(*(getattr(a, name) for name in names), xp=xp)]


def split_losses(a: SimpleNamespace, xp: Any) -> Any:
    """Features x + y, compared by a toy critic."""
    xp = xp or array_namespace(a.x)
    critic = toys.Critic(a.x[:1, ...], a.y[:1, ...], a.x0[1:2, ...], xp)
    nets = SimpleNamespace(features=lambda x: x + a.y[:1, ...], critic=critic)
    split = features.through_features(gan.non_saturating_gan(), 6)
    loss = split.model_loss(nets, a.x, a.y, a, toys.ops(xp))
    return loss + split.critic_loss(nets, a.x, a.x0, a, toys.ops(xp)) if split.critic_loss else loss


def losses_of_features(divergence: Any, a: SimpleNamespace, xp: Any) -> Any:
    """Both losses, of toy features; with a stand-in for slopes."""
    xp = xp or array_namespace(a.x)
    flat = {name: primitives.flatten(getattr(a, name), xp=xp) for name in ("x", "x0")}
    maps = {
        "features": lambda x: xp.tanh(x[:, :4] - 0.5 * x[:, 2:]),
        "features_decoder": lambda h: xp.concat([h, h[:, :2]], axis=1),
    }
    ops = toys.ops(xp)
    nets, noise = SimpleNamespace(**maps), SimpleNamespace(e=a.e[:, :, 0])
    p, q = flat["x"], flat["x0"]
    return divergence.model_loss(nets, p, q, noise, ops) + divergence.critic_loss(nets, p, q, noise, ops)


def divergence_losses(divergence: Any, a: SimpleNamespace, xp: Any) -> Any:
    """Both losses of a divergence, with a toy critic."""
    xp = xp or array_namespace(a.x)
    critic = toys.Critic(a.x[:1, ...], a.y[:1, ...], a.x0[1:2, ...], xp)
    loss = divergence.model_loss(critic, a.x, a.y, a, toys.ops(xp))
    if divergence.critic_loss:
        loss = loss + divergence.critic_loss(critic, a.x, a.x0, a, toys.ops(xp))
    return loss


def of_one_size(a: SimpleNamespace) -> SimpleNamespace:
    """With as many rows in y as in x."""
    return SimpleNamespace(**{**vars(a), "y": a.x0})


def row_functions(row: f_divergence.FDivergence) -> Callable[[Any, Any], Any]:
    """What an f-divergence's row computes of a critic's output and, for reference, of a ratio."""

    def functions(a: SimpleNamespace, xp: Any) -> Any:
        xp = xp or array_namespace(a.f)
        v, u = a.f / 20, xp.exp(a.f / 60)
        t = row.activation(v, xp=xp)
        return xp.stack(
            [
                t,
                row.composite(v, xp=xp),
                row.ratio(v, xp=xp),
                row.conjugate(t, xp=xp),
                row.f(u, xp=xp),
                row.critic(u, xp=xp),
            ]
        )

    return functions


CLIPPED = mmd_features.mmd_of_features(kernels.rbf([0.5, 2.0]), size=4)
PENALISED = mmd_features.mmd_of_features_gp(kernels.rational_quadratic([0.2, 5.0]) + kernels.linear(), size=4)
SMOOTHED = divergence.smoothed(gan.non_saturating_gan(), 0.5)
TILTED = tilt.tilted(gan.non_saturating_gan(), 1.5)
RBF, IMQ = kernels.rbf([0.5, 2.0]), kernels.inverse_multiquadratic([0.1, 2.0])
LEARNED = costs.gaussian_nll("learned")
FULL = ("mean", "covariance", "mean_q", "covariance_q")


def of_kernel(kernel: kernels.Kernel) -> list[Callable[[Any, Any], Any]]:
    """Between two samples, within one that has a row twice, and row by row."""
    return [
        lambda a, xp: kernel(a.x, a.y, xp=xp),
        lambda a, xp: kernel(a.x[:1, ...] * a.e, xp=xp),
        lambda a, xp: kernel.rows(a.x, a.x0, xp=xp),
    ]


def of_cost(cost: costs.Cost) -> list[Callable[[Any, Any], Any]]:
    """Row by row, and as matrices."""
    matrix = cost.matrix
    assert matrix is not None
    return [
        lambda a, xp: cost.of(a.x, a.x0, xp=xp),
        lambda a, xp: matrix(a.x, a.y, xp=xp),
        lambda a, xp: matrix(a.x0, xp=xp),
    ]


def row_by_row(a: Any, xp: Any) -> Any:
    """Every part of a pair of rows."""
    both = pairs.RowPairs(a.x, a.x0, xp=xp)
    return both.squared + both.dot + sum(both.norms) + both.d


# what makes a record -> one that it made
RECORDS: dict[Callable[..., Any], Any] = {
    costs.l1_distance: costs.l1_distance(0.5),
    costs.l2_distance: costs.l2_distance(0.5),
    costs.squared_l2: costs.squared_l2(0.5),
    costs.gaussian_nll: costs.gaussian_nll(0.7),
    costs.bernoulli_nll: costs.bernoulli_nll(),
    costs.cross_entropy: costs.cross_entropy(0.5),
    kernels.rbf: RBF,
    kernels.plus: kernels.plus(RBF, IMQ),
    kernels.times: kernels.times(RBF, IMQ),
    kernels.multiple: kernels.multiple(0.3, IMQ),
    kernels.rbf_from_zero: kernels.rbf_from_zero([0.5, 2.0]),
    kernels.rational_quadratic: kernels.rational_quadratic(),
    kernels.inverse_multiquadratic: IMQ,
    kernels.classical_inverse_multiquadratic: kernels.classical_inverse_multiquadratic(),
    kernels.energy: kernels.energy(),
    kernels.laplacian: kernels.laplacian(2.0),
    kernels.polynomial: kernels.polynomial() * RBF + 2 * RBF,
    kernels.linear: kernels.linear(),
    f_families.weighted_jensen_shannon: f_families.weighted_jensen_shannon(0.3),
    f_families.alpha_divergence: f_families.alpha_divergence(0.5),
    divergence.smoothed: SMOOTHED,
    entropic.entropic_wasserstein: entropic.entropic_wasserstein(costs.l1_distance(), iterations=2),
    f_divergence.f_gan: f_divergence.f_gan(f_table.JEFFREY),
    features.through_features: features.through_features(gan.non_saturating_gan(), 6),
    gan.minimax_gan: gan.minimax_gan(),
    gan.non_saturating_gan: gan.non_saturating_gan(),
    hinge.hinge_gan: hinge.hinge_gan(),
    least_squares.least_squares_gan: least_squares.least_squares_gan(),
    lipschitz.with_r1: lipschitz.with_r1(gan.non_saturating_gan(), 3.0),
    lipschitz.with_r2: lipschitz.with_r2(gan.non_saturating_gan(), 3.0),
    lipschitz.with_roth: lipschitz.with_roth(gan.non_saturating_gan(), 3.0),
    mmd.maximum_mean_discrepancy: mmd.maximum_mean_discrepancy(RBF, bandwidth="median"),
    mmd_features.mmd_of_features: CLIPPED,
    mmd_features.mmd_of_features_gp: PENALISED,
    relativistic.relativistic_gan: relativistic.relativistic_gan(),
    tilt.tilted: TILTED,
    transport.sliced: transport.sliced(1.5),
    wasserstein.wasserstein_clip: wasserstein.wasserstein_clip(),
    wasserstein.wasserstein_gp: wasserstein.wasserstein_gp(3.0),
    wasserstein.wasserstein_lp: wasserstein.wasserstein_lp(3.0),
}

# function -> calls of it, from the inputs and the namespace (or None: find it yourself)
CALLS: dict[Callable[..., Any], list[Callable[[Any, Any], Any]]] = {
    primitives.event_axes: [lambda a, xp: a.x + float(sum(primitives.event_axes(a.x)))],
    primitives.flatten: [lambda a, xp: primitives.flatten(a.x, xp=xp)],
    primitives.batch_size: [lambda a, xp: a.x / primitives.batch_size(a.x, xp=xp)],
    primitives.row_sum: [
        lambda a, xp: primitives.row_sum(a.x, xp=xp),
        lambda a, xp: primitives.row_sum(a.f, xp=xp),
    ],
    primitives.row_norm: [lambda a, xp: primitives.row_norm(a.x0, xp=xp)],
    primitives.unit: [
        lambda a, xp: a.w * primitives.unit(a.w, xp=xp),
        lambda a, xp: a.w * primitives.unit(a.w * 1e35, xp=xp),
    ],
    primitives.sqrt: [lambda a, xp: primitives.sqrt(a.x0, xp=xp)],
    primitives.relu: [lambda a, xp: primitives.relu(a.x0, xp=xp)],
    primitives.absolute: [lambda a, xp: primitives.absolute(a.x0, xp=xp)],
    primitives.row_squared_distances: [
        lambda a, xp: primitives.row_squared_distances(a.x, a.x0, xp=xp),
    ],
    primitives.maximum: [lambda a, xp: primitives.maximum(a.x, a.x0, xp=xp)],
    primitives.clip: [lambda a, xp: primitives.clip(a.x, -0.5, 0.25, xp=xp)],
    primitives.expm1: [lambda a, xp: primitives.expm1(a.x0, xp=xp)],
    primitives.softplus: [lambda a, xp: primitives.softplus(a.f, xp=xp)],
    primitives.softplus_tail: [lambda a, xp: primitives.softplus_tail(a.f, xp=xp)],
    primitives.logsumexp: [
        lambda a, xp: primitives.logsumexp(a.x, 0, xp=xp),
        lambda a, xp: primitives.logsumexp(a.x, -1, xp=xp),
    ],
    primitives.xlogy: [lambda a, xp: primitives.xlogy(a.x0, a.w, xp=xp)],
    primitives.standard_deviation: [lambda a, xp: primitives.standard_deviation(a.x, xp=xp)],
    primitives.off_diagonal: [lambda a, xp: primitives.off_diagonal(a.k, xp=xp)],
    primitives.squared_distances: [
        lambda a, xp: primitives.squared_distances(a.x, a.y, xp=xp),
        lambda a, xp: primitives.squared_distances(a.wide, a.wider, xp=xp),
    ],
    primitives.self_distances: [
        lambda a, xp: primitives.self_distances(a.x, xp=xp),
        lambda a, xp: primitives.self_distances(a.wide, xp=xp),
    ],
    pairs.l1: [lambda a, xp: pairs.l1(pairs.AllPairs(a.x, a.x0, xp=xp)), row_by_row],
    pairs.same_events: [checked(pairs.same_events)],
    pairs.same_size: [checked(pairs.same_size)],
    pairs.same_shape: [checked(lambda x, y: pairs.same_shape(x=x, y=y))],
    pairs.enough_rows: [checked(lambda x, y: pairs.enough_rows(5, x, y, "a test"))],
    pairs.check_one_per_sample: [checked(lambda x, y: pairs.check_one_per_sample(x[:, 0, 0], y, "f"))],
    costs.l1_distance: of_cost(costs.l1_distance(0.5)),
    costs.l2_distance: of_cost(costs.l2_distance(0.5)),
    costs.squared_l2: of_cost(costs.squared_l2(0.5)),
    costs.cross_entropy: of_cost(costs.cross_entropy(0.5)),
    costs.gaussian_nll: [
        lambda a, xp: costs.gaussian_nll(0.7).of(a.x, costs.gaussian_nll(0.7).mean(a.x0, xp=xp), xp=xp),
        lambda a, xp: LEARNED.of(a.x[..., :1], a.x0[..., 1:], xp=xp),
        lambda a, xp: LEARNED.mean(a.wide, xp=xp),
    ],
    costs.bernoulli_nll: [
        lambda a, xp: costs.bernoulli_nll().of(a.w, a.x, xp=xp),
        lambda a, xp: costs.bernoulli_nll().mean(a.x, xp=xp),
    ],
    gan.discriminator_loss: [lambda a, xp: gan.discriminator_loss(a.f, a.g, xp=xp)],
    gan.non_saturating_loss: [lambda a, xp: gan.non_saturating_loss(a.g, xp=xp)],
    gan.non_saturating_gan: [lambda a, xp: divergence_losses(gan.non_saturating_gan(), a, xp)],
    gan.minimax_loss: [lambda a, xp: gan.minimax_loss(a.g, xp=xp)],
    gan.minimax_gan: [lambda a, xp: divergence_losses(gan.minimax_gan(), a, xp)],
    f_divergence.variational_bound: [
        lambda a, xp: f_divergence.variational_bound(a.f, a.g, f_table.JENSEN_SHANNON, xp=xp)
    ],
    f_divergence.bound_model_loss: [lambda a, xp: f_divergence.bound_model_loss(a.g, f_table.GAN, xp=xp)],
    f_divergence.non_saturating_bound_loss: [
        lambda a, xp: f_divergence.non_saturating_bound_loss(a.g, f_table.TOTAL_VARIATION, xp=xp)
    ],
    f_divergence.density_ratio: [lambda a, xp: f_divergence.density_ratio(a.g / 20, f_table.KL, xp=xp)],
    f_divergence.f_gan: [
        lambda a, xp: divergence_losses(f_divergence.f_gan(f_table.JEFFREY), a, xp),
        lambda a, xp: divergence_losses(f_divergence.f_gan(f_table.PEARSON, non_saturating=True), a, xp),
    ],
    f_table.identity: [
        lambda a, xp: f_table.identity(a.x, xp=xp),
        *(
            row_functions(row)
            for row in (
                f_table.TOTAL_VARIATION,
                f_table.KL,
                f_table.REVERSE_KL,
                f_table.PEARSON,
                f_table.NEYMAN,
                f_table.SQUARED_HELLINGER,
                f_table.JEFFREY,
                f_table.JENSEN_SHANNON,
                f_table.GAN,
            )
        ),
    ],
    f_families.weighted_jensen_shannon: [row_functions(f_families.weighted_jensen_shannon(0.3))],
    f_families.alpha_divergence: [row_functions(f_families.alpha_divergence(alpha)) for alpha in (-0.5, 0.5, 1.5)],
    least_squares.least_squares_loss: [lambda a, xp: least_squares.least_squares_loss(a.f, a.g, a=-1.0, xp=xp)],
    least_squares.least_squares_model_loss: [lambda a, xp: least_squares.least_squares_model_loss(a.g, xp=xp)],
    least_squares.least_squares_gan: [lambda a, xp: divergence_losses(least_squares.least_squares_gan(), a, xp)],
    hinge.hinge_loss: [lambda a, xp: hinge.hinge_loss(a.f / 30, a.g / 30, xp=xp)],
    relativistic.relativistic_loss: [lambda a, xp: relativistic.relativistic_loss(a.x[:, 0, 0], a.f, xp=xp)],
    relativistic.relativistic_model_loss: [
        lambda a, xp: relativistic.relativistic_model_loss(a.x[:, 0, 0], a.f, xp=xp)
    ],
    relativistic.relativistic_gan: [
        lambda a, xp: divergence_losses(relativistic.relativistic_gan(), of_one_size(a), xp)
    ],
    hinge.hinge_gan: [lambda a, xp: divergence_losses(hinge.hinge_gan(), a, xp)],
    divergence.smoothed: [lambda a, xp: divergence_losses(SMOOTHED, a, xp)],
    mmd_features.feasible_set: [
        lambda a, xp: mmd_features.feasible_set(
            primitives.flatten(a.x, xp=xp), primitives.flatten(a.y, xp=xp), xp=xp
        )
    ],
    mmd_features.mmd_of_features: [lambda a, xp: losses_of_features(CLIPPED, a, xp)],
    mmd_features.mmd_of_features_gp: [lambda a, xp: losses_of_features(PENALISED, a, xp)],
    features.through_features: [lambda a, xp: split_losses(a, xp)],
    tilt.tilted: [lambda a, xp: divergence_losses(TILTED, a, xp)],
    densities.moments: [lambda a, xp: densities.moments(a.wide, xp=xp)[1]],
    densities.one_gaussian: [checked(one_gaussian)],
    densities.log_determinant: [lambda a, xp: densities.log_determinant(a.covariance, xp=xp)],
    densities.lower_root: [lambda a, xp: densities.lower_root(a.covariance, xp=xp)],
    gaussian.kl_to_standard_normal: [lambda a, xp: gaussian.kl_to_standard_normal(a.x, a.x0, xp=xp)],
    gaussian.reparametrise: [lambda a, xp: gaussian.reparametrise(a.x, a.x0, a.w, xp=xp)],
    gaussian.kl_diagonal: gaussians(gaussian.kl_diagonal, "x", "x0", "w", "x"),
    gaussian.kl_full: gaussians(gaussian.kl_full, *FULL),
    densities.log_standard_normal: gaussians(densities.log_standard_normal, "x"),
    densities.log_diagonal_normal: gaussians(densities.log_diagonal_normal, "x", "x0", "w"),
    densities.log_full_normal: gaussians(densities.log_full_normal, "z", "mean", "covariance"),
    gaussian.w2_diagonal: gaussians(gaussian.w2_diagonal, "x", "x0", "w", "x"),
    gaussian.covariance_root: [products_of_root],
    gaussian.w2_full: gaussians(gaussian.w2_full, *FULL),
    kernels.rbf: [lambda a, xp: RBF(a.x, a.y, xp=xp), lambda a, xp: RBF(a.x, xp=xp)],
    kernels.inverse_multiquadratic: [lambda a, xp: IMQ(a.x, a.y, xp=xp), lambda a, xp: IMQ(a.wide, xp=xp)],
    kernels.plus: of_kernel(kernels.plus(RBF, IMQ)),
    kernels.times: of_kernel(kernels.times(RBF, IMQ)),
    kernels.multiple: of_kernel(kernels.multiple(0.3, IMQ)),
    kernels.rbf_from_zero: of_kernel(kernels.rbf_from_zero([0.5, 2.0])),
    kernels.rational_quadratic: of_kernel(kernels.rational_quadratic([0.2, 5.0]) + 0.1 * kernels.linear()),
    kernels.classical_inverse_multiquadratic: of_kernel(kernels.classical_inverse_multiquadratic()),
    kernels.energy: of_kernel(kernels.energy()),
    kernels.laplacian: of_kernel(kernels.laplacian(2.0)),
    kernels.polynomial: of_kernel(kernels.polynomial() * RBF),
    kernels.linear: of_kernel(kernels.linear()),
    kernels.median_bandwidth: [lambda a, xp: kernels.median_bandwidth(a.x, a.y, xp=xp)],
    kernels.cross_median_bandwidth: [lambda a, xp: kernels.cross_median_bandwidth(a.x, a.x0, xp=xp)],
    lipschitz.interpolate: [lambda a, xp: lipschitz.interpolate(a.x, a.x0, a.e, xp=xp)],
    lipschitz.gradient_penalty: [lambda a, xp: lipschitz.gradient_penalty(a.x0, xp=xp)],
    lipschitz.one_sided_penalty: [lambda a, xp: lipschitz.one_sided_penalty(a.x0, xp=xp)],
    lipschitz.zero_centred_penalty: [lambda a, xp: lipschitz.zero_centred_penalty(a.x0, xp=xp)],
    lipschitz.roth_penalty: [lambda a, xp: lipschitz.roth_penalty(a.f, a.x0, a.g, a.y, xp=xp)],
    lipschitz.with_r1: [
        lambda a, xp: divergence_losses(lipschitz.with_r1(gan.non_saturating_gan(), 3.0), a, xp),
        lambda a, xp: divergence_losses(lipschitz.with_r1(gan.non_saturating_gan(), Lazy(3.0, 2)), a, xp),
    ],
    lipschitz.with_r2: [lambda a, xp: divergence_losses(lipschitz.with_r2(gan.non_saturating_gan(), 3.0), a, xp)],
    lipschitz.with_roth: [
        lambda a, xp: divergence_losses(lipschitz.with_roth(gan.non_saturating_gan(), 3.0), a, xp),
        lambda a, xp: divergence_losses(
            lipschitz.with_roth(gan.non_saturating_gan(), Geometric(3.0, 0.03, 9)), a, xp
        ),
    ],
    gram.checked: [
        lambda a, xp: gram.checked(RBF)(a.x, a.y, xp=xp),
        lambda a, xp: gram.checked(RBF)(a.x, xp=xp),
    ],
    mmd.mmd2_h_form: [lambda a, xp: mmd.mmd2_h_form(a.x, a.x0, RBF, xp=xp)],
    mmd.mmd2_linear: [
        lambda a, xp: mmd.mmd2_linear(a.x, a.x0, IMQ, xp=xp),
        lambda a, xp: mmd.mmd2_linear(a.x, a.x0, lambda *x, **named: IMQ(*x, **named), xp=xp),
    ],
    mmd.mmd2_block: [lambda a, xp: mmd.mmd2_block(a.x, a.x0, RBF, block_size=2, xp=xp)],
    mmd_statistics.mmd_witness: [lambda a, xp: mmd_statistics.mmd_witness(a.x0, a.x, a.y, RBF, xp=xp)],
    mmd_statistics.mmd2_variance: [lambda a, xp: mmd_statistics.mmd2_variance(a.x, a.x0, RBF, xp=xp)],
    mmd_statistics.mmd_t_statistic: [lambda a, xp: mmd_statistics.mmd_t_statistic(a.x, a.x0, RBF, xp=xp)],
    mmd_statistics.mmd2_streamed: [
        lambda a, xp: mmd_statistics.mmd2_streamed(a.x, a.y, RBF, block_size=2, xp=xp),
        lambda a, xp: mmd_statistics.mmd2_streamed(a.x, a.y, RBF, block_size=3, estimator="biased", xp=xp),
    ],
    entropic.entropic_transport: [lambda a, xp: entropic.entropic_transport(a.k, epsilon=0.5, iterations=3, xp=xp)],
    entropic.sinkhorn_divergence: [
        lambda a, xp: entropic.sinkhorn_divergence(a.x, a.y, costs.squared_l2(), epsilon=0.5, iterations=3, xp=xp)
    ],
    entropic.entropic_wasserstein: [
        lambda a, xp: divergence_losses(entropic.entropic_wasserstein(costs.l1_distance(), iterations=2), a, xp)
    ],
    transport.wasserstein_1d: [
        lambda a, xp: transport.wasserstein_1d(a.x, a.y, xp=xp),
        lambda a, xp: transport.wasserstein_1d(a.x, a.x0, order=3.0, xp=xp),
    ],
    transport.sliced_wasserstein_distance: [
        lambda a, xp: transport.sliced_wasserstein_distance(a.x, a.y, a.theta, xp=xp)
    ],
    transport.sliced: [lambda a, xp: divergence_losses(transport.sliced(1.5), a, xp)],
    mmd.mmd2_biased: [lambda a, xp: mmd.mmd2_biased(a.x, a.y, RBF, xp=xp)],
    mmd.mmd2_unbiased: [lambda a, xp: mmd.mmd2_unbiased(a.x, a.y, IMQ, xp=xp)],
    mmd.maximum_mean_discrepancy: [
        lambda a, xp: divergence_losses(mmd.maximum_mean_discrepancy(IMQ), a, xp),
        lambda a, xp: divergence_losses(mmd.maximum_mean_discrepancy(RBF, bandwidth="median"), a, xp),
        lambda a, xp: divergence_losses(mmd.maximum_mean_discrepancy(RBF, estimator="biased", root=True), a, xp),
    ],
    wasserstein.critic_gap: [lambda a, xp: wasserstein.critic_gap(a.f, a.g, xp=xp)],
    wasserstein.wasserstein_clip: [lambda a, xp: divergence_losses(wasserstein.wasserstein_clip(), a, xp)],
    wasserstein.wasserstein_lp: [lambda a, xp: divergence_losses(wasserstein.wasserstein_lp(3.0), a, xp)],
    wasserstein.wasserstein_gp: [
        lambda a, xp: divergence_losses(wasserstein.wasserstein_gp(3.0), a, xp),
        lambda a, xp: divergence_losses(wasserstein.wasserstein_gp(Lazy(3.0, 2)), a, xp),
    ],
}
