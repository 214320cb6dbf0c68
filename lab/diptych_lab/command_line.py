"""The ``diptych`` command: what it is told, and which module does it.

Bad input ends in one line, ``diptych: error: ...``, and exit status 2; ``--debug`` shows where it was raised.
"""

import json
import subprocess
import sys
from math import prod
from pathlib import Path
from typing import Any, cast

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

import diptych
from diptych import atomic
from diptych.networks.architectures import ARCHITECTURES
from diptych.optimizers import OPTIMIZERS
from diptych_lab import launching
from diptych_lab.cards import method_card, methods_table
from diptych_lab.checkpoint_options import checkpoint_options
from diptych_lab.commands import Commands, speaker
from diptych_lab.config_file import Configured
from diptych_lab.environment import versions
from diptych_lab.evaluation.command import command as evaluate
from diptych_lab.exporting import command as export
from diptych_lab.facts import facts
from diptych_lab.files import READ
from diptych_lab.folder import RunFolder
from diptych_lab.interpolation import command as interpolate
from diptych_lab.latent_command import command as latent
from diptych_lab.memory import check_memory
from diptych_lab.own_data import data_like, own_data
from diptych_lab.own_network_options import OwnNetworks
from diptych_lab.paths import path
from diptych_lab.phases import untrained
from diptych_lab.preparation import UNPREPARED, Options, chosen
from diptych_lab.preparation_options import preparation_options
from diptych_lab.quiet import without_info_logs
from diptych_lab.replicas import WAIT
from diptych_lab.report.compare import command as compare
from diptych_lab.report.watch import command as watch
from diptych_lab.rules import SCHEDULES
from diptych_lab.sample_files import ENDINGS, check_ending, check_target, content
from diptych_lab.settings import parse_settings, spelled
from diptych_lab.sweep import command as sweep
from diptych_lab.toys import TOYS
from diptych_lab.trained import load


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="diptych")
def main(debug: bool) -> None:
    """Implicit generative models, written once, trained in PyTorch or Keras/TensorFlow."""


@main.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="All that is known of them, for programs.")
def methods(name: str | None, as_json: bool) -> None:
    """The methods; with NAME, the card of one, hyper-parameters and all."""
    if as_json:
        found = facts(diptych.make(name)) if name else [facts(diptych.make(each)) for each in diptych.CATALOGUE]
        click.echo(json.dumps(found, indent=2))
    else:
        Console().print(method_card(diptych.make(name)) if name else methods_table())


_PROBE = "import sys, diptych; print(diptych.backend(sys.argv[1]).default_execution)"


@main.command()
def backends() -> None:
    """The registered backends, and whether each can be used here."""
    table = Table(box=None, pad_edge=False)
    for heading in ("backend", "usable", "execution", "versions"):
        table.add_column(heading, overflow="fold")
    for name in diptych.backend_names():
        # Each in a process of its own: two frameworks in one get in each other's way.
        command = [sys.executable, "-c", _PROBE, name]
        probe = subprocess.run(command, capture_output=True, text=True, check=False)
        if probe.returncode:
            table.add_row(name, "no", "", Text(probe.stderr.strip().rpartition("\n")[2]))
        else:
            table.add_row(name, "yes", probe.stdout.strip(), spelled(versions(name)))
    Console().print(table)


EACH = "For every player; --critic-learning-rate is for one, as for the options down to --accumulate."
SET = "A hyper-parameter; may be repeated. `diptych methods METHOD` says which there are."


@main.command(cls=Configured)
@click.argument("method")
@click.option(
    "--data", required=True, help=f"digits, fashion-mnist[:FOLDER], {', '.join(TOYS)}, or a path: {READ}."
)
@preparation_options
@click.option("--flip", is_flag=True, help="Mirror each image of a batch left to right, by chance.")
@click.option("--shift", default=0, help="Move each image of a batch by up to so many pixels, by chance.")
@click.option("--backend", required=True, help="torch, keras, or another that is installed.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the run.")
@click.option("--rounds", type=int, help="Rounds in all.  [default: the recipe's, else 2000]")
@click.option("--recipe", default="auto", help="none: take the method's own defaults, and no measured settings.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help=SET)
@click.option("--batch", type=int, help="Rows a step.  [default: the method's]")
@click.option("--latent", type=int, help="Latent dimensions.  [default: 8, or fewer where the data have]")
@click.option(
    "--architecture", help=f"{' or '.join(ARCHITECTURES)}.  [default: the data's, convolutions from 16 pixels]"
)
@click.option("--width", type=int, help="Units or channels.  [default: the architecture's]")
@click.option("--optimizer", help=f"{', '.join(OPTIMIZERS)}.  [default: the method's]")
@click.option("--learning-rate", type=float, help=f"{EACH} [default: the method's]")
@click.option("--schedule", help=f"Of the learning rate: {SCHEDULES}; ROUNDS are --rounds.  [default: constant]")
@click.option("--warm-up", type=int, help="Rounds in which the learning rate rises.")
@click.option("--weight-decay", type=float, help="Of adamw.  [default: 0.01]")
@click.option("--clip-norm", type=float, help="The longest gradient, over all parameters of a player.")
@click.option("--ema", type=float, help="Sample from averages of the weights, of this decay, such as 0.999.")
@click.option("--accumulate", type=int, help="Compute a step in so many parts of its batch, in the memory of one.")
@click.option("--seed", default=0, help="Of weights, batches and noise.")
@click.option("--dtype", default="float32", help="float32 or float64.")
@click.option("--device", help="In the backend's own words.")
@click.option("--replicas", default=1, help="Devices that share each step; the numbers are those of one.")
@click.option("--replica-timeout", default=WAIT, help="Seconds that one replica waits for another in a step.")
@click.option("--execution", default="auto", help="auto (the backend's choice), eager, compiled; in keras xla too.")
@click.option("--resume", is_flag=True, help="Go on with the run in the folder.")
@click.option("--held-out", default=0.0, help="The share of the rows that is not trained on, drawn by the seed.")
@click.option("--evaluate", default="", help="Metrics on those rows, such as fd,precision-recall.")
@click.option("--evaluate-every", default=0, help="Rounds between evaluations.")
@click.option("--features", default="pixels", help="Of these metrics; `diptych evaluate --help` has the choices.")
@click.option("--stop-by", default="", help="End by this metric, where it does not improve any more.")
@click.option("--patience", default=5, help="With --stop-by: so many evaluations without a better one.")
@click.option("--log-every", default=50, help="Rounds between reading losses.")
@click.option("--checkpoint-every", default=1000, help="Rounds between checkpoints.")
@click.option("--keep", default=1, help="Of how many of these rounds checkpoints are kept, beside the best.")
@click.option(
    "--tensorboard", is_flag=True, help="Write losses and evaluations for TensorBoard, in the run's folder."
)
@click.option("--trackio", metavar="PROJECT", help="Hand losses and evaluations to a project of trackio's.")
def train(method: str, backend: str, out: Path, execution: str, settings: tuple[str, ...], **options: Any) -> None:
    """Train METHOD on data and keep the run in a folder."""
    composed = options["resume"] and method not in diptych.CATALOGUE and RunFolder(out).recorded(method) != method
    if not composed:
        diptych.make(method)  # an unknown name is told before anything is loaded
    elif settings:
        raise ValueError(f"the run in {out} has the hyper-parameters of {method!r}: leave --set out")
    hyper = {} if composed else parse_settings(settings, diptych.CATALOGUE[method], f"method {method!r}")
    chosen = None if execution == "auto" else execution
    ended = launching.train(
        {"method": method, "backend": backend, "out": out, "execution": chosen, "hyper": hyper, **options}
    )
    say = speaker(Console()) if ended.speaks else lambda _: None
    if ended.signal and ended.round < ended.planned:
        say(f"stopped after round {ended.round}; the same command with --resume goes on")
        sys.exit(128 + ended.signal)
    say(f"{out}: {method} after round {ended.round}")


@main.command(cls=OwnNetworks)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help=f"A file: {', '.join(ENDINGS)}.")
@click.option("--overwrite", is_flag=True, help="Also where --out exists.")
@click.option("--n", default=64, help="How many.")
@click.option("--seed", default=0, help="Of the prior draws.")
@click.option(
    "--reconstruct", is_flag=True, help="Reconstruct the first rows of the data instead, originals above."
)
@checkpoint_options
@click.option("--data", help="With --reconstruct: these rows.  [default: the run's]")
@preparation_options
@click.option("--backend", help="Any installed one.  [default: the one that trained]")
@click.option("--device", help="In the backend's own words.")
def sample(
    folder: Path,
    out: Path,
    overwrite: bool,
    n: int,
    seed: int,
    reconstruct: bool,
    best: bool,
    round: int | None,
    networks: dict[str, str],
    data: str | None,
    backend: str | None,
    device: str | None,
    **options: Any,
) -> None:
    """Draw from the model of a RUN, into a picture, an array or a table."""
    folder, out = path("RUN", folder), path("--out", out)
    if n < 1:
        raise ValueError(f"--n must be at least 1, got {n}")
    if data and not reconstruct:
        raise ValueError("--data is for --reconstruct; samples need no data")
    asked = chosen(**cast(Options, options))
    if asked != UNPREPARED and not data:
        raise ValueError(f"{', '.join(asked.record())}: these say how --data is read, and none are given")
    config = RunFolder(folder).read_config()
    check_ending(out, config)
    check_target(out, overwrite, config.data, data)
    with without_info_logs():
        trained = load(folder, backend=backend, device=device, best=best, round=round, networks=networks)
    check_memory(f"--n {n}", n * prod((*trained.config.event, 8)), "draw fewer")
    if reconstruct:
        rows = data_like(config, data, asked) if data else own_data(config)
        x = trained.restored(rows.x[:n])
        for note in rows.notes:
            click.echo(f"{rows.source}: {note}")
        y = trained.reconstruct(x)
    else:
        x, y = None, trained.sample(n, seed)
    atomic.write(out, content(out, trained.config, y, x))
    kind = ("reconstruction" if reconstruct else "sample") + "s" * (len(y) != 1)
    fewer = ", for the data have no more rows" if len(y) < n else ""
    idle = f"; {untrained(trained.unmoved)}" if trained.unmoved else ""
    speaker(Console())(f"{out}: {len(y)} {kind} of round {trained.round}{fewer}{idle}")


main.add_command(evaluate)
main.add_command(interpolate)
main.add_command(latent)
main.add_command(compare)
main.add_command(export)
main.add_command(watch)
main.add_command(sweep)


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def conform(arguments: tuple[str, ...]) -> None:
    """Prove a backend: runs `python -m diptych_conformance` with these ARGUMENTS."""
    sys.exit(_apart("diptych_conformance", "diptych conform", arguments))


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def port(arguments: tuple[str, ...]) -> None:
    """Begin a backend: runs `python -m diptych_conformance.port` with these ARGUMENTS, NAME --into DIR."""
    sys.exit(_apart("diptych_conformance.port", "diptych port", arguments))


def _apart(package: str, prog: str, arguments: tuple[str, ...]) -> int:
    """Run a package's command in its own process, under the name `prog`, and return its exit status."""
    code = f"import sys; from {package}.__main__ import main; sys.exit(main(prog={prog!r}))"
    return subprocess.run([sys.executable, "-c", code, *arguments], check=False).returncode
