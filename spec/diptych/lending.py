"""Networks of other weights than those in training, in the context; modules of a user's own are lent to them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from diptych.networks.network import Network
from diptych.protocol import Backend

Arrays = dict[str, np.ndarray[Any, Any]]


@contextmanager
def lent(
    backend: Backend,
    networks: Mapping[str, Any],
    live: Mapping[str, Arrays],
    wanted: Mapping[str, Arrays],
    **at: Any,
) -> Iterator[Any]:
    """The `networks` built with `wanted`; modules among them have their `live` weights again, afterwards.

    `at` is the dtype and the device.
    """
    own = {role: network for role, network in networks.items() if not isinstance(network, Network)}
    try:
        nets = backend.build(networks, wanted, **at)
        _check_apart(backend.weights(nets), {role: wanted[role] for role in own})
        yield nets
    finally:
        if own:
            backend.build(own, {role: live[role] for role in own}, **at)


def _check_apart(found: Mapping[str, Arrays], wanted: Mapping[str, Arrays]) -> None:
    """Raise ValueError where modules hold one tensor under two names: only one of them has its average."""
    for role, tensors in wanted.items():
        for name, array in tensors.items():
            if not np.array_equal(found[role][name], array):
                raise ValueError(f"{role}: {name!r} is a tensor of other names too, and has no average of its own")
