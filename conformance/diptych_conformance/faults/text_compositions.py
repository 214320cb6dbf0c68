"""Mistakes in the spec's sources that show only in methods without a name."""

from diptych_conformance.faults.of_text import TextFault, of_loss, of_settings

CLIPPED = "clipped games in both spaces, one of features"
MEANS = "Bernoulli decoder, the game of means"
THROUGH = "through the encoder, with adversarial KL"
APART = "penalty apart, weighted by round"
BOTH = "f-GAN with R1 on codes under a hinge game, noise on both, narrow prior"
SLOPED = "MMD of features whose slope is charged, by round, in latent space"
LEARNED = "learned cost under a gradient penalty"

TEXT_COMPOSITIONS: tuple[TextFault, ...] = (
    of_loss(
        "weight left out of the latent critic of a hybrid",
        "algebra/hybrid_losses.py",
        "return self.weight.times(loss, noise, xp=ops.xp)",
        "return loss",
        "ae-gan-latent/latent_critic",
        "value",
    ),
    of_loss(
        "the penalty of a hybrid weighed as its game",
        "algebra/hybrid_losses.py",
        "loss = loss + self.weight.times(penalty, noise, xp=ops.xp)",
        "loss = loss + self.game_weight.times(penalty, noise, xp=ops.xp)",
        "ae-gan-latent/encoder",
        "value",
    ),
    of_loss(
        "a game through the encoder without its weight",
        "algebra/hybrid_losses.py",
        "return self.game_weight.times(loss, noise, xp=ops.xp)",
        "return loss",
        f"{THROUGH}/encoder",
        "value",
    ),
    of_loss(
        "a game of logits where pictures are means",
        "algebra/hybrid_losses.py",
        "self._mean(nets.decoder(noise.z) if y is None else y, ops.xp)",
        "nets.decoder(noise.z) if y is None else y",
        f"{MEANS}/critic",
        "value",
    ),
    of_settings(
        "a hybrid draws from another prior than it is given",
        "algebra/hybrid.py",
        'draws["z"] = Draw(prior, "latent")',
        'draws["z"] = Draw(Normal(), "latent")',
        MEANS,
    ),
    of_settings(
        "a hybrid shows samples of another prior",
        "algebra/hybrid.py",
        'prior=Draw(prior, "latent"),',
        'prior=Draw(Normal(), "latent"),',
        MEANS,
    ),
    of_settings(
        "a primal method shows samples of another prior",
        "algebra/primal.py",
        'prior=Draw(prior, "latent"),',
        'prior=Draw(Normal(), "latent"),',
        "biased MMD in latent space, narrow prior",
    ),
    of_settings(
        "a latent game's clip of features on its whole critic",
        "algebra/hybrid.py",
        'roles=tuple(f"latent_{name}" for name in latent.projection.roles)',
        "roles=()",
        CLIPPED,
    ),
    of_settings(
        "a latent game without its clip",
        "algebra/primal.py",
        "                    latent.projection,\n",
        "                    None,\n",
        "clipped W1 in latent space",
    ),
    of_loss(
        "a penalty apart without its weight",
        "algebra/primal.py",
        "return self.weight.times(self.latent.penalty(nets, x, code, noise, ops), noise, xp=ops.xp)",
        "return ops.xp.mean(self.latent.penalty(nets, x, code, noise, ops))",
        f"{APART}/regulariser",
        "value",
    ),
    of_settings(
        "steps of a latent critic do not arrive",
        "algebra/primal.py",
        "replace(steps, usual=critic_steps)",
        "steps",
        APART,
    ),
    of_loss(
        "closed forms are not smoothed",
        "divergences/divergence.py",
        "model_loss=noisy(divergence.model_loss)",
        "model_loss=noisy(divergence.model_loss) if divergence.critic_loss else divergence.model_loss",
        "sliced W in latent space, smoothed/autoencoder",
        "value",
    ),
    of_settings(
        "a lazy weight not made up for",
        "schedules.py",
        "return 0.0 if t % self.every else self.every * at(self.value, t)",
        "return 0.0 if t % self.every else at(self.value, t)",
        "W1 with a lazy gradient penalty, annealed",
    ),
    of_loss(
        "a learned cost without its scale",
        "algebra/hybrid_losses.py",
        "return self.cost.scale * ops.xp.mean(",
        "return ops.xp.mean(",
        f"{LEARNED}/encoder",
        "value",
    ),
    of_loss(
        "a second penalty in the place of the first",
        "divergences/lipschitz.py",
        "zero_centred_penalty(ops.grad(f, q), xp=ops.xp)",
        "zero_centred_penalty(ops.grad(f, p), xp=ops.xp)",
        "W1 clipped with R1 and R2/critic",
        "value",
    ),
    of_settings(
        "how far a latent critic may reach is forgotten",
        "algebra/hybrid.py",
        "reach=min(game.reach, latent.reach if latent else inf)",
        "reach=game.reach",
        BOTH,
    ),
    of_settings(
        "what a latent game needs is forgotten",
        "algebra/hybrid.py",
        "needs=game.needs | (latent.needs if latent else frozenset())",
        "needs=game.needs",
        BOTH,
    ),
    of_loss(
        "a latent game takes the draws of the game in data space",
        "algebra/hybrid_losses.py",
        'draws = {name: getattr(noise, f"latent_{name}") for name in self.latent.noise}',
        "draws = {name: getattr(noise, name) for name in self.latent.noise}",
        f"{BOTH}/latent_critic",
        "value",
    ),
    of_settings(
        "a penalty apart does not wait for pre-training",
        "algebra/primal.py",
        "tuple(encoder.roles), steps, optimizer=optimizer",
        "tuple(encoder.roles), optimizer=optimizer",
        "penalty apart, the encoder pre-trained",
    ),
    of_settings(
        "a clip lost where features are split off",
        "divergences/features.py",
        "        parts=parts,\n",
        "        parts=parts,\n        projection=None,\n",
        "learned cost under clipped W1",
    ),
    of_settings(
        "a tilt forgets the noise of what it tilts",
        "divergences/tilt.py",
        "        logit=False,  # of h\n",
        "        logit=False,\n        noise=lambda like: {},\n",
        "a tilt around noise around R1",
    ),
    of_settings(
        "points between codes are drawn as between data",
        "divergences/mmd_features.py",
        '"e": Draw(Uniform(0.0, 1.0), like, one_per_sample=True)',
        '"e": Draw(Uniform(0.0, 1.0), "data", one_per_sample=True)',
        SLOPED,
    ),
    of_loss(
        "a charge of the round on the size of the features too",
        "divergences/mmd_features.py",
        "charge = weight.charge(gradient_penalty(slope, xp=xp), noise, xp=xp)",
        "charge = weight.charge(gradient_penalty(slope, xp=xp) + squares, noise, xp=xp)",
        f"{SLOPED}/critic",
        "value",
    ),
    of_settings(
        "one network of two pre-trained",
        "algebra/primal.py",
        'Player("pretraining", gap, tuple(encoder.roles)',
        'Player("pretraining", gap, ("encoder",)',
        "MMD of a separable encoder, pre-trained",
    ),
)
