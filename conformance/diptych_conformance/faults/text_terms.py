"""Mistakes in the spec's terms that show at corners, or at arguments other than the defaults."""

from diptych_conformance.faults.of_text import TextFault, of_term

TEXT_TERMS: tuple[TextFault, ...] = (
    of_term(
        "constant of a polynomial kernel is 1",
        "kernels.py",
        "(k.dot / k.d + constant) ** degree",
        "(k.dot / k.d + 1) ** degree",
        "polynomial of degree 2",
    ),
    of_term(
        "degree of a polynomial kernel is 3",
        "kernels.py",
        "(k.dot / k.d + constant) ** degree",
        "(k.dot / k.d + constant) ** 3",
        "polynomial of degree 2",
    ),
    of_term(
        "floor of the t statistic is its default",
        "divergences/mmd_statistics.py",
        "xp.where(variance <= floor, floor * xp.ones_like(variance), variance)",
        "xp.where(variance <= 1e-8, 1e-8 * xp.ones_like(variance), variance)",
        "mmd_t_statistic below its floor",
    ),
    of_term(
        "an infinite penalty times 0",
        "weighting.py",
        "xp.mean(weight * xp.where(weight == 0, xp.zeros_like(weight), term))",
        "xp.mean(weight * term)",
        "infinite penalty that is not charged",
        check=".corner",
    ),
    of_term(
        "roots of eigenvalues that are rounding",
        "divergences/gaussian.py",
        "sqrt(xp.where(values <= least, xp.zeros_like(values), values), xp=xp)",
        "sqrt(values, xp=xp)",
        "w2_full between covariances of rank 1",
        check=".corner",
    ),
    of_term(
        "another unbiased estimator in the place of the h-form",
        "divergences/mmd.py",
        '"h-form": mmd2_h_form',
        '"h-form": mmd2_unbiased',
        "maximum_mean_discrepancy by h-form",
    ),
    of_term(
        "another estimator in the place of that in linear time",
        "divergences/mmd.py",
        '"linear": mmd2_linear',
        '"linear": mmd2_h_form',
        "maximum_mean_discrepancy in linear time",
    ),
    of_term(
        "samples divided by a median of 0",
        "divergences/mmd.py",
        "            sigma = ops.xp.where(sigma == 0, ops.xp.ones_like(sigma), sigma)\n",
        "",
        "mmd at a median bandwidth of 0",
        check=".corner",
    ),
    of_term(
        "the prior's own distances for the codes' in the cross-median",
        "kernels.py",
        "self_distances(q * u, xp=xp))",
        "self_distances(p * u, xp=xp))",
        "cross_median_bandwidth",
    ),
    of_term(
        "the plain median where the cross-median is asked for",
        "divergences/mmd.py",
        '"cross-median": cross_median_bandwidth',
        '"cross-median": median_bandwidth',
        "mmd at the cross-median bandwidth",
    ),
    of_term(
        "costs of q for p in place of p for q",
        "divergences/entropic.py",
        "entropic_transport(matrix(p, q, xp=xp), **settings)",
        "entropic_transport(matrix(q, p, xp=xp), **settings)",
        "sinkhorn_divergence of a cost with sides",
    ),
    of_term(
        "costs of a sample and itself taken for symmetric",
        "divergences/entropic.py",
        "symmetric=cost.symmetric",
        "symmetric=True",
        "sinkhorn_divergence of a cost with sides",
    ),
    of_term(
        "the first step after a wait is in round 1",
        "players.py",
        "(0, self.until, self.until + 1)",
        "(0, self.until, 1)",
        "steps after a wait, and not now and then",
        check=".schedule",
    ),
    of_term(
        "round 0 is no multiple of 20",
        "players.py",
        "self.every and t % self.every == 0",
        "self.every and t and t % self.every == 0",
        "steps now and then, the first round among them",
        check=".schedule",
    ),
    of_term(
        "a player of every third round has had its last step",
        "players.py",
        "bool(self.early and (self.every or t < self.until))",
        "bool(self.early and t < self.until)",
        "steps of every third round alone",
        check=".schedule",
    ),
    TextFault(
        "a sign in a series that serves far out",
        "diptych/divergences/f_families.py",
        "- log(pi) - a / 2 + a * a / 24",
        "- log(pi) - a / 2 - a * a / 24",
        "terms/activation and composite of Jensen-Shannon weighted 0.25/float64/eager/exactness.extremes",
        "exactness",
    ),
    of_term(
        "1 less than a kernel that rounds to 1",
        "kernels.py",
        "_sum(expm1(k.squared / (-2 * sigma**2), xp=k.xp) for sigma in sigmas)",
        "_sum(k.xp.exp(k.squared / (-2 * sigma**2)) - 1 for sigma in sigmas)",
        "rbf_from_zero of points close together",
        check=".corner",
    ),
    of_term(
        "a confident logit's cost as a difference",
        "costs.py",
        "relu(logits, xp=xp) - x * logits + softplus_tail(logits, xp=xp)",
        "relu(logits, xp=xp) + softplus_tail(logits, xp=xp) - x * logits",
        "cross-entropy of confident logits",
        check=".corner",
    ),
    *(
        of_term(
            f"distances from squares as they are, of {size} points",
            "pairs.py",
            "u = unit(xp.sum(x * x) if y is None else xp.sum(x * x) + xp.sum(y * y), xp=xp)",
            "u = xp.ones_like(xp.sum(x))",
            f"distances of {size} points",
            check=".corner",
        )
        for size in ("large", "small")
    ),
    of_term(
        "what float32 rounds off is left out in float64",
        "divergences/gaussian.py",
        "least = values.shape[0] * xp.finfo(values.dtype).eps * xp.max(values)",
        "least = values.shape[0] * xp.finfo(xp.float32).eps * xp.max(values)",
        "w2_full from a covariance that is nearly singular",
        check=".corner",
    ),
    *(
        TextFault(
            f"numbers squared as they are, in {name}",
            "diptych/primitives.py",
            scaled,
            "x = x",
            f"primitives/{name} of * numbers/float64/eager/value.corner",
            "value",
        )
        for name, scaled in (
            ("row_norm", "x = x * xp.reshape(u, (-1, *(1 for _ in event_axes(x))))"),
            ("standard_deviation", "x = x * u[None, ...]"),
        )
    ),
)
