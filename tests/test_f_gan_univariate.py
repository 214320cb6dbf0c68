"""The univariate example: its quadrature against other ways to the same numbers, its verdict, a short training."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate

import diptych

PATH = Path(__file__).parent.parent / "examples/f_gan_univariate.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("f_gan_univariate", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # which dataclasses look themselves up in
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def exact(example):
    return {name: example.best(row) for name, (_, row) in example.DIVERGENCES.items()}


def test_the_best_for_kl_has_the_mixtures_moments(example, exact):
    mean = example.SHARES @ example.MEANS
    variance = example.SHARES @ (example.SCALES**2 + example.MEANS**2) - mean**2
    assert (exact["KL"].mean, exact["KL"].scale) == pytest.approx((mean, variance**0.5), abs=1e-7)


def test_divergences_by_another_quadrature(example):
    q = example.Gaussian(0.3, 1.2)

    def jeffrey(x):
        log_p, log_q = example.log_p(np.asarray(x)), q.log(np.asarray(x))
        return (np.exp(log_p) - np.exp(log_q)) * (log_p - log_q)

    def pearson(x):
        log_p, log_q = example.log_p(np.asarray(x)), q.log(np.asarray(x))
        return np.exp(2 * log_p - log_q) - 2 * np.exp(log_p) + np.exp(log_q)

    for name, integrand in (("Jeffrey", jeffrey), ("Pearson", pearson)):
        other, _ = integrate.quad(integrand, -10, 10, epsabs=1e-13, limit=400)
        assert example.divergence(example.DIVERGENCES[name][1], q) == pytest.approx(other, rel=1e-11)


def test_samples_are_of_the_density(example):
    x = example.sample_p(np.random.default_rng(0), 200_000)
    mass = example.STEP * np.sum(np.exp(example.log_p(example.X)) * (example.X < 0.9))
    assert np.mean(x < 0.9) == pytest.approx(mass, abs=5e-3)


def test_each_divergence_has_a_best_of_its_own(example, exact):
    table = example.cross_table(exact)
    others = np.where(np.eye(len(table)) > 0, np.inf, table)
    assert (np.diag(table) < others.min(axis=0) - 1e-4).all()
    assert list(np.argsort([q.mean for q in exact.values()])) == [1, 3, 2, 0, 4]


def test_the_bound_is_reached_at_the_best_witness(example):
    q = example.Gaussian(0.3, 1.2)
    kl = example.DIVERGENCES["KL"][1]
    critic = 1 + example.log_p(example.X) - q.log(example.X)
    assert example.bound(kl, critic, q) == pytest.approx(example.divergence(kl, q), rel=1e-12)
    assert example.bound(kl, 0.9 * critic, q) < example.divergence(kl, q) - 1e-3


def test_the_verdict(example, exact):
    bounds = {name: example.divergence(row, exact[name]) for name, (_, row) in example.DIVERGENCES.items()}
    assert example.failures(exact, exact, bounds) == []
    far = exact | {"JS": replace(exact["JS"], scale=1.5)}
    assert ["JS: learned" in line for line in example.failures(exact, far, bounds)] == [True, False]
    assert "JS is smallest at the model trained on Jeffrey" in example.failures(exact, far, bounds)[1]
    (line,) = example.failures(exact, exact, bounds | {"KL": 0.2})
    assert "the bound 0.2 is above" in line


@pytest.mark.torch
def test_a_short_training_comes_near(example, exact):
    phases = (example.Phase(300, 1e-2, 1e-2), example.Phase(200, 3e-3, 3e-3))
    method = diptych.make("fgan-reverse-kl", non_saturating=False)
    q, v = example.learned(method, diptych.backend("torch"), phases=phases, batch=256)
    aim, row = exact["reverse KL"], example.DIVERGENCES["reverse KL"][1]
    assert (q.mean, q.scale) == pytest.approx((aim.mean, aim.scale), abs=0.1)
    assert 0 < example.bound(row, v, q) < example.divergence(row, q)
