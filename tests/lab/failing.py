"""A backend whose second replica raises in the third step of a run: for a command that names it."""

from typing import Any

import torch.distributed as dist

from diptych_torch import TorchBackend


class Failing(TorchBackend):
    def replicated(self, count: int) -> TorchBackend:
        made = super().replicated(count)
        trainer = made.trainer

        def failing(*arguments: Any, **settings: Any) -> Any:
            trained, steps = trainer(*arguments, **settings), list[Any]()
            step = trained.step

            def stepped(*given: Any, **told: Any) -> Any:
                steps.append(given)
                if dist.get_rank() == 1 and len(steps) == 3:
                    raise ValueError("the third step fails")
                return step(*given, **told)

            trained.step = stepped  # type: ignore[method-assign]
            return trained

        made.trainer = failing  # type: ignore[method-assign]
        return made
