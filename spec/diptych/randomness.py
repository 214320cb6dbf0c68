"""Random numbers without state: each stream is a Philox generator keyed by what it is for.

Philox (Salmon et al. 2011) is counter-based: its key alone decides the stream, so a run needs to store none. The
key is a BLAKE2b hash of (seed, purpose, index), the same on every platform. What NumPy draws from a stream it
keeps stable in practice, though it promises so only for the raw bits (NEP 19).
"""

import numpy as np

WEIGHTS = "weights"  # initial weights
ORDER = "order"  # of the rows in an epoch: index (epoch,)
NOISE = "noise"  # of an objective: index (round, step of the round, name of the draw)
HELD_OUT = "held out"  # noise of losses on rows that are not trained on: index (name of the draw,)
LIKELIHOOD = "likelihood"  # draws of the encoder for a bound: index (row,)
CODES = "codes"  # noise of an encoder whose codes are drawn: index (name of the draw,)
AIS = "annealed importance sampling"  # index (what, row)
SAMPLING = "sampling"  # prior draws for samples that are shown or saved
DIRECTIONS = "directions"  # of a sliced distance: index (name of the metric,)
DATA = "data"  # synthetic data
SUBSETS = "subsets"  # of a sample's rows, for a metric: index (name of the metric, number of the subset)
PERMUTATIONS = "permutations"  # of a test: index (name of the test,)


def generator(seed: int, purpose: str, *index: int | str) -> "np.random.Generator":
    """The stream of this purpose and index under `seed`: equal arguments, equal numbers."""
    from hashlib import blake2b  # here, for it takes OpenSSL, and `import diptych` draws nothing

    words = "\0".join(map(str, (seed, purpose, *index)))
    key = int.from_bytes(blake2b(words.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))
