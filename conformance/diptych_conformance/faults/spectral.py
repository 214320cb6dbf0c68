"""Wrong spectral norms: left out, differentiated wrongly, and turned at other times than once a step."""

from typing import Any

import numpy as np

from diptych import Network
from diptych.networks import SpectralNorm
from diptych_conformance.faults.fault import Fault
from diptych_conformance.faults.layers import Tensors, _Rebuilt
from diptych_conformance.faults.rewritten import Rewritten, step_fault
from diptych_conformance.references.oracle.layers import power_iteration
from diptych_conformance.references.oracle.trainer import ReferenceTrainer


class _LeftOut(_Rebuilt):
    def network(self, network: Network) -> Network:
        layers = (layer.layer if isinstance(layer, SpectralNorm) else layer for layer in network.layers)
        return Network(network.inputs, tuple(layers))

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {name: a for name, a in tensors.items() if not name.endswith(".u")}


class _Constant(_LeftOut):
    """σ as a constant: the gradient of W / σ lacks what σ adds."""

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {
            name: a / _sigma(tensors, name) if name.endswith("kernel") else a
            for name, a in super().tensors(network, tensors).items()
        }

    def value_and_grads(self, player: Any, nets: Any, x: Any, noise: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(player, nets, x, noise, **settings)
        own = self.weights(nets)
        return loss, {
            role: {n: g / _sigma(own[role], n) if n.endswith("kernel") else g for n, g in tensors.items()}
            for role, tensors in grads.items()
        }


def _sigma(tensors: Tensors, name: str) -> Any:
    matrix = np.asarray(tensors[name]).reshape(-1, np.shape(tensors[name])[-1])
    left, right = power_iteration(matrix, tensors[f"{name.removesuffix('kernel')}u"])
    return left @ matrix @ right


class _NeverTurned(Rewritten):
    class kind(ReferenceTrainer):  # noqa: N801
        def _turn_vectors(self, player: Any) -> None:
            pass


class _TurnedAtEveryCall(Rewritten):
    """Twice in a step of a critic, which is called on data and on samples."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _turn_vectors(self, player: Any) -> None:
            for _ in range(1 + (player.name == "critic")):
                super()._turn_vectors(player)


class _TurnedAfterwards(Rewritten):
    """By the kernels after the step."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _turn_vectors(self, player: Any) -> None:
            pass

        def _keep_statistics(self, player: Any, *args: Any) -> None:
            super()._turn_vectors(player)


SPECTRAL = (
    Fault("no spectral norm", "a wrapper lost", "networks/spectral norm/float64/eager/*", "value", _LeftOut),
    Fault(
        "σ as a constant of the gradient",
        "a kernel assigned before the call, as in Keras's own layer",
        "networks/spectral norm/float64/eager/*",
        "gradient",
        _Constant,
    ),
    step_fault("a vector that never turns", "a buffer that is not kept", "spectral norm/adam", _NeverTurned),
    step_fault("turned at every call", "torch.nn.utils.spectral_norm", "spectral norm/adam", _TurnedAtEveryCall),
    step_fault("turned by the kernel after it moved", "once too late", "spectral norm/adam", _TurnedAfterwards),
)
