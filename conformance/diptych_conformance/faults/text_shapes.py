"""Mistakes in the spec's sources that show only for some shapes: several axes, unequal samples, a single row."""

from functools import partial

from diptych_conformance.faults.of_text import TextFault, of_loss, of_settings, of_term

of_axes = partial(of_loss, on="two axes")

TEXT_SHAPES: tuple[TextFault, ...] = (
    of_axes(
        "moments of codes along the first axis alone",
        "algebra/pretraining.py",
        "    z = flatten(z, xp=xp)\n",
        "",
        "wae-mmd-pretrained/pretraining",
        "value",
    ),
    of_loss(
        "covariance of codes with n - 1 for n",
        "algebra/pretraining.py",
        "xp.mean(centred[:, :, None] * centred[:, None, :], axis=0)",
        "xp.sum(centred[:, :, None] * centred[:, None, :], axis=0) / (z.shape[0] - 1)",
        "wae-gan-pretrained/pretraining",
        "value",
        on="one row",
    ),
    TextFault(
        "noise of an implicit encoder shaped as an event is",
        "diptych/algebra/encoders.py",
        "flatten(x, xp=xp)[:, :1]",
        "x[:, :1]",
        "objectives/aae-implicit/two axes/reconstruct/float64/eager/*",
        "value",
    ),
    of_axes(
        "the tilt's constant by the first axis",
        "divergences/tilt.py",
        "d = prod(tuple(z.shape)[1:])",
        "d = z.shape[1]",
        "wae-gan-narrow/critic",
        "value",
    ),
    of_term(
        "the normal's constant by the first axis",
        "densities.py",
        "0.5 * prod(tuple(z.shape)[1:]) * log(2 * pi)",
        "0.5 * z.shape[1] * log(2 * pi)",
        "log_standard_normal",
    ),
    of_settings(
        "one number a sample, of one axis whatever the event",
        "noise.py",
        "(1,) * len(shape) if self.one_per_sample",
        "(1,) if self.one_per_sample",
        "wgan-gp",
    ),
    of_settings(
        "copies of a draw behind its event",
        "noise.py",
        "(self.copies, *event)",
        "(*event, self.copies)",
        "iwae",
    ),
    of_axes(
        "data repeated for each draw by their first axis alone",
        "algebra/likelihood.py",
        "xp.reshape(copies, (-1, *tuple(x.shape)[1:]))",
        "xp.reshape(copies, (-1, x.shape[1]))",
        "iwae/autoencoder",
        "value",
    ),
    of_axes(
        "mean and scale told apart along the first axis",
        "densities.py",
        "return both[..., :k], clip(both[..., k:], *LOGVAR, xp=xp)",
        "return both[:, :k], clip(both[:, k:], *LOGVAR, xp=xp)",
        "vae-learned/autoencoder",
        "value",
    ),
    of_axes(
        "slopes summed over the last axis alone",
        "divergences/lipschitz.py",
        "sqrt(row_sum(slope * slope, xp=xp), xp=xp)",
        "sqrt(xp.sum(slope * slope, axis=-1), xp=xp)",
        "wgan-gp/critic",
        "value",
    ),
    of_axes(
        "zero-centred slopes averaged over an axis",
        "divergences/lipschitz.py",
        "xp.mean(row_sum(slope * slope, xp=xp))",
        "xp.mean(xp.sum(slope * slope, axis=1))",
        "r1/critic",
        "value",
    ),
    of_term(
        "pairs of q counted as those of p",
        "divergences/mmd.py",
        "_distinct(kernel(q, xp=xp), n, xp)",
        "_distinct(kernel(q, xp=xp), m, xp)",
        "mmd2_unbiased",
    ),
    of_term(
        "quantiles of q by the size of q",
        "divergences/transport.py",
        "(ends - 1) // m",
        "(ends - 1) // n",
        "wasserstein_1d of unequal sizes",
    ),
    of_term(
        "rows weighed as columns are",
        "divergences/entropic.py",
        "f_best = log_n",
        "f_best = log_m",
        "entropic_transport",
    ),
)
