"""A backend whose second host raises in the third step of a run: for a command that names it."""

import json
import os
from typing import Any

from diptych_keras import KerasBackend


class Failing(KerasBackend):
    def replicated(self, count: int) -> KerasBackend:
        made = super().replicated(count)
        trainer = made.trainer

        def failing(*arguments: Any, **settings: Any) -> Any:
            trained, steps = trainer(*arguments, **settings), list[Any]()
            step = trained.step

            def stepped(*given: Any, **told: Any) -> Any:
                steps.append(given)
                if json.loads(os.environ["TF_CONFIG"])["task"]["index"] == 1 and len(steps) == 3:
                    raise ValueError("the third step fails")
                return step(*given, **told)

            trained.step = stepped  # type: ignore[method-assign]
            return trained

        made.trainer = failing  # type: ignore[method-assign]
        return made
