"""The evaluations of a run in its folder: their rows, their picture, and the checkpoint of the best."""

import os
from dataclasses import dataclass
from io import BytesIO

from diptych_lab import evaluations
from diptych_lab.evaluations import Evaluated, Head
from diptych_lab.folder import RunFolder
from diptych_lab.monitor import Monitor
from diptych_lab.trained import Run


@dataclass(eq=False)
class Evaluations:
    """Of a run in `folder`; `end` is where its rows end in the file, 0 where there is no file yet."""

    folder: RunFolder
    monitor: Monitor
    head: Head
    end: int = 0

    @classmethod
    def admit(cls, folder: RunFolder, monitor: Monitor, run: Run) -> "Evaluations":
        """Where this run's evaluations begin. Only looks.

        Raises ValueError where the metrics cannot be had of the rows held out, and where the folder's file is
        damaged or of other metrics.
        """
        head = monitor.head(run)
        if not os.path.lexists(folder.evaluations):
            return cls(folder, monitor, head)
        found = evaluations.read(folder.evaluations, run.round)
        if differences := head.differences(found.head):
            raise ValueError(
                f"{folder.evaluations} has other evaluations: {differences}; give the same, or move the file away"
            )
        due = range(head.every, run.round, head.every)  # that of run.round itself may be made yet
        if found.rows and due and found.rows[-1].round < due[-1]:
            raise ValueError(
                f"{folder.evaluations}: damaged: its rows end with round {found.rows[-1].round}, the checkpoint is "
                f"of round {run.round}; put back a copy, or remove the file to go on without these rows"
            )
        monitor.rows[:] = found.rows
        return cls(folder, monitor, head, found.end)

    def begin(self) -> None:
        """Make the file ready for the rows of the rounds to come: those beyond the checkpoint go."""
        if self.end:
            self.folder.cut(self.folder.evaluations, self.end)
        else:
            self.folder.write(self.folder.evaluations, evaluations.line(self.head))

    def go_on(self, run: Run) -> None:
        """What a kill may have left undone after the checkpoint that this run begins with."""
        self.begin()
        rows = self.monitor.rows
        if self.monitor.watched.is_due(run.round) and not (rows and rows[-1].round == run.round):
            self.evaluate(run)
        elif rows and self.best_is(run.round):
            self._keep_best(run)

    def best_is(self, round: int) -> bool:
        best = self.monitor.best
        return best is not None and best.round == round

    def evaluate(self, run: Run) -> None:
        """A row of the run as it is, whose checkpoint is kept already; and that as the best, if it is."""
        row: Evaluated = self.monitor.evaluate(run)
        self.monitor.rows.append(row)
        self.folder.add(self.folder.evaluations, evaluations.line(row))
        if self.best_is(run.round):
            self._keep_best(run)

    def draw(self) -> None:
        """The picture of all rows, where there are any."""
        if self.monitor.rows:
            self.folder.write(self.folder.path / "evaluations.png", _picture(self.head, self.monitor.rows))

    @property
    def verdict(self) -> str:
        """What to say of a run that these ended."""
        best, number = self.monitor.best, self.head.by
        assert best is not None
        return (
            f"stopped by {number}: the best, {best.value:.5g}, was after round {best.round}, "
            f"{best.since} evaluations ago; {self.folder.best.name} has that model"
        )

    def _keep_best(self, run: Run) -> None:
        self.folder.write(self.folder.best, run.checkpoint.content())


def _picture(head: Head, rows: list[Evaluated]) -> bytes:
    """PNG bytes: an axis for each number, with its intervals, and a dashed line for rows trained on."""
    from matplotlib.figure import Figure  # here, for it takes a second to import

    names, rounds = list(rows[0].numbers), [row.round for row in rows]
    figure = Figure(figsize=(4.8, 1.8 * len(names) + 0.4), layout="constrained")
    for axes, name in zip(figure.subplots(len(names), squeeze=False, sharex=True)[:, 0], names, strict=True):
        value, low, high = zip(*(row.numbers[name] for row in rows), strict=True)
        axes.fill_between(rounds, low, high, color="#c8453b", alpha=0.2, linewidth=0)
        axes.plot(rounds, value, color="#c8453b", marker=".", linewidth=1)
        if name in head.floor:
            axes.axhline(head.floor[name][0], color="#70757d", linestyle="--", linewidth=1)
        axes.set_title(name, fontsize=9, loc="left")
        axes.tick_params(labelsize=8)
    axes.set_xlabel("round; dashed: rows trained on", fontsize=8)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()
