"""A callback that hands losses and evaluations to trackio, which keeps them on this machine and shows them."""

from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from diptych_lab.evaluations import Evaluated


class Trackio:
    """The run `name` of a `project` of trackio's; of a run that goes on, the same again, with further rounds.

    Rounds that are made anew after a kill are told again, with the same numbers. ImportError without the extra
    `trackio`, ValueError where the project has no name.
    """

    def __init__(self, project: str, name: str) -> None:
        if not project.strip():
            raise ValueError("trackio keeps runs by project: --trackio NAME")
        try:
            import trackio  # here: an extra
        except ImportError as error:
            raise ImportError(f'trackio is an extra, pip install "diptych[trackio]" ({error})') from error
        self._trackio, self._project, self._name = trackio, project, name
        self._run: Any = None

    def on_round(self, losses: Mapping[str, float]) -> None:
        if self._run is None:  # not before: a run that cannot begin leaves nothing there
            with redirect_stdout(StringIO()):
                self._run = self._trackio.init(
                    project=self._project, name=self._name, resume="allow", auto_log_gpu=False, auto_log_cpu=False
                )
        told = {f"loss/{player}": loss for player, loss in losses.items() if player != "round"}
        if told:
            self._run.log(told, step=int(losses["round"]))

    def on_evaluate(self, row: Evaluated) -> None:
        parts = ("", "/low", "/high")
        numbers = {
            f"evaluation/{name}{part}": number
            for name, interval in row.numbers.items()
            for part, number in zip(parts, interval, strict=True)
        }
        self._run.log(numbers, step=row.round)

    def on_end(self, _: object) -> None:
        if self._run is not None:
            with redirect_stdout(StringIO()):
                self._trackio.finish()  # and not the run's own, which is called again as the process ends
