"""A backend whose second host raises in the third step of a run: for a command that names it."""

import json
import os

from diptych_keras import KerasBackend

from .third_step import failing


class Failing(KerasBackend):
    def replicated(self, count: int) -> KerasBackend:
        return failing(super().replicated(count), lambda: json.loads(os.environ["TF_CONFIG"])["task"]["index"] == 1)
