"""Mistakes in the spec's `Model`: who moves, what is drawn, what is sampled, and how a state is restored."""

from diptych_conformance.faults.of_text import TextFault


def of_model(name: str, before: str, after: str, form: str, check: str, *, module: str = "model") -> TextFault:
    """A mistake that must show in a model of this form."""
    leg = "exactness" if check in ("taken up", "goes on") else "value"
    return TextFault(
        name, f"diptych/{module}.py", before, after, f"runs/{form}/model/float64/eager/{leg}.{check}", leg
    )


def of_request(name: str, before: str, after: str, subject: str, check: str) -> TextFault:
    """A mistake in what a model hands to its backend."""
    cases = f"runs/{subject}/float64/eager/exactness.{check}"
    return TextFault(name, "diptych/model.py", before, after, cases, "exactness")


def of_need(name: str, module: str, before: str, after: str, capability: str) -> TextFault:
    """A mistake in what a model needs of its backend."""
    cases = f"runs/model without {capability}/float64/eager/exactness.lacking"
    return TextFault(name, f"diptych/{module}.py", before, after, cases, "exactness")


def of_draws(name: str, module: str, before: str, after: str, subject: str) -> TextFault:
    """A mistake in the draws of codes, or of data."""
    cases = f"objectives/{subject}/float64/eager/value.formula"
    return TextFault(name, f"diptych/{module}.py", before, after, cases, "value")


TEXT_MODELS: tuple[TextFault, ...] = (
    of_model(
        "the first player of a round takes all of its steps",
        "return self.method.round(self.round)[self.turn]",
        "return self.method.round(self.round)[0]",
        "wgan-gp",
        "stepped",
    ),
    of_model(
        "a round that never ends",
        "if turn + 1 == len(method.round(round))",
        "if turn == len(method.round(round))",
        "ns-gan",
        "stepped",
        module="turns",
    ),
    of_model(
        "one stream for all draws of a step",
        "randomness.generator(seed, purpose, *index, name)",
        "randomness.generator(seed, purpose, *index)",
        "wgan-gp",
        "stepped",
        module="run_noise",
    ),
    of_model(
        "the same noise in every step of a round",
        "(seed, randomness.NOISE, t, turn)",
        "(seed, randomness.NOISE, t, 0)",
        "wgan-gp",
        "stepped",
        module="run_noise",
    ),
    of_model(
        "noise of the seed 0, whatever the model's",
        "(seed, randomness.NOISE, t, turn)",
        "(0, randomness.NOISE, t, turn)",
        "vae",
        "stepped",
        module="run_noise",
    ),
    of_model(
        "laws as the first round has them",
        "method.draws(stream, n, shapes, t)",
        "method.draws(stream, n, shapes)",
        "vae-warm-up",
        "stepped",
        module="run_noise",
    ),
    of_model(
        "initial weights from the stream of samples",
        "randomness.generator(self.seed, randomness.WEIGHTS)",
        "randomness.generator(self.seed, randomness.SAMPLING)",
        "ns-gan",
        "stepped",
    ),
    of_model(
        "one rule for all players",
        "self._rules = method.optimizers(optimizers)",
        "self._rules = {p.name: method.players[0].optimizer for p in method.players}",
        "ae-gan",
        "stepped",
    ),
    of_model(
        "samples of the model's seed, whatever is asked",
        'randomness.generator(checks.whole("seed", seed, 0), randomness.SAMPLING)',
        'randomness.generator(checks.whole("seed", self.seed, 0), randomness.SAMPLING)',
        "vae",
        "shown",
        module="model_outputs",
    ),
    of_model(
        "samples from the stream of noise",
        'randomness.generator(checks.whole("seed", seed, 0), randomness.SAMPLING)',
        'randomness.generator(checks.whole("seed", seed, 0), randomness.NOISE)',
        "gmmn",
        "shown",
        module="model_outputs",
    ),
    of_model(
        "codes that are reconstructions",
        'self.method.of_encoder("encode")',
        'self.method.of_encoder("reconstruct")',
        "wae-mmd",
        "shown",
        module="model_outputs",
    ),
    of_model(
        "a sum over draws for their mean",
        "np.logaddexp.reduce(log_w, axis=1) - np.log(log_w.shape[1])",
        "np.logaddexp.reduce(log_w, axis=1)",
        "vae",
        "shown",
        module="passes",
    ),
    of_model(
        "every row has the first one's draws",
        "randomness.LIKELIHOOD, number)",
        "randomness.LIKELIHOOD, 0)",
        "vae",
        "shown",
        module="passes",
    ),
    of_model(
        "a state that begins its round again",
        "self.nets, self.round, self.turn = nets, round, turn",
        "self.nets, self.round, self.turn = nets, round, 0",
        "wgan-gp",
        "taken up",
    ),
    of_model(
        "a state without that of the optimisers",
        "        trainer.restore(state)\n",
        "",
        "ae-gan",
        "taken up",
    ),
    of_model(
        "streams by the first four bytes of their key",
        "digest_size=16",
        "digest_size=4",
        "vae",
        "shown",
        module="randomness",
    ),
    of_model(
        "draws of a bound by the place in their pass",
        "for number in range(start, start + part.shape[0])",
        "for number in range(part.shape[0])",
        "vae",
        "shown",
        module="passes",
    ),
    of_model(
        "each pass through the networks takes the first rows",
        "parts = [_part(name, x, start, ROWS) for",
        "parts = [_part(name, x, 0, ROWS) for",
        "vae",
        "shown",
        module="passes",
    ),
    of_request(
        "a new learning rate forgets the optimiser's state",
        "self._trainer(self.nets, rules, self.trainer.state())",
        "self.backend.trainer(self.method, self.nets, rules, execution=self.execution)",
        "model without rates",
        "learning",
    ),
    of_model(
        "a new learning rate is every player's",
        "changed = {name: replace(self._rules[name], learning_rate=rate) for name, rate in by_player.items()}",
        "changed = {name: replace(self._rules[name], learning_rate=rate) for rate in by_player.values() "
        "for name in self._rules}",
        "ns-gan",
        "stepped",
    ),
    of_model(
        "codes drawn from the stream of samples",
        "(seed, randomness.CODES)",
        "(seed, randomness.SAMPLING)",
        "vae",
        "shown",
        module="run_noise",
    ),
    of_model(
        "draws that are told are those of another step",
        'self._drawn(t, turn, checks.whole("n", n), self._events)',
        'self._drawn(turn, t, checks.whole("n", n), self._events)',
        "wgan-gp",
        "stepped",
    ),
    of_model(
        "noise that is handed in is not taken",
        "self._drawn(self.round, self.turn, x.shape[0], events) if noise is None else noise",
        "self._drawn(self.round, self.turn, x.shape[0], events)",
        "ns-gan",
        "stepped",
    ),
    of_request(
        "a model of compiled steps has eager ones",
        "self.backend.trainer(method, self.nets, self._rules, execution=self.execution)",
        "self.backend.trainer(method, self.nets, self._rules)",
        "compiled model",
        "handed",
    ),
    of_request(
        "the device of a model is not handed on",
        "self.backend.build(networks, weights, dtype=dtype, device=device)",
        "self.backend.build(networks, weights, dtype=dtype)",
        "default model",
        "handed",
    ),
    of_request(
        "networks as their owner has changed them meanwhile",
        "self._networks = dict(networks)",
        "self._networks = networks",
        "eager model",
        "handed",
    ),
    of_request(
        "a refused batch says what data are",
        "        losses = self.trainer.step(players, x, drawn, **self._rates(players))\n"
        "        self._events = events  # not before",
        "        self._events = events\n"
        "        losses = self.trainer.step(players, x, drawn, **self._rates(players))  # not before",
        "model of modules",
        "refused",
    ),
    of_request(
        "a state is written into modules before it is refused",
        "        self._trainer(self.nets, self._rules, moved)  # refuses before a module is written into\n",
        "",
        "model of modules",
        "refused state",
    ),
    of_model(
        "losses on other rows with noise of the model's seed",
        "run_noise.held_out(self.method, seed, ",
        "run_noise.held_out(self.method, self.seed, ",
        "vae",
        "held out",
        module="model_outputs",
    ),
    of_model(
        "losses on other rows by the laws of the first round",
        "seed, x.shape[0], shapes, self.round)",
        "seed, x.shape[0], shapes, 0)",
        "vae-warm-up",
        "held out",
        module="model_outputs",
    ),
    of_request(
        "rates of the rules before",
        "self._rules, self.execution = rules, execution",
        "self.execution = execution",
        "model of other rules",
        "other rules",
    ),
    of_request(
        "a turn that is not resumed",
        "        self.trainer.restore(moved)\n        self.round, self.turn = round, turn",
        "        self.trainer.restore(moved)\n        self.round, self.turn = round, 0",
        "model that is resumed",
        "resumed",
    ),
    of_need(
        "clipping is asked of a backend that has none",
        "optimizers",
        "        Capability.CLIPPING: rule.clip_norm is not None,\n",
        "",
        "clipping",
    ),
    of_need(
        "decay of any Adam",
        "optimizers",
        "isinstance(rule, AdamW),\n",
        "isinstance(rule, Adam | AdamW),\n",
        "decay",
    ),
    of_need(
        "an execution is asked of a backend that has it not",
        "backends",
        "wanted.add(Capability(execution))",
        "pass",
        "xla",
    ),
    of_need(
        "slopes of losses are asked of a backend that has none",
        "backends",
        "{*method.needs, Capability(dtype)}",
        "{Capability(dtype)}",
        "double backward",
    ),
    of_draws(
        "draws of data of deviation 1, whatever the scale",
        "costs",
        "y + s * noise",
        "y + noise",
        "vae/simulate",
    ),
    of_draws(
        "zeros of a Bernoulli decoder for its ones",
        "costs",
        "noise < _sigmoid(logits, xp=xp)",
        "noise > _sigmoid(logits, xp=xp)",
        "vae-bernoulli/simulate",
    ),
    of_draws(
        "codes drawn by the noise of a bound of several draws",
        "methods/presets/iwae",
        "        draw_codes=draw_codes,\n",
        "",
        "iwae/draw_codes",
    ),
)
