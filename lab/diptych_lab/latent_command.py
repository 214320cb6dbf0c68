"""``diptych latent``: a map of the codes of a run, as a picture or as arrays."""

from io import BytesIO
from pathlib import Path
from typing import Any, cast

import click
import numpy as np
from rich.console import Console

from diptych import atomic
from diptych_lab.checkpoint_options import checkpoint_options
from diptych_lab.commands import speaker
from diptych_lab.folder import RunFolder
from diptych_lab.latent_map import latent_map
from diptych_lab.own_network_options import OwnNetworks
from diptych_lab.paths import path
from diptych_lab.quiet import without_info_logs
from diptych_lab.sample_files import check_target
from diptych_lab.trained import load

ENDINGS = (".png", ".npz")


@click.command("latent", cls=OwnNetworks)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=f"A file: {' or '.join(ENDINGS)}.  [default: a picture in the run's folder, which `compare` shows]",
)
@click.option("--overwrite", is_flag=True, help="Also where --out exists.")
@click.option("--n", default=2000, help="Of how many rows, at most.")
@click.option("--seed", default=0, help="Of which rows, of their codes and of the prior's draws.")
@click.option("--data", help="Of these rows.  [default: those held out, else the run's]")
@checkpoint_options
@click.option("--backend", help="Any installed one.  [default: the one that trained]")
@click.option("--device", help="In the backend's own words.")
def command(
    folder: Path,
    out: Path | None,
    overwrite: bool,
    n: int,
    seed: int,
    data: str | None,
    best: bool,
    round: int | None,
    networks: dict[str, str],
    backend: str | None,
    device: str | None,
) -> None:
    """Where the codes of rows lie in a RUN's latent space, beside the prior."""
    there = RunFolder(path("RUN", folder))
    config = there.read_config()
    if out is not None:
        out = path("--out", out)
        if out.suffix.lower() not in ENDINGS:
            raise ValueError(f"--out must end in one of {', '.join(ENDINGS)}, got {str(out)!r}")
        check_target(out, overwrite, config.data, data)
    with without_info_logs():
        run = load(there.path, backend=backend, device=device, best=best, round=round, networks=networks)
        found = latent_map(run, data, n, seed)
    target = there.picture("codes", run.round) if out is None else out
    if target.suffix.lower() == ".npz":
        buffer = BytesIO()
        np.savez(buffer, **cast(Any, found.arrays()))
        atomic.write(target, buffer.getvalue())
    else:
        atomic.write(target, found.picture())
    speaker(Console())(f"{target}: {found.title}, of round {run.round}")
