"""``diptych export``: what a run has learned, as a file that runs without diptych, checked as it is written."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple, cast

import click
import numpy as np
from rich.console import Console

import diptych
from diptych import atomic, checks, randomness
from diptych.noise import Shape
from diptych.protocol import HasExport
from diptych_lab.checkpoint_options import checkpoint_options
from diptych_lab.commands import speaker
from diptych_lab.own_network_options import OwnNetworks
from diptych_lab.paths import path
from diptych_lab.quiet import without_info_logs
from diptych_lab.sample_files import check_target
from diptych_lab.trained import Run, load

WRITERS = {"torch": "torch", "keras": "keras", "onnx": "torch"}  # by which backend
ENDINGS = {"torch": ".pt2", "keras": ".keras", "onnx": ".onnx"}
PARTS = ("sample", "encode", "reconstruct")
TOLERANCE = 1e-5  # between the file and the run, relative to the largest number that the run gives, or to 1
_ROWS = (1, 2, 7)


class Part(NamedTuple):
    """f(nets, ops=ops, **{name: rows}), of rows of such events."""

    f: Callable[..., Any]
    name: str
    event: Shape


def exported(run: Run, to: str, part: str = "sample") -> tuple[bytes, float]:
    """The bytes of a file that holds `part` of a run, and how far what it gives is from what the run gives.

    `sample` is (n, *latent) -> (n, *event), draws of the prior to samples; `encode` (n, *event) -> (n, latent) and
    `reconstruct` (n, *event) -> (n, *event) are of methods that have an encoder. Events are channels-last, columns
    of a table as they are scaled; averages of weights are used where the run keeps them. `to` is torch (an exported
    program, ``.pt2``), keras (``.keras``) or onnx, of operations that those have themselves.

    The file is read again by the framework alone, and compared with the run on rows drawn at random:
    FloatingPointError where they are further apart than 1e-5. ValueError for another `to` or `part`, and where the
    method has no encoder.
    """
    checks.choice("to", to, WRITERS)
    found = _part(run, cast(Any, checks.choice("part", part, PARTS)))
    roles = _roles(run, found)
    for role in roles:
        if role not in run.config.described:
            raise ValueError(f"{role} is a module of your own: export run.model.module({role!r}) by its framework")
    weights = run.model.averages()
    backend = cast(HasExport, diptych.backend(WRITERS[to]))
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"exported{ENDINGS[to]}"
        loaded = backend.export(
            lambda nets, x, ops: found.f(nets, ops=ops, **{found.name: x}),
            {role: run.config.networks[role] for role in roles},
            {role: weights[role] for role in roles},
            found.event,
            file,
            dtype=run.config.dtype,
        )
        apart = max(_apart(run, found, loaded, n) for n in _ROWS)
        if not apart <= TOLERANCE:
            raise FloatingPointError(f"{to}: what was written gives other numbers than the run, {apart:.1e} apart")
        return file.read_bytes(), apart


def _part(run: Run, part: Literal["sample", "encode", "reconstruct"]) -> Part:
    method, shapes = run.method, run.config.shapes
    if part == "sample":
        return Part(method.generate, "z", method.shapes(shapes)[method.prior.like])
    return Part(method.of_encoder(part), "x", shapes["data"])


def _rows(run: Run, part: Part, n: int) -> np.ndarray:
    """(n, *event): draws of the prior, or numbers in [0, 1), which rows of images are."""
    stream = randomness.generator(0, "export", n)
    if part.name == "z":
        rows = run.method.prior.sample(stream, n, run.method.shapes(run.config.shapes))
    else:
        rows = stream.random((n, *part.event))
    return rows.astype(run.config.dtype)


def _roles(run: Run, part: Part) -> list[str]:
    """The networks that the part calls."""
    called: dict[str, None] = {}

    class Noted:
        def __init__(self, nets: Any) -> None:
            self._nets = nets

        def __getattr__(self, role: str) -> Any:
            called[role] = None
            return getattr(self._nets, role)

    def noted(nets: Any, ops: Any, **rows: Any) -> Any:
        return part.f(Noted(nets), ops=ops, **rows)

    run.model.backend.call(noted, run.model.nets, {part.name: _rows(run, part, 1)})
    return list(called)


def _apart(run: Run, part: Part, loaded: Callable[[np.ndarray], np.ndarray], n: int) -> float:
    """How far the file's numbers are from the run's; infinite where they are not of one shape."""
    rows = _rows(run, part, n)
    with run.model.shown() as nets:
        ours = run.model.backend.call(part.f, nets, {part.name: rows})
    theirs = loaded(rows)
    if ours.shape != theirs.shape:
        return float("inf")
    return float(np.abs(ours - theirs).max() / max(1.0, np.abs(ours).max()))


@click.command("export", cls=OwnNetworks)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Choice([*WRITERS]), help="Of which library the file is.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A file: .pt2, .keras or .onnx.")
@click.option("--overwrite", is_flag=True, help="Also where --out exists.")
@click.option("--part", default="sample", type=click.Choice(PARTS), help="Codes to samples, or of rows.")
@checkpoint_options
def command(
    folder: Path,
    to: str,
    out: Path,
    overwrite: bool,
    part: str,
    best: bool,
    round: int | None,
    networks: dict[str, str],
) -> None:
    """Write what a RUN has learned as a file for PyTorch, Keras or ONNX, which runs without diptych."""
    folder, out = path("RUN", folder), path("--out", out)
    ending = ENDINGS[to]
    if out.suffix.lower() != ending:
        raise ValueError(f"--to {to} writes a file that ends in {ending}, got --out {str(out)!r}")
    check_target(out, overwrite)
    with without_info_logs():
        run = load(folder, backend=WRITERS[to], best=best, round=round, networks=networks)
        content, apart = exported(run, to, part)
    atomic.write(out, content)
    say = speaker(Console())
    say(f"{out}: {part} of round {run.round}; read again, its numbers are within {apart:.1e} of the run's")
