"""Methods written down and made again: the same numbers bit for bit, and nothing made that is not public."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import diptych
from diptych import (
    CATALOGUE,
    Method,
    algebra,
    costs,
    divergences,
    dual,
    hybrid,
    kernels,
    methods,
    networks,
    primal,
    schedules,
)
from diptych.algebra import LearnedCost, aggregate, encoders
from diptych.composition import CONSTRUCTORS, entries, from_record, read, to_record, written
from diptych.divergences import Divergence, FDivergence
from diptych.kernels import Kernel
from diptych.method import Card, Steps
from diptych.networks import Network, layers
from diptych.noise import Normal, Uniform
from diptych.optimizers import OPTIMIZERS, SGD
from diptych.schedules import Cosine, Geometric, Lazy, Linear

from . import toys
from .compositions import METHODS
from .libraries import NUMPY


def again(method: Method) -> Method:
    """The method of `method`'s record, which goes through a file's text."""
    return from_record(json.loads(json.dumps(to_record(method), allow_nan=False)))


FUNCTIONS = {"players", "generate", "reconstruct", "encode", "log_weights", "events", "gate", "construction"} | {
    "draw_codes",
    "simulate",
}


def check_same(method: Method, other: Method) -> None:
    """The same record, players, networks and noise, and the same losses to the last bit."""
    assert to_record(other) == to_record(method)
    for name in {each.name for each in fields(Method)} - FUNCTIONS:
        assert getattr(other, name) == getattr(method, name)
    inputs = toys.draws(method, 6)
    for player, theirs in zip(method.players, other.players, strict=True):
        assert replace(player, objective=theirs.objective) == theirs
        ours = toys.loss(method, player.name, NUMPY, inputs)
        assert np.array_equal(toys.loss(other, theirs.name, NUMPY, inputs), ours, equal_nan=True)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_made_again(name: str) -> None:
    method = METHODS[name]()
    check_same(method, again(method))


def numbers(low: float = 0.5, high: float = 4.0) -> st.SearchStrategy[float]:
    return st.floats(low, high, width=16)


SCHEDULES = st.one_of(
    st.builds(Linear, numbers(), numbers(), st.integers(1, 600)),
    st.builds(Geometric, numbers(), numbers(), st.integers(1, 600)),
    st.builds(Cosine, numbers(), numbers(), st.integers(1, 600)),
)
WEIGHTS = st.one_of(numbers(), SCHEDULES, st.builds(Lazy, SCHEDULES | numbers(), st.integers(1, 5)))
POSITIVES = st.one_of(
    *(st.lists(numbers(), min_size=1, max_size=3).map(kind) for kind in (list, tuple, np.array)),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
)
KERNELS = st.recursive(
    st.one_of(
        st.builds(kernels.rbf, POSITIVES),
        st.builds(kernels.rbf_from_zero, POSITIVES),
        st.builds(kernels.rational_quadratic, POSITIVES),
        st.builds(kernels.inverse_multiquadratic, POSITIVES),
        st.builds(kernels.classical_inverse_multiquadratic),
        st.builds(kernels.energy),
        st.builds(kernels.laplacian, numbers()),
        st.builds(kernels.polynomial, st.integers(1, 4), numbers()),
        st.builds(kernels.linear),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(sum),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(inner, numbers()).map(lambda pair: pair[1] * pair[0]),
    ),
    max_leaves=4,
)
COSTS = st.one_of(
    st.builds(costs.l1_distance, numbers()),
    st.builds(costs.l2_distance, numbers()),
    st.builds(costs.squared_l2, numbers()),
    st.builds(costs.gaussian_nll, numbers()),
    st.builds(costs.bernoulli_nll),
    st.builds(costs.cross_entropy, numbers()),
)
ROWS = st.one_of(
    st.sampled_from([row for row in CONSTRUCTORS.values() if isinstance(row, FDivergence)]),
    st.builds(divergences.alpha_divergence, st.sampled_from([-1, 0, 0.5, 1, 2.5])),
    st.builds(divergences.weighted_jensen_shannon, numbers(0.125, 0.875)),
)
PLAIN = st.one_of(  # a single critic, or none
    st.builds(divergences.f_gan, ROWS, non_saturating=st.booleans()),
    st.builds(divergences.hinge_gan),
    st.builds(divergences.least_squares_gan, st.just(-1), st.just(np.float32(0.7)), numbers()),
    st.builds(divergences.minimax_gan),
    st.builds(divergences.non_saturating_gan),
    st.builds(divergences.relativistic_gan),
    st.builds(divergences.wasserstein_clip, numbers()),
    st.builds(divergences.wasserstein_gp, WEIGHTS),
    st.builds(divergences.wasserstein_lp, WEIGHTS),
)
GAMES = st.one_of(
    PLAIN,
    st.builds(divergences.with_r1, PLAIN, WEIGHTS),
    st.builds(divergences.with_r2, st.builds(divergences.with_r1, PLAIN, WEIGHTS), WEIGHTS),
    st.builds(divergences.with_roth, st.builds(divergences.minimax_gan), WEIGHTS),
    st.builds(divergences.tilted, PLAIN, numbers()),
    st.builds(divergences.smoothed, PLAIN, numbers() | SCHEDULES),
)
DIVERGENCES = st.one_of(
    GAMES,
    st.builds(divergences.through_features, GAMES, st.integers(1, 3)),
    st.builds(divergences.entropic_wasserstein, st.none() | COSTS, epsilon=numbers(), iterations=st.integers(1, 4)),
    st.builds(divergences.sliced, numbers(1, 3)),
    st.builds(
        divergences.maximum_mean_discrepancy,
        KERNELS,
        estimator=st.sampled_from(["biased", "unbiased", "h-form", "linear", "block"]),
        block_size=st.integers(2, 3),
        bandwidth=st.sampled_from(["fixed", "median", "cross-median"]),
    ),
    st.builds(divergences.maximum_mean_discrepancy, KERNELS, estimator=st.just("biased"), root=st.just(True)),
    st.builds(divergences.mmd_of_features, KERNELS, size=st.integers(1, 3), clip=numbers(), decoding=numbers()),
    st.builds(divergences.mmd_of_features_gp, KERNELS, size=st.integers(1, 3), penalty=WEIGHTS),
)
RULES = st.builds(lambda name, rate: OPTIMIZERS[name](rate), st.sampled_from(sorted(OPTIMIZERS)), numbers())
AGGREGATE = st.builds(aggregate, DIVERGENCES, smoothing=st.just(0.0) | SCHEDULES)
# Every penalty with an encoder of which it can be had.
LATENT = st.one_of(
    st.tuples(st.none() | AGGREGATE, st.builds(encoders.deterministic) | st.builds(encoders.gaussian)),
    st.tuples(AGGREGATE, st.builds(encoders.implicit, st.integers(1, 3))),
    st.tuples(st.builds(algebra.conditional_kl), st.builds(encoders.gaussian)),
    st.tuples(
        st.builds(algebra.adversarial_kl, st.sampled_from(["gan", "f-gan"]), adaptive_contrast=st.booleans()),
        st.builds(encoders.separable, st.integers(1, 3), st.integers(1, 3)),
    ),
)
STEPS = st.integers(1, 3) | st.builds(Steps, st.integers(1, 3), st.integers(0, 3), st.integers(0, 3))
DUALS = st.builds(
    dual,
    DIVERGENCES,
    prior=st.builds(Normal, numbers()) | st.builds(Uniform, numbers(-2, -1), numbers(1, 2)),
    critic_steps=STEPS,
    critic_optimizer=RULES,
    generator_optimizer=RULES,
    batch=st.integers(6, 9),
    tolerance=st.just(2),
    tolerance_reason=st.just("a sum of many"),
)
PRIMALS = st.builds(
    lambda cost, pair, weight, rule: primal(cost, latent=pair[0], encoder=pair[1], weight=weight, optimizer=rule),
    *(COSTS, LATENT, WEIGHTS, RULES),
)
HYBRIDS = st.builds(
    lambda cost, game, pair, weight, rule: hybrid(
        *(cost, game), latent=pair[0], encoder=pair[1], game_weight=weight, critic_optimizer=rule
    ),
    *(COSTS | st.builds(LearnedCost, st.integers(1, 3), numbers()), GAMES, LATENT, WEIGHTS, RULES),
)


@settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(DUALS | PRIMALS | HYBRIDS)
def test_every_composition_is_made_again(method: Method) -> None:
    with np.errstate(all="ignore"):
        check_same(method, again(method))


def makes(module: Any, kind: type) -> set[str]:
    """The module's public functions that give a record of this class."""
    return {
        name
        for name, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__ and get_type_hints(f).get("return") is kind
        if not name.startswith("_")
    }


def test_every_public_constructor_has_a_name() -> None:
    public = {f"divergences.{name}" for name in divergences.__all__} - {
        "divergences.Divergence",
        "divergences.FDivergence",
    }
    public |= {f"algebra.{name}" for name in algebra.__all__} - {"algebra.encoders"}
    public |= {f"costs.{name}" for name in makes(costs, costs.Cost)}
    public |= {f"kernels.{name}" for name in makes(kernels, Kernel)}
    public |= {f"algebra.encoders.{name}" for name in makes(encoders, encoders.Encoder)}
    public |= {
        f"schedules.{name}" for name, kind in vars(schedules).items()
        if inspect.isclass(kind) and hasattr(kind, "at") and name != "Schedule"
    }  # fmt: skip
    public |= {
        f"noise.{name}" for name, kind in vars(diptych.noise).items()
        if inspect.isclass(kind) and hasattr(kind, "sample") and name not in ("Law", "Draw")
    }  # fmt: skip
    public |= {f"optimizers.{kind.__name__}" for kind in OPTIMIZERS.values()}
    public |= {f"methods.{name}" for name in methods.__all__} - {"methods.CATALOGUE", "methods.make"}
    kinds = [kind for kind in vars(layers).values() if inspect.isclass(kind) and issubclass(kind, layers.Layer)]
    public |= {f"networks.layers.{kind.__name__}" for kind in kinds if kind is not layers.Layer}
    others = {"dual", "primal", "hybrid", "method.Steps", "networks.network.Network"}
    assert public | others == CONSTRUCTORS.keys()


@pytest.mark.parametrize("architecture", [networks.mlp, networks.dcgan, networks.resnet])
def test_a_network_is_made_again_from_its_record(architecture: Callable[..., dict[str, Network]]) -> None:
    for network in architecture(methods.avb(), data=(16, 16, 1), latent=(3,)).values():
        record = json.loads(json.dumps(written(network, Network, "the network")))
        assert read(record, "the network") == network
    record["arguments"]["layers"] = [{"constructor": "networks.layers.Dense", "arguments": {"units": 0}}]
    with pytest.raises(ValueError, match="units of Dense must be a whole number of at least 1"):
        read(record, "the network")


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_every_argument_is_of_a_type_that_a_record_can_have(name: str) -> None:
    """A constructor whose annotation no record can hold would refuse its own record."""
    if inspect.isfunction(CONSTRUCTORS[name]) and name not in ("dual", "primal", "hybrid"):
        kinds = get_type_hints(CONSTRUCTORS[name])
        assert kinds.pop("return") in (Divergence, FDivergence, Kernel, costs.Cost, encoders.Encoder, Method) or (
            name.startswith("algebra.")
        )
        assert Any not in kinds.values()


def mine(x: Any, y: Any = None, *, xp: Any = None) -> Any:
    return kernels.linear()(x, y, xp=xp)


ROW_OF_MINE = replace(divergences.KL, name="mine")
CARD = Card("title", "paper", "equation", {}, "conventions")


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (lambda: replace(METHODS["wgan-gp"](), batch=9), "^the method: this Method was made by no function"),
        (lambda: dual(divergences.maximum_mean_discrepancy(mine)), "^kernel of .*: mine was made by"),
        (lambda: dual(divergences.f_gan(ROW_OF_MINE)), "^row of divergences.f_gan: this FDivergence was"),
        (
            lambda: dual(replace(divergences.hinge_gan(), batch_norm=False)),
            "^divergence of dual: this Divergence was made by no .*, or was changed afterwards",
        ),
        (lambda: primal(costs.squared_l2(), card=CARD), "^card of primal has no record"),
        (lambda: dual(divergences.with_r1(divergences.hinge_gan(), Rising())), "^gamma of .*with_r1: this Rising"),
    ],
)  # fmt: skip
def test_what_has_no_record(method: Callable[[], Method], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_record(method())


class Rising:
    """A schedule of a user's own."""

    def at(self, t: int) -> float:
        return float(t)


def test_a_list_that_changes_later_is_recorded_as_it_was() -> None:
    bandwidths = [1.0]
    method = dual(divergences.maximum_mean_discrepancy(kernels.rbf(bandwidths)))
    bandwidths.append(2.0)
    assert dict(entries(to_record(method)))["divergence.kernel.bandwidths"] == [1.0]


def test_numbers_are_recorded_by_the_type_of_their_argument() -> None:
    records = [
        to_record(dual(divergences.wasserstein_gp(weight))) for weight in (2, 2.0, np.float32(2), np.int64(2))
    ]
    assert len({json.dumps(record) for record in records}) == 1


def changed(record: Any, path: str, value: Any) -> Any:
    """The record with another value at a path of arguments; of ``constructor`` at its end, with another one."""
    first, _, rest = path.partition(".")
    if first == "constructor":
        return record | {"constructor": value}
    inner = changed(record["arguments"].get(first), rest, value) if rest else value
    return record | {"arguments": record["arguments"] | {first: inner}}


RECORD = to_record(primal(costs.squared_l2(), latent=aggregate(divergences.wasserstein_gp()), optimizer=SGD(0.1)))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (changed(RECORD, "constructor", "os.system"), "^the composition: diptych has no constructor 'os.system'"),
        (changed(RECORD, "cost.constructor", "costs.squared_l1"), "cost of primal: .* mean 'costs.squared_l2'"),
        (changed(RECORD, "cost.constructor", ["costs.squared_l2"]), "cost of primal: diptych has no constructor"),
        (changed(RECORD, "cost.constructor", "schedules.Schedule"), "cost of primal: diptych has no constructor"),
        (changed(RECORD, "wieght", 1.0), "^the composition: primal has no .* did you mean 'weight'"),
        (changed(RECORD, "name", "x"), "^the composition: primal has no argument 'name'"),
        (changed(RECORD, "settings", 1.0), "^the composition: primal has no argument 'settings'"),
        (changed(RECORD, "weight", "heavy"), "^weight of primal is of another type: 'heavy'"),
        (changed(RECORD, "weight", True), "^weight of primal is of another type: True"),
        (changed(RECORD, "weight", [1.0]), "^weight of primal is of another type: 'tuple'"),
        (changed(RECORD, "weight", -1.0), "^weight must be finite and at least 0, got -1"),
        (changed(RECORD, "pretrain", 1.5), "^pretrain of primal is of another type: 1.5"),
        (changed(RECORD, "cost", None), "^cost of primal is of another type: None"),
        (changed(RECORD, "latent", RECORD), "^latent of primal is of another type: 'Method'"),
        (changed(RECORD, "latent.divergence", 3), "^divergence of algebra.aggregate is of another type: 3"),
        (changed(RECORD, "optimizer.slots", ["x"]), "optimizer of primal: optimizers.SGD has no argument 'slots'"),
        (changed(RECORD, "prior.scale", {"a": 1}), "^scale of noise.Normal must be a number, a word"),
        (changed(RECORD, "weight", 10**400), "^the composition: int.* too large"),
        (changed(RECORD, "batch", 0), "^batch of Method must be a whole number of at least 1"),
        ({**RECORD, "more": 1}, "^the composition must be a number, a word"),
        ({**RECORD, "arguments": [1]}, "^the composition: the arguments of primal must be given by name"),
        ({**RECORD, "arguments": {}}, "^the composition: .*missing 1 required positional argument: 'cost'"),
        (RECORD["arguments"]["cost"], "^the composition must be of a method, got a Cost"),
        (3, "^the composition must be of a method, got a int"),
        ({"constructor": "divergences.KL", "arguments": {"name": "x"}}, "divergences.KL has no argument 'name'"),
    ],
)  # fmt: skip
def test_damaged_records(record: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_record(record)


def test_a_record_that_is_nested_too_deeply() -> None:
    kernel: Mapping[str, Any] = to_record(dual(divergences.maximum_mean_discrepancy(kernels.linear())))
    kernel = kernel["arguments"]["divergence"]["arguments"]["kernel"]
    for _ in range(2000):
        kernel = {"constructor": "kernels.multiple", "arguments": {"weight": 1.0, "k": kernel}}
    with pytest.raises(ValueError, match="nested too deeply"):
        from_record(kernel)


def test_presets_are_written_down_by_their_settings() -> None:
    method = CATALOGUE["wae-mmd"](weight=2, scales=[1, 2])
    record = to_record(method)
    assert record["constructor"] == "methods.wae_mmd"
    assert record["arguments"]["weight"] == 2.0
    assert record["arguments"]["scales"] == [1.0, 2.0]
