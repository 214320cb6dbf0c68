"""Replicas against one device: a player's loss and gradients, rounds, and what every replica holds afterwards.

The programs run in the processes of the replicas. Losses cannot be sent there; what makes their problem can.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from diptych_conformance.checks.late import late_state
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.target import Target
from diptych_conformance.checks.training import Path, Run, compared, different, record_paths, reference
from diptych_conformance.core.finding import Finding, NotChecked, first_line
from diptych_conformance.core.problem import Array, Problem
from diptych_conformance.core.session import ON_REPLICAS, Gradients, Session

ROUNDS = 3
EXECUTIONS = ("compiled", "xla")  # that are claimed
Make = Callable[[], Problem]  # to be pickled


@dataclass(frozen=True)
class ReplicatedTarget(Target):
    """A target computed on `count` replicas. `make` gives its problem again."""

    count: int = 2
    make: Make | None = None

    @property
    def recorded(self) -> str:
        """In whatever execution: the replicas of a backend have theirs."""
        return f"{self.player.name}/{self.count}{ON_REPLICAS}"

    def on_replicas(self, session: Session) -> list[tuple[float, Gradients]]:
        """Loss and gradients, as each process of the replicas has them."""
        what = self.make, self.count, self.player.name, self.dtype, self.execution
        found: list[tuple[float, Gradients]] = session.once(
            ("replicas", self.problem.key, self.player.name, self.dtype, self.execution, str(self.count)),
            lambda: _asked(session, self.execution, self.count, differentiated, *what),
        )
        return found

    def computed(self, session: Session) -> tuple[float, Gradients]:
        return self.on_replicas(session)[0]


@dataclass(frozen=True)
class ReplicatedRun:
    """Rounds on `count` replicas. `make` gives the problem of `run`."""

    run: Run
    make: Make
    count: int = 2

    def on_replicas(self, session: Session) -> list[Path]:
        """The path of each replica."""
        run, what = self.run, (self.make, self.count, self.run.rule, self.run.dtype, self.run.execution)
        found: list[list[Path]] = session.once(
            ("replicas", run.key, run.dtype, str(self.count)),
            lambda: _asked(session, run.execution, self.count, trained, *what),
        )
        return [path for paths in found for path in paths]


def equal(target: ReplicatedTarget, session: Session) -> Finding:
    """Loss and gradients have the same bits in every process."""
    first, *others = [_groups(*result) for result in target.on_replicas(session)]
    found = [entry for other in others for entry in different(other, first)]
    return only_if(not found, f"Backend.value_and_grads: another on another replica: {', '.join(found[:3])}")


def trajectory(replicated: ReplicatedRun, session: Session) -> Finding:
    """Losses, weights, running statistics and optimiser state after some rounds, against one device.

    From a state late in a training, which the trainer takes up.
    """
    run = replicated.run
    trainer = reference(run, session, run.problem.weights)
    trainer.restore(late_state(trainer, run.dtype))
    (expected,) = record_paths(trainer, lambda: trainer.weights, run, 0, ROUNDS)
    return compared(replicated.on_replicas(session)[0], expected, run.dtype)


def agreement(replicated: ReplicatedRun, session: Session) -> Finding:
    """Weights, running statistics and optimiser state have the same bits on every replica."""
    first, *others = [path.groups() for path in replicated.on_replicas(session)]
    found = [entry for other in others for entry in different(other, first)]
    if len(others) != replicated.count - 1:
        return only_if(False, f"Backend.parts: {len(others) + 1} replicas in all, not {replicated.count}")
    return only_if(not found, f"Trainer.step: another on another replica: {', '.join(found[:3])}")


def placed(replicated: ReplicatedRun, session: Session) -> Finding:
    """Each replica's networks and optimisers lie on one device, and no other replica's of its process there."""
    run = replicated.run
    what = replicated.make, replicated.count, run.rule, run.dtype, run.execution
    wrong = []
    for places in _asked(session, run.execution, replicated.count, places_of, *what):
        if len(places) > 1 and len({nets for nets, _ in places}) < len(places):
            wrong.append(f"replicas of one process share a device: {places}")
        wrong += [f"networks on {nets}, trainer on {trainer}" for nets, trainer in places if nets != trainer]
    return only_if(not wrong, f"Backend.trainer: {'; '.join(wrong[:3])}")


def places_of(
    backend: Any, make: Make, count: int, rule: str, dtype: str, execution: str
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """In a process of the replicas: where the networks and the trainer of each lie."""
    run, on_replicas = Run(make(), rule, execution, dtype), backend.replicated(count)
    nets = on_replicas.build(run.problem.networks, run.problem.weights, dtype=dtype)
    trainer = on_replicas.trainer(run.problem.method, nets, run.optimizers, execution=execution)
    held = ((on_replicas.places(part) for part in on_replicas.parts(of)) for of in (nets, trainer))
    return [(tuple(sorted(a)), tuple(sorted(b))) for a, b in zip(*held, strict=True)]


def refused(make: Make, count: int, execution: str, words: Sequence[str], session: Session) -> Finding:
    """By one ValueError on every replica, which has these words."""
    said = _asked(session, execution, count, refusal, make, count, execution)
    wrong = [text for text in said if "\n" in text or not all(word in text for word in words)]
    return only_if(not wrong, f"Backend.value_and_grads: {first_line(wrong[0]) if wrong else ''}")


def claimed(make: Make, count: int, session: Session) -> Finding:
    """Replicas claim what one device does, but for executions in which they do not compute, and refuse these."""
    one = {name.value for name in session.backend.capabilities}
    told = session.crews.run(session.backend.wrapped, count, claims, make, count, sorted(one & {*EXECUTIONS}))
    for got, computing, said in told:
        if (wanted := one - {*EXECUTIONS} | (one & computing)) != got:
            return only_if(False, f"Backend.replicated: claims differ in {sorted(wanted ^ got)}")
        if wrong := [call for call, words in said.items() if call.split()[1] not in words]:
            return only_if(False, f"Backend.{wrong[0]}: {said[wrong[0]]}")
    return only_if(True, "")


def claims(
    backend: Any, make: Make, count: int, executions: Sequence[str]
) -> tuple[set[str], set[str], dict[str, str]]:
    """In a process of the replicas: what they claim, in what they compute, and how they refuse all else."""
    problem, on_replicas = make(), backend.replicated(count)
    nets = on_replicas.build(problem.networks, problem.weights, dtype="float64")
    player, said = problem.method.players[0], dict[str, str]()
    for execution in sorted({*executions} - {*on_replicas.replica_executions}):
        calls: dict[str, Callable[..., Any]] = {
            "value_and_grads": partial(on_replicas.value_and_grads, player, nets, problem.x, problem.noise),
            "trainer": partial(on_replicas.trainer, problem.method, nets),
        }
        for name, call in calls.items():
            said[f"{name} {execution}"] = "was not refused"
            try:
                call(execution=execution)
            except ValueError as error:
                said[f"{name} {execution}"] = str(error)
    return {name.value for name in on_replicas.capabilities}, {*on_replicas.replica_executions}, said


def _asked(session: Session, execution: str, count: int, program: Callable[..., Any], *what: Any) -> list[Any]:
    """What the program gives in each process.  NotChecked for an execution in which no replicas compute."""
    own = session.backend.replica_executions
    if execution not in own:
        raise NotChecked(f"replicas of this backend compute with execution {' or '.join(sorted(own))} only")
    return session.crews.run(session.backend.wrapped, count, program, *what)


def differentiated(
    backend: Any, make: Make, count: int, player: str, dtype: str, execution: str
) -> tuple[float, Gradients]:
    """In a process of the replicas: a player's loss and gradients."""
    problem, on_replicas = make(), backend.replicated(count)
    nets = on_replicas.build(problem.networks, problem.weights, dtype=dtype)
    found: tuple[float, Gradients] = on_replicas.value_and_grads(
        problem.method.player(player), nets, problem.x, problem.noise, execution=execution
    )
    return found


def trained(backend: Any, make: Make, count: int, rule: str, dtype: str, execution: str) -> list[Path]:
    """In a process of the replicas: the path of each replica that it runs."""
    run, on_replicas = Run(make(), rule, execution, dtype), backend.replicated(count)
    nets = on_replicas.build(run.problem.networks, run.problem.weights, dtype=dtype)
    trainer = on_replicas.trainer(run.problem.method, nets, run.optimizers, execution=execution)
    trainer.restore(late_state(trainer, dtype))
    (path,) = record_paths(trainer, lambda: on_replicas.weights(nets), run, 0, ROUNDS)
    parts = zip(on_replicas.parts(nets), on_replicas.parts(trainer), strict=True)
    return [Path(path.losses, on_replicas.weights(held), moved.state()) for held, moved in parts]


def refusal(backend: Any, make: Make, count: int, execution: str) -> str:
    """In a process of the replicas: in what words the first player's loss is refused."""
    problem, on_replicas = make(), backend.replicated(count)
    nets = on_replicas.build(problem.networks, problem.weights, dtype="float64")
    player = problem.method.players[0]
    try:
        on_replicas.value_and_grads(player, nets, problem.x, problem.noise, execution=execution)
    except ValueError as error:
        return str(error)
    return "was computed, and is to be refused"


def _groups(loss: float, gradients: Gradients) -> Mapping[str, Mapping[str, Any]]:
    tensors: dict[str, Array] = {f"{r}.{name}": g for r, own in gradients.items() for name, g in own.items()}
    return {"loss": {"loss": loss}, "gradients": tensors}
