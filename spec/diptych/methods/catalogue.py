"""The named methods: presets of the algebra with their papers' defaults."""

import inspect
from collections.abc import Callable
from typing import Any

from diptych.method import Method
from diptych.methods import f_gan
from diptych.methods.aae import aae
from diptych.methods.ae import ae
from diptych.methods.ae_gan import ae_gan
from diptych.methods.avb import avb
from diptych.methods.gan import gan
from diptych.methods.gmmn import gmmn
from diptych.methods.gmmn_ae import gmmn_ae
from diptych.methods.hinge import hinge
from diptych.methods.iwae import iwae
from diptych.methods.lsgan import lsgan
from diptych.methods.mmd_gan import mmd_gan
from diptych.methods.mmd_gan_gp import mmd_gan_gp
from diptych.methods.ns_gan import ns_gan
from diptych.methods.roth_gan import roth_gan
from diptych.methods.sinkhorn import sinkhorn
from diptych.methods.sliced_wasserstein import sliced_wasserstein
from diptych.methods.vae import vae
from diptych.methods.vae_gan import vae_gan
from diptych.methods.wae_gan import wae_gan
from diptych.methods.wae_learned_cost import wae_learned_cost
from diptych.methods.wae_mmd import wae_mmd
from diptych.methods.wgan import wgan
from diptych.methods.wgan_gp import wgan_gp
from diptych.methods.wgan_lp import wgan_lp
from diptych.suggestion import suggestion

CATALOGUE: dict[str, Callable[..., Method]] = {
    "gan": gan,
    "ns-gan": ns_gan,
    "lsgan": lsgan,
    "hinge": hinge,
    **f_gan.PRESETS,
    "roth-gan": roth_gan,
    "wgan": wgan,
    "wgan-gp": wgan_gp,
    "wgan-lp": wgan_lp,
    "gmmn": gmmn,
    "gmmn-ae": gmmn_ae,
    "mmd-gan": mmd_gan,
    "mmd-gan-gp": mmd_gan_gp,
    "sinkhorn": sinkhorn,
    "sliced-wasserstein": sliced_wasserstein,
    "ae": ae,
    "vae": vae,
    "iwae": iwae,
    "avb": avb,
    "aae": aae,
    "wae-mmd": wae_mmd,
    "wae-gan": wae_gan,
    "vae-gan": vae_gan,
    "ae-gan": ae_gan,
    "wae-learned-cost": wae_learned_cost,
}


def make(name: str, **hyper: Any) -> Method:
    """The method of that name with these hyper-parameters, the paper's where not given.

    Raises ValueError for an unknown method or hyper-parameter, with what comes near.
    """
    factory = CATALOGUE.get(name)
    if factory is None:
        raise ValueError(f"unknown method {name!r}{suggestion(name, CATALOGUE)}")
    parameters = inspect.signature(factory).parameters
    for key in hyper:
        if key not in parameters:
            raise ValueError(f"method {name!r} has no hyper-parameter {key!r}{suggestion(key, parameters)}")
    return factory(**hyper)
