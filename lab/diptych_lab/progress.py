"""The progress of a run: a bar with losses and time left on a terminal, and a line at intervals elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

from rich.console import Console

from diptych_lab.loop import Progress

_SILENCE = 10.0  # seconds between lines where there is no terminal


@contextmanager
def shown(console: Console, title: str) -> Iterator[Callable[[Progress], None]]:
    """A context that gives the `watch` for `train`."""
    if not console.is_terminal:
        yield _lines(console, title)
        return
    from rich import progress  # here, for few commands show a bar

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[losses]}"),
        progress.TimeElapsedColumn(),
        progress.TextColumn("left"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None, losses="")
        yield lambda p: bar.update(task, total=p.total, completed=p.done, losses=spelled_losses(p.losses))


def _lines(console: Console, title: str) -> Callable[[Progress], None]:
    began = last = perf_counter()
    first: int | None = None

    def line(p: Progress) -> None:
        nonlocal last, first
        first = p.done if first is None else first
        now = perf_counter()
        if p.done < p.total and now - last < _SILENCE:
            return
        last = now
        speed = (p.done - first) / (now - began)
        left = f", {(p.total - p.done) / speed:.0f} s left" if speed > 0 and p.done < p.total else ""
        losses = spelled_losses(p.losses)
        console.print(f"{title}: round {p.done} of {p.total}, {losses}, {now - began:.0f} s{left}", soft_wrap=True)

    return line


def spelled_losses(losses: Mapping[str, float]) -> str:
    """``critic -0.123 generator 4.56``"""
    return " ".join(f"{name} {value:.4g}" for name, value in losses.items() if name != "round")
