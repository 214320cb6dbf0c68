"""A VAE whose log p(x) is known: x = A z + b + s ε, with a linear encoder that is far from the posterior."""

from typing import Any

import numpy as np
from scipy import stats

from diptych import Model, methods, networks

S = 0.6
A = np.asarray([[1.0, 2.0, 0.5], [2.0, -1.0, 0.3]])  # (latent, data)
B = np.asarray([0.3, -0.2, 0.1])
LAW = stats.multivariate_normal(B, A.T @ A + S**2 * np.eye(3))
X = np.asarray([[0.2, -1.0, 0.4], [2.5, 0.3, -0.9], [-1.2, 0.8, 0.0]])


def model(backend: str, **settings: Any) -> Model:
    method = methods.vae(scale=S)
    weights = {
        "encoder": {"0.kernel": np.full((3, 4), 0.1), "0.bias": np.asarray([0.1, -0.2, 0.0, 0.4])},
        "decoder": {"0.kernel": A, "0.bias": B},
    }
    linear = networks.mlp(method, data=(3,), latent=(2,), depth=0)
    return Model(method, linear, backend=backend, weights=weights, **{"dtype": "float64", **settings})
