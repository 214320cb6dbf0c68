"""What a metric's record says of its numbers, a second time: the formula of each, and whether low or high is good.

A formula is LaTeX, compared letter by letter but for space: no grammar here reads quantifiers and limits.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """`formula` in LaTeX, and number -> which is better."""

    formula: str
    better: dict[str, str]


def _good(which: str, *numbers: str) -> dict[str, str]:
    return dict.fromkeys(numbers, which)


_ON_LINE = r"\langle\theta, P\rangle, \langle\theta, Q\rangle"
_SPHERE = r"\quad \theta \text{ uniform on the sphere}"
_BALL, _OTHER = r"\exists i: |y_j - x_i| \le r_i", r"\exists j: |x_i - y_j| \le "
_FAKES, _REALS = r"\frac1n\sum_j", r"\frac1m\sum_i"

SAID = {
    "fd": Said(
        r"\lVert\mu - \mu'\rVert^2 + \operatorname{tr}(\Sigma + \Sigma' - 2 (\Sigma\Sigma')^{1/2})",
        _good("low", "fd"),
    ),
    "fd-infinity": Said(
        r"\lim_{n\to\infty} \mathrm{FD}(P_m, Q_n), \text{ from a line in } 1/n", _good("low", "fd-infinity")
    ),
    "kid": Said(r"\mathrm{MMD}_u^2, \quad k(x, y) = (\langle x, y\rangle / d + 1)^3", _good("low", "kid")),
    "energy": Said(
        r"2\,\mathbb{E}|X - Y| - \mathbb{E}|X - X'| - \mathbb{E}|Y - Y'|",
        _good("low", "energy"),
    ),
    "mmd-test": Said(
        r"p = \frac{1 + \#\{\pi : \mathrm{MMD}^2_\pi \ge \mathrm{MMD}^2\}}{1 + 1000}",
        _good("low", "mmd2") | _good("high", "p"),
    ),
    "sliced-w1": Said(rf"\mathbb{{E}}_\theta W_1({_ON_LINE}), {_SPHERE}", _good("low", "sliced-w1")),
    "sliced-w2": Said(rf"\mathbb{{E}}_\theta W_2^2({_ON_LINE}), {_SPHERE}", _good("low", "sliced-w2")),
    "precision-recall": Said(
        rf"{_FAKES} 1[{_BALL}], \quad {_REALS} 1[{_OTHER} s_j]", _good("high", "precision", "recall")
    ),
    "density-coverage": Said(
        rf"\frac1{{kn}}\sum_{{ij}} 1[|x_i - y_j| \le r_i], \quad {_REALS} 1[{_OTHER} r_i]",
        _good("high", "density", "coverage"),
    ),
    "clipped-density-coverage": Said(
        rf"{_FAKES} \min(b_j / k, 1), \quad f^{{-1}}\Big({_REALS} \min(a_i / k, 1)\Big)",
        _good("high", "clipped-density", "clipped-coverage"),
    ),
}
