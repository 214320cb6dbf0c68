"""Ready networks for a method's roles, made from the vocabulary, by name.

networks = ARCHITECTURES["mlp"](method, data=(28, 28, 1), latent=(8,), width=512)
"""

from collections.abc import Callable

from diptych.networks.dense import mlp
from diptych.networks.images import conv, dcgan, resnet, sn_dcgan
from diptych.networks.network import Network

Architecture = Callable[..., dict[str, Network]]

ARCHITECTURES: dict[str, Architecture] = {
    "mlp": mlp,
    "dcgan": dcgan,
    "sn-dcgan": sn_dcgan,
    "conv": conv,
    "resnet": resnet,
}
