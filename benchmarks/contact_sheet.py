"""Samples of several runs on one sheet, those of the data first; on stdout, how long each run was.

    python benchmarks/contact_sheet.py --out docs/samples.png runs/wae-mmd runs/vae runs/wgan-gp runs/mmd-gan

The runs are of images of one shape, by `diptych train` on the same data. Samples are those of seed 0, the first
there are: nothing is chosen.
"""

from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from diptych_lab import load, load_data
from diptych_lab.folder import RunFolder
from diptych_lab.pictures import grid
from diptych_lab.sessions import read_sessions
from diptych_lab.trained import Run

COLUMNS, ROWS = 6, 8
LABEL = 32  # pixels, of the line above a grid


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path))
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def main(out: Path, runs: tuple[Path, ...]) -> None:
    """Lay out samples of RUNS."""
    models = [load(run) for run in runs]
    data = load_data(models[0].config.data, models[0].config.dtype).x[: COLUMNS * ROWS]
    blocks = [block("data", data)]
    print("| method | backend | rounds | batch | seconds |\n|---|---|---|---|---|")
    for run, model in zip(runs, models, strict=True):
        blocks.append(block(model.method.name, model.sample(COLUMNS * ROWS)))
        print(row(run, model))
    sheet = np.concatenate(blocks, axis=1)
    Image.fromarray(sheet[..., 0] if sheet.shape[-1] == 1 else sheet).save(out, "PNG", optimize=True)


def block(label: str, x: np.ndarray) -> np.ndarray:
    """(H, W, c) uint8: `label` above a grid of the images x."""
    images = grid(x, COLUMNS)
    canvas = Image.new("L", (images.shape[1], LABEL), 255)
    ImageDraw.Draw(canvas).text((4, 2), label, fill=0, font=ImageFont.load_default(24))
    words = np.asarray(canvas)[..., None].repeat(images.shape[-1], -1)
    return np.concatenate([words, images])


def row(run: Path, model: Run) -> str:
    seconds = sum(session.seconds for session in read_sessions(RunFolder(run).sessions))
    name, backend = model.method.name, model.model.backend.name
    return f"| `{name}` | {backend} | {model.round} | {model.config.batch} | {seconds:.0f} |"


if __name__ == "__main__":
    main()
