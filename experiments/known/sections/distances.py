"""What is estimated of a distance: from both sides, and while a game is played."""

from collections.abc import Iterator

from experiments.known import estimates, figures, primal_dual
from experiments.known.curves import BACKENDS
from experiments.known.sections.section import Curves, Section, by_framework, parted

SIDES = f"""\
## One distance from both sides

O. Bousquet and others, *From optimal transport to generative modeling: the VEGAN cookbook*, 2017, and I.
Tolstikhin and others, *Wasserstein Auto-Encoders*, ICLR 2018: for a fixed generator, here G(z) = (1.5 z₁, 0.5
z₂), W1 to the data, a ring, is the least E |x - G(Q(x))| over encoders whose codes have the law of z. It is the
largest E f(x) - E f(G(z)) over critics of slope 1, too. An encoder is trained for the one, under an MMD penalty
of three weights, a critic for the other, with WGAN-LP's penalty, for {primal_dual.ROUNDS} rounds; dotted is the
value of the linear program. A weight that is too small buys a shorter way with codes of another law, below W1;
one that is large holds the law, and the encoder has not found the shortest way yet, above W1. The critic comes
from below, and ends a little above, for its penalty lets slopes exceed 1.

![Estimates of W1]({{evidence}}/primal-dual.svg)
"""

FOLLOWED = f"""\
## Whose loss tells how good the samples are

M. Arjovsky, S. Chintala and L. Bottou, *Wasserstein Generative Adversarial Networks*, ICML 2017, section 4.2. The
data are a ring of eight Gaussians; a generator and a critic that has {estimates.CRITIC_STEPS} steps a round play
for {estimates.ROUNDS} rounds. Every {estimates.EVERY} rounds the critic's value is read off on rows that nobody
trained on, and W1 between data and samples is computed by the linear program (dotted). WGAN-GP's value is W1
itself, once its critic has caught up. With clipped weights a game of these rates hardly moves on, and value and
distance stand still together. The GAN's value, a bound on the Jensen-Shannon divergence of at most log 2, stands
still while its samples move away from the data.

![Estimates and W1]({{evidence}}/estimates.svg)
"""


def _sides(values: Curves) -> Iterator[str]:
    yield f"| estimate | {' | '.join(BACKENDS)} | exact | frameworks differ by |"
    yield "|---|" + "---|" * (len(BACKENDS) + 2)
    cells = by_framework(values, lambda found: float(found[-1, 0]), ".3f")
    for game, by_backend in values.items():
        exact = next(iter(by_backend.values()))[0, 1]
        yield f"| {game} | {cells[game]} | {exact:.3f} | {parted(by_backend)} |"
    yield ""
    yield "In float32, whose rounding the two frameworks have of their own; the two above are in float64."


def _followed(values: Curves) -> Iterator[str]:
    yield f"| value of | {' | '.join(f'follows W1, {b}' for b in BACKENDS)} | W1 at the end |"
    yield "|---|" + "---|" * (len(BACKENDS) + 1)
    cells = by_framework(values, estimates.follows, ".2f")
    for game, by_backend in values.items():
        ends = " and ".join(f"{found[-1, 1]:.2f}" for found in by_backend.values())
        yield f"| {game} | {cells[game]} | {ends} |"
    yield ""
    yield (
        "Spearman's rank correlation of value and W1 over the readings, "
        f"from round {estimates.SETTLED * estimates.EVERY} on. In float32 two frameworks play two games in the end."
    )


SECTIONS = {
    "primal-dual": Section(SIDES, lambda curves: figures.sides(curves, primal_dual.EVERY), _sides),
    "estimates": Section(FOLLOWED, lambda curves: figures.followed(curves, estimates.EVERY), _followed),
}
