"""Do these networks fit the roles of a method?"""

from collections.abc import Mapping
from typing import Any

from diptych.method import Method
from diptych.networks.network import Network
from diptych.noise import Shape


def check(method: Method, networks: Mapping[str, Any], shapes: Mapping[str, Shape]) -> None:
    """Raise ValueError unless there is one network a role, each of the role's signature in these shapes.

    The signature of a framework's own module is not known, nor is any where ``data`` or ``latent`` is missing.
    """
    if set(networks) != set(method.roles):
        raise ValueError(
            f"method {method.name!r} needs networks for {sorted(method.roles)}, got {sorted(networks)}"
        )
    own = {name: network for name, network in networks.items() if isinstance(network, Network)}
    for name, network in own.items() if {"data", "latent"} <= shapes.keys() else ():
        inputs, output = method.signature(name, shapes)
        if network.inputs != inputs or network.output != output:
            raise ValueError(
                f"network {name!r} of method {method.name!r} must map {inputs} to {output}, "
                f"this one maps {network.inputs} to {network.output}"
            )
        if network.has_batch_norm and not method.roles[name].batch_norm:
            raise ValueError(
                f"network {name!r} of method {method.name!r} may not hold BatchNorm: its per-sample gradients "
                "would depend on the batch; use LayerNorm"
            )
