"""``diptych watch``: the page of ``diptych compare`` on this machine, over all runs below a folder, live."""

from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console

from diptych_lab.commands import speaker
from diptych_lab.paths import path


@click.command("watch")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--port", default=8765, type=click.IntRange(0, 65535), help="Of localhost; 0 takes a free one.")
def command(folder: Path, port: int) -> None:
    """Show all runs below DIR in a browser, side by side, as they train. Ctrl-C ends it; it changes no file."""
    from diptych_lab.report.serving import HOST, server  # here: templates, and a server

    folder = path("DIR", folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder")
    with server(folder, port) as found:
        speaker(Console())(f"http://{HOST}:{found.server_port}/ shows the runs below {folder}; Ctrl-C ends it")
        with suppress(KeyboardInterrupt):
            found.serve_forever()
