"""What trained networks make, compared with its second statement: samples, codes, reconstructions and draws."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Problem, generator, rounded
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references import oracle
from diptych_conformance.references.statement import ReferenceMethod, Sampler

ROWS = 3


def generate(problem: Problem, stated: ReferenceMethod, dtype: str, session: Session) -> Finding:
    """Samples from draws of the prior."""
    z = problem.method.prior.sample(generator(problem.key, "prior"), ROWS, problem.method.shapes(problem.shapes))
    return _sampled(problem.method.generate, stated.generate, problem, "z", rounded(z, dtype), dtype, session)


def reconstruct(problem: Problem, stated: ReferenceMethod, dtype: str, session: Session) -> Finding:
    """Reconstructions of the batch."""
    assert stated.reconstruct is not None
    method = problem.method
    return _sampled(method.reconstruct, stated.reconstruct, problem, "x", problem.x, dtype, session)


def encode(problem: Problem, stated: ReferenceMethod, dtype: str, session: Session) -> Finding:
    """Codes of the batch."""
    assert stated.encode is not None
    return _sampled(problem.method.encode, stated.encode, problem, "x", problem.x, dtype, session)


def draw_codes(problem: Problem, stated: ReferenceMethod, dtype: str, session: Session) -> Finding:
    """Draws of Q(z|x) for the batch, by the noise of a step."""
    draw: Any = problem.method.draw_codes
    assert draw is not None
    assert stated.draw_codes is not None

    def codes(nets: Any, ops: Any, x: Any, **noise: Any) -> Any:
        return draw(nets, x, SimpleNamespace(**noise), ops)

    got = session.call(codes, session.nets(problem, dtype), {"x": problem.x, **problem.noise}, dtype)
    nets = oracle.networks(problem.networks, problem.weights, training=False)
    return Finding(value_error(got, stated.draw_codes(nets, problem.x, problem.noise), dtype), allowed())


def simulate(problem: Problem, stated: ReferenceMethod, dtype: str, session: Session) -> Finding:
    """Draws of p(x|z), and the noise of the encoder that would draw z for them."""
    method, shapes = problem.method, problem.method.shapes(problem.shapes)
    assert method.data_noise is not None
    assert method.simulate is not None
    assert stated.simulate is not None
    z = rounded(method.prior.sample(generator(problem.key, "prior"), ROWS, shapes), dtype)
    noise = rounded(method.data_noise.sample(generator(problem.key, "data"), ROWS, shapes), dtype)
    got = session.call(method.simulate, session.nets(problem, dtype), {"z": z, "noise": noise}, dtype)
    expected = stated.simulate(oracle.networks(problem.networks, problem.weights, training=False), z, noise)
    errors = {name: value_error(a, b, dtype) for name, a, b in zip(("x", "ε"), got, expected, strict=True)}
    return Finding.worst(errors, {}, allowed())


def _sampled(
    f: Any, formula: Sampler, problem: Problem, name: str, array: Any, dtype: str, session: Session
) -> Finding:
    got = session.call(f, session.nets(problem, dtype), {name: array}, dtype)
    nets = oracle.networks(problem.networks, problem.weights, training=False)
    return Finding(value_error(got, np.asarray(formula(nets, array)), dtype), allowed())
