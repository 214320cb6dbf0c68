"""The least-squares GAN.  Mao et al. 2017, eq. 8: the critic is regressed on a label for each sample."""

from diptych import checks
from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


@term
def least_squares_loss(f_p: Sample, f_q: Sample, *, a: float = 0.0, b: float = 1.0, xp: Namespace = FOUND) -> Array:
    """E (f(p) - b)² / 2 + E (f(q) - a)² / 2, with b the label of p and a that of q.  (n,), (m,) -> ()"""
    return 0.5 * xp.mean((f_p - b) ** 2) + 0.5 * xp.mean((f_q - a) ** 2)


@term
def least_squares_model_loss(f_q: Sample, *, c: float = 1.0, xp: Namespace = FOUND) -> Array:
    """E (f(q) - c)² / 2, with c what the model wants f to say of q.  (m,) -> ()"""
    return 0.5 * xp.mean((f_q - c) ** 2)


@constructor
def least_squares_gan(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Divergence:
    """Critic: `least_squares_loss`; model: `least_squares_model_loss`.

    a and b must differ. At b - c = 1, b - a = 2 and the best critic the model's loss, with E (f(p) - c)² / 2
    added, is half of ∫ (2q - (p + q))² / (p + q)  (section 3.2.2).
    ValueError for labels that are not finite, or a = b.
    """
    a, b, c = (
        checks.finite(f"label {name} of the least-squares GAN", label)
        for name, label in (("a", a), ("b", b), ("c", c))
    )
    if a == b:
        raise ValueError(f"labels a and b of the least-squares GAN must differ, got {a} for both")
    return Divergence(
        "least-squares GAN",
        critic_loss=lambda f, p, q, noise, ops: least_squares_loss(f(p), f(q), a=a, b=b, xp=ops.xp),
        model_loss=lambda f, p, q, noise, ops: least_squares_model_loss(f(q), c=c, xp=ops.xp),
    )
