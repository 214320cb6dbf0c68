"""The rules as pure functions: against their second statement, and against what is known of them without one."""

from typing import Any

import array_api_strict as strict
import numpy as np
import pytest

from diptych import averages, methods, optimizers
from diptych.capability import Capability
from diptych.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop
from diptych.schedules import Cosine
from diptych.updates import averaged, clipped, updated
from diptych_conformance.references.oracle.optimizers import update

RULES = [
    SGD(0.1),
    Momentum(0.1, 0.8),
    RMSprop(0.1, 0.9, 1e-3),
    Adam(0.1, 0.0, 0.9),
    AdamW(0.1, 0.9, 0.99, 1e-3, 0.3),
]


def number(t: int) -> Any:
    return strict.asarray(float(t), dtype=strict.float64)


def moved(rule: Optimizer, t: int, rate: float, p: Any, g: Any, slots: Any) -> tuple[Any, Any]:
    arrays = {name: strict.asarray(a) for name, a in slots.items()}
    after, new = updated(rule, number(t), rate, strict.asarray(p), strict.asarray(g), arrays, xp=strict)
    return np.asarray(after), {name: np.asarray(a) for name, a in new.items()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_ten_updates_are_those_of_the_second_statement(rule: Optimizer) -> None:
    random = np.random.default_rng(0)
    p = expected = random.normal(size=(3, 2))
    slots = known = {name: np.zeros((3, 2)) for name in rule.moments}
    for t in range(1, 11):
        g = random.normal(size=(3, 2))
        p, slots = moved(rule, t, 0.1, p, g, slots)
        expected, known = update(rule, expected, g, known, t)
        np.testing.assert_allclose(p, expected, rtol=1e-12, atol=1e-14)
        for name, slot in slots.items():
            np.testing.assert_allclose(slot, known[name], rtol=1e-12, atol=1e-14)


def test_a_first_step_of_adamw_is_known() -> None:
    """Adam's first step is η sign g, where ε is small; the decay is η λ θ of the parameter before it."""
    p, g = np.array([2.0, -3.0, 0.5]), np.array([0.1, -4.0, 2.0])
    zeros = {"mean": np.zeros(3), "square": np.zeros(3)}
    after, _ = moved(AdamW(1.0, epsilon=1e-30, weight_decay=0.3), 1, 0.1, p, g, zeros)
    np.testing.assert_allclose(after, p - 0.1 * 0.3 * p - 0.1 * np.sign(g), rtol=1e-14)


def test_at_the_rate_0_only_moments_move() -> None:
    for rule in RULES:
        after, new = moved(rule, 1, 0.0, [2.0], [0.5], {name: [0.0] for name in rule.moments})
        assert after == [2.0]
        assert all(a != 0 for a in new.values())


@pytest.mark.parametrize(("limit", "scale"), [(10.0, 0.5), (26.0, 1.0), (100.0, 1.0)])
def test_gradients_are_clipped_by_the_norm_of_them_all(limit: float, scale: float) -> None:
    """|(3, 4, 12)| = 13, twice."""
    given = [strict.asarray([[6.0], [8.0]]), strict.asarray(24.0)]
    found = clipped(SGD(0.1, clip_norm=limit / (1 if limit > 20 else 10 / 13)), given, xp=strict)
    for g, after in zip(given, found, strict=True):
        np.testing.assert_allclose(np.asarray(after), scale * np.asarray(g), rtol=1e-15)


def test_no_gradient_stays_none_and_nan_is_not_hidden() -> None:
    rule = SGD(0.1, clip_norm=1e-3)
    zeros, nan = strict.zeros(3, dtype=strict.float64), strict.asarray([float("nan"), 1.0])
    assert not np.any(np.asarray(clipped(rule, [zeros], xp=strict)[0]))
    assert np.all(np.isnan(np.asarray(clipped(rule, [nan], xp=strict)[0])))
    assert clipped(rule, [], xp=strict) == []


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_an_average_has_weights_that_fall_by_the_decay(decay: float) -> None:
    values = np.random.default_rng(0).normal(size=20)
    found = strict.asarray(100.0)  # what an average begins with is forgotten by the first update
    for t, value in enumerate(values, 1):
        found = averaged(SGD(0.1, ema=decay), number(t), strict.asarray(value), found, xp=strict)
        weights = decay ** np.arange(t - 1, -1, -1)
        assert float(found) == pytest.approx(np.average(values[:t], weights=weights), rel=1e-12)


def test_rates_of_a_step() -> None:
    rules: dict[str, Optimizer] = {"critic": SGD(0.5), "generator": Adam(Cosine(0.2, 0.0, 4))}
    assert optimizers.at_round(rules, rules, 2) == {"critic": 0.5, "generator": pytest.approx(0.1)}
    assert optimizers.rates(rules, ("critic",)) == {"critic": 0.5}
    assert optimizers.rates(rules, rules, {"generator": 0}) == {"critic": 0.5, "generator": 0.0}
    with pytest.raises(ValueError, match=r"of player 'generator' is a schedule: .* rates=\{'generator': \.\.\.\}"):
        optimizers.rates(rules, rules, {"critic": 0.1})
    with pytest.raises(ValueError, match=r"rates of players who move: there is no 'generator' among \['critic'\]"):
        optimizers.rates(rules, ("critic",), {"generator": 0.1})
    with pytest.raises(ValueError, match="learning rate of player 'critic' must be finite and at least 0, got -1"):
        optimizers.rates(rules, ("critic",), {"critic": -1})


def test_what_a_rule_asks_of_a_backend() -> None:
    assert optimizers.needs(Adam(0.1)) == frozenset()
    assert optimizers.needs(Momentum(Cosine(1.0, 0.0, 2), clip_norm=1.0)) == {Capability.RATES, Capability.CLIPPING}
    assert optimizers.needs(AdamW(0.1, ema=0.9)) == {Capability.DECAY, Capability.AVERAGES}


def test_the_average_of_a_role_is_the_last_of_those_who_have_moved() -> None:
    """Of two owners; a tensor without an average, such as a running statistic, stays what it is."""
    first, critic, last = methods.aae().players
    assert set(first.owns) & set(last.owns) == {"encoder"}
    weights = {"encoder": {"a": np.zeros(1), "mean": np.full(1, 7.0)}, "decoder": {"a": np.zeros(1)}}
    weights |= {"critic": {"a": np.zeros(1)}}
    state = {f"{first.name}.ema.{role}.a": np.full(1, 1.0) for role in first.owns}
    state |= {f"{last.name}.ema.encoder.a": np.full(1, 2.0), f"{first.name}.updates": np.asarray(3)}
    state |= {f"{critic.name}.updates": np.asarray(3)}
    for count, expected in ((0, 1.0), (1, 2.0)):
        found = averages.averaged(
            weights, {**state, f"{last.name}.updates": np.asarray(count)}, (first, critic, last)
        )
        assert found["encoder"] == {"a": expected, "mean": 7.0}
        assert (found["decoder"]["a"], found["critic"]["a"]) == (1.0, 0.0)
    assert weights["encoder"]["a"] == 0.0  # as it was given
