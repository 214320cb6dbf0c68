"""Every method of the protocol, called by the names of its parameters: whoever calls may."""

from inspect import signature
from typing import Any

import numpy as np

from diptych.protocol import Backend, Capability, HasEvidence, Ops, Trainer
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding, Violation
from diptych_conformance.core.problem import Problem
from diptych_conformance.core.session import Session


def same(problem: Problem, dtype: str, session: Session) -> Finding:
    """Bit for bit what the same arguments give by their places."""
    by_place, by_name = (
        _everything(problem, dtype, session, _by_place),
        _everything(problem, dtype, session, _by_name),
    )
    different = [what for what, a in by_place.items() if not np.array_equal(by_name[what], a, equal_nan=True)]
    return only_if(not different, f"not what the same arguments give by their places: {', '.join(different[:3])}")


def _by_place(protocol: type, made: Any, method: str, /, **arguments: Any) -> Any:
    """The protocol's keywords stay keywords: dtype, device, training, execution."""
    parameters = signature(getattr(protocol, method)).parameters
    places = [
        arguments.pop(name) for name, p in parameters.items() if name in arguments and p.kind != p.KEYWORD_ONLY
    ]
    return getattr(made, method)(*places, **arguments)


def _by_name(protocol: type, made: Any, method: str, /, **arguments: Any) -> Any:
    """Violation where a parameter is not known by the protocol's name."""
    try:
        return getattr(made, method)(**arguments)
    except TypeError as error:
        raise Violation(f"{protocol.__name__}.{method} by the names {', '.join(arguments)}: {error}") from error


def _everything(p: Problem, dtype: str, session: Session, called: Any) -> dict[str, Any]:
    """What each method gives, as arrays; networks are built anew, and moved by a step."""
    backend, claimed = session.backend.wrapped, session.backend.capabilities
    execution, device = {"execution": "eager"}, session.device
    nets = called(Backend, backend, "build", networks=p.networks, weights=p.weights, dtype=dtype, device=device)

    def slope(nets: Any, ops: Any, z: Any) -> Any:
        held = called(Ops, ops, "stop", x=z)
        return called(
            Ops, ops, "grad", f=lambda z: nets.critic(nets.generator(z)) * nets.critic(nets.generator(held)), x=z
        )

    found = {
        "Backend.call": called(
            Backend, backend, "call", f=slope, nets=nets, inputs={"z": p.noise["z"]}, training=True, **execution
        )
    }
    player = p.method.player("generator")
    loss, grads = called(
        Backend, backend, "value_and_grads", player=player, nets=nets, x=p.x, noise=p.noise, **execution
    )
    found |= {"the loss of Backend.value_and_grads": loss} | _flat("Backend.value_and_grads", grads)
    if Capability.NATIVE_NETWORKS in claimed:
        called(Backend, backend, "native", nets=nets, role="generator")
    if Capability.EVIDENCE in claimed:
        called(HasEvidence, backend, "places", held=nets)
    trainer = called(Backend, backend, "trainer", method=p.method, nets=nets, optimizers=None, **execution)
    state = called(Trainer, trainer, "state")
    called(Trainer, trainer, "restore", state=state)
    losses = called(Trainer, trainer, "step", players=(player.name,), x=p.x, noise=p.noise)
    found |= {f"Trainer.step, {name}": float(value) for name, value in losses.items()}
    return found | _flat("Backend.weights", called(Backend, backend, "weights", nets=nets)) | trainer.state()


def _flat(what: str, tensors: Any) -> dict[str, Any]:
    return {f"{what}, {role}.{name}": a for role, own in tensors.items() for name, a in own.items()}
