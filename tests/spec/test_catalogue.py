"""The catalogue: what the modules of methods offer, each under its own name, in an order that people read."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest

from diptych import CATALOGUE, algebra, make, methods
from diptych.methods import presets
from diptych.methods.catalogue import collected

MODULES = [
    import_module(f"{package.__name__}.{found.name}")
    for package in (presets, algebra)
    for found in iter_modules(package.__path__)
]


def module(name: str, **contents: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(contents)
    return made


def test_every_method_is_offered_by_a_module_under_its_own_name() -> None:
    offered = {name: found.__name__ for found in MODULES for name in getattr(found, "PRESETS", ())}
    assert offered.keys() == CATALOGUE.keys()
    other = {name: (offered[name], make(name).name) for name in CATALOGUE if make(name).name != name}
    assert not other, f"offered under a name that is not the method's: {other}"


def test_every_method_is_a_function_of_methods() -> None:
    functions = {name: name.replace("-", "_") for name in CATALOGUE}
    assert sorted(methods.__all__) == sorted(["CATALOGUE", "make", *functions.values()])
    for name, function in functions.items():
        assert getattr(methods, function) is CATALOGUE[name]
        assert CATALOGUE[name].__name__ == function


def test_a_module_with_a_card_offers_a_method() -> None:
    """What has a card has a name: nobody wrote a preset and forgot to offer it."""
    assert [found.__name__ for found in MODULES if hasattr(found, "Card") and not hasattr(found, "PRESETS")] == []


def test_families_stand_together_and_dual_first() -> None:
    families = [make(name).family for name in CATALOGUE]
    assert families == sorted(families, key=("dual", "primal", "hybrid").index)
    assert [name for name in CATALOGUE if name.startswith("wgan")] == ["wgan", "wgan-gp", "wgan-lp"]
    assert list(CATALOGUE)[:2] == ["gan", "ns-gan"]


def test_ranks_come_before_names_of_modules() -> None:
    late, early = module("m.a", PRESETS={"a": "A"}, RANK=2), module("m.z", PRESETS={"z": "Z", "y": "Y"}, RANK=1)
    beside = module("m.b", PRESETS={"b": "B"}, RANK=1)
    assert list(collected([late, early, module("m.algebra"), beside]).items()) == [
        *(("b", "B"), ("z", "Z"), ("y", "Y")),
        ("a", "A"),
    ]


def test_one_name_is_one_method() -> None:
    first, second = (module(f"m.{name}", PRESETS={"gan": name}, RANK=1) for name in ("first", "second"))
    with pytest.raises(ValueError, match=r"^m\.first and m\.second both offer a method 'gan': rename one$"):
        collected([second, first])


def test_a_preset_without_a_rank_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^m\.new offers presets without a RANK"):
        collected([module("m.new", PRESETS={"new": "NEW"})])


def test_what_a_composition_takes_is_exported() -> None:
    """Beside the algebra itself: latent penalties, encoders, a cost that is learned."""
    assert {"LearnedCost", "adversarial_kl", "aggregate", "conditional_kl", "encoders"} <= set(algebra.__all__)
