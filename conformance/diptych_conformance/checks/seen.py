"""Networks that a trainer has updated, as calls, gradients and users of the modules see them."""

from typing import Any

from diptych.protocol import Capability
from diptych_conformance.checks.training import Run, nets_and_trainer
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, gradients_error, value_error
from diptych_conformance.references import oracle

ROUNDS = 3  # of one step


def seen(run: Run, session: Session) -> Finding:
    """A GAN's networks used, moved by some steps, and used again: as the oracle and new networks at these weights.

    Nothing that was compiled, kept or handed out before may show the old ones. Where a function takes time to
    compile, the critic alone moves, and calls are looked at with running statistics alone.
    """
    p, dtype, chosen = run.problem, run.dtype, {"execution": run.execution}
    generator, inputs = p.method.player("generator"), {"z": p.noise["z"]}
    modes, movers = ((False, True), None) if run.execution == "eager" else ((False,), ("critic",))
    native = Capability.NATIVE_NETWORKS in session.backend.capabilities
    nets, trainer = nets_and_trainer(run, session, p.weights)

    def used() -> tuple[dict[bool, Array], Any]:
        calls = {mode: session.call(fakes, nets, inputs, dtype, training=mode, **chosen) for mode in modes}
        return calls, session.fresh(p, generator, nets, dtype, **chosen)

    def modules() -> dict[str, Any]:
        return {role: session.backend.native(nets, role) for role in p.networks} if native else {}

    used(), modules()
    for names, x, noise in run.steps(0, ROUNDS):
        trainer.step(movers or names, x, noise)
    weights = session.backend.weights(nets)
    expected = {
        mode: fakes(oracle.networks(p.networks, weights, training=mode), oracle.OPS, **inputs) for mode in modes
    }
    _, others = session.fresh(p, generator, session.build(p.networks, weights, dtype), dtype)
    calls, (loss, grads) = used()
    values = {f"Backend.call, training={mode}": value_error(calls[mode], expected[mode], dtype) for mode in modes}
    values["Backend.value_and_grads: loss"] = value_error(
        loss, oracle.value(generator, p.networks, weights, p.x, p.noise), dtype
    )
    if native:
        taken = session.backend.build(modules(), {}, dtype=dtype, device=session.device)
        values["Backend.native"] = value_error(session.call(fakes, taken, inputs, dtype), expected[False], dtype)
    error, where = gradients_error(grads, others, dtype)
    return Finding.worst(values, {f"Backend.value_and_grads: {where}": error}, allowed(p.method.tolerance))


def fakes(nets: Any, ops: Any, z: Array) -> Any:
    """The critic of what the generator makes: both show."""
    return nets.critic(nets.generator(z))
