"""A callback that writes what TensorBoard shows: losses of every round, and evaluations with their intervals."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diptych_lab.evaluations import Evaluated


class TensorBoard:
    """Event files in `folder`. Of a run that goes on, the events of rounds that are made anew are not shown.

    ImportError without the extra `tensorboard`.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from tensorboardX import SummaryWriter  # here: an extra
        except ImportError as error:
            extra = 'pip install "diptych[tensorboard]"'
            raise ImportError(f"TensorBoard takes an extra, {extra} ({error})") from error
        self._folder, self._make = folder, SummaryWriter
        self._writer: Any = None

    def on_round(self, losses: Mapping[str, float]) -> None:
        t = int(losses["round"])
        if self._writer is None:
            self._writer = self._make(str(self._folder), purge_step=t, filename_suffix=f".{t}")  # two in a second
        for player, loss in losses.items():
            if player != "round":
                self._writer.add_scalar(f"loss/{player}", loss, t)

    def on_evaluate(self, row: Evaluated) -> None:
        for name, (value, low, high) in row.numbers.items():
            for part, number in (("", value), ("/low", low), ("/high", high)):
                self._writer.add_scalar(f"evaluation/{name}{part}", number, row.round)

    def on_checkpoint(self, *_: object) -> None:
        self._writer.flush()

    def on_end(self, _: object) -> None:
        if self._writer is not None:
            self._writer.close()
