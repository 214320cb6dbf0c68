"""The evidence on every method: its plan, what it measures, its verdicts, and the recipes that it has chosen."""

import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from experiments import running
from experiments.evidence import __main__ as command
from experiments.evidence import one
from experiments.evidence.choosing import choosing
from experiments.evidence.measured import SPREAD, Rows, numbers, rows, w1
from experiments.evidence.page import page
from experiments.evidence.plan import BACKENDS, DATA, KIND, METHODS, SEEDS, TUNING_SEED, plan, tried, tuning
from experiments.evidence.records import KEPT, Result
from experiments.evidence.shipped import recipes
from experiments.evidence.summary import alike, best, score, table_of, verdict
from experiments.kept import text_of
from experiments.values import Value

import diptych_lab.recipes
from diptych_lab.recipes import KINDS, recipe_of
from diptych_lab.toys import TOYS

FOLDER = command.PAGE.parent / command.EVIDENCE


def made_up(settings, w1=0.1, modes=8.0, failed="") -> Result:
    numbers = {} if failed else {"w1": Value(w1, w1, w1), "modes-covered": Value(modes, modes, modes)}
    floor = {"w1": Value(0.05, 0.05, 0.05), "modes-covered": Value(8.0, 8.0, 8.0)}
    points = ((0.0, 2.0),) if settings.seed == 0 and not failed else ()
    made = one.made("")
    return Result(settings, numbers, floor, points, 1.0, failed, made)


def runs(method: str, seeds: int = 2):
    return [s for s in plan(data=["ring"], methods=[method]) if s.seed < seeds]


# --- what is planned


def test_the_plan_goes_seed_by_seed_and_holds_every_method_in_both_frameworks():
    found = [*plan()]
    assert len({s.key for s in found}) == len(found)
    assert len([s for s in found if s.data == "ring"]) == len(METHODS) * len(BACKENDS) * len(SEEDS)
    assert [s.seed for s in found] == sorted(s.seed for s in found)
    assert {s.seed for s in tuning()} == {TUNING_SEED}
    assert {s.method for s in tuning(["ring"])} == {*METHODS}


def test_a_run_has_the_recipe_that_comes_with_diptych():
    for settings in plan(seeds=[0]):
        recipe = recipe_of(KIND[settings.data], settings.method)
        assert settings.recipe | {"rounds": settings.rounds} == recipe.table() | {"rounds": settings.rounds}
        assert settings.rounds == (recipe.rounds or 2000)


def test_a_recipe_that_changes_is_a_new_run():
    first, second = tuning(["ring"], methods=["ns-gan"])
    assert first.recipe != second.recipe
    assert first.key != second.key
    (other,) = tuning(["ring"], methods=["fgan-js"], rounds=5, n=100)
    assert (other.rounds, other.n) == (5, 100)


# --- what is measured


@pytest.mark.parametrize("data", SPREAD)
def test_samples_of_the_law_itself_are_good_cover_every_mode_and_lie_near(data):
    of = rows(data, 200)
    found = numbers(data, of, of.again, "torch")
    assert found["modes-covered"].value == {"ring": 8, "grid": 25}[data]
    assert found["good-samples"].value > 0.95
    assert 0 < found["w1"].low <= found["w1"].value < 0.15 * SPREAD[data]


def test_the_spread_is_that_of_the_data():
    for data, spread in SPREAD.items():
        assert np.sqrt((TOYS[data]() ** 2).sum(1).mean()) == pytest.approx(spread, rel=0.01)


def test_w1_is_the_distance_that_samples_were_moved_by():
    real = rows("ring", 100).real
    found = w1(real, real + np.array([0.3, 0.4], np.float32))
    assert found.value == pytest.approx(0.5, abs=1e-5)
    assert w1(real, real).value == pytest.approx(0.0, abs=1e-12)


def test_rows_are_of_one_law_and_none_is_in_two_parts():
    parts = rows("ring", 100)
    assert len({row.tobytes() for part in parts for row in part}) == sum(map(len, parts))
    np.testing.assert_array_equal(parts[0], TOYS["ring"]().astype(np.float32))  # what --data ring trains on


def test_images_are_measured_by_the_shipped_classifiers_features(monkeypatch):
    noise = np.random.default_rng(0).random((400, 28, 28, 1)).astype(np.float32)
    dark = noise / 4
    monkeypatch.setattr("experiments.evidence.measured.extractor", lambda *_, **__: lambda what, x: x.mean((2, 3)))
    of = Rows(noise, noise[:200], noise[200:])
    near, far = (numbers("fashion-mnist", of, x, "torch") for x in (of.again, dark[200:]))
    assert near["fd"].value < far["fd"].value
    assert near["coverage"].value > far["coverage"].value == 0


# --- what is said


def test_a_method_works_where_every_run_covers_every_mode_and_w1_is_small_in_both_frameworks():
    cases = (
        ([0.1, 0.2], [8, 8], "works"),
        ([0.1, 0.31], [8, 8], "in part"),  # the means of the worse framework count
        ([0.1, 0.1], [8, 7], "in part"),
        ([0.1, 0.6], [8, 8], "fails"),
    )
    for distance, modes, wanted in cases:
        results = [
            made_up(s, distance[BACKENDS.index(s.backend)], modes[BACKENDS.index(s.backend)]) for s in runs("gan")
        ]
        assert verdict(table_of("ring", results), "gan").works == wanted, (distance, modes)
    broken = [*results[:-1], made_up(results[-1].settings, failed="loss is nan")]
    assert verdict(table_of("ring", broken), "gan").works == "fails"


def test_frameworks_are_alike_where_they_part_by_no_more_than_seeds_do():
    def found(torch, keras):
        values = {"torch": torch, "keras": keras}
        return alike(table_of("ring", [made_up(s, values[s.backend][s.seed]) for s in runs("gan")]), "gan")

    assert found([0.1, 0.2], [0.12, 0.21]) is True
    assert found([0.1, 0.11], [0.3, 0.31]) is False  # either framework's seeds are far nearer to each other
    assert found([0.1, 0.4], [0.3, 0.31]) is True
    assert alike(table_of("ring", [made_up(s) for s in runs("gan", 1)]), "gan") is None


def test_the_recipe_of_the_least_w1_is_the_best_and_a_failed_run_never_is():
    first, second = tuning(["ring"], methods=["ns-gan"])
    results = [made_up(first, 0.3), made_up(second, 0.2)]
    assert best(results)["ring", "ns-gan"] is results[1]
    assert score(made_up(first, failed="nan")) == float("inf")


def test_the_page_says_how_many_work_and_what_failed():
    results = [*(made_up(s) for s in runs("gan")), *(made_up(s, failed="loss is nan") for s in runs("vae", 1))]
    text = page(results, [made_up(s) for s in tuning(["ring"], methods=["gan"])], "evidence")
    assert "Of 2 methods, 1 work, 0 in part, 1 do not." in text
    assert "vae on ring, torch, seed 0 failed: loss is nan" in text
    assert "A ring of eight Gaussians: 6 of 370 runs" in text


def test_methods_are_chosen_of_those_that_work_best_first():
    near = {"gan": 0.1, "hinge": 0.08, "vae": 0.15, "ae": 0.9, "lsgan": 0.3}
    results = [made_up(s, near[name]) for name in near for s in runs(name)]
    results = [
        msgspec.structs.replace(r, numbers=r.numbers | {"good-samples": Value(1 - near[r.settings.method], 0, 1)})
        for r in results
    ]
    text = choosing(results, "evidence.md")
    samples, cover, codes, likelihood, single, *_ = text.split("\n## ")[1:]
    for section in (samples, cover):
        rows = [line for line in section.splitlines() if line.startswith("| [")]
        assert [row.split("]")[0].removeprefix("| [") for row in rows] == ["hinge", "gan", "vae"]
    assert "0.92" in samples
    for section in (codes, likelihood, single):
        assert [line.split("]")[0] for line in section.splitlines() if line.startswith("| [")] == ["| [vae"]
    assert "* A ring of eight Gaussians: `ae`." in text
    assert "measured on them: `ns-gan`." in text


# --- what has been measured


def test_the_recipes_that_come_with_diptych_are_the_best_of_those_that_were_tried():
    tuned = KEPT.read_lines(FOLDER / command.TUNING)
    assert {r.settings.key for r in tuned} == {s.key for s in tuning()}
    for (data, method), result in best(tuned).items():
        recipe = recipe_of(KIND[data], method)
        chosen = recipe.table() | {"rounds": result.settings.rounds}
        assert chosen == result.settings.recipe | {"rounds": recipe.rounds}, method
    for kind in KINDS:
        assert (Path(diptych_lab.recipes.__file__).parent / f"{kind}.toml").read_text() == recipes(kind, tuned)


def test_the_page_is_made_from_the_results():
    results, tuned = (KEPT.read_lines(FOLDER / name) for name in (command.RESULTS, command.TUNING))
    assert command.PAGE.read_text() == page(results, tuned, command.EVIDENCE)
    target = command.PAGE
    if results:
        chosen = choosing(results, f"{target.parent.name}/{target.name}")
        assert (target.parent.parent / "choosing.md").read_text() == chosen
    planned = {settings.key for settings in plan()}
    assert {r.settings.key for r in results} <= planned


def test_the_readme_names_the_methods_that_the_page_of_choices_has_first():
    sections = (command.PAGE.parent.parent / "choosing.md").read_text().split("\n## ")
    first = {section.split("\n")[0]: re.findall(r"^\| \[([\w-]+)\]", section, re.MULTILINE) for section in sections}
    said = re.findall(r"^\* \*\*([^*]+)\*\*: (`.*`)$", (running.ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(said) == 5
    for aim, methods in said:
        assert re.findall(r"`([\w-]+)`", methods) == first[aim][:3], aim


def test_frameworks_are_alike_wherever_seeds_tell():
    results = KEPT.read_lines(FOLDER / command.RESULTS)
    for data in DATA:
        table = table_of(data, results)
        assert [m for m in table.methods if alike(table, m) is False] == []


# --- the short form


@pytest.mark.torch
def test_the_short_form(tmp_path, monkeypatch):
    def run(settings, module, folder):
        one.main(text_of(settings), str(folder))
        return ""

    monkeypatch.setattr(running, "run", run)
    target = tmp_path / "docs/page.md"
    places = ["--rounds", "3", "--n", "40", "--out", str(tmp_path / "out"), "--page", str(target)]
    some = ["--only", "ring", "--methods", "vae,ns-gan", *places]
    assert CliRunner().invoke(command.main, ["tune", *some]).exit_code == 0
    found = CliRunner().invoke(command.main, ["run", "--backends", "torch", "--seeds", "0", *some])
    assert found.exit_code == 0, found.output
    folder = target.parent / command.EVIDENCE
    assert len(KEPT.read_lines(folder / command.TUNING)) == len(tried("plane", "vae")) + len(
        tried("plane", "ns-gan")
    )
    results = KEPT.read_lines(folder / command.RESULTS)
    assert [r.settings.method for r in results] == ["ns-gan", "vae"]
    assert all(len(r.points) == 160 for r in results)
    assert (folder / "ring.png").read_bytes().startswith(b"\x89PNG")
    made = {path: path.read_bytes() for path in (target, *folder.iterdir())}
    assert CliRunner().invoke(command.main, ["page", "--page", str(target)]).exit_code == 0
    assert {path: path.read_bytes() for path in made} == made
    failed = msgspec.structs.replace(results[0].settings, recipe={"learning-rate": 1e30})
    assert one.result(failed, tmp_path / "failed").failed


@pytest.mark.keras
def test_a_run_in_keras(tmp_path):
    (settings,) = plan(["ring"], ["ns-gan"], ["keras"], [0], 3, 40)
    one.main(text_of(settings), str(tmp_path))
    found = KEPT.read(settings, tmp_path)
    assert found is not None
    assert {"w1", "good-samples", "modes-covered"} <= found.numbers.keys() <= found.floor.keys()
