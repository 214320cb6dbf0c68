"""The losses of a hybrid's players, and the cost that is learned with its critic.

x̃ = G(z), z ~ Q(z|x), is the reconstruction; D is the divergence of the game, λ its weight, w that of the penalty.
"""

from dataclasses import dataclass
from typing import Literal

from diptych import checks
from diptych.algebra.encoders import Code, Encoder
from diptych.algebra.latent import Latent
from diptych.costs import Cost
from diptych.divergences.divergence import Divergence
from diptych.named import Named
from diptych.primitives import row_squared_distances
from diptych.typing import Array, Namespace, Networks, NoiseDraws, Ops
from diptych.weighting import Weight


@dataclass(frozen=True)
class LearnedCost:
    """c(x, y) = scale · |φ(x) - φ(y)|², summed over features; φ, of `size` numbers, lies under the data critic."""

    size: int = 64
    scale: float = 1.0
    name: str = "learned cost"

    def __post_init__(self) -> None:
        checks.field(self, "size", checks.whole)
        checks.field(self, "scale", checks.positive)


@dataclass(frozen=True)
class Hybrid:
    """The parts of a hybrid, and the losses of its players."""

    cost: Cost | LearnedCost
    game: Divergence
    game_weight: Weight
    fakes: Literal["samples", "reconstructions"]
    through_encoder: bool
    encoder: Encoder
    latent: Latent | None
    weight: Weight

    def encoder_loss(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """E c(x, x̃) + w · penalty [+ λ D]"""
        code = self.encoder.encode(nets, x, noise, ops)
        y = nets.decoder(code.z)
        loss = self._cost(nets, x, y, ops)
        if self.latent:
            penalty = self.latent.penalty(*self._inside(nets, noise, x, code), ops)
            loss = loss + self.weight.times(penalty, noise, xp=ops.xp)
        return loss + self._game(nets, x, y, noise, ops) if self.through_encoder else loss

    def decoder_loss(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """E c(x, x̃) + λ D"""
        y = nets.decoder(self.encoder.encode(nets, x, noise, ops).z)
        return self._cost(nets, x, y, ops) + self._game(nets, x, y, noise, ops)

    def critic_loss(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """What D's critic minimises, between x and the fakes."""
        y = None if self.fakes == "samples" else nets.decoder(self.encoder.encode(nets, x, noise, ops).z)
        return self.game.game_loss(nets, x, self._fake(nets, y, noise, ops), noise, ops)

    def latent_critic_loss(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """w · what the penalty's critic minimises."""
        assert self.latent is not None
        assert self.latent.critic_loss is not None
        code = self.encoder.encode(nets, x, noise, ops)
        loss = self.latent.critic_loss(*self._inside(nets, noise, x, code), ops)
        return self.weight.times(loss, noise, xp=ops.xp)

    def _cost(self, nets: Networks, x: Array, y: Array, ops: Ops) -> Array:
        if isinstance(self.cost, Cost):
            return ops.xp.mean(self.cost.of(x, y, xp=ops.xp))
        return self.cost.scale * ops.xp.mean(row_squared_distances(nets.features(x), nets.features(y), xp=ops.xp))

    def _game(self, nets: Networks, x: Array, y: Array, noise: NoiseDraws, ops: Ops) -> Array:
        fake = self._fake(nets, None if self.fakes == "samples" else y, noise, ops)
        loss = self.game.model_loss(self.game.critic(nets), x, fake, noise, ops)
        return self.game_weight.times(loss, noise, xp=ops.xp)

    def _fake(self, nets: Networks, y: Array | None, noise: NoiseDraws, ops: Ops) -> Array:
        """What the game compares with the data: y, or samples where there is none."""
        return self._mean(nets.decoder(noise.z) if y is None else y, ops.xp)

    def _mean(self, output: Array, xp: Namespace) -> Array:
        """The data a decoder's output stands for."""
        return self.cost.mean(output, xp=xp) if isinstance(self.cost, Cost) else output

    def _inside(
        self, nets: Networks, noise: NoiseDraws, x: Array, code: Code
    ) -> tuple[Networks, Array, Code, NoiseDraws]:
        """Networks, x, code and noise by the names the latent penalty knows them by."""
        assert self.latent is not None
        own = {role: getattr(nets, f"latent_{role}") for role in self.latent.roles}
        draws = {name: getattr(noise, f"latent_{name}") for name in self.latent.noise}
        prior = {"z": noise.z} if self.latent.compares == "z" else {}
        return Named(own), x, code, Named(prior | draws)

    def generate(self, nets: Networks, z: Array, ops: Ops) -> Array:
        """G(z)"""
        return self._mean(nets.decoder(z), ops.xp)

    def encode(self, nets: Networks, x: Array, ops: Ops) -> Array:
        """The centre of Q(z|x)"""
        return self.encoder.centre(nets, x, ops)

    def draw_codes(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """z ~ Q(z|x)"""
        return self.encoder.encode(nets, x, noise, ops).z

    def reconstruct(self, nets: Networks, x: Array, ops: Ops) -> Array:
        """G at the centre of Q(z|x)"""
        return self.generate(nets, self.encode(nets, x, ops), ops)
