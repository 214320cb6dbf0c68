"""Formulas in the terminal: no LaTeX is left of them, and they still say the same."""

import pytest

from diptych import CATALOGUE, make
from diptych_lab.latex import plain


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"-\mathbb{E}\,\mathrm{softplus}(f(G(z)))", "-E softplus(f(G(z)))"),
        (r"w\,\mathbb{E}\,(\lVert\nabla f(\hat x)\rVert_2 - 1)^2", "w E (‖∇ f(x̂)‖_2 - 1)²"),
        (r"\lVert x - \tilde x\rVert^2,\quad \tilde x = G(E(x))", "‖x - x̃‖²,   x̃ = G(E(x))"),
        (r"\mathbb{E}\log D(x) - \log\frac{1 - \pi}{2}", "E log D(x) - log((1 - π)/2)"),
        (r"\frac{1}{2} \sqrt{p} + \sqrt{\mathrm{MMD}_b^2(x, y)}", "1/2 √p + √(MMD_b²(x, y))"),
        (r"e^{-v / 2} + f^*(v) + \sum_{i=1}^{K} w_i", "e^(-v / 2) + f^*(v) + Σ_(i=1)^K w_i"),
        (r"\left|\langle x, \theta\rangle_{(i)}\right|^p", "|⟨x, θ⟩_(i)|^p"),
        (r"\overline{\varphi(x)^2}\ \text{ at } u", "mean(φ(x)²) at u"),
    ],
)
def test_text(latex: str, text: str) -> None:
    assert plain(latex) == text


def test_an_unknown_command_is_not_dropped() -> None:
    with pytest.raises(KeyError, match="operatorname"):
        plain(r"\operatorname{x}")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_formula_of_the_catalogue(name: str) -> None:
    hyper = {"pretrain": 3} if name.startswith("wae-") and name != "wae-learned-cost" else {}
    card = make(name, **hyper).card
    assert card is not None
    for formula in card.formula.values():
        text = plain(formula)
        assert text
        assert not set(text) & set("\\{}\0\1")
        assert text.count("(") == text.count(")")
        assert "\\" not in card.conventions
