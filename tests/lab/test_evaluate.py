"""Evaluation of arrays, files and runs: numbers beside those of the data, pure, and kept as JSON and pages."""

import json
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from diptych.metrics import METRICS
from diptych_lab import evaluate, load, load_data, train
from diptych_lab.evaluation import latent, record
from diptych_lab.evaluation.catalogue import GROUPS, MEASURES, chosen
from diptych_lab.evaluation.table import html, markdown, table

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(400, 3))
SHIFTED = RNG.normal(size=(150, 3)) + 3
FEW = ["sliced-w1", "precision-recall"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of a VAE in PyTorch on the ring, with rows held out."""
    out = tmp_path_factory.mktemp("runs") / "vae"
    return train("vae", data="ring", backend="torch", out=out, rounds=3, width=8, held_out=0.1, latent=2), out


def same(a, b):
    return replace_made(a) == replace_made(b)


def replace_made(found):
    return msgspec.structs.replace(found, made=msgspec.structs.replace(found.made, at=""))


def test_samples_beside_the_data():
    """At one n, half of the reference against the other half: near 0 where the laws are equal, else not."""
    found = evaluate({"shifted": SHIFTED, "same": RNG.normal(size=(300, 3))}, REAL, metrics=FEW)
    assert (found.subjects, found.floor, found.dimensions) == (("shifted", "same"), ("data",), 3)
    assert {(number.n, number.n_real) for number in found.numbers} == {(150, 150)}
    assert [number.number for number in found.numbers] == 3 * ["sliced-w1", "precision", "recall"]
    far, near, floor = (found.of(name)["sliced-w1"].value for name in ("shifted", "same", "data"))
    assert far > 5 * near
    assert near < 3 * floor
    assert found.of("shifted")["precision"].value < 0.2 < 0.6 < found.of("same")["precision"].value
    assert all(number.low <= number.value <= number.high and number.interval for number in found.numbers)


def test_the_floor_holds_none_of_the_rows_it_is_compared_with():
    """Rows of a reference that are all far apart: one that stood on both sides would be at distance 0."""
    found = evaluate(REAL, np.arange(40.0)[:, None] ** 2 + np.zeros((1, 3)), metrics="exact-w1", n=20)
    assert found.of("data")["exact-w1"].value > 0


def test_it_is_a_pure_function_of_its_inputs():
    first, again, other = (evaluate(SHIFTED, REAL, metrics=FEW, n=100, seed=seed) for seed in (0, 0, 1))
    assert same(first, again)
    assert first.of("array")["sliced-w1"].value != other.of("array")["sliced-w1"].value


def test_every_metric_of_two_samples_has_its_numbers():
    """All that are in the catalogue of metrics, and those that the lab adds, on as few rows as c2st takes."""
    two = [*METRICS, "prd", "c2st-logistic", "c2st-knn", "exact-w1", "exact-w2"]
    found = evaluate(SHIFTED, REAL, metrics=two, n=60)
    named = {number.metric: set() for number in found.numbers}
    for number in found.numbers:
        named[number.metric].add(number.number)
    assert named == {name: set(MEASURES[name].numbers) for name in two}


def test_names_and_groups():
    assert list(chosen(["coverage", "kid"])) == [MEASURES[name] for name in (*GROUPS["coverage"], "kid")]
    assert all(name in MEASURES for names in GROUPS.values() for name in names)
    for measure in MEASURES.values():
        assert measure.better.keys() == set(measure.numbers)
        assert measure.title
        assert measure.source
        assert measure.says
        assert measure.does_not_say
    names = [number for measure in MEASURES.values() for number in measure.numbers]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metrics": "fdd"}, r"unknown metric 'fdd'; did you mean"),
        ({"metrics": ()}, "metrics must be one or more of "),
        ({"n": 1}, "n must be a whole number of at least 2, got 1"),
        ({"n": 201}, "data has 200 rows for n = 201, half of 400, .*choose --n 200 or less"),
        ({"sample": SHIFTED, "n": 151}, "array has 150 rows for n = 151; choose --n 150 or less"),
        ({"seed": -1}, "seed must be"),
        ({"sample": np.zeros((9, 4))}, r"rows of array have shape \(4,\), those of array in memory \(3,\)"),
        ({"data": None}, "array is no run: name the data to compare it with, --data"),
        ({"data": np.ones((50, 3))}, "features pixels of data: all 25 rows have the same"),
        ({"metrics": "reconstruction"}, "no reconstruction of array: it needs a run of a method with an encoder"),
        ({"metrics": "memorisation"}, "no memorisation of array: it needs rows that were held out"),
        ({"metrics": "modes"}, "no modes of array: it knows the modes of the ring and the grid only"),
        ({"metrics": "precision-recall", "n": 3}, "precision-recall of data: .* at least 4 rows, got 3"),
        ({"metrics": "c2st-knn", "n": 20}, "c2st-knn of data: .*20 rows of a sample are too few for 5 folds"),
        ({"features": lambda rows: np.full((len(rows), 2), np.inf)}, "of data: inf at row 0, feature 0"),
        ({"sample": {"data": REAL}}, r"a sample cannot be called 'data', .* \./data is a path"),
        ({"sample": {"": REAL}}, "samples need names of their own"),
        ({"sample": np.array([[np.nan] * 3])}, "array in memory: nan at row 0"),
    ],
)
def test_bad_input_is_one_clear_error(change, said):
    sample, data = change.pop("sample", REAL), change.pop("data", REAL)
    with pytest.raises(ValueError, match=said):
        evaluate(sample, data, **{"metrics": FEW, **change})


@pytest.mark.torch
def test_a_run_against_the_rows_it_held_out(trained):
    """Floor, rows trained on, and what takes a split, a model or a known truth."""
    run, out = trained
    names = ["fd", "memorisation", "authenticity", "modes", "model"]
    found = evaluate(run, metrics=names)
    assert found.floor == ("held-out data", "rows trained on")
    assert found.reference == "held-out data, ring"
    own, data = found.of("vae"), found.of("rows trained on")
    measured = {each for name in chosen(names) for each in name.numbers}
    assert own.keys() == measured - {"modes-kl"}  # no sample is good yet
    assert data.keys() == {number for name in names[:-1] for number in MEASURES[name].numbers}
    assert (own["fd"].n, own["fd"].n_real) == (409, 409)  # half of a tenth of 8192
    assert data["modes-covered"].value == 8
    assert data["authenticity"].value == 0  # each of them lies at distance 0 from itself
    assert own["elbo"].value <= own["iwae-10"].value + 1e-9 <= own["iwae-100"].value + 2e-9
    assert same(found, evaluate(out, metrics=names)) is False  # another name, and else the same:
    assert same(evaluate({"vae": load(out)}, metrics=names), found)


@pytest.mark.torch
def test_numbers_of_a_model_are_those_of_its_own_functions(trained):
    run, _ = trained
    x = load_data("ring").x[:50]
    compared = replace(latent_inputs(x), run=run)
    error = ((run.reconstruct(x).astype("float64") - x) ** 2).sum(1)
    found = MEASURES["reconstruction"].estimate(compared, 0)["reconstruction"]
    assert found.value == pytest.approx(error.mean(), rel=1e-12)
    bounds = MEASURES["likelihood"].estimate(compared, 3)
    expected = run.model.log_likelihood(x, draws=max(latent.DRAWS), seed=3).mean()
    assert bounds[f"iwae-{max(latent.DRAWS)}"].value == pytest.approx(expected, rel=1e-12)


def latent_inputs(x):
    from diptych_lab.evaluation.measure import Compared

    return Compared(x, x, x, x)


@pytest.mark.torch
def test_runs_that_hold_out_none_are_compared_with_their_data(tmp_path, trained):
    said = []
    for name in ("a", "b"):
        train("gmmn", data="ring", backend="torch", out=tmp_path / name, rounds=2, width=4, latent=2)
    found = evaluate([tmp_path / "a", tmp_path / "b"], metrics="sliced-w1", n=50, say=said.append)
    assert found.floor == ("data",)
    assert found.of(str(tmp_path / "a"))["sliced-w1"].value == found.of(str(tmp_path / "b"))["sliced-w1"].value
    assert said[0] == f"{tmp_path / 'a'}: compared with rows that it may have been trained on; " \
        "train with --held-out 0.1 to have others"  # fmt: skip
    other = evaluate(tmp_path / "a", RNG.normal(size=(100, 2)), metrics="memorisation", n=20)
    assert "memorisation-p" in other.of(str(tmp_path / "a"))  # other rows than it was trained on
    both = evaluate([tmp_path / "a", trained[1]], metrics="sliced-w1", n=50)
    assert both.floor == (f"data of {tmp_path / 'a'}", f"held-out data of {trained[1]}",
                          f"rows trained on of {trained[1]}")  # fmt: skip


def test_json_is_read_again_and_held_to_its_type(tmp_path):
    found = evaluate(SHIFTED, REAL, metrics="sliced-w1", n=30)
    path = tmp_path / "evaluation.json"
    path.write_text(found.text())
    assert record.read(path) == found
    document = json.loads(found.text())
    for change in (
        {"format": 2},
        {"seed": "0"},
        {"more": 1},
        {"numbers": [{**document["numbers"][0], "value": None}]},
        {"numbers": [{**document["numbers"][0], "better": "up"}]},
    ):
        path.write_text(json.dumps({**document, **change}))
        with pytest.raises(ValueError, match=r"evaluation\.json: no evaluation that can be read"):
            record.read(path)


def test_pages_hold_every_number_and_no_markup_of_others():
    found = evaluate({"<b>|x": SHIFTED}, REAL, metrics=FEW, n=30)
    for page in (markdown(found), html(found)):
        assert "<b>|x" not in page
        for number in found.numbers:
            assert f"{number.value:.4g}" in page
            assert f"{number.low:.4g} to {number.high:.4g}" in page
        for name in FEW:
            assert MEASURES[name].source in page
    assert "<script" not in html(found)
    assert table(found).row_count == len(found.numbers)


def test_the_command(run, tmp_path):
    np.save(tmp_path / "x.npy", SHIFTED)
    np.save(tmp_path / "real.npy", REAL)
    command = ["evaluate", tmp_path / "x.npy", "--data", tmp_path / "real.npy", "--metrics", ",".join(FEW)]
    result = run(*command, "--n", 40, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = record.read(tmp_path / "out" / "evaluation.json")
    for number in found.numbers:
        assert f"{number.value:.4g}" in result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"evaluation.{suffix}" for suffix in ("json", "md", "html")
    }
    printed = run(*command, "--n", 40, "--json")
    assert same(msgspec.convert(json.loads(printed.stdout), record.Evaluation), found)


def test_bad_commands(refused, tmp_path):
    np.save(tmp_path / "x.npy", REAL)
    x = tmp_path / "x.npy"
    assert "Missing argument 'RUN [RUN ...]'" in refused("evaluate")
    assert "unknown data 'nothing'" in refused("evaluate", "nothing", "--data", x)
    assert "unknown metric 'fdd'" in refused("evaluate", x, "--data", x, "--metrics", "fdd,kid")
    assert "x.npy is no run: name the data to compare it with, --data" in refused("evaluate", x)
    (tmp_path / "evaluation.md").write_text("mine")
    there = refused("evaluate", x, "--data", x, "--out", tmp_path)
    assert f"{tmp_path / 'evaluation.md'} exists; choose another --out, or pass --overwrite" in there
    assert "is no folder" in refused("evaluate", x, "--data", x, "--out", x)
