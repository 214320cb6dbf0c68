"""Whatever stands in a file or on the command line: exit status 0 or 2, at most one line of error, no traceback.

DIPTYCH_FUZZ=2000 tries so many a test, `nox -s fuzz` does it; derandomised, so that a failure comes again.
"""

import contextlib
import json
import os
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save
from tests.conformance import toy
from tests.conformance.changed import changed

import diptych
from diptych.algebra import aggregate, encoders
from diptych.composition import from_record, to_record
from diptych.costs import squared_l2
from diptych.divergences import KL, f_gan, maximum_mean_discrepancy, with_r1
from diptych.kernels import energy, rbf
from diptych.schedules import Lazy
from diptych_conformance import Scope, Selection
from diptych_conformance import run as conform
from diptych_conformance.report import earlier, read, write
from diptych_lab import checkpoint, evaluate, evaluations, load, run
from diptych_lab.command_line import main
from diptych_lab.evaluation import record

TRIES = int(os.environ.get("DIPTYCH_FUZZ", "25"))
few = settings(
    max_examples=TRIES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
MOST_MEMORY = 64 << 20  # bytes; a file of a few kilobytes must not want more
DATA = np.random.default_rng(0).uniform(size=(40, 3))
SETTINGS = {"width": 2, "latent": 1, "batch": 10, "dtype": "float64", "log_every": 1, "say": lambda line: None}

scalars = (
    st.none() | st.booleans() | st.floats() | st.text(max_size=8)
    | st.integers(-(10**30), 10**30) | st.sampled_from([0, 1, -1, "6", 1.5, "os:system", "\x1b[2J", "../../x"])
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)


def places(document):
    """Every place in a JSON document, as a path of keys."""
    found = [()]
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in items:
        found += [(key, *rest) for rest in places(value)]
    return found


@st.composite
def forged(draw, document):
    """The document with one thing wrong, or as it is; or no document at all."""
    place = draw(st.sampled_from(places(document)))
    return changed(document, place, draw(values | st.just(...)) if place else draw(values))


def mangled(content):
    """Bytes cut, doubled, overwritten: what a disk or a hand may do to a file."""
    position = st.integers(0, len(content))
    return st.one_of(
        position.map(lambda i: content[:i]),
        st.tuples(position, st.binary(max_size=12)).map(
            lambda p: content[: p[0]] + p[1] + content[p[0] + len(p[1]) :]
        ),
        st.tuples(position, position).map(lambda p: content[: max(p)] + content[min(p) :]),
        st.binary(max_size=60),
        st.sampled_from(
            [b"[" * 100000, b'{"a":' * 100000, b"\xff\xfe{}", b"9" * 5000, b"NaN", b'{"round": 1e999}\n']
        ),
    )


@pytest.fixture(scope="module")
def trained():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        run.train("ae", data=DATA, backend=toy.Toy(), out=path, rounds=3, checkpoint_every=2, **SETTINGS)
        yield path


def refuses_or_takes(folder):
    """Load and resume the run: each works, or raises one of the errors that the command line tells in a line."""
    for attempt in (
        lambda: load(folder, backend=toy.Toy()).sample(2),
        lambda: run.train("ae", data=DATA, backend=toy.Toy(), out=folder, rounds=4, resume=True, **SETTINGS),
    ):
        tracemalloc.start()
        try:
            attempt()
        except (ValueError, OSError) as error:
            said = str(error)
        else:
            said = "taken"
        finally:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert said
        assert peak < MOST_MEMORY


HEAD = evaluations.Head(("kid",), 2, "pixels", 9, "kid", "low", {"kid": (0.0, -1.0, 1.0)})
LINES = [evaluations.line(HEAD), *(evaluations.line(evaluations.Evaluated(t, HEAD.floor)) for t in (2, 4, 6))]


def believed_or_refused(read, content):
    """A reader of one file gives a record, or raises ValueError with the file's name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        said = ""
        try:
            read(path)
        except ValueError as error:
            said = str(error)
        assert not said or str(path) in said


@few
@given(st.data())
def test_evaluations_of_a_run(data):
    at = data.draw(st.integers(0, len(LINES) - 1))
    line = json.dumps(data.draw(forged(json.loads(LINES[at])))) + "\n"
    forgery = "".join([*LINES[:at], line, *LINES[at + 1 :]]).encode()
    content = data.draw(st.one_of(mangled("".join(LINES).encode()), st.just(forgery)))

    def read(path):
        found = evaluations.read(path, 5)
        evaluations.Best.of(found.rows, found.head.by, found.head.better)

    believed_or_refused(read, content)


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(DATA[:20], DATA, metrics="kid", n=5).text()


@few
@given(data=st.data())
def test_an_evaluation(evaluation, data):
    forgery = json.dumps(data.draw(forged(json.loads(evaluation)))).encode()
    believed_or_refused(record.read, data.draw(st.one_of(mangled(evaluation.encode()), st.just(forgery))))


def copied(trained, name, content):
    folder = Path(tempfile.mkdtemp(dir=trained.parent))
    shutil.copytree(trained, folder, dirs_exist_ok=True)
    (folder / name).write_bytes(content)
    try:
        refuses_or_takes(folder)
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "sessions.jsonl", "checkpoint.safetensors"])
@few
@given(data=st.data())
def test_files_of_a_run_that_were_mangled(trained, name, data):
    copied(trained, name, data.draw(mangled((trained / name).read_bytes())))


@few
@given(data=st.data())
def test_configs_with_a_field_forged(trained, data):
    text = json.dumps(data.draw(forged(json.loads((trained / "config.json").read_text()))))
    copied(trained, "config.json", text.encode())


COMPOSITION = to_record(
    diptych.hybrid(
        squared_l2(2.0),
        with_r1(f_gan(KL), Lazy(1.0, 4)),
        latent=aggregate(maximum_mean_discrepancy(rbf([1.0, 2.0]) + 2 * energy())),
        encoder=encoders.implicit(3),
    )
)


@few
@given(forged(COMPOSITION))
def test_compositions_with_a_part_forged(record):
    """Each gives a method or a ValueError, and nothing else."""
    with contextlib.suppress(ValueError):
        assert isinstance(from_record(record), diptych.Method)


@pytest.mark.parametrize("name", ["metrics.jsonl", "sessions.jsonl"])
@few
@given(data=st.data())
def test_lines_with_a_field_forged(trained, name, data):
    lines = [json.loads(line) for line in (trained / name).read_text().splitlines()]
    found = data.draw(st.lists(st.sampled_from(lines).flatmap(forged), max_size=4) | st.permutations(lines))
    copied(trained, name, "".join(json.dumps(line) + "\n" for line in found).encode())


@few
@given(data=st.data())
def test_checkpoints_forged_with_a_right_checksum(trained, data):
    content = (trained / "checkpoint.safetensors").read_bytes()
    tensors = load_tensors(content)
    size = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["diptych"])
    del header["checksum"]
    if data.draw(st.booleans()):
        header = data.draw(forged(header))
    else:
        name = data.draw(st.sampled_from(sorted(tensors)))
        kinds = [np.nan, np.inf, "float32", "int8", "gone", "longer"]
        match data.draw(st.sampled_from(kinds)):
            case "gone":
                del tensors[name]
            case "longer":
                tensors[name] = np.zeros((*tensors[name].shape, 2))
            case str(dtype):
                tensors[name] = tensors[name].astype(dtype)
            case number:
                tensors[name] = np.full(tensors[name].shape, number)
    if isinstance(header, dict):
        header["checksum"] = checkpoint._checksum(json.loads(json.dumps(header)), tensors)
    copied(trained, "checkpoint.safetensors", save(tensors, {"diptych": json.dumps(header)}))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write(
        [
            conform(
                toy.Toy(), Selection(Scope.QUICK, levels=("objectives",), methods=("ns-gan",), dtypes=("float64",))
            )
        ],
        folder,
    )
    return folder


def read_or_refused(report, name, content):
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(report, copy, dirs_exist_ok=True)
        (Path(copy) / name).write_bytes(content)
        for reading in (lambda: earlier(Path(copy) / "conformance.json"), lambda: read(Path(copy))):
            with contextlib.suppress(ValueError):
                reading()


@few
@given(data=st.data())
def test_reports_with_a_field_forged(report, data):
    document = json.loads((report / "conformance.json").read_text())
    document["backends"][0]["cases"] = document["backends"][0]["cases"][:2]
    read_or_refused(report, "conformance.json", json.dumps(data.draw(forged(document))).encode())


@pytest.mark.parametrize("name", ["conformance.json", "arrays.npz"])
@few
@given(data=st.data())
def test_reports_that_were_mangled(report, name, data):
    read_or_refused(report, name, data.draw(mangled((report / name).read_bytes())))


words = st.text(st.characters(exclude_characters="\0"), max_size=12)
numbers = st.one_of(
    words, st.integers().map(str), st.floats().map(str), st.sampled_from(["1" * 5000, "-1", "0", "1e400"])
)
OPTIONS = {
    "--rounds": st.sampled_from(["1", "0", "-3", "1.5", "x", "1" * 5000]),
    "--set": words | words.map("weight={}".format),
    "--batch": numbers, "--latent": numbers, "--architecture": words | st.sampled_from(["conv", "dcgan", "MLP"]),
    "--width": numbers | st.just("100000"), "--optimizer": words, "--learning-rate": numbers, "--seed": numbers,
    "--dtype": words | st.sampled_from(["FLOAT32", "float16"]), "--device": words, "--execution": words,
    "--log-every": numbers, "--checkpoint-every": numbers, "--resume": st.none(), "--out": words, "--data": words,
    "--backend": words | st.sampled_from(["os:system", "a:b", ":", "torch:"]), "--n": numbers,
    "--reconstruct": st.none(), "--overwrite": st.none(), "--debugg": st.none(),
}  # fmt: skip
arguments = st.lists(
    st.sampled_from(sorted(OPTIONS)).flatmap(lambda o: st.tuples(st.just(o), OPTIONS[o])), max_size=3
)


@few
@given(
    command=st.sampled_from(["train", "sample", "methods", "backend", "", "\x1b[31m"]) | words,
    name=words | st.just("ae"),
    more=arguments,
)
def test_command_lines(command, name, more):
    """On three rows of data and the toy, so that what is taken is soon done."""
    line = [command, name]
    if command == "train":
        given = {"--data": "x.npy", "--backend": "tests.conformance.toy:Toy", "--out": "run", "--rounds": "1",
                 "--batch": "3", "--width": "2", "--dtype": "float64"}  # fmt: skip
        line += [word for option in given.items() if option[0] not in dict(more) for word in option]
    line += [word for option, value in more for word in ((option,) if value is None else (option, value))]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        np.save("x.npy", DATA[:3, :1])
        result = CliRunner().invoke(main, line)
    assert result.exit_code in (0, 2), (line, result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), (line, result.exception)
    if result.exit_code == 2:
        assert len(result.stderr.splitlines()) == 1, (line, result.stderr)
        assert "\x1b" not in result.stderr
