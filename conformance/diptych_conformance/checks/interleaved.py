"""What comes between the steps of a trainer, and beside it: they are as they are without, bit for bit.

An interlude is a generator: what it does before its first `yield` is done before the first step, what it does after
one, after a step.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych.method import Player
from diptych.optimizers import SGD
from diptych_conformance.checks.training import Path, Run, begun, compared, different, reference, trainer_of, walked
from diptych_conformance.core.finding import Finding, Violation
from diptych_conformance.core.problem import Array, generator, stirred
from diptych_conformance.core.session import Session, stepped
from diptych_conformance.core.tolerance import allowed, gradients_error, value_error

ROUNDS = 3
Steps = list[tuple[tuple[str, ...], Array, dict[str, Array]]]


@dataclass
class Bench:
    """Networks and their trainer, and what its steps have given."""

    run: Run
    session: Session
    nets: Any
    trainer: Any
    losses: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, session: Session) -> "Bench":
        return cls(run, session, *begun(run, session, run.problem.weights))

    def step(self, names: tuple[str, ...], x: Array, noise: Mapping[str, Array]) -> None:
        for player, loss in stepped(self.trainer, names, x, noise).items():
            self.losses.setdefault(player, []).append(float(loss))

    def path(self) -> Path:
        losses = {player: np.asarray(values) for player, values in self.losses.items()}
        return Path(losses, self.session.backend.weights(self.nets), self.trainer.state())


Interlude = Callable[[Bench], Iterator[None]]


def steps_of(run: Run) -> Steps:
    return list(run.steps(0, ROUNDS))


def plain(run: Run, session: Session) -> Path:
    """The steps alone."""

    def compute() -> Path:
        bench = Bench.of(run, session)
        for step in steps_of(run):
            bench.step(*step)
        return bench.path()

    found: Path = session.once(("plain", run.key), compute)
    return found


def same(path: Path, expected: Path, what: str) -> Finding:
    others = different(path.groups(), expected.groups())
    return Finding(float(len(others)), 0.0, f"Trainer.step, {what}: {', '.join(others[:3])}")


def between(run: Run, interludes: Mapping[str, Interlude], session: Session) -> Finding:
    """The steps with all of these between them."""
    expected, bench = plain(run, session), Bench.of(run, session)
    played = [interlude(bench) for interlude in interludes.values()]
    for interlude in played:
        next(interlude)
    for step in steps_of(run):
        bench.step(*step)
        for interlude in played:
            next(interlude)
    return same(bench.path(), expected, f"with {', '.join(interludes)} between")


def _data(run: Run, number: int = 50) -> tuple[Array, dict[str, Array]]:
    """A batch that no step has, of another size."""
    x, noise = run.problem.step_data(number)
    return x[:-1], {name: a[:-1] for name, a in noise.items()}


def _loss_of(player: Player) -> Callable[..., Any]:
    """The player's loss as a function of arrays."""

    def loss(nets: Any, ops: Any, x: Any, **noise: Any) -> Any:
        return player.objective(nets, x, SimpleNamespace(**noise), ops)

    return loss


def calls(bench: Bench) -> Iterator[None]:
    """In inference and in training."""
    run, (x, noise) = bench.run, _data(bench.run)
    while True:
        yield
        for player in run.problem.method.players:
            for training in (False, True):
                bench.session.call(_loss_of(player), bench.nets, {"x": x, **noise}, run.dtype, training=training)


def gradients(bench: Bench) -> Iterator[None]:
    """Of every player, on a batch of another size."""
    x, noise = _data(bench.run)
    other = replace(bench.run.problem, x=x, noise=noise)
    while True:
        yield
        for player in other.method.players:
            bench.session.fresh(other, player, bench.nets, bench.run.dtype)


def readings(bench: Bench) -> Iterator[None]:
    """Weights and state are read; the arrays are the reader's, and overwritten; the state is taken up as it is."""
    while True:
        yield
        weights, state = bench.session.backend.weights(bench.nets), bench.trainer.state()
        taken = {key: np.array(a) for key, a in state.items()}
        bench.trainer.restore(taken)
        for arrays in (*weights.values(), state, taken):
            for key, a in arrays.items():
                np.asarray(a)[...] = 7 if key.endswith(".updates") else np.nan


def refusals(bench: Bench) -> Iterator[None]:
    """A step without rows, a damaged state and damaged weights: ValueError."""
    run, backend = bench.run, bench.session.backend
    x, noise = _data(run)
    names = tuple(player.name for player in run.problem.method.players)
    empty = x[:0], {name: a[:0] for name, a in noise.items()}
    role = next(iter(run.problem.networks))
    while True:
        yield
        lacking = dict(list(bench.trainer.state().items())[1:])
        for wrong in (
            lambda: bench.trainer.step(names[:1], *empty),
            lambda lacking=lacking: bench.trainer.restore(lacking),
            lambda: backend.build(run.problem.networks, {**run.problem.weights, role: {}}, dtype=run.dtype),
        ):
            try:
                wrong()
            except ValueError:
                continue
            raise Violation("what is to be refused was taken")


def others(bench: Bench) -> Iterator[None]:
    """Other networks of the same records, with a trainer of other rules: stepped, called, differentiated."""
    run = replace(bench.run, rule="sgd", problem=_elsewhere(bench.run))
    other, steps = Bench.of(run, bench.session), steps_of(run)
    while True:
        yield
        other.step(*steps[len(next(iter(other.losses.values()), [])) % len(steps)])
        player = run.problem.method.players[0]
        bench.session.fresh(run.problem, player, other.nets, run.dtype)
        bench.session.call(_loss_of(player), other.nets, {"x": run.problem.x, **run.problem.noise}, run.dtype)


def newcomers(bench: Bench) -> Iterator[None]:
    """Another trainer is made of the same networks, with other rules, and moves nothing."""
    run = replace(bench.run, rule="momentum")
    while True:
        yield
        trainer_of(run, bench.session, bench.nets).state()


def modules(bench: Bench) -> Iterator[None]:
    """The framework's own modules are taken out, and networks made of them, and called."""
    run, session = bench.run, bench.session
    x, noise = _data(run)
    while True:
        yield
        taken = {role: session.backend.native(bench.nets, role) for role in run.problem.networks}
        nets = session.backend.build(taken, {}, dtype=run.dtype, device=session.device)
        session.call(_loss_of(run.problem.method.players[0]), nets, {"x": x, **noise}, run.dtype)


INTERLUDES: dict[str, Interlude] = {
    "calls": calls,
    "gradients": gradients,
    "readings": readings,
    "refusals": refusals,
    "others": others,
    "newcomers": newcomers,
}
NATIVE: dict[str, Interlude] = {"modules": modules}


def _elsewhere(run: Run) -> Any:
    """The problem at other weights."""
    random = generator(run.problem.key, "elsewhere")
    weights = {role: stirred(tensors, random) for role, tensors in run.problem.weights.items()}
    return replace(run.problem, key=f"{run.problem.key}:elsewhere", weights=weights).rounded(run.dtype)


def in_turn(runs: tuple[Run, ...], session: Session) -> Finding:
    """Several trainers, each of its own networks, in turn: each as alone, and as the reference."""
    expected = [plain(run, session) for run in runs]
    benches = [Bench.of(run, session) for run in runs]
    for steps in zip(*map(steps_of, runs), strict=True):
        for bench, step in zip(benches, steps, strict=True):
            bench.step(*step)
    found = [
        same(bench.path(), path, f"number {i + 1} of several in turn")
        for i, (bench, path) in enumerate(zip(benches, expected, strict=True))
    ]
    for run, bench in zip(runs, benches, strict=True):
        other = reference(run, session, run.problem.weights)
        (path,) = walked(other, lambda other=other: other.weights, run, 0, ROUNDS)  # type: ignore[misc]
        found.append(compared(bench.path(), path, run.dtype))
    return next((finding for finding in found if not finding.passed), found[-1])


def shared(runs: tuple[Run, ...], session: Session) -> Finding:
    """Trainers of the same networks, each by a run of its own of one problem, in turn.

    As networks built anew at every step, with an eager trainer that takes up the state of the one whose turn it is.
    """
    p, dtype, steps = runs[0].problem, runs[0].dtype, steps_of(runs[0])
    bench = Bench(runs[0], session, session.build(p.networks, p.weights, dtype), None)
    trainers = [trainer_of(run, session, bench.nets) for run in runs]
    weights, states, losses = p.weights, [trainer.state() for trainer in trainers], dict[str, list[float]]()
    findings, exact = [], all(run.execution == "eager" for run in runs)
    for number, step in enumerate(steps + steps):
        turn = number % len(runs)
        bench.trainer = trainers[turn]
        bench.step(*step)
        eager = replace(runs[turn], execution="eager")
        alone = Bench(eager, session, *begun(eager, session, weights), losses)
        alone.trainer.restore(states[turn])
        alone.step(*step)
        path, expected = bench.path(), alone.path()
        weights, states[turn] = expected.weights, expected.state
        what = f"step {number + 1} of {len(runs)} trainers of the same networks"
        findings.append(same(path, expected, what) if exact else compared(path, expected, dtype))
    return next((finding for finding in findings if not finding.passed), findings[-1])


def refilled(run: Run, session: Session) -> Finding:
    """One buffer for every batch, and one for every noise, refilled in place."""
    expected, bench = plain(run, session), Bench.of(run, session)
    (_, batch, draws), *_ = steps = steps_of(run)
    x, noise = np.zeros_like(batch), {name: np.zeros_like(a) for name, a in draws.items()}
    for names, batch, draws in steps:
        x[...] = batch
        for name, a in draws.items():
            noise[name][...] = a
        bench.step(names, x, noise)
    return same(bench.path(), expected, "with one buffer refilled for every step")


def overwritten(run: Run, session: Session) -> Finding:
    """What a trainer was made of is the caller's: mappings and arrays are overwritten before the first step."""
    p, expected, backend = run.problem, plain(run, session), session.backend
    networks, weights = dict(p.networks), {r: {n: np.array(a) for n, a in t.items()} for r, t in p.weights.items()}
    rules = dict(run.optimizers or {})
    nets = backend.build(networks, weights, dtype=run.dtype, device=session.device)
    bench = Bench(run, session, nets, backend.trainer(p.method, nets, rules, execution=run.execution))
    networks.clear()
    for tensors in weights.values():
        for a in tensors.values():
            a.fill(np.nan)
        tensors.clear()
    rules |= dict.fromkeys(rules, SGD(1.0))
    for step in steps_of(run):
        bench.step(*step)
    return same(bench.path(), expected, "when what it was made of is overwritten")


class Broken(Exception):  # noqa: N818
    """What a loss raises."""


def raised(run: Run, session: Session) -> Finding:
    """A loss that raises, in `value_and_grads` and in a call, leaves all as it was; so does one in a step.

    But for running statistics, which may have followed the calls that came before it in the step.
    """
    expected, broken, p = plain(run, session), list[bool](), run.problem
    normed = any(network.has_batch_norm for network in p.networks.values())

    def breakable(player: Player) -> Player:
        def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
            loss = player.objective(nets, x, noise, ops)
            if broken:
                raise Broken
            return loss

        return replace(player, objective=objective)

    method = replace(p.method, players=tuple(map(breakable, p.method.players)))
    bench = Bench.of(replace(run, problem=replace(p, method=method)), session)
    last = method.players[-1]
    acts = (
        lambda: session.fresh(p, last, bench.nets, run.dtype),
        lambda: session.call(_loss_of(last), bench.nets, {"x": p.x, **p.noise}, run.dtype, training=True),
    )
    for step in steps_of(run):
        broken.append(True)
        for act in (*acts, *(() if normed else (partial(bench.step, *step),))):
            try:
                act()
            except Exception:
                continue
            raise Violation("Trainer.step: a loss that raises was passed over")
        broken.clear()
        bench.step(*step)
    return same(bench.path(), expected, "after a loss that raised")


def orders(run: Run, session: Session) -> Finding:
    """Players of one network together in one order and in the other, and alone, in turn: as the reference."""
    nets, trainer = begun(run, session, run.problem.weights)
    names = tuple(player.name for player in run.problem.method.players)
    other = reference(run, session, run.problem.weights)
    turns = (names, names[::-1], names[-1:], names[:1], names[1:], names)
    for number, turn in enumerate(turns):
        x, noise = run.problem.rounded(run.dtype).step_data(number)
        x, noise = _exact(run, x), {name: _exact(run, a) for name, a in noise.items()}
        for one in (trainer, other):
            one.step(turn, x, noise)
    path = Path({}, session.backend.weights(nets), trainer.state())
    return compared(path, Path({}, other.weights, other.state()), run.dtype)


def _exact(run: Run, array: Array) -> Array:
    return np.asarray(array, dtype=run.dtype).astype(np.float64)


def alike(run: Run, session: Session) -> Finding:
    """Players of one name with other losses, or who own more, asked for gradients of the same networks in turn.

    Each as of networks of its own, eager; compiled, where each call is a compilation, two of them once.
    """
    p, nets = run.problem, session.build(run.problem.networks, run.problem.weights, run.dtype)
    first = p.method.players[0]
    asked = {"as it is": first, "twice the loss": _times(first, 2.0)}
    if run.execution == "eager":
        asked |= {"thrice the loss": _times(first, 3.0), "owner of all": replace(first, owns=tuple(p.networks))}
    expected = {name: _anew(run, player, session) for name, player in asked.items()}
    values, gradients = {}, {}
    for name in (*asked, *(asked if run.execution == "eager" else ())):
        loss, grads = session.fresh(p, asked[name], nets, run.dtype, run.execution)
        values[f"loss {name}"] = value_error(loss, expected[name][0], run.dtype)
        error, where = gradients_error(grads, expected[name][1], run.dtype)
        gradients[f"{where} {name}"] = error
    found = Finding.worst(values, gradients, allowed())
    return replace(found, detail=f"Backend.value_and_grads: {found.detail}")


def _anew(run: Run, player: Player, session: Session) -> Any:
    nets = session.build(run.problem.networks, run.problem.weights, run.dtype)
    return session.fresh(run.problem, player, nets, run.dtype)


def _times(player: Player, factor: float) -> Player:
    """Of one code, whatever the factor."""

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return factor * player.objective(nets, x, noise, ops)

    return replace(player, objective=objective)
