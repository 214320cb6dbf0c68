"""The experiment of dual, primal and hybrid methods: its verdict, its records, what is made again, a short form."""

import subprocess

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from experiments import running
from experiments.kept import text_of
from experiments.precision_recall import __main__ as command
from experiments.precision_recall import one
from experiments.precision_recall.methods import FAMILIES, METHODS, Setting, tried
from experiments.precision_recall.page import page
from experiments.precision_recall.plan import BACKENDS, DATA, SEEDS, SIZES, Length, plan, tuning
from experiments.precision_recall.records import KEPT, Curve, Result
from experiments.precision_recall.sharpness import edges, sharpness
from experiments.precision_recall.summary import Table
from experiments.precision_recall.toy import distance
from experiments.precision_recall.toy import numbers as of_toy
from experiments.precision_recall.tuning import best, section
from experiments.precision_recall.verdicts import judge, verdict
from experiments.values import Value, over_seeds
from rich.console import Console

import diptych
from diptych.networks.architectures import ARCHITECTURES
from diptych_lab.evaluation.record import Made

USED = {(data, method): tried(data)[method][0] for data in SIZES for method in METHODS}
SHORT = Length(4, 40)


def made_up(settings, **numbers):
    """A result of these numbers."""
    values = {name.replace("_", "-"): Value(x, x, x) for name, x in numbers.items()}
    floor = {name: Value(1.0, 0.9, 1.0) for name in values}
    return Result(settings, values, floor, Curve((0.0, 1.0), (1.0, 0.0)), "", Made("now", "here", {"python": "3"}))


def of_family(settings, precision, recall, spread=0.01):
    """A result whose numbers are those of its method's family, and vary with its seed."""
    (family,) = (name for name, methods in FAMILIES.items() if settings.method in methods)
    x, y = precision[family] + spread * settings.seed, recall[family] - spread * settings.seed
    return made_up(settings, precision=x, recall=y, density=x, coverage=y, distance=1 / x)


# --- what is planned


def test_the_plan_goes_seed_by_seed_and_holds_every_method_in_both_frameworks():
    runs = list(plan({key: USED[key] for key in USED if key[0] in DATA}))
    assert len(runs) == len({run.key for run in runs}) == len(DATA) * len(METHODS) * len(BACKENDS) * len(SEEDS)
    assert [run.seed for run in runs] == sorted(run.seed for run in runs)
    assert {(run.data, run.method, run.backend) for run in runs if run.seed == 0} == {
        (data, method, backend) for data in DATA for method in METHODS for backend in BACKENDS
    }
    assert {run.seed for run in tuning()}.isdisjoint(SEEDS)


@pytest.mark.parametrize("data", SIZES)
def test_all_methods_have_one_generator_and_settings_that_they_know(data):
    sizes, event = SIZES[data], {"ring": (2,), "fashion-mnist": (28, 28, 1), "digits": (8, 8, 1)}[data]
    generators = []
    for method in METHODS:
        for setting in tried(data)[method]:
            made = diptych.make(method, **setting.hyper)
            networks = ARCHITECTURES[sizes.architecture](
                made, data=event, latent=(sizes.latent,), width=sizes.width
            )
            generators.append(networks["generator" if "generator" in networks else "decoder"])
    assert all(each == generators[0] for each in generators)


# --- what is said


def test_a_verdict_is_that_of_the_interval_over_seeds():
    assert verdict([0.2, 0.21, 0.19]) == "agrees"
    assert verdict([-0.2, -0.21, -0.19]) == "does not agree"
    assert verdict([0.2, -0.1, 0.05]) == "not decided"
    assert verdict([0.2]) == "one seed, no interval"


def test_an_interval_over_seeds_is_students():
    found = over_seeds([1.0, 2.0, 3.0])
    assert (found.value, found.high - found.value) == pytest.approx((2.0, 4.302652729911275 / 3**0.5))


def test_claims_are_judged_with_their_signs():
    precision, recall = {"dual": 0.9, "primal": 0.5, "hybrid": 0.8}, {"dual": 0.8, "primal": 0.3, "hybrid": 0.3}
    results = [of_family(s, precision, recall) for s in plan(USED) if s.data == "ring"]
    judged = {(each.claim.text, each.number): each for each in judge(Table("ring", results))}
    sharp = judged["Dual methods are sharp, primal ones blur", "distance"]  # of which less is better
    assert sharp.verdict == "agrees"
    assert sharp.difference.value == pytest.approx(
        np.mean([1 / (0.5 + e) - 1 / (0.9 + e) for e in (0, 0.01, 0.02)])
    )
    cover = judged["Primal methods cover the data, dual ones miss modes", "recall"]
    assert (cover.verdict, cover.difference.value) == ("does not agree", pytest.approx(-0.5))


def test_families_that_are_alike_decide_nothing():
    level = dict.fromkeys(FAMILIES, 0.8)  # whose means differ by rounding
    results = [of_family(s, level, level, spread=0.0) for s in plan(USED) if s.data == "ring"]
    assert {each.verdict for each in judge(Table("ring", results))} == {"not decided"}


def test_a_seed_counts_when_all_of_its_runs_are_made_and_a_failed_run_is_named():
    level = dict.fromkeys(FAMILIES, 0.5)
    results = [of_family(s, level, level) for s in plan(USED) if s.data == "ring"]
    assert {each.seeds for each in judge(Table("ring", results))} == {3}
    assert results[-1].settings.method in FAMILIES["hybrid"]
    seeds = {(each.claim.more, each.claim.less): each.seeds for each in judge(Table("ring", results[:-1]))}
    assert seeds == {("dual", "primal"): 3, ("primal", "dual"): 3, ("hybrid", "primal"): 2, ("hybrid", "dual"): 2}
    failed = msgspec.structs.replace(results[-1], numbers={}, floor={}, failed="loss of critic is nan")
    table = Table("ring", [*results[:-1], failed])
    assert {each.seeds for each in judge(table)} == {3}
    assert f"{failed.settings.title} failed: loss of critic is nan" in page([*results[:-1], failed], [], "evidence")


def test_the_page_says_of_one_seed_that_it_has_no_interval():
    level = dict.fromkeys(FAMILIES, 0.5)
    text = page([of_family(s, level, level) for s in plan(USED, seeds=[0]) if s.data == "ring"], [], "evidence")
    assert "**one seed, no interval**" in text
    assert "**agrees**" not in text
    assert "Not there yet: Fashion-MNIST" in text


def test_the_setting_of_the_best_score_is_used():
    first, second, third = (s for s in tuning(["ring"], ["vae"]))
    results = [
        made_up(first, density=3.0, coverage=0.1),
        made_up(second, density=0.9, coverage=0.6),
        msgspec.structs.replace(made_up(third), failed="loss is nan"),
    ]
    assert best(results) == {("ring", "vae"): Setting(second.hyper, second.rate)}
    assert [line for line in section(results) if "**scale=0.2**" in line and "0.720" in line]


# --- how sharp


def test_sharpness_is_that_of_edges():
    images = np.random.default_rng(0).random((50, 8, 8, 1))
    blurred = (images + np.roll(images, 1, axis=1)) / 2
    assert sharpness(images, images).value == 1.0
    assert sharpness(images / 2, images).value == pytest.approx(0.25)
    found = sharpness(blurred, images)
    assert found.low < found.value < found.high < 0.7
    assert sharpness(np.full_like(images, 0.5), images).value == 0.0
    point = np.zeros((1, 5, 5, 1))
    point[0, 2, 2, 0] = 1.0
    assert edges(point) == pytest.approx([np.var([0, 1, 0, 1, -4, 1, 0, 1, 0])])


def test_distance_of_the_rings_own_law_is_that_of_a_gaussian():
    data = one.rows("ring", 2000)
    found = distance(data.real)
    assert found.low < (2 * np.log(2)) ** 0.5 < found.high
    assert distance(np.zeros((9, 2))).value == pytest.approx(2.0 / 0.1)


def test_the_truth_of_the_ring_is_known():
    data = one.rows("ring", 2000)
    whole, half = of_toy(data.real, data.real), of_toy(data.real[data.real[:, 0] > 0.5], data.real)
    assert (whole["modes-covered"].value, half["modes-covered"].value) == (8, 3)
    assert whole["good-samples"].value == pytest.approx(1 - np.exp(-9 / 2), abs=0.01)  # of 3 standard deviations
    assert of_toy(np.zeros((50, 2)), data.real)["good-samples"].value == 0


def test_rows_that_are_compared_are_not_trained_on():
    for name in ("ring", "digits"):
        data = one.rows(name, 100)
        parts = [{x.tobytes() for x in part} for part in (data.train, data.real, data.again)]
        assert sum(map(len, parts)) == len(set.union(*parts))
    with pytest.raises(ValueError, match="digits has 359 rows that no run sees, n = 180 takes 360"):
        one.rows("digits", 180)


# --- what is kept, and what is made again


def test_what_is_there_is_not_made_again_and_a_changed_setting_is(tmp_path, monkeypatch):
    ran = []

    def run(settings, module, folder):
        ran.append(settings)
        KEPT.write(made_up(settings, precision=0.5), folder)
        return ""

    monkeypatch.setattr(running, "run", run)
    runs = list(plan({("ring", "vae"): Setting({}), ("ring", "ns-gan"): Setting({})}, seeds=[0]))
    quiet = Console(quiet=True)
    assert running.finish(runs[:3], KEPT, tmp_path, 2, quiet) == []
    assert running.finish(runs, KEPT, tmp_path, 2, quiet) == []
    assert {s.key for s in ran} == {s.key for s in runs}
    assert len(ran) == 4
    other = list(plan({("ring", "vae"): Setting({"scale": 0.3})}, backends=["torch"], seeds=[0]))
    running.finish(other, KEPT, tmp_path, 1, quiet)
    assert ran[4:] == other


@pytest.mark.parametrize("damage", [lambda text: text[:-20], lambda text: text.replace('"value"', '"worth"', 1)])
def test_a_damaged_result_is_named_before_anything_runs(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(running, "run", lambda settings, module, folder: pytest.fail("it ran"))
    (settings,) = plan({("ring", "vae"): Setting({})}, backends=["torch"], seeds=[0])
    result = made_up(settings, precision=0.5)
    KEPT.write(result, tmp_path)
    assert KEPT.read(settings, tmp_path) == result
    path = KEPT.path(settings, tmp_path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(ValueError, match=f"{settings.key}.json: no result that can be read .*; remove it"):
        running.finish([settings], KEPT, tmp_path, 1, Console(quiet=True))
    lines = tmp_path / "results.jsonl"
    lines.write_text(result.text() + path.read_text().strip() + "\n")
    with pytest.raises(ValueError, match=r"results.jsonl, line 2: no result"):
        KEPT.read_lines(lines)


def test_a_result_under_another_ones_name_is_refused(tmp_path):
    first, second = plan({("ring", "vae"): Setting({})}, seeds=[0])
    KEPT.path(second, tmp_path).write_text(made_up(first, precision=0.5).text())
    with pytest.raises(ValueError, match="it is of other settings"):
        KEPT.read(second, tmp_path)


def test_a_run_that_breaks_is_told_with_its_log_and_the_others_go_on(tmp_path, monkeypatch):
    def broken(words, *, stdout, **_):
        stdout.write(b"Traceback\nOSError: no room\n")
        return subprocess.CompletedProcess(words, 1)

    monkeypatch.setattr(running.subprocess, "run", broken)
    runs = list(plan({("ring", "vae"): Setting({})}, seeds=[0]))
    errors = running.finish(runs, KEPT, tmp_path, 1, Console(quiet=True))
    assert [error.partition(",")[0] for error in errors] == ["vae on ring", "vae on ring"]
    assert all("status 1, OSError: no room" in error for error in errors)


def test_a_choice_that_is_not_known_is_refused():
    for words, said in (
        (["--only", "mnist"], "'mnist' is none of ring, fashion-mnist, digits"),
        (["--methods", "vae,gna"], "'gna' is none of"),
        (["--seeds", "0,one"], "is no list of whole numbers"),
        (["--seeds", "-1"], "a seed is at least 0"),
    ):
        result = CliRunner().invoke(command.main, ["run", *words])
        assert result.exit_code == 2
        assert said in " ".join(result.output.split())


def test_results_of_the_evidence_are_taken_up_and_kept_where_a_part_is_made(tmp_path, monkeypatch):
    """In a fresh clone --out is empty: results were made anew, and those that were not chosen were lost."""
    folder, out = tmp_path / command.EVIDENCE, tmp_path / "out"
    folder.mkdir(parents=True)
    tuned = [made_up(s, density=0.5, coverage=0.5) for s in tuning(length=SHORT)]
    used = best(tuned)
    known = [made_up(s, precision=0.5) for s in plan(used, length=SHORT)][:30]
    for name, results in ((command.TUNING, tuned), (command.RESULTS, known)):
        (folder / name).write_text("".join(result.text() for result in results))
    asked = []
    monkeypatch.setattr(
        command, "finish", lambda plan, kept, out, *_: asked.extend(s for s in plan if not KEPT.read(s, out)) or []
    )
    monkeypatch.setattr(command, "write_page", lambda target: None)
    words = ("--only", "ring", "--seeds", "1", "--rounds", "4", "--n", "40", "--out", str(out))
    found = CliRunner().invoke(command.main, ["run", *words, "--page", str(tmp_path / "page.md")])
    assert found.exit_code == 0, found.output
    assert [s.seed for s in asked] == [1] * len(METHODS) * len(BACKENDS)
    assert KEPT.read_lines(folder / command.RESULTS) == known


# --- the short form


@pytest.fixture
def few_repeats(monkeypatch):
    """Of clusterings and of bootstraps, which take most of the time of a short run."""
    monkeypatch.setattr("diptych_lab.evaluation.prd.CLUSTERINGS", 2)
    monkeypatch.setattr("diptych_lab.evaluation.truth.REPEATS", 5)


@pytest.fixture
def in_this_process(monkeypatch, few_repeats):
    """Runs without a process of their own each, which would load the framework again; two settings to try."""

    def run(settings, module, folder):
        one.main(text_of(settings), str(folder))
        return ""

    monkeypatch.setattr(running, "run", run)
    for data in ("ring", "digits"):
        monkeypatch.setitem(tried(data), "vae", tried(data)["vae"][:2])


@pytest.mark.torch
def test_the_short_form_in_torch(tmp_path, in_this_process):
    target = tmp_path / "docs/page.md"
    words = ["--only", "toy,digits", "--methods", "vae", "--backends", "torch", "--seeds", "0", "--rounds", "5"]
    places = ["--out", str(tmp_path / "out"), "--page", str(target)]
    result = CliRunner().invoke(command.main, ["run", *words, "--n", "40", *places])
    assert result.exit_code == 0, result.output
    evidence = target.parent / command.EVIDENCE
    results = KEPT.read_lines(evidence / command.RESULTS)
    assert [r.settings.data for r in results] == ["ring", "digits"]
    assert len(KEPT.read_lines(evidence / command.TUNING)) == 4
    assert {"precision", "recall", "f8", "f1/8", "density", "coverage", "sharpness"} <= results[1].numbers.keys()
    assert {"modes-covered", "good-samples", "distance"} <= results[0].numbers.keys()
    for name in ("ring", "digits"):
        assert (evidence / f"{name}.svg").read_text().count("vae") >= 2
    text = target.read_text()
    assert "| `vae` | primal | torch | 1 |" in text
    assert "No seed has all of its runs yet" in text
    assert not list((tmp_path / "out/runs").iterdir())
    made = {path: path.read_bytes() for path in (target, *evidence.iterdir())}
    assert CliRunner().invoke(command.main, ["page", "--page", str(target)]).exit_code == 0
    assert {path: path.read_bytes() for path in made} == made


@pytest.mark.torch
def test_one_run_in_a_process_of_its_own(tmp_path):
    (settings,) = plan({("ring", "wae-mmd"): Setting({})}, backends=["torch"], seeds=[0], length=SHORT)
    assert running.finish([settings], KEPT, tmp_path, 1, Console(quiet=True)) == []
    found = KEPT.read(settings, tmp_path)
    assert found is not None
    assert 0 <= found.numbers["recall"].value <= 1
    assert found.floor["precision"].value > 0.5
    assert not list((tmp_path / "logs").iterdir())


@pytest.mark.torch
def test_a_run_that_was_cut_off_gives_what_an_uninterrupted_one_gives(tmp_path, few_repeats):
    (settings,) = plan({("ring", "ns-gan"): Setting({})}, backends=["torch"], seeds=[0], length=SHORT)
    data = one.rows(settings.data, settings.n)
    one.trained(msgspec.structs.replace(settings, rounds=2), data, tmp_path / "cut")
    cut, whole = (one.result(settings, tmp_path / name) for name in ("cut", "whole"))
    assert (cut.numbers, cut.curve) == (whole.numbers, whole.curve)


@pytest.mark.torch
def test_a_run_that_leaves_the_finite_numbers_has_failed(tmp_path):
    (settings,) = plan({("ring", "vae"): Setting({}, 1e30)}, backends=["torch"], seeds=[0], length=SHORT)
    found = one.result(settings, tmp_path / "run")
    assert found.failed
    assert found.numbers == {}
    KEPT.write(found, tmp_path)
    assert KEPT.read(settings, tmp_path) == found


@pytest.mark.keras
def test_the_short_form_in_keras(tmp_path, few_repeats):
    for data in ("ring", "digits"):
        (settings,) = plan({(data, "vae"): Setting({})}, backends=["keras"], seeds=[0], length=SHORT)
        one.main(text_of(settings), str(tmp_path))
        found = KEPT.read(settings, tmp_path)
        assert found is not None
        assert found.numbers.keys() == found.floor.keys()


def test_fashion_mnist_is_said_how_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr("diptych_lab.evaluation.labelled.FASHION_FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match="apt-get install dataset-fashion-mnist"):
        one.rows("fashion-mnist", 10)
