"""The losses of games that depend on the critic's output alone."""

from diptych_conformance.references.formulas.basics import Array, discriminator, log1pexp, mean, non_saturating

__all__ = ["discriminator", "hinge", "least_squares", "minimax", "non_saturating", "relativistic", "saddle"]


def minimax(f_q: Array) -> float:
    """E log(1 - D(q))"""
    return -mean([log1pexp(v) for v in f_q])


def least_squares(v: Array, label: float) -> float:
    """E (v - label)² / 2"""
    return mean([(value - label) ** 2 / 2 for value in v])


def hinge(f_p: Array, f_q: Array) -> float:
    return mean([max(0.0, 1 - v) for v in f_p]) + mean([max(0.0, 1 + v) for v in f_q])


def saddle(f_p: Array, f_q: Array) -> float:
    """E f(q) - E f(p)"""
    return mean(list(f_q)) - mean(list(f_p))


def relativistic(f_p: Array, f_q: Array) -> float:
    """-E log σ(f(p) - f(q)), pair by pair"""
    return mean([log1pexp(b - a) for a, b in zip(f_p, f_q, strict=True)])
