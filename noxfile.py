"""Every command a contributor or CI runs. `nox -l` lists them; `nox -s tests` is the one that must pass."""

import shutil
from pathlib import Path

import nox

nox.options.sessions = ["tests", "lint", "types"]
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"

PINS = ("-c", "constraints.txt")
PROJECT = nox.project.load_toml("pyproject.toml")
TESTS = nox.project.dependency_groups(PROJECT, "test")
COMPARED = ("torchmetrics==1.9.0", "torch-fidelity==0.4.0", "prdc==0.2", "scipy>=1.13")
# One framework a process: with both loaded, their thread pools fight and a step takes twenty times as long.
# One thread a framework: the networks of the tests gain nothing from a second, and on a busy machine two spin.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}


@nox.session
def tests(session: nox.Session) -> None:
    """All tests: the spec, lab and suite without a framework, then each backend in a process of its own."""
    session.install(*PINS, "-e", ".[all]", *TESTS)
    for marks in ("not torch and not keras", "torch", "keras"):
        session.run("pytest", "-m", marks, "-n", "2", "--dist", "worksteal", *session.posargs, env=ENVIRONMENT)


@nox.session(reuse_venv=False)  # pip would keep an older wheel of the same version
def tests_torch_only(session: nox.Session) -> None:
    """The wheel with the torch extra alone imports, trains and conforms."""
    single_framework(session, "torch", absent=("tensorflow",))


@nox.session(reuse_venv=False)  # pip would keep an older wheel of the same version
def tests_keras_only(session: nox.Session) -> None:
    """The wheel with the keras extra alone imports, trains and conforms."""
    single_framework(session, "keras", absent=("torch",))


@nox.session(reuse_venv=False)  # pip would keep an older wheel of the same version
def tests_jax(session: nox.Session) -> None:
    """The wheel, with a port of another distribution beside it, trains and conforms: `examples/diptych-jax`.

    CI has some levels of scope `quick` of it, for the time it takes: it is not part of what is released.
    """
    port = Path("examples/diptych-jax").resolve()
    single_framework(session, "jax", "jax", str(port), absent=("torch", "tensorflow"))
    session.run("pytest", "-o", "addopts=", str(port), env=ENVIRONMENT)  # its own tests; the suite's have run


def single_framework(session: nox.Session, backend: str, *packages: str, absent: tuple[str, ...]) -> None:
    """`packages` bring the backend; where there are none, this distribution's extra of its name does."""
    extras = "conformance,lab" if packages else f"{backend},conformance,lab"
    session.install(*PINS, f"{build_wheel(session)}[{extras}]", *packages, *TESTS)
    found = f"[name for name in {absent} if importlib.util.find_spec(name)]"
    session.run("python", "-c", f"import importlib.util; found = {found}; assert not found, f'{{found}} installed'")
    runs = Path(session.create_tmp()).resolve()
    session.chdir(runs)  # away from the source tree: what is imported is the wheel
    shutil.rmtree(runs / "run", ignore_errors=True)
    train = ("train", "wae-mmd", "--data", "digits", "--backend", backend, "--rounds", "50", "--out", "run")
    session.run("diptych", *train, env=ENVIRONMENT)
    chosen = session.posargs or ("--scope", "standard")
    run_conformance(session, (backend,), *chosen, "--report", "conformance")


@nox.session(reuse_venv=False)  # as above
def port(session: nox.Session) -> None:
    """The wheel without any framework begins a port, and the suite says what it wants first."""
    session.install(f"{build_wheel(session)}[conformance]")
    folder = Path(session.create_tmp()).resolve()
    session.chdir(folder)
    shutil.rmtree(folder / "diptych-fresh", ignore_errors=True)
    session.run("python", "-m", "diptych_conformance.port", "fresh", "--into", ".")
    session.install("-e", "./diptych-fresh")
    suite = ("python", "-m", "diptych_conformance", "--backend", "fresh", "--scope", "quick", "--first")
    said = str(session.run(*suite, success_codes=[1], silent=True))
    session.log(said)
    if "\nnext: primitives/" not in said:  # 1 is the status of a traceback, too
        session.error("the suite does not say what it wants first")


@nox.session
def conformance(session: nox.Session) -> None:
    """Cross-backend conformance, each backend in its own process: `nox -s conformance -- --scope quick`."""
    session.install(*PINS, "-e", ".[all]")
    args = session.posargs or ("--scope", "standard", "--report", "reports/conformance")
    run_conformance(session, ("torch", "keras"), *args)


@nox.session(reuse_venv=False)  # an environment of its own for each: what it finds must be of that age
@nox.parametrize("age", ["oldest", "newest"])
@nox.parametrize("backend", ["torch", "keras"])
def conformance_versions(session: nox.Session, backend: str, age: str) -> None:
    """Conformance at both ends of the declared ranges: the lower bounds exactly, and the latest there is."""
    declared = (*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"][backend])
    wanted = [line.replace(">=", "==") for line in declared] if age == "oldest" else ["--upgrade", *declared]
    session.install(*wanted, "pytest")
    session.install("--no-deps", "-e", ".")
    session.run("python", "-m", "pip", "check")
    args = session.posargs or ("--scope", "quick")
    run_conformance(session, (backend,), *args, "--report", f"reports/versions/{backend}-{age}")


def run_conformance(session: nox.Session, backends: tuple[str, ...], *args: str) -> None:
    chosen = [word for name in backends for word in ("--backend", name)]
    session.run("python", "-m", "diptych_conformance", *chosen, *args, env=ENVIRONMENT)


@nox.session
def sensitivity(session: nox.Session) -> None:
    """The smallest error of every term of every loss that the suite still sees: docs/evidence/sensitivity.md."""
    session.install(*PINS, "-e", ".[torch,conformance]")
    files = ("--page", "docs/evidence/sensitivity.md", "--report", "reports/sensitivity.json")
    words = ("--backend", "torch", *files, *session.posargs)
    session.run("python", "-m", "diptych_conformance.sensitivity", *words, env=ENVIRONMENT)


@nox.session
def seeds(session: nox.Session) -> None:
    """Health raises no alarm: 200 seeds in PyTorch; `nox -s seeds -- --scope standard --seeds 20` takes as long."""
    session.install(*PINS, "-e", ".[torch,conformance]")
    words = ("--backend", "torch", "--report", "reports/seeds.json", *session.posargs)
    session.run("python", "-m", "diptych_conformance.sensitivity.seeds", *words, env=ENVIRONMENT)


@nox.session
def lint(session: nox.Session) -> None:
    """Style (ruff) and who may import whom (import-linter)."""
    session.install("-e", ".", "ruff", "import-linter")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict on the spec; and what it and pyright make of a user's right and wrong code, line by line."""
    session.install(*PINS, "-e", ".[all]", "mypy", "pyright[nodejs]")
    packages = ("diptych", "diptych_torch", "diptych_keras", "diptych_conformance", "diptych_lab")
    session.run("mypy", *(word for package in packages for word in ("-p", package)))
    session.run("mypy", "-p", "experiments")
    session.run("python", "tests/types/check.py")


@nox.session
def demo(session: nox.Session) -> None:
    """Train in both backends from one start, compare, conform, and write demo/index.html."""
    session.install(*PINS, "-e", ".[all]")
    session.run("python", "-m", "diptych_lab.demo", "--out", "demo", *session.posargs, env=ENVIRONMENT)


@nox.session
def docs(session: nox.Session) -> None:
    """What is made from the code: docs/methods, docs/array_api.md and docs/evidence/faults.md."""
    session.install(*PINS, "-e", ".[lab,conformance]")
    session.run("python", "-m", "diptych_lab.pages", "docs/methods")
    session.run("python", "-m", "diptych_conformance.faults", "docs/evidence/faults.md")
    session.run("python", "-m", "diptych_conformance.report.array_api", "docs/array_api.md")


@nox.session
def catalogue(session: nox.Session) -> None:
    """Every method, 200 rounds in both backends on the digits and on Fashion-MNIST: docs/evidence/training.md."""
    session.install(*PINS, "-e", ".[all]")
    for data in session.posargs or ("digits", "fashion-mnist"):
        for backend in ("torch", "keras"):
            words = ("run", "--backend", backend, "--data", data, "--out", "reports/training")
            session.run("python", "benchmarks/training.py", *words, env=ENVIRONMENT)
    reports = sorted(str(path) for path in Path("reports/training").glob("*.json"))
    session.run("python", "benchmarks/training.py", "table", "--out", "docs/evidence/training.md", *reports)


@nox.session
def mutation(session: nox.Session) -> None:
    """The suite against mutants of the spec and of both backends: `nox -s mutation -- --sample 500 --seed 7`."""
    session.install(*PINS, "-e", ".[torch,keras,conformance]")
    args = session.posargs or ("--sample", "30")
    session.run("python", "-m", "tests.mutation", "unmet", env=ENVIRONMENT, success_codes=(0, 1))
    for target in ("spec", "torch", "keras"):
        out = f"reports/mutation/{target}.json"
        session.run("python", "-m", "tests.mutation", "run", target, *args, "--out", out, env=ENVIRONMENT)


@nox.session
def kills(session: nox.Session) -> None:
    """A hundred kills of runs in each backend: `nox -s kills -- --kills 500 --seed 7`."""
    session.install(*PINS, "-e", ".[all]", *TESTS)
    args = session.posargs or ("--kills", "100")
    for backend in ("toy", "torch", "keras"):
        session.run("python", "-m", "tests.lab.killing", backend, *args, env=ENVIRONMENT)


@nox.session
def fuzz(session: nox.Session) -> None:
    """A thousand tries for each file that is read, data too, and for the command line: `nox -s fuzz -- 5000`."""
    session.install(*PINS, "-e", ".[conformance,lab]", *TESTS)
    tries = session.posargs[0] if session.posargs else "1000"
    files = ("tests/lab/test_fuzz.py", "tests/lab/test_data_fuzz.py")
    session.run("pytest", *files, env={**ENVIRONMENT, "DIPTYCH_FUZZ": tries})


@nox.session
def bench(session: nox.Session) -> None:
    """A round of each method against hand-written code in the same framework: `docs/evidence/speed.md`."""
    session.install(*PINS, "-e", ".[all]")
    reports = [f"reports/bench-{backend}.json" for backend in ("torch", "keras")]
    for backend, report in zip(("torch", "keras"), reports, strict=True):
        session.run(
            "python",
            "benchmarks/bench.py",
            "--backend",
            backend,
            "--out",
            report,
            *session.posargs,
            env=ENVIRONMENT,
        )
    session.run("python", "benchmarks/page.py", "--out", "docs/evidence/speed.md", *reports)


@nox.session
def bench_metrics(session: nox.Session) -> None:
    """Time and memory of the metrics, beside prdc's: `nox -s bench_metrics -- --full` takes some minutes."""
    session.install(*PINS, "-e", ".[torch,lab]", *COMPARED)
    session.run("python", "benchmarks/metrics.py", *session.posargs, env=ENVIRONMENT)


@nox.session
def compare_metrics(session: nox.Session) -> None:
    """The metrics beside torchmetrics', torch-fidelity's, prdc's, POT's and SciPy's: docs/evidence/metrics.md.

    The tests of features by torch-fidelity run here, where it is installed.
    """
    session.install(*PINS, "-e", ".[torch,transport,lab]", *COMPARED, *TESTS)
    session.run("pytest", "-o", "addopts=--import-mode=importlib", "tests/lab/test_fidelity.py", env=ENVIRONMENT)
    session.run("python", "benchmarks/compare_metrics.py", "docs/evidence/metrics.md", env=ENVIRONMENT)


@nox.session
def precision_recall(session: nox.Session) -> None:
    """Dual, primal and hybrid methods, in a night: docs/precision_recall.md; `-- --only ring` is a part."""
    session.install(*PINS, "-e", ".[all]")
    words = ("run", "--jobs", "2", *session.posargs)
    session.run("python", "-m", "experiments.precision_recall", *words, env=ENVIRONMENT)


@nox.session
def evidence(session: nox.Session) -> None:
    """Every method shown to work: docs/evidence/methods.md; `-- run --only ring --seeds 0` is a part."""
    session.install(*PINS, "-e", ".[all]")
    words = session.posargs or ("run", "--jobs", "2")
    session.run("python", "-m", "experiments.evidence", *words, env=ENVIRONMENT)


@nox.session
def known(session: nox.Session) -> None:
    """Results of papers that can be computed, in both frameworks, in half an hour: docs/known_results.md."""
    session.install(*PINS, "-e", ".[all]")
    for result in ("dirac-gan", "disjoint", "primal-dual", "estimates", "posteriors"):
        for backend in ("torch", "keras"):
            words = ("make", result, "--backend", backend)
            session.run("python", "-m", "experiments.known", *words, env=ENVIRONMENT)


@nox.session
def build(session: nox.Session) -> None:
    """Wheel and source distribution, in dist/."""
    session.install("build")
    session.run("python", "-m", "build", "--outdir", "dist")


def build_wheel(session: nox.Session) -> Path:
    session.install("build")
    folder = Path(session.create_tmp()).resolve() / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--outdir", str(folder), silent=True)
    (wheel,) = folder.glob("*.whl")
    return wheel
