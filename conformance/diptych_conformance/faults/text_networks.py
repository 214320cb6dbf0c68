"""Mistakes in the ready networks: how deep and wide they are, which norm follows what, how a side is kept."""

from diptych_conformance.faults.of_text import TextFault


def _of_images(name: str, before: str, after: str, subject: str) -> TextFault:
    """A mistake in the networks of `subject`, an architecture, a method and its data."""
    cases = f"networks/{subject}/float64/eager/value.architecture"
    return TextFault(name, "diptych/networks/images.py", before, after, cases, "value")


TEXT_NETWORKS: tuple[TextFault, ...] = (
    _of_images(
        "two halvings whatever the image",
        "while max(sides[-1]) > _LARGEST or len(sides) <= _FEWEST:",
        "while len(sides) <= _FEWEST:",
        "dcgan of wgan-gp, larger images",
    ),
    _of_images(
        "halvings by the shorter side",
        "while max(sides[-1]) > _LARGEST",
        "while min(sides[-1]) > _LARGEST",
        "conv of wgan-gp, long images",
    ),
    _of_images(
        "a halved side rounded down",
        "(n + 1) // 2",
        "max(1, n // 2)",
        "resnet of wgan-gp, images of odd sides",
    ),
    _of_images(
        "as many channels in every stage",
        "width * 2**i for i in",
        "width for i in",
        "conv of vae-gan, images",
    ),
    _of_images(
        "batch norm under a gradient penalty",
        "return BatchNorm() if role.batch_norm else LayerNorm()",
        "return BatchNorm()",
        "dcgan of wgan-gp, images",
    ),
    _of_images(
        "layer norm where batch norm is allowed",
        "return BatchNorm() if role.batch_norm else LayerNorm()",
        "return LayerNorm()",
        "dcgan of vae-gan, images",
    ),
    _of_images(
        "a bias before batch norm",
        "_halving(stages, norm(role), leaky, bias=False)",
        "_halving(stages, norm(role), leaky)",
        "dcgan of vae-gan, images",
    ),
    _of_images(
        "the generator's activation in the critic",
        "_halving(stages, norm(role), leaky, bias=False)",
        "_halving(stages, norm(role), relu, bias=False)",
        "dcgan of wgan-gp, images",
    ),
    _of_images(
        "Glorot's first kernels in place of the paper's",
        "leaky, fall, rise, std=0.02)",
        "leaky, fall, rise)",
        "dcgan of wgan-gp, images",
    ),
    _of_images(
        "spectral norm beside the other norms",
        "if not isinstance(layer, BatchNorm | LayerNorm)",
        "if layer",
        "sn-dcgan of vae-gan, images",
    ),
    _of_images(
        "spectral norm in the last part of a critic alone",
        '_OF_CRITICS = ("scalar", "features")',
        '_OF_CRITICS = ("scalar",)',
        "sn-dcgan of vae-gan, images",
    ),
    _of_images(
        "spectral norm in a generator too",
        "_spectral(n) if method.roles[r].output in _OF_CRITICS else n",
        "_spectral(n)",
        "sn-dcgan of wgan-gp, images",
    ),
    _of_images(
        "cropped behind the norm",
        "((*_doubled(c, *ends, bias=bias), norm, act) for c, ends in falling)",
        "((Conv2DTranspose(c, 4, 2, bias=bias), norm, act, *_doubled(c, *ends)[1:]) for c, ends in falling)",
        "dcgan of wgan-gp, larger images",
    ),
)
