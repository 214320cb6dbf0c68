"""The place in a user's loss that raised an error."""

from itertools import dropwhile
from traceback import walk_tb

from diptych_conformance.core.observed import Observed, is_somebodys, module_of, place_of
from diptych_conformance.own_loss import inputs


class LossBackend(Observed):
    """A backend that runs a user's loss, which `inputs` made an objective."""

    def raised(self, error: BaseException) -> str:
        """The innermost place in the file of the loss, as the end of a sentence; nothing where it is not in it."""
        inside = dropwhile(lambda at: module_of(at[0]) != inputs.__name__, walk_tb(error.__traceback__))
        own = [(frame, line) for frame, line in inside if is_somebodys(frame)]
        files = [frame.f_code.co_filename for frame, _ in own]
        places = [place_of(*at) for at, file in zip(own, files, strict=True) if file == files[0]]
        return places[-1] if places else ""
