"""Run folders made up for pages: settings, losses, pictures, evaluations and sessions, without any training."""

import numpy as np

from diptych_lab import configure, evaluations, load_data
from diptych_lab.evaluations import Evaluated, Head
from diptych_lab.folder import RunFolder, Start
from diptych_lab.pictures import picture
from diptych_lab.sessions import CurrentSession

HEAD = Head(
    metrics=("fd",), every=2, features="pixels", n=100, by="fd", better="low", floor={"fd": (0.25, 0.2, 0.3)}
)


def record(path, method="wae-mmd", backend="torch", losses=(30.0, 2.0, 0.5), evaluated=True, **settings):
    """A run of these losses, with pictures after its first round, black, and after its last, white."""
    config = configure(method, load_data("digits"), **settings)
    folder = RunFolder(path)
    folder.path.mkdir(parents=True)
    folder.begin(config, Start())
    players = [player.name for player in config.make().players]
    folder.append([{"round": t, **dict.fromkeys(players, loss)} for t, loss in enumerate(losses)])
    folder.note(Start(), CurrentSession(backend, "eager", None, {"numpy": "2.0"}, 0).at(len(losses)))
    for t, gray in ((1, 0.0), (len(losses), 1.0)):
        folder.write(folder.picture("samples", t), picture(np.full((4, 8, 8, 1), gray)))
    if evaluated:
        row = Evaluated(round=2, numbers={"fd": (1.5, 1.0, 2.0)})
        folder.write(folder.evaluations, evaluations.line(HEAD) + evaluations.line(row))
    return folder
