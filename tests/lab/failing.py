"""A backend whose second replica raises in the third step of a run: for a command that names it."""

import torch.distributed as dist

from diptych_torch import TorchBackend

from .third_step import failing


class Failing(TorchBackend):
    def replicated(self, count: int) -> TorchBackend:
        return failing(super().replicated(count), lambda: dist.get_rank() == 1)
