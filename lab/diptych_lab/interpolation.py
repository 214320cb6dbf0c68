"""``diptych interpolate``: what the model makes of the codes between two codes."""

from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from diptych import atomic, checks, randomness
from diptych.noise import Normal
from diptych_lab.checkpoint_options import checkpoint_options
from diptych_lab.commands import speaker
from diptych_lab.folder import RunFolder
from diptych_lab.own_network_options import OwnNetworks
from diptych_lab.paths import path
from diptych_lab.pictures import drawable, picture
from diptych_lab.quiet import without_info_logs
from diptych_lab.sample_files import array_bytes, check_target
from diptych_lab.trained import Run, load

ENDINGS = (".png", ".npy", ".npz")


def interpolated(run: Run, n: int = 8, steps: int = 8, seed: int = 0, data: Any = None) -> np.ndarray:
    """(n, steps, *event): on n ways of so many steps, ends included, what the model makes of each code.

    From one prior draw to another. Where the prior is a Gaussian of mean 0 the way is cos(π t/2) a + sin(π t/2) b,
    all codes of which have the prior's law, as those on a straight line have not (White 2016, Sampling Generative
    Networks, has an arc for this reason); elsewhere it is straight. With `data`, what `load_data` takes, straight
    from the code of row 0 to that of row 1, of row 2 to row 3, ...

    ValueError for fewer than 2 steps, fewer than 2 n rows, and for data where the method has no encoder.
    """
    n, steps = checks.whole("n", n), checks.whole("steps", steps, 2)
    t = np.linspace(0.0, 1.0, steps)
    if data is None:
        prior, events = run.method.prior, run.config.shapes
        a, b = (prior.sample(randomness.generator(seed, "interpolation", end), n, events) for end in ("a", "b"))
        curved = isinstance(prior.law, Normal)
        of_a, of_b = (np.cos(np.pi / 2 * t), np.sin(np.pi / 2 * t)) if curved else (1 - t, t)
    else:
        codes = run.encode(data)
        if len(codes) < 2 * n:
            raise ValueError(f"{n} ways take {2 * n} rows, the data have {len(codes)}")
        a, b, of_a, of_b = codes[: 2 * n : 2], codes[1 : 2 * n : 2], 1 - t, t
    shape = (1, steps, *(1,) * (a.ndim - 1))
    z = of_a.reshape(shape) * a[:, None] + of_b.reshape(shape) * b[:, None]
    found = run.restored(run.model.sample(z=z.reshape(-1, *a.shape[1:]).astype(run.config.dtype)))
    return found.reshape(n, steps, *found.shape[1:])


@click.command("interpolate", cls=OwnNetworks)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=f"A file: {', '.join(ENDINGS)}.")
@click.option("--overwrite", is_flag=True, help="Also where --out exists.")
@click.option("--n", default=8, help="How many ways, a line of the picture each.")
@click.option("--steps", default=8, help="Codes on a way, ends included.")
@click.option("--seed", default=0, help="Of the prior draws.")
@click.option("--data", help="Between the codes of these rows instead of prior draws.")
@checkpoint_options
@click.option("--backend", help="Any installed one.  [default: the one that trained]")
@click.option("--device", help="In the backend's own words.")
def command(
    folder: Path,
    out: Path,
    overwrite: bool,
    n: int,
    steps: int,
    seed: int,
    data: str | None,
    best: bool,
    round: int | None,
    networks: dict[str, str],
    backend: str | None,
    device: str | None,
) -> None:
    """What the model of a RUN makes of the codes between two codes."""
    folder, out = path("RUN", folder), path("--out", out)
    config = RunFolder(folder).read_config()
    if out.suffix.lower() not in ENDINGS:
        raise ValueError(f"--out must end in one of {', '.join(ENDINGS)}, got {str(out)!r}")
    if out.suffix.lower() == ".png" and not drawable(config.event):
        raise ValueError(f"no picture of rows of shape {config.event}; choose .npy or .npz")
    check_target(out, overwrite, config.data, data)
    with without_info_logs():
        run = load(folder, backend=backend, device=device, best=best, round=round, networks=networks)
    rows = interpolated(run, n, steps, seed, data)
    atomic.write(out, _content(out, rows))
    speaker(Console())(f"{out}: {n} ways of {steps} steps, of round {run.round}")


def _content(out: Path, rows: np.ndarray) -> bytes:
    if out.suffix.lower() == ".png":
        return picture(rows.reshape(-1, *rows.shape[2:]), columns=rows.shape[1])
    return array_bytes(out, rows)
