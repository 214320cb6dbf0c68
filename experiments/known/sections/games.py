"""Two games that can be computed by hand: who comes to rest, and who has a gradient."""

from collections.abc import Iterator

import numpy as np

from experiments.known import dirac_gan, disjoint, figures
from experiments.known.curves import BACKENDS
from experiments.known.sections.section import Curves, Section, by_framework, parted

AT_REST = 0.1  # as far from the equilibrium

DIRAC = f"""\
## The Dirac-GAN: which games come to rest

L. Mescheder, A. Geiger and S. Nowozin, *Which Training Methods for GANs do actually Converge?*, ICML 2018. The
data are the point 0, the generator is a point θ, the critic is f(x) = ψ x: the equilibrium is θ = ψ = 0. Both
players move at once, {dirac_gan.ROUNDS} times, by gradient descent of rate {dirac_gan.RATE:g}, from (1, 1), a dot
in the figure. Instance noise, R1 and R2 make the game come to rest, as the paper proves; without, the players
circle, and steps that are not small drive them outwards. The non-saturating game comes nearer, and the nearer it
is the slower. With its penalty around slope 1, here of weight w = 1, WGAN-GP does not come to rest at the
equilibrium: the penalty pushes ψ away from 0 by 2 w, and the players stay at θ = 2 w, where the data push as
much.

![Trajectories of θ and ψ]({{evidence}}/dirac-gan.svg)
"""

LINES = f"""\
## Lines that do not meet: who has a gradient

M. Arjovsky and L. Bottou, *Towards Principled Methods for Training Generative Adversarial Networks*, ICLR 2017.
The data are (0, u), the samples (θ, u), u uniform on [-1, 1]; θ is held at 1, while the critic, two layers of 64
tanh, learns for {disjoint.ROUNDS} rounds. What the generator would move by, the derivative of its loss by θ,
vanishes under the minimax loss as the critic becomes good, and grows under the non-saturating one. With noise on
both samples it stays, and so it does with WGAN-GP, where W1 = |θ| has derivative 1 (dotted).

![The derivative of the generator's loss]({{evidence}}/disjoint.svg)
"""


def _dirac(paths: Curves) -> Iterator[str]:
    ends_in = " | ".join(f"distance at the end, {backend}" for backend in BACKENDS)
    yield f"| game | {ends_in} | comes to rest | frameworks differ by |"
    yield "|---|" + "---|" * (len(BACKENDS) + 2)
    cells = by_framework(paths, dirac_gan.distance, ".3g")
    for game, by_backend in paths.items():
        rests = max(map(dirac_gan.distance, by_backend.values())) < AT_REST
        yield f"| {game} | {cells[game]} | {'yes' if rests else 'no'} | {parted(by_backend)} |"
    yield ""
    yield f"The distance is the mean over the last tenth of the rounds; at rest is who is within {AT_REST:g}."


def _lines(slopes: Curves) -> Iterator[str]:
    yield f"| game | {' | '.join(f'at the end, {b}' for b in BACKENDS)} | largest | frameworks differ by |"
    yield "|---|" + "---|" * (len(BACKENDS) + 2)
    cells = by_framework(slopes, lambda found: float(np.mean(found[-50:])), ".3g")
    for game, by_backend in slopes.items():
        largest = max(float(np.abs(found).max()) for found in by_backend.values())
        yield f"| {game} | {cells[game]} | {largest:.3g} | {parted(by_backend)} |"
    yield ""
    yield "At the end: the mean over the last 50 rounds."


SECTIONS = {
    "dirac-gan": Section(DIRAC, figures.trajectories, _dirac),
    "disjoint": Section(LINES, figures.slopes, _lines),
}
