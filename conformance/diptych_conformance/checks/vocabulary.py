"""The vocabulary of the spec against the one that is stated: NumPy alone, nothing is asked of a backend."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from diptych import Method, Network, initial_weights
from diptych.networks import Conv2D
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.statements import given
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import generator
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references import vocabulary
from diptych_conformance.references.vocabulary import Event, Written


def written(value: Any) -> Any:
    """A record as its name and its fields, those of its records written too."""
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, *(written(getattr(value, field.name)) for field in fields(value)))
    return tuple(map(written, value)) if isinstance(value, tuple | list) else value


def defaults(f: Callable[..., Any], stated: Mapping[str, Any], session: Session) -> Finding:
    """Those of a function or a record, none left out."""
    got = {name: value for name, value in given(f).items() if value is not None}
    return only_if(got == stated, f"{got}, not {stated}")


def carried(kind: type, constants: Mapping[str, Any], session: Session) -> Finding:
    """A record of these constants has them all, each under its name and in this order, and as they were."""
    record, by_name = kind(**constants), {field.name for field in fields(kind) if field.kw_only}
    named = {name: getattr(record, name) for name in constants}
    in_order = [value for name, value in constants.items() if name not in by_name]
    ordered = kind(*in_order, **{name: constants[name] for name in by_name})
    return only_if(
        named == dict(constants) and _values(ordered) == tuple(constants.values()) == _values(record),
        f"{named} and {_values(ordered)}, not {dict(constants)}",
    )


def _values(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, field.name) for field in fields(record))


def told(get: Callable[[], Any], fact: Any, session: Session) -> Finding:
    got = get()
    return only_if(got == fact, f"{got}, not {fact}")


def stack(network: Network, session: Session) -> Finding:
    """Events, tensors and their laws, and the first weights of a generator."""
    layers, (shape, *_) = written(network.layers), network.inputs
    stated = list(vocabulary.tensors(layers, shape, network.inputs, width=network.std))
    got = [(t.name, t.shape, t.init, t.trainable) for t in network.tensors]
    laws = [(name, size, "glorot" if law == "uniform" else law, own) for name, size, law, own, _ in stated]
    if got != laws or network.output != vocabulary.last(layers, shape, network.inputs):
        return only_if(False, f"{got} and {network.output}, not {laws}")
    return weights({"f": network}, session)


def weights(networks: Mapping[str, Network], session: Session) -> Finding:
    """The first weights of networks of several roles."""
    stacks = {
        role: list(vocabulary.tensors(written(n.layers), n.inputs[0], n.inputs, width=n.std))
        for role, n in networks.items()
    }
    got = initial_weights(networks, generator("first weights"))
    expected = vocabulary.first_weights(stacks, generator("first weights"))
    if {r: list(t) for r, t in got.items()} != {r: list(t) for r, t in expected.items()}:
        return only_if(False, f"{ {r: list(t) for r, t in got.items()} }")
    errors = {
        f"{role}.{name}": value_error(got[role][name], a, "float64")
        for role, tensors in expected.items()
        for name, a in tensors.items()
    }
    return Finding.worst(errors, {}, allowed())


def pads(session: Session) -> Finding:
    """Where a "same" convolution pads, for short and long axes, and a "valid" one does not."""
    wrong = [
        (length, kernel, stride)
        for length in range(1, 12)
        for kernel in range(1, 8)
        for stride in range(1, 5)
        if Conv2D(1, kernel, stride).pads(length) != vocabulary.padding(length, kernel, stride)
        or Conv2D(1, kernel, stride, "valid").pads(length) != (0, 0)
    ]
    return only_if(not wrong, f"(length, kernel, stride) {wrong[:5]}")


def architecture(
    build: Callable[..., Mapping[str, Network]],
    stated: Callable[..., tuple[list[Written], float | None]],
    method: Method,
    shapes: Mapping[str, Event],
    chosen: Mapping[str, Any],
    session: Session,
) -> Finding:
    """The network of every role, layer by layer."""
    wrong = []
    networks = build(method, **shapes, **chosen)
    for role, network in networks.items():
        inputs, output = method.signature(role, shapes)
        layers, std = stated(inputs, output, shapes["data"], method.roles[role], **chosen)
        got = written(network.layers)
        if network.inputs != inputs or (got, network.std) != (tuple(layers), std):
            wrong.append(f"{role}: {got} from {network.std}, not {layers} from {std}")
    return only_if(not wrong and list(networks) == list(method.roles), "; ".join(wrong) or f"{list(networks)}")
