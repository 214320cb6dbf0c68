"""What is learned of codes: posteriors of any shape."""

from collections.abc import Iterator

from experiments.known import figures, posteriors
from experiments.known.curves import BACKENDS
from experiments.known.sections.section import Curves, Section, by_framework

POSTERIORS = f"""\
## Posteriors of any shape

L. Mescheder, S. Nowozin and A. Geiger, *Adversarial Variational Bayes*, ICML 2017, section 5.1, and I. Tolstikhin
and others, *Wasserstein Auto-Encoders*, ICLR 2018, figure 1. The data are four points, the prior is normal in the
plane, and a decoder that tells the points apart divides the plane among them: no part is Gaussian. The codes of a
VAE, which must be, overlap, and where they do, the decoder's answer is a mixture of points: this is the blur of
its samples. AVB's encoder takes noise and has posteriors of any shape. So has the WAE's here, and its codes need
the prior's law only all together. {posteriors.CODES} codes of each point after {posteriors.ROUNDS} rounds, a
colour a point.

![Codes of four points]({{evidence}}/posteriors.svg)
"""


def _posteriors(values: Curves) -> Iterator[str]:
    yield f"| | {' | '.join(f'overlap, {b}' for b in BACKENDS)} | {' | '.join(f'error, {b}' for b in BACKENDS)} |"
    yield "|---|" + "---|" * (2 * len(BACKENDS))
    overlap, blur = by_framework(values, posteriors.overlap, ".2%"), by_framework(values, posteriors.blur, ".2g")
    for game in values:
        yield f"| {game} | {overlap[game]} | {blur[game]} |"
    yield ""
    yield (
        f"Overlap: the share of codes whose {posteriors.K} nearest codes are for the most part of another point. "
        "Error: |x - G(z)|² in the mean over the codes; 2 for a point that is taken for another."
    )


SECTIONS = {
    "posteriors": Section(POSTERIORS, figures.codes, _posteriors),
}
