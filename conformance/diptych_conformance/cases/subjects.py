"""What is trained: the catalogue, and what no method of it has.

Networks that two own, a projection beside batch norm, a gate that looks at the round, a slope of batch norm, and
batches of another size.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from diptych import Method, make
from diptych.method import Clip, Steps
from diptych.noise import Constant, Draw
from diptych.protocol import Capability
from diptych.schedules import Linear
from diptych_conformance.problem import BATCH, ROUND, Array, Problem, all_variants, make_problem, small

SHORTENED = {"critic_steps", "early_steps", "iterations", "pretrain"}  # to 2, for the time it takes
UNEVEN = ("wae-mmd",)  # every third batch is what an epoch has left
WAIT = 4  # steps


def problems(seed: int) -> Iterator[tuple[str, str, str, Problem]]:
    """(name in the catalogue, subject, architecture, problem)"""
    for name, subject, method, architecture in subjects():
        problem = make_problem(subject, method, architecture, seed)
        if subject in UNEVEN:
            problem = replace(problem, sizes=(BATCH, BATCH, BATCH // 2))
        yield name, subject, architecture, problem


def subjects() -> Iterator[tuple[str, str, Method, str]]:
    """(name in the catalogue, subject, method, architecture)"""
    gan = make("ns-gan")
    yield "ns-gan", "simultaneous", replace(gan, order="simultaneous"), "batchnorm"
    yield (
        "ns-gan",
        "clipped",
        _changed(gan, "critic", projection=Clip(0.2), steps=Steps(1, early=3, until=2)),
        "dense",
    )
    yield "ns-gan", "batch norm", gan, "batchnorm"
    yield "ns-gan", "batch norm of images", gan, "batchnorm conv"
    yield "ns-gan", "slope of batch norm", _sloped(gan), "batchnorm"
    yield "ns-gan", "waiting", _waiting(_changed(gan, "critic", projection=Clip(0.2)), "critic"), "batchnorm"
    gated = small("vae-gan", margin=0.0)  # so narrow that somebody often rests
    yield "vae-gan", "gated", _changed(gated, "critic", projection=Clip(0.5)), "batchnorm"
    owned = replace(make("aae"), order="simultaneous")  # its encoder by two
    yield "aae", "two owners", owned, "batchnorm"
    yield "aae", "one owner waits", _waiting(owned, "regulariser"), "batchnorm"
    for name, variant, method in all_variants():
        long = [key for key in SHORTENED & method.hyper.keys() if method.hyper[key] > 2]
        shorter = small(name, **dict.fromkeys(long, 2))
        shorter = method if variant != name else shorter
        yield name, variant, shorter, "dense"
        yield name, f"{variant} conv", shorter, "conv"


def _changed(method: Method, name: str, **changes: Any) -> Method:
    """The method but for these fields of one player."""
    return replace(method, players=tuple(replace(p, **changes) if p.name == name else p for p in method.players))


def _sloped(gan: Method) -> Method:
    """+ E |∇f(x)|² / k in the critic's loss: two calls of f, of which one is in `ops.grad`."""
    critic = gan.player("critic").objective

    def loss(nets: Any, x: Array, noise: Any, ops: Any) -> Any:
        return critic(nets, x, noise, ops) + ops.xp.mean(ops.grad(nets.critic, x) ** 2)

    return replace(_changed(gan, "critic", objective=loss), needs=frozenset({Capability.DOUBLE_BACKWARD}))


def _waiting(method: Method, player: str) -> Method:
    """The player rests in its first steps, before anything of it has been projected."""
    late = Draw(Constant(Linear(0.0, 2.0, 2 * ROUND)), "scalar")  # 1, and 1 / ROUND more a step

    def gate(nets: Any, x: Array, noise: Any, ops: Any) -> dict[str, Any]:
        return {player: ops.xp.mean(noise.late) > 1 + (WAIT - 0.5) / ROUND}

    return replace(method, noise={**method.noise, "late": late}, gate=gate)
