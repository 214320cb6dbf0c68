"""A caller's arguments, checked, as a `Subject`; and losses of arrays as objectives of networks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from diptych import border
from diptych.method import Objective, Player
from diptych.named import Named, Noise
from diptych.networks import Network, initial_weights
from diptych.protocol import Backend
from diptych_conformance.core.problem import generator, perturbed_weights
from diptych_conformance.own_loss import views
from diptych_conformance.own_loss.arguments import some, within
from diptych_conformance.own_loss.subject import DTYPE, Array, Subject, offsets

Loss = Callable[..., Any] | Player
EXACT = 2.0**53  # a backend makes floats of integers: up to here they come back as they were


def of_networks(
    loss: Loss,
    backend: Backend,
    networks: Mapping[str, Any],
    weights: Mapping[str, Mapping[str, Array]],
    x: Any,
    noise: Mapping[str, Any],
    moves: Sequence[str] | None,
    spares: Sequence[str],
) -> Subject:
    """loss(nets, x, noise, ops)."""
    _names("networks", networks)
    within("x", x, x is not None, "a batch of at least two samples")
    batch, draws = _floats("x", x), {name: _floats(f"noise {name!r}", a) for name, a in noise.items()}
    within("x", batch.shape, batch.ndim > 0 and len(batch) > 1, "a batch of at least two samples")
    for name, a in draws.items():
        within(f"noise {name!r}", a.shape, a.shape[:1] == batch.shape[:1], f"of {len(batch)} rows, as x is")
    records = {role: network for role, network in networks.items() if isinstance(network, Network)}
    within("weights", list(weights), set(weights) <= set(records), f"by role, of the vocabulary's {list(records)}")
    random = generator("check_loss", "weights")
    drawn = {role: perturbed_weights(own, random) for role, own in initial_weights(records, random).items()}
    objective = objective_of(loss, networks, draws)
    return Subject(
        name=_name(loss),
        kind="network",
        backend=backend,
        objective=objective,
        bare=objective,
        networks=networks,
        weights={**drawn, **weights},
        x=batch,
        noise=draws,
        samples=frozenset(draws),
        cast=tuple(name for name, a in {"x": x, **noise}.items() if _whole(a)),
        **_ownership(moves, spares, networks),
    )


def of_arrays(
    loss: Callable[..., Any],
    backend: Backend,
    arrays: Mapping[str, Any],
    by: Sequence[str] | None,
    moves: Sequence[str] | None,
    spares: Sequence[str],
) -> Subject:
    """loss(**arrays), differentiated by the arrays named in `by`."""
    _names("arrays", arrays)
    given = {name: _floats(f"array {name!r}", a) for name, a in arrays.items()}
    roles = some("by", tuple(given) if by is None else by, given)
    within("by", by, bool(roles), "at least one array")
    first = next(iter(given.values())).shape[:1]
    within("arrays", first, first > (1,), "such that the first holds two samples or more")
    given |= {name: _as_given(f"array {name!r}", arrays[name], a) for name, a in given.items() if name not in roles}
    return Subject(
        name=_name(loss),
        kind="array",
        backend=backend,
        objective=as_objective(loss, given, roles),
        bare=as_objective(loss, given, ()),
        x=np.zeros((1, 1)),
        noise=given,
        cast=tuple(name for name in roles if _whole(arrays[name])),
        samples=frozenset(name for name, a in given.items() if a.shape[:1] == first),
        **_ownership(moves, spares, roles),
        **offsets(given, roles),
    )


def objective_of(loss: Loss, networks: Iterable[str], noise: Iterable[str]) -> Objective:
    """The loss, given only the caller's networks and noise, of these names, without the probe's."""
    own = loss.objective if isinstance(loss, Player) else loss
    roles, draws = tuple(networks), tuple(noise)

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return own(Named(_only(roles, nets)), x, Noise(_only(draws, noise)), ops)

    return objective


def _only(names: tuple[str, ...], named: Any) -> dict[str, Any]:
    return {name: getattr(named, name) for name in names}


def as_objective(loss: Callable[..., Any], arrays: Mapping[str, Array], by: tuple[str, ...]) -> Objective:
    """loss(**arrays) as an objective of the networks that `offsets` describes.

    A backend casts every input to float: inputs that were integers or booleans are cast back.
    """
    whole = {name: a.dtype.name for name, a in arrays.items() if a.dtype.kind != "f"}

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        given = {name: getattr(noise, name) for name in arrays}
        for name, dtype in whole.items():
            given[name] = ops.xp.astype(given[name], getattr(ops.xp, dtype))
        for name in by:
            offset = getattr(nets, name)(x)
            given[name] = given[name] + ops.xp.reshape(offset, tuple(given[name].shape))
        return loss(**given)

    return objective


def _name(loss: Loss) -> str:
    return loss.name if isinstance(loss, Player) else getattr(loss, "__name__", type(loss).__name__)


def _names(what: str, given: Mapping[str, Any]) -> None:
    within(what, list(given), bool(given) and views.PROBE not in given, f"at least one, none named {views.PROBE!r}")


def _ownership(moves: Sequence[str] | None, spares: Sequence[str], roles: Iterable[str]) -> dict[str, Any]:
    spared = some("spares", spares, roles)
    within("spares", spares, set(spared) < set(roles), "some of the roles, not all")
    if moves is not None:
        moves = some("moves", moves, roles)
        within("moves", moves, bool(moves), "at least one role")
        within("moves", moves, not set(moves) & set(spared), f"other roles than spares, which are {list(spared)}")
    return {"moves": moves, "spares": spared}


def _floats(what: str, array: Any) -> Array:
    if not isinstance(array, np.ma.MaskedArray | list | tuple):
        try:
            array = _read(array)
        except (TypeError, ValueError, RuntimeError) as error:  # a framework's own: of a sparse tensor, say
            raise ValueError(f"{what} must be an array of numbers ({error})") from None
    found = border.array(what, array, DTYPE)
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        raise ValueError(f"{what} must be finite, got {found[tuple(bad[0])]} at {tuple(map(int, bad[0]))}")
    within(what, found.shape, found.size > 0, "of at least one number")
    return found


def _as_given(what: str, array: Any, found: Array) -> Array:
    """What `_floats` found in it, as the integers or booleans that it came in."""
    if not _whole(array):
        return found
    largest = float(np.max(np.abs(found)))
    within(what, largest, largest < EXACT, "of integers below 2^53, since it passes through float64")
    return _read(array)


def _whole(array: Any) -> bool:
    return _read(array).dtype.kind in "biu"


def _read(array: Any) -> Array:
    """A tensor that requires a gradient refuses to be an array."""
    return np.asarray(getattr(array, "detach", lambda: array)())
