"""The named methods, a function each, and `make(name, **hyper)` for a name that is text.

    methods.wgan_gp(weight=10.0)

`diptych.dual`, `diptych.primal` and `diptych.hybrid` compose what has no name.
"""

from diptych.methods.catalogue import CATALOGUE, make
from diptych.methods.presets.aae import aae
from diptych.methods.presets.ae import ae
from diptych.methods.presets.ae_gan import ae_gan
from diptych.methods.presets.avb import avb
from diptych.methods.presets.f_gan import (
    fgan_gan,
    fgan_hellinger,
    fgan_jeffrey,
    fgan_js,
    fgan_kl,
    fgan_neyman,
    fgan_pearson,
    fgan_reverse_kl,
    fgan_tv,
)
from diptych.methods.presets.f_gan_families import fgan_alpha, fgan_js_weighted
from diptych.methods.presets.gan import gan
from diptych.methods.presets.gmmn import gmmn
from diptych.methods.presets.gmmn_ae import gmmn_ae
from diptych.methods.presets.hinge import hinge
from diptych.methods.presets.iwae import iwae
from diptych.methods.presets.lsgan import lsgan
from diptych.methods.presets.mmd_gan import mmd_gan
from diptych.methods.presets.mmd_gan_gp import mmd_gan_gp
from diptych.methods.presets.ns_gan import ns_gan
from diptych.methods.presets.r3gan import r3gan
from diptych.methods.presets.roth_gan import roth_gan
from diptych.methods.presets.rp_gan import rp_gan
from diptych.methods.presets.sinkhorn import sinkhorn
from diptych.methods.presets.sliced_wasserstein import sliced_wasserstein
from diptych.methods.presets.vae import vae
from diptych.methods.presets.vae_gan import vae_gan
from diptych.methods.presets.wae_gan import wae_gan
from diptych.methods.presets.wae_learned_cost import wae_learned_cost
from diptych.methods.presets.wae_mmd import wae_mmd
from diptych.methods.presets.wgan import wgan
from diptych.methods.presets.wgan_gp import wgan_gp
from diptych.methods.presets.wgan_lp import wgan_lp

__all__ = [
    "CATALOGUE",
    "aae",
    "ae",
    "ae_gan",
    "avb",
    "fgan_alpha",
    "fgan_gan",
    "fgan_hellinger",
    "fgan_jeffrey",
    "fgan_js",
    "fgan_js_weighted",
    "fgan_kl",
    "fgan_neyman",
    "fgan_pearson",
    "fgan_reverse_kl",
    "fgan_tv",
    "gan",
    "gmmn",
    "gmmn_ae",
    "hinge",
    "iwae",
    "lsgan",
    "make",
    "mmd_gan",
    "mmd_gan_gp",
    "ns_gan",
    "r3gan",
    "roth_gan",
    "rp_gan",
    "sinkhorn",
    "sliced_wasserstein",
    "vae",
    "vae_gan",
    "wae_gan",
    "wae_learned_cost",
    "wae_mmd",
    "wgan",
    "wgan_gp",
    "wgan_lp",
]
