"""What a user may write, and type checkers must let pass. Nothing of it is run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

import diptych
from diptych import Backend, Method, Player
from diptych.costs import Cost, squared_l2
from diptych.divergences import Divergence, FDivergence, f_gan, maximum_mean_discrepancy, wasserstein_gp
from diptych.functional import critic_gap, mmd2_biased, mmd2_unbiased
from diptych.kernels import Kernel, rbf
from diptych.named import Named, Noise
from diptych.noise import Draw, Normal
from diptych.primitives import row_sum
from diptych.term import FOUND, Rows, Sample, term
from diptych.typing import Array, Critic, Namespace, Networks, NoiseDraws, Objective, Ops, Shape
from diptych_torch.backend import TorchBackend

NUMPY = np.zeros((4, 2)), np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
TORCH = torch.zeros(4, 2), torch.nn.Linear(2, 2)(torch.zeros(3, 2))


def terms() -> Array:
    """Of either library; the namespace found, or handed in."""
    mmd2_unbiased(*NUMPY, rbf([1.0]))
    mmd2_biased(*TORCH, 2.0 * rbf([1.0, 2.0]))
    squared_l2().of(NUMPY[0], NUMPY[0])
    critic_gap(NUMPY[0], NUMPY[1], xp=np)
    return row_sum(TORCH[0], xp=diptych.array_namespace(TORCH[0]))


@term
def own_term(x: Sample, y: Rows, *, order: float = 2.0, xp: Namespace = FOUND) -> Array:
    return xp.mean(xp.abs(x - y[:1, ...]) ** order)


def own_kernel(x: Array, y: Array | None = None, *, xp: Namespace) -> Array:
    other = x if y is None else y
    return xp.exp(-xp.abs(xp.matmul(x, xp.permute_dims(other, (1, 0)))))


def unannotated_kernel(x, y=None, *, xp):  # type: ignore[no-untyped-def]
    return xp.matmul(x, xp.permute_dims(x if y is None else y, (1, 0)))


KERNELS = [
    maximum_mean_discrepancy(own_kernel),
    maximum_mean_discrepancy(unannotated_kernel, estimator="biased", root=True),
    maximum_mean_discrepancy(Kernel("squared", lambda pairs: pairs.dot * pairs.dot) + rbf([1.0])),
]
MMD = mmd2_unbiased(*NUMPY, own_kernel)


def own_loss(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
    """By any names: objectives are called by position."""
    fake = nets.generator(noise.z)
    slope = ops.grad(nets.critic, fake)
    held = ops.stop(nets.critic(x))
    return ops.xp.mean(row_sum(slope * slope, xp=ops.xp)) + own_term(held, nets.critic(fake), xp=ops.xp)


def by_other_names(networks: Any, batch: Any, draws: Any, verbs: Any) -> Any:
    return verbs.xp.mean(networks.critic(batch))


OBJECTIVES: list[Objective] = [own_loss, by_other_names, lambda nets, x, noise, ops: ops.xp.mean(nets.critic(x))]


def own_network(x: Array, *others: Array) -> Array:
    return 2 * x + sum(others, start=x)


def called_by_hand(ops: Ops) -> Array:
    return own_loss(Named({"generator": own_network, "critic": own_network}), TORCH[0], Noise({"z": TORCH[0]}), ops)


def critic_loss(f: Critic, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
    return -critic_gap(f(p), f(q), xp=ops.xp)


def closed_form(f: None, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
    return own_term(p, q, xp=ops.xp)


DIVERGENCES = [
    Divergence("own", model_loss=lambda f, p, q, noise, ops: -ops.xp.mean(f(q)), critic_loss=critic_loss),
    Divergence("closed", closed_form),
    f_gan(
        FDivergence(
            "own row",
            f=lambda u, *, xp: u * xp.log(u),
            conjugate=lambda t, *, xp: xp.exp(t - 1),
            t_max=float("inf"),
            activation=lambda v, *, xp: v,
            composite=lambda v, *, xp: xp.exp(v - 1),
            critic=lambda u, *, xp: 1 + xp.log(u),
            ratio=lambda v, *, xp: xp.exp(v - 1),
        )
    ),
]
COST = Cost("own", of=lambda x, y, *, xp=FOUND: row_sum((x - y) ** 4, xp=xp))


def gate(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Mapping[str, Any]:
    return {"critic": ops.xp.mean(nets.critic(x)) < 1}


def own_method() -> Method:
    made = diptych.dual(wasserstein_gp(), prior=Normal(2.0), batch=32)
    return Method(
        name="own",
        family="dual",
        roles=made.roles,
        noise={"z": Draw(Normal(), "latent")},
        players=(Player("critic", own_loss, ("critic",)), replace(made.player("generator"), objective=own_loss)),
        prior=made.prior,
        generate=lambda nets, z, ops: nets.generator(z),
        reconstruct=lambda nets, x, ops: nets.generator(nets.encoder(x)),
        gate=gate,
    )


def is_a_backend(made: TorchBackend) -> Backend:
    """By its parameters' names too, which pyright looks at in a method and mypy does not."""
    return made


def trained(name: str, latent: Shape) -> float:
    """By position and by name."""
    backend, method = diptych.backend(name), own_method()
    nets = backend.build({}, {}, dtype="float64")
    trainer = backend.trainer(method=method, nets=backend.build(networks={}, weights={}), execution="eager")
    x = np.zeros((4, 2))
    losses = trainer.step(("critic",), x, {"z": np.zeros((4, *latent))})
    loss, _ = backend.value_and_grads(method.player("critic"), nets, x, {"z": x})
    return loss + len(losses)
