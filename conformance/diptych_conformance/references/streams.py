"""The streams of random numbers, stated a second time: each has the key of the words of its purpose."""

from hashlib import blake2b

import numpy as np


def stream(*words: int | str) -> np.random.Generator:
    """Philox, its key the first 128 bits of a hash of the words: of a seed, a purpose, and which of its kind."""
    digest = blake2b("\0".join(map(str, words)).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
