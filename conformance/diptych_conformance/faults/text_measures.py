"""Mistakes of the text in intervals, and in what is measured of models; and in what no method has of its own.

None of these shows in a loss, so that none shows where a port trains.
"""

from diptych_conformance.faults.of_text import TextFault, of_metric
from diptych_conformance.faults.text_models import of_model

INTERVALS: tuple[TextFault, ...] = (
    of_metric(
        "the rows of a subset counted as others than all rows",
        "estimators.py",
        "(n / k - 1)",
        "(n / k)",
        "fd-infinity and its interval",
    ),
    of_metric(
        "the variance of a part for that of all rows",
        "spread.py",
        "return [float(variance) / parts for",
        "return [float(variance) for",
        "density-coverage and its interval",
    ),
    of_metric(
        "the variance of quarters for that of halves",
        "spread.py",
        "halves * growth",
        "quarters * growth",
        "precision-recall and its interval",
    ),
    of_metric(
        "Wilson's interval with z² for z² / 4",
        "intervals.py",
        "z2 * z2 / 4)",
        "z2 * z2)",
        "mmd-test and its interval",
    ),
    of_metric(
        "a bandwidth by the mean over features, for their sum",
        "estimators.py",
        "xp.sum(xp.var(both - both[:1, :], axis=0))",
        "xp.mean(xp.var(both - both[:1, :], axis=0))",
        "mmd-test and its interval",
    ),
    of_metric(
        "directions divided by their squares",
        "estimators.py",
        "(drawn**2).sum(axis=0) ** 0.5",
        "(drawn**2).sum(axis=0)",
        "sliced-w2 and its interval",
    ),
    of_metric(
        "an influence without the mean's part",
        "spread.py",
        "2 * linear + xp.sum(c * c, axis=1)",
        "xp.sum(c * c, axis=1)",
        "fd and its interval",
    ),
    of_metric(
        "rows of a block below the diagonal for those above it",
        "two_sample.py",
        "of_rows += host(xp.sum(k, axis=0)) @ host(u[b, :])",
        "of_rows += sums @ host(u[a, :])",
        "mmd_test",
        at="value.of many rows",
    ),
    of_metric(
        "a warning of few rows where hardly any are left",
        "catalogue.py",
        "if least < 20 * d:",
        "if least < 2 * d:",
        "fd and its interval",
        at="value.warning",
    ),
    of_metric(
        "a neighbour too few kept at ties",
        "neighbours.py",
        "part[order[place < k]]",
        "part[order[place < k - 1]]",
        "precision_recall of many rows",
        at="exactness.at two places",
    ),
)
OF_MODELS: tuple[TextFault, ...] = (
    of_metric(
        "draws of the prior from the stream of the codes",
        "codes.py",
        'randomness.SAMPLING, "prior of codes")',
        'randomness.CODES, "epsilon")',
        "vae/codes",
    ),
    of_metric(
        "scales of codes of half the variance",
        "codes.py",
        "SCALES = tuple(2 * s for s",
        "SCALES = tuple(s for s",
        "wae-mmd/codes",
    ),
    of_metric(
        "an error averaged over the entries of a row",
        "codes.py",
        "np.sum(difference.reshape(len(rows), -1) ** 2, axis=1)",
        "np.mean(difference.reshape(len(rows), -1) ** 2, axis=1)",
        "ae/codes",
    ),
    of_metric(
        "an ELBO of the bound's draws in one logarithm",
        "likelihood.py",
        '{"elbo": intervals.mean(log_w.mean(axis=1))',
        '{"elbo": intervals.mean(passes.log_mean_exp(log_w))',
        "vae/likelihoods",
    ),
    of_metric(
        "chains a temperature ahead",
        "likelihood.py",
        "chains.move(self.beta[t], tuned.sizes[t])\n            total += weight",
        "chains.move(self.beta[t + 1], tuned.sizes[t])\n            total += weight",
        "bounds by annealing",
    ),
    of_metric(
        "chains forwards and backwards by one stream",
        "likelihood.py",
        'tuned.start, "backwards", u)',
        'tuned.start, "forwards", u)',
        "bounds by annealing",
    ),
    of_metric(
        "a leapfrog without its last half step",
        "annealing.py",
        "    m = m + 0.5 * size * slope(at)\n    proposed",
        "    proposed",
        "bounds by annealing",
    ),
    of_metric(
        "the volume of the start turned round",
        "annealing.py",
        "epsilon * epsilon, axis=2) + log_det",
        "epsilon * epsilon, axis=2) - log_det",
        "bounds by annealing",
    ),
    of_metric(
        "an energy of temperature 1",
        "annealing.py",
        "m * m, axis=2) - beta * weight",
        "m * m, axis=2) - weight",
        "bounds by annealing",
    ),
)
KEPT_AND_COMPARED: tuple[TextFault, ...] = (
    TextFault(
        "the arguments of a record but for the last ones",
        "diptych/composition.py",
        "for argument, said in given.items():",
        "for argument, said in list(given.items())[:3]:",
        "objectives/vae-warm-up/settings/float64/eager/value.record",
        "value",
    ),
    of_model(
        "optimisers' memory in float32",
        "array for name, array in optimizers.items()}",
        "array.astype(np.float32) if array.ndim else array for name, array in optimizers.items()}",
        "ns-gan",
        "taken up",
        module="model_state",
    ),
    TextFault(
        "a wrong second derivative taken for one that is not known",
        "diptych/second_derivatives.py",
        "sizes) < STEADY * error",
        "sizes) < AGREE * error",
        "networks/second derivatives off by a thousandth/float64/eager/value.told apart",
        "value",
    ),
    TextFault(
        "a second derivative compared with the largest of all tensors",
        "diptych/second_derivatives.py",
        "least = 1e-3 * max",
        "least = max",
        "networks/second derivatives off by a thousandth/float64/eager/value.told apart",
        "value",
    ),
    TextFault(
        "a second derivative refused for one point where nothing is known",
        "diptych/second_derivatives.py",
        "return any(_probe(",
        "return all(_probe(",
        "networks/second derivatives off at one point of two/float64/eager/value.told apart",
        "value",
    ),
    TextFault(
        "a series that serves too far",
        "diptych/divergences/f_families.py",
        "small = a < 1e-4",
        "small = a < 1e-2",
        "terms/activation and composite of Jensen-Shannon weighted 0.25/float64/eager/exactness.extremes",
        "exactness",
    ),
)
TEXT_MEASURES: tuple[TextFault, ...] = (*INTERVALS, *OF_MODELS, *KEPT_AND_COMPARED)
