"""By how much the mean of the replicas' own losses, and its gradient, differ from those of the whole batch.

python benchmarks/local_losses.py

Each method's first player, in PyTorch in float64, at the networks' initial weights: a table in Markdown.
"""

from itertools import product

import numpy as np

import diptych
from diptych import networks

METHODS = ("ns-gan", "wgan-gp", "vae", "gmmn", "wae-mmd", "sinkhorn", "sliced-wasserstein", "roth-gan")
BATCH, DATA, LATENT = 64, (2,), (8,)


def gradient(backend, player, nets, x, noise):
    loss, grads = backend.value_and_grads(player, nets, x, noise)
    return loss, np.concatenate([g.ravel() for role in sorted(grads) for _, g in sorted(grads[role].items())])


def main() -> None:
    backend = diptych.backend("torch")
    print("| method | player | replicas | loss | mean of local losses | error of the gradient |")
    print("|---|---|---|---|---|---|")
    for name, count in product(METHODS, (2, 8)):
        method = diptych.make(name)
        made = networks.mlp(method, data=DATA, latent=LATENT)
        model = diptych.Model(method, made, backend=backend, dtype="float64")
        player = method.players[0]
        x = np.random.default_rng(0).uniform(0.0, 1.0, (BATCH, *DATA))
        noise = model.draws(0, 0, BATCH)
        loss, whole = gradient(backend, player, model.nets, x, noise)
        parts = [
            gradient(backend, player, model.nets, x[own], {key: a[own] for key, a in noise.items()})
            for own in np.array_split(np.arange(BATCH), count)
        ]
        local, mean = (sum(part[i] for part in parts) / count for i in (0, 1))
        error = np.linalg.norm(mean - whole) / np.linalg.norm(whole)
        print(f"| `{name}` | {player.name} | {count} | {loss:.6g} | {local:.6g} | {error:.1e} |")


if __name__ == "__main__":
    main()
