"""Fixed when a trainer is made, and checked afterwards: which variables are trained."""

from collections.abc import Mapping

import keras

from diptych_keras.nets import walk


class FixedParameters:
    """The variables and layers of each role as they were when a trainer was made."""

    def __init__(self, models: Mapping[str, keras.Model]) -> None:
        found = {
            role: [*((layer, layer.name) for layer in walk(model)), *((v, v.path) for v in model.weights)]
            for role, model in models.items()
        }
        self.found = [(thing, thing.trainable, role, name) for role, own in found.items() for thing, name in own]

    def check(self) -> None:
        """Raise ValueError where a layer or a variable has been frozen or thawed since."""
        for thing, trained, role, name in self.found:
            if thing.trainable is not trained:
                raise ValueError(
                    f"{role}: {name!r} was {'frozen' if trained else 'thawed'} after the trainer was made, which "
                    "fixes what is trained: make a new trainer, and give it the state of this one by `state` and "
                    "`restore`"
                )
