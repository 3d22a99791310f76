"""Differential privacy, held against dp-accounting and OpenDP."""

from __future__ import annotations

from fractions import Fraction
from math import exp

import pytest

dp_accounting = pytest.importorskip("dp_accounting", reason="no oracles here: make oracles installs them")
opendp = pytest.importorskip("opendp.prelude", reason="no oracles here: make oracles installs them")

from lukhas_common.privacy.composition import compose  # noqa: E402
from lukhas_common.privacy.gaussian import discrete_delta, discrete_variance, gaussian_delta  # noqa: E402
from lukhas_common.privacy.sampling import discrete_gaussian, discrete_laplace  # noqa: E402


def test_composition_is_no_lower_than_the_accountant_by_privacy_losses() -> None:
    accountant = dp_accounting.pld.PLDAccountant()
    accountant.compose(dp_accounting.LaplaceDpEvent(10), 100)
    found = compose({Fraction(1, 10): 100}, 1e-6)
    assert accountant.get_epsilon(1e-6) <= found.optimal < 1.05 * accountant.get_epsilon(1e-6)


def test_many_different_answers_cost_no_less_than_the_accountant_says_and_hardly_more() -> None:
    accountant = dp_accounting.pld.PLDAccountant()
    epsilons = [Fraction(1000 + number, 20_000) for number in range(250)]
    for epsilon in epsilons:
        accountant.compose(dp_accounting.LaplaceDpEvent(1 / float(epsilon)))
    found = compose(dict.fromkeys(epsilons, 1), 1e-6)
    assert accountant.get_epsilon(1e-6) <= found.optimal < 1.07 * accountant.get_epsilon(1e-6)


@pytest.mark.parametrize(("sigma", "epsilon"), [(1.0, 0.5), (3.7, 1.0), (50.0, 0.1)])
def test_the_delta_of_gaussian_noise_is_the_accountants(sigma: float, epsilon: float) -> None:
    accountant = dp_accounting.pld.PLDAccountant(value_discretization_interval=1e-4)
    accountant.compose(dp_accounting.GaussianDpEvent(sigma))
    assert gaussian_delta(sigma, 1, epsilon) == pytest.approx(accountant.get_delta(epsilon), rel=0.01)


@pytest.mark.parametrize(("sensitivity", "epsilon"), [(1, 0.5), (3, 2.0)])
def test_the_delta_of_discrete_gaussian_noise_is_the_accountants(sensitivity: int, epsilon: float) -> None:
    variance = discrete_variance(sensitivity, epsilon, 1e-5)
    losses = dp_accounting.pld.privacy_loss_distribution.from_discrete_gaussian_mechanism(
        float(variance) ** 0.5, sensitivity=sensitivity
    )
    assert losses.get_delta_for_epsilon(epsilon) <= 1.05e-5
    assert discrete_delta(variance, sensitivity, epsilon) <= 1e-5


@pytest.mark.parametrize("kind", ["laplace", "gaussian"])
def test_noise_is_spread_as_opendps(kind: str) -> None:
    opendp.enable_features("contrib")
    space = opendp.atom_domain(T=int), opendp.absolute_distance(T=int)
    theirs = (opendp.m.make_laplace if kind == "laplace" else opendp.m.make_gaussian)(*space, scale=2.5)
    ours = discrete_laplace if kind == "laplace" else discrete_gaussian
    scale = Fraction(5, 2) if kind == "laplace" else Fraction(25, 4)
    mine, other = (sorted(draw() for _ in range(4000)) for draw in (lambda: ours(scale), lambda: theirs(0)))
    gaps = (abs(sum(y <= at for y in mine) - sum(y <= at for y in other)) / 4000 for at in range(-10, 11))
    assert max(gaps) < 1.36 * (2 / 4000) ** 0.5 * exp(0.5)
