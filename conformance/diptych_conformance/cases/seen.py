"""What is seen of networks that a trainer has moved: by calls, by gradients, by those who take the modules."""

from typing import Any

from diptych.protocol import Capability
from diptych_conformance import oracle
from diptych_conformance.case import Finding
from diptych_conformance.cases.training import Run, begun
from diptych_conformance.problem import Array
from diptych_conformance.session import Session
from diptych_conformance.tolerance import allowed, gradients_error, value_error

ROUNDS = 3  # of one step


def seen(run: Run, session: Session) -> Finding:
    """Networks used, moved by some steps, and used again: as the oracle, or other networks, at their new weights.

    Whatever was compiled, kept or handed out before may show nothing of the old ones.
    """
    p, dtype, chosen = run.problem, run.dtype, {"execution": run.execution}
    player, inputs = p.method.players[-1], {"x": p.x, "z": p.noise["z"]}
    nets, trainer = begun(run, session, p.weights)
    native = Capability.NATIVE_NETWORKS in session.backend.capabilities

    def used() -> tuple[dict[bool, Array], Any]:
        calls = {
            mode: session.call(_logits, nets, inputs, dtype, training=mode, **chosen) for mode in (False, True)
        }
        return calls, session.fresh(p, player, nets, dtype, **chosen)

    def modules() -> dict[str, Any]:
        return {role: session.backend.native(nets, role) for role in p.networks} if native else {}

    used(), modules()
    for names, x, noise in run.steps(0, ROUNDS):
        trainer.step(names, x, noise)
    weights = session.backend.weights(nets)
    expected = {
        mode: _logits(oracle.networks(p.networks, weights, training=mode), oracle.OPS, **inputs)
        for mode in (False, True)
    }
    calls, (loss, grads) = used()
    values = {f"call, training={mode}": value_error(got, expected[mode], dtype) for mode, got in calls.items()}
    values["loss"] = value_error(loss, oracle.value(player, p.networks, weights, p.x, p.noise), dtype)
    if native:
        taken = session.backend.build(modules(), {}, dtype=dtype, device=session.device)
        values["native"] = value_error(session.call(_logits, taken, inputs, dtype), expected[False], dtype)
    _, others = session.fresh(p, player, session.build(p.networks, weights, dtype), dtype)
    error, where = gradients_error(grads, others, dtype)
    return Finding.worst(values, {where: error}, allowed(p.method.tolerance))


def _logits(nets: Any, ops: Any, x: Array, z: Array) -> Any:
    """Of a GAN's critic, for data and for fakes, which show its generator."""
    return ops.xp.concat([nets.critic(x), nets.critic(nets.generator(z))], axis=0)
