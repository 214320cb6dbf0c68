"""The methods that are trained: the catalogue, and constructions that no method in it has.

Networks that two own, gated too, a projection beside batch norm, gates that look at the round and at what batch
norm gives, a slope of batch norm, spectral norm in a game at once and one that waits, a network that nobody owns,
and batches of another size.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

from diptych import Method, make
from diptych.method import Clip, Objective, Role, Steps
from diptych.named import Named
from diptych.noise import Constant, Draw
from diptych.protocol import Capability
from diptych.schedules import Linear
from diptych_conformance.cases.problems import whole_forms
from diptych_conformance.core.problem import BATCH, ROUND, Array, Problem, make_problem
from diptych_conformance.references.methods import STATEMENTS

SHORTENED = {"critic_steps", "early_steps", "iterations", "pretrain"}  # to 2, for the time it takes
UNEVEN = ("wae-mmd",)  # every third batch is what an epoch has left
ONE_ROW = ("one row left",)  # so may that be one sample
WAIT = 4  # steps


def problems(seed: int, only: Collection[str] = ()) -> Iterator[tuple[str, str, str, Problem]]:
    """(name in the catalogue, subject, architecture, problem); the catalogue first, as a port is written.

    Those of all subjects, or of some.
    """
    catalogue = {form.name for form in whole_forms()}
    wanted = (found for found in subjects() if not only or found[1] in only)
    climbed = sorted(wanted, key=lambda found: found[1].removesuffix(" conv") not in catalogue)
    for name, subject, method, architecture in climbed:
        problem = make_problem(subject, method, architecture, seed)
        if subject in (*UNEVEN, *ONE_ROW):
            problem = replace(problem, sizes=(BATCH, BATCH, 1 if subject in ONE_ROW else BATCH // 2))
        yield name, subject, architecture, problem


def of_subject(subject: str, seed: int, rows: int, dtype: str) -> Problem:
    """Of a subject, in batches of so many rows: what a process can be told to make."""
    ((_, _, _, problem),) = problems(seed, (subject,))
    return in_rows(problem, rows, dtype)


def in_rows(problem: Problem, rows: int, dtype: str) -> Problem:
    """The problem in batches of so many rows, in numbers that `dtype` holds."""
    return replace(problem, key=f"{problem.key}/rows {rows}", sizes=(rows,)).rounded(dtype)


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
    yield "ns-gan", "waiting", _waiting(_changed(gan, "critic", projection=Clip(0.2))), "batchnorm"
    yield "ns-gan", "gate of batch norm", replace(gan, gate=_by_batch), "batchnorm"
    yield "ns-gan", "spectral norm", replace(gan, order="simultaneous"), "spectral norm"
    yield "ns-gan", "waiting with spectral norm", _waiting(gan), "spectral norm"
    yield "ns-gan", "network of nobody", _seen_through(gan), "dense"
    gated = (
        STATEMENTS["vae-gan"].forms["vae-gan"].small.but_for(margin=0.0).method()
    )  # so narrow that somebody often rests
    yield "vae-gan", "gated", _changed(gated, "critic", projection=Clip(0.5)), "batchnorm"
    yield "ns-gan", "one row left", gan, "batchnorm"
    owners = replace(make("aae"), order="simultaneous")  # of the encoder
    yield "aae", "two owners", owners, "batchnorm"
    yield "aae", "two owners, gated", _taking_turns(owners), "batchnorm"
    for form in whole_forms():
        long = {key for key in SHORTENED & form.method().hyper.keys() if form.method().hyper[key] > 2}
        shorter = form.small if form.hyper else form.small.but_for(**dict.fromkeys(long, 2))
        name, method = form.statement.name, shorter.method()
        yield name, form.name, method, "dense"
        yield name, f"{form.name} conv", method, "conv"


def _changed(method: Method, name: str, **changes: Any) -> Method:
    """The method but for these fields of one player."""
    return replace(method, players=tuple(replace(p, **changes) if p.name == name else p for p in method.players))


def _sloped(gan: Method) -> Method:
    """+ E |∇f(x)|² / k in the critic's loss: of two slopes at x, one before the calls of f and one behind them.

    Each is a call of its own, whose batch enters the running statistics.
    """
    critic = gan.player("critic").objective

    def loss(nets: Any, x: Array, noise: Any, ops: Any) -> Any:
        before = ops.grad(nets.critic, x)
        return critic(nets, x, noise, ops) + ops.xp.mean(before * ops.grad(nets.critic, x))

    return replace(_changed(gan, "critic", objective=loss), needs=frozenset({Capability.DOUBLE_BACKWARD}))


def _seen_through(gan: Method) -> Method:
    """f = critic ∘ h for both players at once; h is a network of neither, called on arrays that are soon gone."""

    def through(loss: Objective) -> Objective:
        def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
            def f(v: Any) -> Any:
                return nets.critic(nets.h(v))

            seen = Named({"critic": f, "generator": nets.generator})
            return loss(seen, x, noise, ops) + ops.xp.mean(f(0.5 * x)) - ops.xp.mean(f(1.0 - x))

        return objective

    players = tuple(replace(player, objective=through(player.objective)) for player in gan.players)
    return replace(gan, order="simultaneous", players=players, roles={**gan.roles, "h": Role(("data",), "data")})


def _waiting(gan: Method) -> Method:
    """The critic rests in its first steps, before anything of it has been projected."""
    return _gated(gan, lambda late: {"critic": late(WAIT)})


def _by_batch(nets: Any, x: Any, noise: Any, ops: Any) -> dict[str, Any]:
    """The critic moves where its mean knows nothing of x: behind a norm by the batch, not by running statistics."""
    apart = ops.xp.mean(nets.critic(x)) - ops.xp.mean(nets.critic(x + 3.0))
    return {"critic": apart * apart < 1e-6}


def _taking_turns(aae: Method) -> Method:
    """Of the encoder's two owners first one rests, then none, then the other: what one did stays."""
    return _gated(aae, lambda late: {"regulariser": late(WAIT), "autoencoder": ~late(2 * WAIT - 1)})


def _gated(method: Method, moves: Callable[[Callable[[int], Any]], dict[str, Any]]) -> Method:
    """Who moves, by the step: `late(k)` is whether there have been k steps."""
    clock = Draw(Constant(Linear(0.0, 2.0, 2 * ROUND)), "scalar")  # 1, and 1 / ROUND more a step

    def gate(nets: Any, x: Any, noise: Any, ops: Any) -> dict[str, Any]:
        return moves(lambda k: ops.xp.mean(noise.clock) > 1 + (k - 0.5) / ROUND)

    return replace(method, noise={**method.noise, "clock": clock}, gate=gate)
