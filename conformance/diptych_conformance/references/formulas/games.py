"""Games of a critic and a generator, whose losses see the critic's output alone."""

from collections.abc import Callable

from diptych_conformance.references.formulas.basics import Array, Formula, discriminator, log1pexp, mean


def minimax(f_q: Array) -> float:
    """E log(1 - D(q))"""
    return -mean([log1pexp(v) for v in f_q])


def least_squares(v: Array, label: float) -> float:
    """E (v - label)² / 2"""
    return mean([(value - label) ** 2 / 2 for value in v])


def hinge(f_p: Array, f_q: Array) -> float:
    return mean([max(0.0, 1 - v) for v in f_p]) + mean([max(0.0, 1 + v) for v in f_q])


def game(critic: Callable[[Array, Array], float], generator: Callable[[Array], float]) -> dict[str, Formula]:
    """The critic's loss of its output on data and on samples, the generator's of that on samples."""
    return {
        "critic": lambda nets, x, noise: critic(nets.critic(x), nets.critic(nets.generator(noise["z"]))),
        "generator": lambda nets, x, noise: generator(nets.critic(nets.generator(noise["z"]))),
    }


GAMES: dict[str, dict[str, Formula]] = {
    "gan": game(discriminator, minimax),
    "lsgan": game(
        lambda f_p, f_q: least_squares(f_p, 1.0) + least_squares(f_q, 0.0), lambda f_q: least_squares(f_q, 1.0)
    ),
    "hinge": game(hinge, lambda f_q: -mean(list(f_q))),
}
