"""Replicas that compute something else than one device: what others have shipped, and what is easy to write."""

import os
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Wrapped


class _WithReplicas(Wrapped):
    """A healthy backend whose replicas are of another kind."""

    def __init__(self, kind: Any, healthy: Any) -> None:
        super().__init__(healthy)
        self.kind = kind

    def replicated(self, count: int) -> Any:
        return self.kind(self.healthy.replicated(count), self.healthy, count)


class _OnReplicas(Wrapped):
    """A backend on replicas, which a subclass changes; `one` is the healthy backend on one device."""

    def __init__(self, healthy: Any, one: Any, count: int) -> None:
        super().__init__(healthy)
        self.one, self.count = one, count


class _TimesReplicas(_OnReplicas):
    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(*args, **settings)
        return loss, _scaled(grads, self.count)


class _OverReplicas(_OnReplicas):
    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(*args, **settings)
        return loss, _scaled(grads, 1 / self.count)


class _LocalLosses(_OnReplicas):
    """The mean of the losses that the replicas have of their own rows."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        self.alone = self.one.build(networks, weights, **settings)
        return self.healthy.build(networks, weights, **settings)

    def value_and_grads(self, player: Any, nets: Any, x: Any, noise: Any, **settings: Any) -> Any:
        rows = np.array_split(np.arange(len(x)), self.count)
        found = [
            self.one.value_and_grads(player, self.alone, x[own], {k: a[own] for k, a in noise.items()}, **settings)
            for own in rows
        ]
        shares = [len(own) / len(x) for own in rows]
        grads = {
            role: {
                name: np.asarray(sum(s * g[role][name] for s, (_, g) in zip(shares, found, strict=True)), a.dtype)
                for name, a in tensors.items()
            }
            for role, tensors in found[0][1].items()
        }
        return float(sum(s * loss for s, (loss, _) in zip(shares, found, strict=True))), grads


class _Gathered(_OnReplicas):
    """What networks give is changed by `gathered` in every loss."""

    def gathered(self, y: Any, ops: Any) -> Any:
        raise NotImplementedError

    def value_and_grads(self, player: Any, *args: Any, **settings: Any) -> Any:
        roles = player.objective

        def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
            def called(role: str) -> Any:
                return lambda *inputs: self.gathered(getattr(nets, role)(*inputs), ops)

            return roles(_View(called), x, noise, ops)

        return self.healthy.value_and_grads(replace(player, objective=loss), *args, **settings)


class _View:
    def __init__(self, called: Any) -> None:
        self._called = called

    def __getattr__(self, role: str) -> Any:
        return self._called(role)


class _CutGraph(_Gathered):
    def gathered(self, y: Any, ops: Any) -> Any:
        return ops.stop(y)


class _OthersCut(_Gathered):
    """Rows of the other replicas are constants, and nobody sums: the gradient is that of the first one's rows."""

    def gathered(self, y: Any, ops: Any) -> Any:
        own = y.shape[0] - y.shape[0] // self.count
        return ops.xp.concat([y[:own, ...], ops.stop(y[own:, ...])], axis=0)


class _TurnedRanks(_Gathered):
    def gathered(self, y: Any, ops: Any) -> Any:
        own = y.shape[0] - y.shape[0] // self.count
        return ops.xp.concat([y[own:, ...], y[:own, ...]], axis=0)


class _OwnNoise(_OnReplicas):
    """Replicas but the first draw noise of their own."""

    def value_and_grads(self, player: Any, nets: Any, x: Any, noise: Any, **settings: Any) -> Any:
        own = len(x) - len(x) // self.count
        drawn = {name: np.concatenate([a[:own], a[: len(x) - own]]) for name, a in noise.items()}
        return self.healthy.value_and_grads(player, nets, x, drawn, **settings)


class _FirstStatistics(_OnReplicas):
    """Running statistics follow the first replica's rows."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        self.alone = self.one.build(networks, weights, **settings)
        return self.healthy.build(networks, weights, **settings)

    def trainer(self, *args: Any, **settings: Any) -> Any:
        method, _, *rules = args
        trainer = self.healthy.trainer(*args, **settings)
        twin, step = self.one.trainer(method, self.alone, *rules, **settings), trainer.step

        def stepped(players: Any, x: Any, noise: Any) -> Any:
            own = len(x) - len(x) // self.count
            twin.step(players, x[:own], {name: a[:own] for name, a in noise.items()})
            return step(players, x, noise)

        trainer.step = stepped
        return trainer

    def weights(self, nets: Any) -> Any:
        own = self.one.weights(self.alone)
        return {
            role: {name: own[role][name] if "running" in name else a for name, a in tensors.items()}
            for role, tensors in self.healthy.weights(nets).items()
        }


class _NotTakenUp(_OnReplicas):
    """Optimisers begin anew, whatever state is handed over."""

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = self.healthy.trainer(*args, **settings)
        trainer.restore = lambda state: None
        return trainer


class _OwnStatistics(_OnReplicas):
    """A replica, known by its process and its place there, keeps running statistics some last bits off."""

    asked = 0

    def weights(self, nets: Any) -> Any:
        self.asked += 1
        off = 1 + 1e-14 * ((31 * os.getpid() + self.asked) % 997)
        return {
            role: {name: a * off if "running_mean" in name else a for name, a in tensors.items()}
            for role, tensors in self.healthy.weights(nets).items()
        }


class _ElsewherePlaced(_OnReplicas):
    def places(self, held: Any) -> frozenset[str]:
        found: frozenset[str] = self.healthy.places(held)
        return found | {"the first device"} if hasattr(held, "restore") else found


class _AllClaimed(_OnReplicas):
    @property
    def capabilities(self) -> Any:
        return self.one.capabilities


class _UntoldExecution(_OnReplicas):
    def trainer(self, method: Any, nets: Any, rules: Any = None, *, execution: str = "eager") -> Any:
        computed = execution if execution in self.healthy.replica_executions else "eager"
        return self.healthy.trainer(method, nets, rules, execution=computed)


def _scaled(grads: Any, factor: float) -> Any:
    return {r: {name: np.asarray(g * factor, g.dtype) for name, g in own.items()} for r, own in grads.items()}


def _fault(name: str, source: str, cases: str, leg: str, kind: Any, alone: bool = False) -> Fault:
    return Fault(name, source, f"replicas/{cases}", leg, partial(_WithReplicas, kind), alone)


GAN, MMD = "ns-gan/*/5 rows on 2/float64/*", "wae-mmd/*/5 rows on 2/float64/*"
REPLICAS = (
    _fault("a gradient for each replica", "open_clip 616: N times", GAN, "gradient", _TimesReplicas, True),
    _fault("a sum taken for a mean", "lightly 1977: 1/N of the gradient", GAN, "gradient", _OverReplicas, True),
    _fault("losses of own rows, averaged", "DistributedDataParallel around MMD", MMD, "value", _LocalLosses),
    _fault("gathering cuts the graph", "accelerate 76", GAN, "gradient", _CutGraph, True),
    _fault("rows of others are constants", "all_gather without its adjoint", MMD, "gradient", _OthersCut, True),
    _fault("ranks in another order", "rows gathered as they arrive", MMD, "value", _TurnedRanks),
    _fault("noise of a replica's own", "a seed of its rank", MMD, "value", _OwnNoise),
    _fault(
        "a state that replicas do not take up",
        "one trainer restored, and copies of it made before",
        "clipped/rounds/float64/*",
        "value",
        _NotTakenUp,
    ),
    _fault(
        "statistics of one replica",
        "broadcast_buffers of DistributedDataParallel",
        "batch norm/rounds/float64/*",
        "value",
        _FirstStatistics,
    ),
    _fault(
        "optimisers of all replicas on one device",
        "tensors made without a device",
        "waiting/rounds/float64/*",
        "exactness",
        _ElsewherePlaced,
        True,
    ),
    _fault(
        "replicas claim what one device does",
        "a set of claims that is handed on",
        "claims of replicas/*",
        "exactness",
        _AllClaimed,
        True,
    ),
    _fault(
        "an execution that replicas have not, and do not refuse",
        "an argument passed over",
        "claims of replicas/*",
        "exactness",
        _UntoldExecution,
        True,
    ),
    _fault(
        "statistics of each replica",
        "broadcast_buffers=False",
        "batch norm/rounds/float64/*",
        "exactness",
        _OwnStatistics,
        True,
    ),
)
