"""What the networks of a model give, as it is trained so far: samples, codes, likelihoods, losses on other rows."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from diptych import checks, passes, randomness, run_noise
from diptych.method import Method
from diptych.protocol import Backend
from diptych.typing import Shape

Arrays = dict[str, np.ndarray[Any, Any]]


class Outputs:
    """Networks of a method's roles in a backend, called on NumPy arrays; nothing here changes them.

    Where a rule keeps averages of weights (`ema`), all that is shown is of networks that have them.
    """

    method: Method
    backend: Backend
    nets: Any  # the backend's own
    round: int  # the rounds that are done
    _events: dict[str, Shape]  # shapes that are known so far

    @property
    def shapes(self) -> dict[str, Shape]:
        """Of a row (``data``) and of a code (``latent``). ValueError where one is not known yet."""
        return shapes_of(self._events)

    def sample(self, n: int | None = None, *, z: Any = None, seed: int = 0) -> np.ndarray[Any, Any]:
        """(n, *data): samples of n draws of the prior, which `seed` decides, or of these `z`, (n, *latent)."""
        if (n is None) == (z is None):
            raise ValueError("sample takes n, a number of samples, or z, draws of the prior: one of the two")
        if z is None:
            stream = randomness.generator(checks.whole("seed", seed, 0), randomness.SAMPLING)
            prior = self.method.prior
            events = self._events if prior.like in self._events else self.method.shapes(self.shapes)
            z = prior.sample(stream, checks.whole("n", n), events)
        with self.shown() as nets:
            return passes.through(self.backend, nets, self.method.generate, "z", z)

    def reconstruct(self, x: Any) -> np.ndarray[Any, Any]:
        """(n, *data) to (n, *data).  ValueError where the method has no encoder."""
        f = self.method.of_encoder("reconstruct")
        with self.shown() as nets:
            return passes.through(self.backend, nets, f, "x", x)

    def encode(self, x: Any) -> np.ndarray[Any, Any]:
        """(n, *data) to codes: the centres of Q(z|x).  ValueError where the method has no encoder."""
        f = self.method.of_encoder("encode")
        with self.shown() as nets:
            return passes.through(self.backend, nets, f, "x", x)

    def draw_codes(self, x: Any, *, seed: int = 0) -> np.ndarray[Any, Any]:
        """(n, *data) to draws of Q(z|x), one a row: a sample of Q_Z.  ValueError where there is no such Q."""
        draw = self.method.draw_codes
        if draw is None:
            raise ValueError(f"method {self.method.name!r} has no encoder into the space of its prior")
        x, seed = passes.rows(x), checks.whole("seed", seed, 0)
        shapes = shapes_of({"data": tuple(x.shape[1:]), **self._events})
        noise = run_noise.of_codes(self.method, seed, x.shape[0], shapes)
        with self.shown() as nets:
            return passes.drawn(self.backend, nets, draw, x, noise)

    def log_likelihood(self, x: Any, *, draws: int = 100, seed: int = 0) -> np.ndarray[Any, Any]:
        """A lower bound of log p(x) of each row, (n,) in nats: log 1/K Σ_i p(x, z_i) / Q(z_i|x), of K = `draws`.

        It grows with K to log p(x), in expectation.  Burda et al. 2016, eq. 8. The draws follow from `seed`
        and the row's number. ValueError where the method has no likelihood.
        """
        weights = self.log_weights(x, draws=draws, seed=seed)
        return passes.log_mean_exp(weights)

    def log_weights(self, x: Any, *, draws: int = 100, seed: int = 0) -> np.ndarray[Any, Any]:
        """log w_i = log p(x, z_i) - log Q(z_i|x) of draws z_i of the encoder for each row: (n, draws), float64.

        Their mean is the ELBO, log 1/K Σ_i w_i the bound of `log_likelihood`, and they say how good it is: where a
        few weigh as much as all others, more draws are needed.  Draws and errors are those of `log_likelihood`.
        """
        weights = self.method.of_likelihood()
        draws, seed = checks.whole("draws", draws), checks.whole("seed", seed, 0)
        latent = _known("latent", self._events)
        with self.shown() as nets:
            return passes.log_weights(self.backend, nets, weights, x, latent, draws, seed)

    def losses(self, batch: Any, *, seed: int = 0) -> dict[str, float]:
        """Each player's loss on these rows, with the weights as they are and running statistics; nothing moves.

        `seed` decides the noise, whose laws are those of the present round. Errors are those of `step`.
        """
        x, seed = passes.rows(batch), checks.whole("seed", seed, 0)
        shapes = shapes_of({"data": tuple(x.shape[1:]), **self._events})
        noise = run_noise.held_out(self.method, seed, x.shape[0], shapes, self.round)
        return passes.losses(self.backend, self.nets, self.method, x, noise)

    def shown(self) -> AbstractContextManager[Any]:
        """The backend's networks that samples, codes and likelihoods are of, in the context.

        These are those in training, or others with the averages of their weights; a module of your own is lent to
        them, and has its own weights again afterwards.
        """
        raise NotImplementedError

    def module(self, role: str) -> Any:
        """The framework's own module in a role, as it trains: of its weights, not of their averages.

        A model of the same networks with ``weights=model.averages()`` has modules of those.
        """
        return self.backend.native(self.nets, role)

    def weights(self) -> dict[str, Arrays]:
        """All tensors by role and canonical name, as they train, copied to NumPy."""
        return self.backend.weights(self.nets)


def shapes_of(events: Mapping[str, Shape]) -> dict[str, Shape]:
    """Of a row and of a code.  ValueError where one is not among the events."""
    return {name: _known(name, events) for name in ("data", "latent")}


def _known(name: str, events: Mapping[str, Shape]) -> Shape:
    """The shape of a row or of a code.  ValueError, saying what to do, where it is not among the events."""
    if name not in events:
        remedy = (
            "step first, or give Model(..., data=(28, 28, 1))" if name == "data" else "give Model(..., latent=(8,))"
        )
        raise ValueError(f"modules do not tell the shape of {name!r}: {remedy}")
    return events[name]
