"""Wrong formulas of MMD-GANs, whose features are trained."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diptych import functional as F
from diptych import kernels
from diptych.method import Clip, Objective
from diptych.primitives import relu, row_sum, sqrt
from diptych_conformance.faults.fault import Fault, Wrapped
from diptych_conformance.faults.replaced import changed, instead

LI = kernels.rbf((1.0, 2.0, 4.0, 8.0, 16.0))


def _generator(distance: Callable[[Any, Any, Any], Any]) -> Objective:
    """The generator's loss by another distance of features, (h_p, h_q, xp)."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return distance(nets.features(x), nets.features(nets.generator(noise.z)), ops.xp)

    return loss


def _turned_hinge(h_p: Any, h_q: Any, xp: Any) -> Any:
    """max(0, ·) in place of min(0, ·)."""
    mmd = sqrt(F.mmd2_biased(h_p, h_q, LI, xp=xp), xp=xp)
    return mmd + 16 * xp.mean(relu(xp.mean(h_p, axis=0) - xp.mean(h_q, axis=0), xp=xp))


def _without_trace(h_p: Any, h_q: Any, xp: Any) -> Any:
    """The diagonal of the linear part counted as 1, which is that of a radial kernel."""
    kernel = kernels.rational_quadratic((0.2, 0.5, 1.0, 2.0, 5.0)) + kernels.linear()
    n = h_p.shape[0]
    kept = sum(xp.mean(row_sum(h * h, xp=xp)) - 1 for h in (h_p, h_q)) / (n - 1)
    return F.mmd2_unbiased(h_p, h_q, kernel, xp=xp) + kept


def _summed_errors(objective: Objective) -> Objective:
    """Squared errors summed over the event, in place of means over all entries."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        xp, fake = ops.xp, nets.generator(noise.z)
        errors = sum(xp.mean(row_sum((y - nets.features_decoder(nets.features(y))) ** 2, xp=xp)) for y in (x, fake))
        means = sum(xp.mean((y - nets.features_decoder(nets.features(y))) ** 2) for y in (x, fake))
        return objective(nets, x, noise, ops) + 8 * (errors - means)

    return loss


def _no_second_order(objective: Objective) -> Objective:
    """The slope of the witness function held constant: the right value, without its gradient."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        class Held:
            xp, stop = ops.xp, staticmethod(ops.stop)

            @staticmethod
            def grad(f: Any, point: Any) -> Any:
                return ops.stop(ops.grad(f, point))

        return objective(nets, x, noise, Held)

    return loss


def _squared(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    kernel = kernels.rbf([v**0.5 for v in (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)])
    return F.mmd2_biased(nets.encoder(x), nets.generator(noise.z), kernel, xp=ops.xp)


class _ClipsEverything(Wrapped):
    """The projection clips the decoder of the features too."""

    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        players = tuple(
            replace(player, projection=Clip(player.projection.bound) if player.projection else None)
            for player in method.players
        )
        return self.healthy.trainer(replace(method, players=players), *args, **settings)


def _fault(name: str, source: str, subject: str, wrap: Callable[[Any], Any], leg: str = "value") -> Fault:
    return Fault(name, source, f"objectives/{subject}/dense/float64/eager/*", leg, wrap)


MMD_GANS = (
    _fault(
        "MMD² for its root", "two conventions under one name", "gmmn-ae/generator", instead("generator", _squared)
    ),
    _fault(
        "feasible set's hinge turned",
        "the sign of a one-sided constraint",
        "mmd-gan/generator",
        instead("generator", _generator(_turned_hinge)),
    ),
    _fault(
        "errors of the features' decoder summed",
        "a sum where the authors' code has a mean",
        "mmd-gan/critic",
        changed("critic", _summed_errors),
    ),
    _fault(
        "diagonal of the linear kernel taken for 1",
        "mbinkowski/MMD-GAN, mix_rq_dot: 7 % off",
        "mmd-gan-gp/generator",
        instead("generator", _generator(_without_trace)),
    ),
    _fault(
        "slope of the witness without second order",
        "a penalty whose graph was not kept",
        "mmd-gan-gp/critic",
        changed("critic", _no_second_order),
        leg="gradient",
    ),
    Fault(
        "the features' decoder clipped too",
        "OctoberChang/MMD-GAN clips the encoder only",
        "rounds/mmd-gan/adam/float64/eager/*",
        "value",
        _ClipsEverything,
    ),
)
