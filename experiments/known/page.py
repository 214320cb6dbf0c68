"""The page of known results: a function of their curves and of nothing else."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from diptych import atomic
from experiments.known import dirac_gan, disjoint, figures, primal_dual
from experiments.known.curves import BACKENDS, DIGITS, there

Curves = Mapping[str, Mapping[str, np.ndarray]]
AT_REST = 0.1  # as far from the equilibrium

DIRAC = """\
# Known results, made again

What papers show of these methods where everything can be computed, by the methods of this package, in both
frameworks. With `python -m experiments.known make RESULT --backend torch` the curves of one are made in one
framework, in a minute or a few; `nox -s known` makes all of them, and this page. No number was typed.

## The Dirac-GAN: which games come to rest

L. Mescheder, A. Geiger and S. Nowozin, *Which Training Methods for GANs do actually Converge?*, ICML 2018. The data
are the point 0, the generator is a point θ, the critic is f(x) = ψ x: the equilibrium is θ = ψ = 0. Both players
move at once, {rounds} times, by gradient descent of rate {rate:g}, from (1, 1), a dot in the figure. Instance
noise, R1 and R2 make the game come to rest, as the paper proves; without, the players circle, and steps that are
not small drive them outwards. The non-saturating game comes nearer, and the nearer it is the slower. With its
penalty around slope 1, here of weight w = 1, WGAN-GP does not come to rest at the equilibrium: the penalty pushes ψ
away from 0 by 2 w, and the players stay at θ = 2 w, where the data push as much.

![Trajectories of θ and ψ]({evidence}/dirac-gan.svg)
"""
LINES = """\
## Lines that do not meet: who has a gradient

M. Arjovsky and L. Bottou, *Towards Principled Methods for Training Generative Adversarial Networks*, ICLR 2017. The
data are (0, u), the samples (θ, u), u uniform on [-1, 1]; θ is held at 1, while the critic, two layers of 64 tanh,
learns for {rounds} rounds. What the generator would move by, the derivative of its loss by θ, vanishes under the
minimax loss as the critic becomes good, and grows under the non-saturating one. With noise on both samples it
stays, and so it does with WGAN-GP, where W1 = |θ| has derivative 1 (dotted).

![The derivative of the generator's loss]({evidence}/disjoint.svg)
"""


SIDES = """\
## One distance from both sides

O. Bousquet and others, *From optimal transport to generative modeling: the VEGAN cookbook*, 2017, and I. Tolstikhin
and others, *Wasserstein Auto-Encoders*, ICLR 2018: for a fixed generator, here G(z) = (1.5 z₁, 0.5 z₂), W1 to the
data, a ring, is the least E |x - G(Q(x))| over encoders whose codes have the law of z. It is the largest E f(x) - E
f(G(z)) over critics of slope 1, too. An encoder is trained for the one, under an MMD penalty of three weights, a
critic for the other, with WGAN-LP's penalty, for {rounds} rounds; dotted is the value of the linear program. A
weight that is too small buys a shorter way with codes of another law, below W1; one that is large holds the law,
and the encoder has not found the shortest way yet, above W1. The critic comes from below, and ends a little above,
for its penalty lets slopes exceed 1.

![Estimates of W1]({evidence}/primal-dual.svg)
"""


def write(page: Path, evidence: str) -> None:
    """Page and figures; `evidence` is the folder of curves and figures, seen from the page."""
    folder = page.parent / evidence
    paths, slopes = there("dirac-gan", folder), there("disjoint", folder)
    lines: list[str] = []
    if any(paths.values()):
        atomic.write(folder / "dirac-gan.svg", figures.trajectories(paths))
        settings = {"rounds": dirac_gan.ROUNDS, "rate": dirac_gan.RATE, "evidence": evidence}
        lines += [DIRAC.format(**settings), *_dirac(paths)]
    if any(slopes.values()):
        atomic.write(folder / "disjoint.svg", figures.slopes(slopes))
        lines += [LINES.format(rounds=disjoint.ROUNDS, evidence=evidence), *_disjoint(slopes)]
    if any((values := there("primal-dual", folder)).values()):
        atomic.write(folder / "primal-dual.svg", figures.sides(values, primal_dual.EVERY))
        lines += [SIDES.format(rounds=primal_dual.ROUNDS, evidence=evidence), *_sides(values)]
    atomic.write(page, "\n".join(lines).rstrip() + "\n")


def _dirac(paths: Curves) -> Iterator[str]:
    ends_in = " | ".join(f"distance at the end, {backend}" for backend in BACKENDS)
    yield f"| game | {ends_in} | comes to rest | frameworks differ by |"
    yield "|---|" + "---|" * (len(BACKENDS) + 2)
    for game, by_backend in paths.items():
        ends = [dirac_gan.distance(by_backend[b]) if b in by_backend else None for b in BACKENDS]
        known = [end for end in ends if end is not None]
        cells = " | ".join("-" if end is None else f"{end:.3g}" for end in ends)
        yield f"| {game} | {cells} | {'yes' if max(known) < AT_REST else 'no'} | {_parted(by_backend)} |"
    yield ""
    yield f"The distance is the mean over the last tenth of the rounds; at rest is who is within {AT_REST:g}."
    yield ""


def _disjoint(slopes: Curves) -> Iterator[str]:
    yield f"| game | {' | '.join(f'at the end, {b}' for b in BACKENDS)} | largest | frameworks differ by |"
    yield "|---|" + "---|" * (len(BACKENDS) + 2)
    for game, by_backend in slopes.items():
        ends = [float(np.mean(by_backend[b][-50:])) if b in by_backend else None for b in BACKENDS]
        cells = " | ".join("-" if end is None else f"{end:.3g}" for end in ends)
        largest = max(float(np.abs(found).max()) for found in by_backend.values())
        yield f"| {game} | {cells} | {largest:.3g} | {_parted(by_backend)} |"
    yield ""
    yield "At the end: the mean over the last 50 rounds."
    yield ""


def _sides(values: Curves) -> Iterator[str]:
    yield f"| estimate | {' | '.join(BACKENDS)} | exact | frameworks differ by |"
    yield "|---|" + "---|" * (len(BACKENDS) + 2)
    for game, by_backend in values.items():
        cells = " | ".join(f"{by_backend[b][-1, 0]:.3f}" if b in by_backend else "-" for b in BACKENDS)
        exact = next(iter(by_backend.values()))[0, 1]
        yield f"| {game} | {cells} | {exact:.3f} | {_parted(by_backend)} |"
    yield ""
    yield "In float32, whose rounding the two frameworks have of their own; the others above are in float64."
    yield ""


def _parted(by_backend: Mapping[str, np.ndarray]) -> str:
    """The largest difference of the frameworks' curves."""
    if len(by_backend) < len(BACKENDS):
        return "-"
    first, second = by_backend.values()
    parted = float(np.abs(first - second).max())
    return f"{parted:.1g}" if parted else f"less than 1e-{DIGITS}"
