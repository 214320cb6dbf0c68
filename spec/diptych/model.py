"""A model that one steps: a method, networks for its roles, and a backend; it knows who moves and draws the noise.

method = diptych.methods.wgan_gp(weight=10.0)
model = diptych.Model(method, networks.mlp(method, data=(2,), latent=(8,)), backend="torch", seed=0)
for batch in loader:
    losses = model.step(batch)
model.sample(64)
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from diptych import averages, border, checks, model_state, parts, passes, randomness, run_noise, turns
from diptych.backends import check_capabilities, complete_backend, on_replicas
from diptych.lending import lent
from diptych.method import Method
from diptych.model_outputs import Outputs, shapes_of
from diptych.networks.network import Network, initial_weights
from diptych.networks.roles import check
from diptych.optimizers import Optimizer, at_round
from diptych.protocol import Backend, Capability, Device, Execution, Trainer
from diptych.schedules import Schedule
from diptych.typing import Shape, Weights

Losses = Mapping[str, Any]  # player -> 0-d native array
Arrays = dict[str, np.ndarray[Any, Any]]


class Model(Outputs):
    """`method` in training, in `backend`: a name, such as "torch", or what `diptych.backend` gives.

    `networks` holds one for every role of the method: a `Network`, as `networks.mlp` makes them, or a module of the
    framework's own. `data` and `latent` are the shapes of a row and of a code; networks of diptych's own tell them,
    of modules the rows tell `data`, and `latent` must be given.

    Initial weights, noise and samples follow from `seed` alone: one seed is one run, in every backend. `weights`,
    by role, take the place of initial ones. `optimizers` are update rules by player, the method's own where not
    given: a learning rate may be a schedule, which is read at `round`, and what is shown is of averages where rules
    keep them. `dtype`, `device` and `execution` are for the backend, `execution` its default where None.

    On `replicas` devices a step is that of one device, up to rounding: each is given the whole batch, and computes
    the networks on its own rows. In PyTorch each replica is a process of one process group, and all make the same
    calls; TensorFlow has one process for all of them.

    `round` counts the rounds that are done, `turn` the steps of the one that is not.

    Raises ValueError where a role has no network, a network another shape than its role, and for what the backend
    cannot do.
    """

    def __init__(
        self,
        method: Method,
        networks: Mapping[str, Any],
        *,
        backend: str | Backend,
        seed: int = 0,
        data: Shape | None = None,
        latent: Shape | None = None,
        weights: Weights | None = None,
        optimizers: Mapping[str, Optimizer] | None = None,
        dtype: Literal["float32", "float64"] = "float32",
        device: Device = None,
        execution: Execution | None = None,
        replicas: int = 1,
    ) -> None:
        checks.wanted("method", method, Method, "diptych.methods.wgan_gp() makes one, as do its neighbours")
        checks.by_name("networks", networks, "a network or module for each role, {'generator': ...}")
        checks.choice("dtype", dtype, ("float32", "float64"))
        self.method, self.dtype, self.device = method, dtype, device
        self.backend = on_replicas(complete_backend(backend), replicas)
        self.seed = checks.whole("seed", seed, 0)
        self.execution = execution or self.backend.default_execution
        self._rules = method.optimizers(optimizers)
        check_capabilities(self.backend, method, self._rules.values(), dtype, self.execution)
        described = {role: network for role, network in networks.items() if isinstance(network, Network)}
        signatures = {role: (network.inputs, network.output) for role, network in described.items()}
        given = {"data": data, "latent": latent}
        self._events = border.events(method, signatures)
        self._events |= {name: checks.shape(name, shape) for name, shape in given.items() if shape is not None}
        check(method, networks, self._events)
        if weights is not None:
            checks.by_name("weights", weights, "tensors by role and name, as `weights()` gives them")
        else:
            weights = initial_weights(described, randomness.generator(self.seed, randomness.WEIGHTS))
        parts.check_method(method, self._rules, replicas)
        self._replicas = replicas
        self._in_parts = False  # is it known that the losses are means over rows, where they are to be?
        self._networks = dict(networks)
        self.nets = self.backend.build(networks, weights, dtype=dtype, device=device)
        self.trainer = self.backend.trainer(method, self.nets, self._rules, execution=self.execution)
        self.round, self.turn = 0, 0
        self._lent: Any = None  # the networks of a context of `shown`, which has others within

    @property
    def optimizers(self) -> dict[str, Optimizer]:
        """The update rule of each player."""
        return dict(self._rules)

    @property
    def next_players(self) -> tuple[str, ...]:
        """Who moves in the next step, together.  ValueError where no round has a step any more."""
        self.round, self.turn = turns.next_step(self.method, self.round, self.turn)
        return self.method.round(self.round)[self.turn]

    def step(self, batch: Any, *, noise: Mapping[str, Any] | None = None) -> Losses:
        """Those whose turn it is move, by gradients on `batch`; each one's loss before the step, by name.

        `batch` is (n, *data), of any n that the method's terms take: an array of NumPy's or of the backend's
        framework, or a list or tuple of that alone, as loaders give it. `noise` is drawn unless given: `draws` of
        the round, the turn and n. A loss is a 0-d array of the framework: reading it as a float waits for the
        device.

        Raises ValueError, and nothing has moved, for what `Trainer.step` refuses.
        """
        x, players = passes.rows(batch), self.next_players
        events = {"data": tuple(x.shape[1:]), **self._events}
        drawn = self._drawn(self.round, self.turn, x.shape[0], events) if noise is None else noise
        self._check_parts(x, drawn)
        losses = self.trainer.step(players, x, drawn, **self._rates(players))
        self._events = events  # not before: a batch that is refused tells nothing
        self.round, self.turn = turns.after(self.method, self.round, self.turn)
        return losses

    def _check_parts(self, x: Any, noise: Mapping[str, Any]) -> None:
        """Before the first step: can it be computed in parts, where rules ask for that?"""
        if not self._in_parts:
            parts.check_losses(self.backend, self.nets, self.method, self._rules, x, noise, self.dtype)
            self._in_parts = True

    def draws(self, t: int, turn: int, n: int) -> Arrays:
        """The noise of n rows in step number `turn` of round t: a function of these and of the seed.

        ValueError where n is no whole number of at least 1, t or turn none of at least 0.
        """
        t, turn = checks.whole("t", t, 0), checks.whole("turn", turn, 0)
        return self._drawn(t, turn, checks.whole("n", n), self._events)

    def _drawn(self, t: int, turn: int, n: int, events: Mapping[str, Shape]) -> Arrays:
        drawn = run_noise.of_step(self.method, self.seed, t, turn, n, shapes_of(events))
        return {name: draw.astype(self.dtype, copy=False) for name, draw in drawn.items()}

    def _rates(self, players: tuple[str, ...]) -> dict[str, dict[str, float]]:
        """The argument of a step that says at which rates these players learn, for a backend that takes it."""
        told = Capability.RATES in self.backend.capabilities
        return {"rates": at_round(self._rules, players, self.round)} if told else {}

    def learn_at(self, rates: float | Schedule | Mapping[str, float | Schedule]) -> None:
        """From now on at this learning rate, or at these by player; all else stays, the optimisers' state too."""
        by_player = rates if isinstance(rates, Mapping) else dict.fromkeys(self._rules, rates)
        checks.known("learning rates of players", by_player, self._rules)
        changed = {name: replace(self._rules[name], learning_rate=rate) for name, rate in by_player.items()}
        rules = self._rules | changed
        check_capabilities(self.backend, self.method, rules.values(), self.dtype, self.execution)
        if Capability.RATES not in self.backend.capabilities:
            self.trainer = self._trainer(self.nets, rules, self.trainer.state())
        self._rules = rules

    def train_by(
        self, optimizers: Mapping[str, Optimizer] | None = None, *, execution: Execution | None = None
    ) -> None:
        """From now on by these rules, of new state, in this execution, as in `Model`; weights and round stay."""
        rules, execution = self.method.optimizers(optimizers), execution or self.backend.default_execution
        check_capabilities(self.backend, self.method, rules.values(), self.dtype, execution)
        parts.check_method(self.method, rules, self._replicas)
        self._in_parts = False
        self.trainer = self.backend.trainer(self.method, self.nets, rules, execution=execution)
        self._rules, self.execution = rules, execution

    def averages(self) -> dict[str, Arrays]:
        """`weights`, with the average of each tensor that has one in its place; see `diptych.optimizers`."""
        return averages.averaged(self.weights(), self.trainer.state(), self.method.players)

    @contextmanager
    def shown(self) -> Iterator[Any]:
        if self._lent is not None or all(rule.ema is None for rule in self._rules.values()):
            yield self.nets if self._lent is None else self._lent
            return
        weights, wanted = self.weights(), self.averages()
        at = {"dtype": self.dtype, "device": self.device}
        try:
            with lent(self.backend, self._networks, weights, wanted, **at) as self._lent:
                yield self._lent
        finally:
            self._lent = None

    def state(self) -> Arrays:
        """All that training has changed: ``weights/role/tensor``, ``optimizer/...``, ``round`` and ``turn``.

        Tensors of your own modules have the framework's names. What such a module holds beside its tensors, as the
        generator of a dropout layer, is no part of it.
        """
        return model_state.flat(self.weights(), self.trainer.state(), self.round, self.turn)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up a `state` of a model of this method and these networks, in this backend or another; a copy of it.

        A `Network` is built anew: a module of it that was taken out before stays as it is. A module of your own is
        written into, under the names that it had. (In Keras these are the paths of variables, which come again in
        another process if the model and its layers are given names.)

        Raises ValueError, and nothing has changed, where an entry is missing, unknown or of another shape.
        """
        checks.by_name("state", state, "arrays by name, as `state()` gives them; `load` reads a file")
        weights, moved, round, turn = self._parts(state, self.method.roles)
        self._trainer(self.nets, self._rules, moved)  # refuses before a module is written into
        nets = self.backend.build(self._networks, weights, dtype=self.dtype, device=self.device)
        self.trainer = self._trainer(nets, self._rules, moved)
        self.nets, self.round, self.turn = nets, round, turn

    def progress(self) -> Arrays:
        """`state` without the weights, for a file of the framework's own that holds these: see `resume`."""
        return model_state.flat({}, self.trainer.state(), self.round, self.turn)

    def resume(self, progress: Mapping[str, Any]) -> None:
        """Take up a `progress` of a model of this method and these networks, which have its weights already.

        Raises ValueError, and nothing has changed, where an entry is missing, unknown or of another shape.
        """
        checks.by_name("progress", progress, "arrays by name, as `progress()` gives them")
        _, moved, round, turn = self._parts(progress, ())
        self.trainer.restore(moved)
        self.round, self.turn = round, turn

    def save(self, path: str | Path) -> None:
        """`state` as a safetensors file, whole or not at all.  FloatingPointError where a number is not finite."""
        model_state.write(Path(path), self.state(), self.method.name)

    def load(self, path: str | Path) -> None:
        """`restore` what `save` wrote.  ValueError, naming the file, where it is damaged or of another model."""
        self.restore(model_state.read(Path(path), self.method.name))

    def _parts(self, state: Mapping[str, Any], roles: Collection[str]) -> tuple[Any, Any, int, int]:
        """Weights of these roles, optimisers' state, round and turn. ValueError where a round has no such turn."""
        weights, moved, round, turn = model_state.parts(state, roles)
        if turn and turn >= (steps := len(self.method.round(round))):
            raise ValueError(f"state: turn {turn} of round {round}, which has {steps} steps")
        return weights, moved, round, turn

    def _trainer(self, nets: Any, rules: Mapping[str, Optimizer], state: Mapping[str, Any]) -> Trainer:
        """A trainer of these nets, its optimisers in a copy of this state."""
        trainer = self.backend.trainer(self.method, nets, rules, execution=self.execution)
        trainer.restore(state)
        return trainer
