"""A model that one steps, in a backend: who moves, what is drawn for it, what it shows, and where it goes on.

The streams of a run are stated a second time, in `references`; so are the order of play and the laws, in the
methods' statements.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any, cast

import numpy as np

from diptych import Backend, Model, Network, initial_weights
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.statements import SHAPES
from diptych_conformance.checks.training import Path, backend_gradients, compared, different
from diptych_conformance.core.architectures import smooth_mlp
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, rounded
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references import oracle
from diptych_conformance.references.oracle.trainer import ReferenceTrainer
from diptych_conformance.references.statement import Form, ReferenceMethod
from diptych_conformance.references.streams import stream

SEED, OTHER = 11, 12
SIZES = (6, 6, 4, 5)  # rows of one batch and the next: the last of an epoch has what is left
MANY, DRAWS = 1003, 400  # rows, and draws of a bound a row: more than a model passes through its networks at once
LATER = 100  # rounds
RATES = {1: 0.004, 2: 0.02}  # from this round on: of all players, then of the last one


def stepped(form: Form, rounds: int, dtype: str, session: Session) -> Finding:
    """Some rounds of a model, which is handed batches alone, and of the reference, which is told all.

    At the beginning of some the learning rates change, and nothing else does. In every third step the model is
    handed noise too, that of a much later round.
    """
    model, reference = model_of(form, dtype, session), _reference(form, dtype, session)
    got, wanted = no_losses(form), no_losses(form)
    for (t, turn, names), x in zip(steps(form.stated(), rounds), batches(dtype), strict=False):
        handed = (t + turn) % 3 == 2
        noise = noise_of(form.stated(), t + LATER * handed, turn, len(x), dtype)
        if different({"noise": model.draws(t + LATER * handed, turn, len(x))}, {"noise": noise}):
            return only_if(False, f"Model.draws: of round {t + LATER * handed}, turn {turn}, {len(x)} rows")
        if (model.round, model.turn, model.next_players) != (t, turn, names):
            return only_if(False, f"Model: {model.next_players} in round {model.round}, not {names} in {t}")
        if turn == 0 and t in RATES:
            of = list(reference.rules) if t == 1 else [names[-1]]
            model.learn_at(RATES[t] if t == 1 else dict.fromkeys(of, RATES[t]))
            reference.rules |= {name: replace(reference.rules[name], learning_rate=RATES[t]) for name in of}
        for player, loss in reference.step(names, x, noise).items():
            wanted[player].append(loss)
        for player, loss in model.step([x] if turn % 2 else x, noise=noise if handed else None).items():
            got[player].append(float(loss))
    expected = Path(arrays(wanted), reference.weights, reference.state())
    return compared(Path(arrays(got), model.weights(), model.trainer.state()), expected, dtype, "Model.step")


def shown(form: Form, dtype: str, session: Session) -> Finding:
    """Samples of prior and codes, codes and their draws, reconstructions, likelihoods: of the seed's networks."""
    model, stated, method = model_of(form, dtype, session), form.stated(), form.method()
    networks = smooth_mlp(method, SHAPES)
    nets = oracle.networks(networks, weights_of(networks, dtype), training=False)
    x, many = next(batches(dtype)), rounded(np.random.default_rng(OTHER).random((MANY, *SHAPES["data"])), dtype)
    z = rounded(stated.prior(stream(OTHER, "sampling"), MANY, 0), dtype)
    wanted = {"sample": stated.generate(nets, z)}
    got = {"sample": model.sample(MANY, seed=OTHER), "sample of z": model.sample(z=z)}
    wanted["sample of z"] = wanted["sample"]
    if stated.encode and stated.reconstruct:
        wanted |= {"encode": stated.encode(nets, many), "reconstruct": stated.reconstruct(nets, many)}
        got |= {"encode": model.encode(many), "reconstruct": model.reconstruct(many)}
    if stated.draw_codes:
        drawn = {name: law(stream(OTHER, "codes", name), MANY, 0) for name, law in stated.noise.items()}
        noise = {name: rounded(a, dtype) for name, a in drawn.items()}
        wanted["draw_codes"] = stated.draw_codes(nets, many, noise)
        got["draw_codes"] = model.draw_codes([many], seed=OTHER)
    if stated.bound:
        shape = DRAWS, *SHAPES["latent"]
        draws = [stream(OTHER, "likelihood", row).standard_normal(shape) for row in range(len(x))]
        wanted["log-likelihood"] = stated.bound(nets, x, rounded(np.stack(draws), dtype))
        got["log-likelihood"] = model.log_likelihood(x, draws=DRAWS, seed=OTHER)
    return Finding.worst({name: value_error(got[name], a, dtype) for name, a in wanted.items()}, {}, allowed())


def taken_up(form: Form, dtype: str, session: Session) -> Finding:
    """In the middle of a round a model of other weights takes its state up, from a file, and goes on as it does."""
    one, other = model_of(form, dtype, session), model_of(form, dtype, session, first=OTHER)
    *before, after = zip(steps(form.stated(), 3), batches(dtype), strict=False)
    for _, x in before:
        one.step(x)
    with TemporaryDirectory() as folder:
        one.save(os.path.join(folder, "model"))
        other.load(os.path.join(folder, "model"))
    (_, turn, names), x = after
    if (other.round, other.turn, other.next_players) != (one.round, turn, names):
        return only_if(False, f"Model.restore: {other.next_players} are next, not {names}")
    one.step(x)
    other.step(x)
    changed = different({"state": other.state()}, {"state": one.state()})
    return only_if(not changed, "; ".join(changed[:3]))


def model_of(
    form: Form,
    dtype: str,
    session: Session,
    first: int = SEED,
    networks: Mapping[str, Network] | None = None,
) -> Model:
    """Of the seed, with the initial weights of the seed `first`."""
    method = form.method()
    networks = networks or smooth_mlp(method, SHAPES)
    chosen: Any = {"dtype": dtype, "device": session.device, "execution": "eager"}
    if first != SEED:
        chosen["weights"] = initial_weights(networks, stream(first, "weights"))
    return Model(method, networks, backend=cast(Backend, session.backend), seed=SEED, **chosen)


def weights_of(networks: Mapping[str, Network], dtype: str, first: int = SEED) -> dict[str, dict[str, Array]]:
    """The initial ones of the seed `first`."""
    drawn = initial_weights(networks, stream(first, "weights"))
    return {role: {name: rounded(a, dtype) for name, a in own.items()} for role, own in drawn.items()}


def _reference(form: Form, dtype: str, session: Session) -> ReferenceTrainer:
    """The rules written out in NumPy, on the backend's own gradients."""
    method = form.method()
    networks = smooth_mlp(method, SHAPES)
    gradients = backend_gradients(networks, dtype, session)
    return ReferenceTrainer(method, networks, weights_of(networks, dtype), {}, gradients)


def steps(stated: ReferenceMethod, rounds: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(round, turn, players), as the statement has them."""
    for t in range(rounds):
        one_by_one = [(name,) for name, plays in stated.players.items() for _ in range(plays.steps(t))]
        for turn, names in enumerate([tuple(stated.players)] if stated.simultaneous else one_by_one):
            yield t, turn, names


def batches(dtype: str) -> Iterator[Array]:
    """Without end, in [0, 1]."""
    random, number = np.random.default_rng(SEED), 0
    while True:
        yield rounded(random.random((SIZES[number % len(SIZES)], *SHAPES["data"])), dtype)
        number += 1


def noise_of(stated: ReferenceMethod, t: int, turn: int, n: int, dtype: str) -> dict[str, Array]:
    drawn = {name: law(stream(SEED, "noise", t, turn, name), n, t) for name, law in stated.noise.items()}
    return {name: rounded(a, dtype) for name, a in drawn.items()}


def no_losses(form: Form) -> dict[str, list[float]]:
    return {player.name: [] for player in form.method().players}


def arrays(losses: Mapping[str, list[float]]) -> dict[str, Array]:
    return {player: np.asarray(values) for player, values in losses.items()}
