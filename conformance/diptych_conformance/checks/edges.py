"""Legs at the edges: outputs far away, networks that are constant or steep, samples that coincide."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

import numpy as np

from diptych_conformance.checks import legs
from diptych_conformance.checks.legs import ALIKE
from diptych_conformance.checks.target import Target
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import value_error

FAR = 1e4
SATURATED = 30.0  # far enough for a logistic function in float32, and what cancels there leaves five digits
CANCELLED = 64.0  # constant networks: slopes of size 1 cancel, and the rounding of one is 2^10 of `FLOOR`'s eps


def far(sign: float, target: Target, session: Session) -> Finding:
    """Every network's output moved by ±1e4: logits, codes, log-variances and samples at their extremes.

    In float32 such numbers leave no more than two digits of what cancels, so the critics' by ±30 as well.
    Where a loss is exponential in a critic, the critic's alone, and no further than the method's `reach`: samples
    far away saturate the critic, and the exponential blows up what rounding has left of its slope.
    """
    method, what = target.problem.method, "high" if sign > 0 else "low"

    def moved(by: float) -> Finding:
        reach = min(by, method.reach)

        def shift(role: str, name: str, array: Array, last: str) -> Array:
            distance = reach if method.roles[role].output == "scalar" or reach == FAR else 0.0
            return array + sign * distance if name == last else array

        return _edge(target, session, f"{what}@{by:g}", shift, scale=reach)

    critics = any(role.output == "scalar" for role in method.roles.values())
    both = target.dtype == "float32" and critics and method.reach > SATURATED
    findings = [moved(FAR), moved(SATURATED)] if both else [moved(FAR)]
    return max(findings, key=lambda finding: finding.error if finding.passed else inf)


def flat(target: Target, session: Session) -> Finding:
    """All weights 0: constant networks, slopes of 0, every sample alike."""
    return _edge(target, session, "flat", lambda role, name, array, last: np.zeros_like(array), slopes=CANCELLED)


def steep(target: Target, session: Session) -> Finding:
    """The weights of critics doubled: slopes above 1, where a one-sided penalty acts."""
    roles = target.problem.method.roles
    return _edge(
        target, session, "steep", lambda role, name, array, last: (1 + (roles[role].output == "scalar")) * array
    )


def _edge(
    target: Target,
    session: Session,
    what: str,
    change: Callable[[str, str, Array, str], Array],
    **scales: float,
) -> Finding:
    p = target.problem
    last = {role: network.tensors[-1].name for role, network in p.networks.items()}
    weights = {r: {t: change(r, t, a, last[r]) for t, a in tensors.items()} for r, tensors in p.weights.items()}
    edge = replace(p, key=f"{p.key}:{what}", weights=weights).rounded(target.dtype)
    return _same_as_oracle(replace(target, problem=edge), session, **scales)


def coincident(target: Target, session: Session) -> Finding:
    """A batch of one sample repeated, and its noise: every distance within a sample is 0."""
    p = target.problem
    noise = {name: np.repeat(a[:1], len(a), axis=0) for name, a in p.noise.items()}
    x = np.repeat(p.x[:1], len(p.x), axis=0)
    target = replace(target, problem=replace(p, key=f"{p.key}:coincident", x=x, noise=noise))
    return _same_as_oracle(target, session, scale=ALIKE)


def _same_as_oracle(target: Target, session: Session, scale: float = 1.0, slopes: float = 1.0) -> Finding:
    """Loss and slopes as the oracle's; `scale` is the size of the numbers that cancel on the way to both, and
    `slopes` how much worse conditioned the slopes are than that."""
    loss, _ = target.computed(session)
    value = value_error(loss, target.reference(), target.dtype, scale=scale)
    gradient = legs.gradient(target, session)
    error = gradient.error / (scale * slopes)
    return Finding.worst({"loss": value}, {gradient.detail: error}, target.allowed)
