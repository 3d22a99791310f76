"""How wide Gaussian noise must be.

Source: Balle and Wang, Improving the Gaussian Mechanism for Differential Privacy (2018), theorem 8; for the discrete
Gaussian, Canonne, Kamath and Steinke (2020), theorem 7.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, erfc, exp, floor, isfinite, log, sqrt

_SUMMED_UP_TO = 2048
"""Standard deviations up to which the discrete δ is summed term by term."""

_ALL = 10
"""Standard deviations beyond which weights are below 10⁻²¹ and no longer count in their sum."""

_TINY = 1e-12
"""The part of a tail that is taken for whole and added, instead of being summed."""


def classic_sigma(sensitivity: float, epsilon: float, delta: float) -> float:
    """The textbook's standard deviation: for comparison only. Too wide for small ε, too narrow for large."""
    return sensitivity * sqrt(2 * log(1.25 / delta)) / epsilon


def gaussian_delta(sigma: float, sensitivity: float, epsilon: float) -> float:
    """The least δ at which Gaussian noise is (ε, δ)-private."""
    half, step = sensitivity / (2 * sigma), epsilon * sigma / sensitivity
    return max(0.0, _upper(step - half) - exp(epsilon) * _upper(step + half))


@lru_cache(maxsize=1024)
def analytic_sigma(sensitivity: float, epsilon: float, delta: float) -> float:
    """The least standard deviation of Gaussian noise that is (ε, δ)-private, from above.

    Raises:
        ValueError: a parameter is out of range.
    """
    if not (isfinite(sensitivity) and sensitivity > 0 and 0 < epsilon <= 100 and 0 < delta < 1):
        raise ValueError("a finite sensitivity above 0, an epsilon in (0, 100] and a delta in (0, 1) are wanted")
    low, high = 0.0, sensitivity
    while gaussian_delta(high, sensitivity, epsilon) > delta:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        if gaussian_delta(middle, sensitivity, epsilon) > delta:
            low = middle
        else:
            high = middle
    return high


def discrete_delta(variance: Fraction, sensitivity: int, epsilon: float) -> float:
    """The least δ at which discrete Gaussian noise of a variance is (ε, δ)-private, from above: both tails, summed."""
    spread = float(variance)
    total = 1 + 2 * sum(exp(-y * y / (2 * spread)) for y in range(1, ceil(_ALL * sqrt(spread)) + 1))
    y = floor(epsilon * spread / sensitivity - sensitivity / 2) + 1
    over = 0.0
    while True:
        here, there = exp(-y * y / (2 * spread)), exp(epsilon - (y + sensitivity) ** 2 / (2 * spread))
        over += max(0.0, here - there)
        # From 1 on each weight is at most exp(−y / σ²) of the one before: so much is all that follow, at most.
        if y > 0 and here * spread / y <= over * _TINY:
            return (over + here * spread / y) / total
        y += 1


@lru_cache(maxsize=1024)
def discrete_variance(sensitivity: int, epsilon: float, delta: float) -> Fraction:
    """A variance at which discrete Gaussian noise is (ε, δ)-private.

    It begins with the continuous one. Narrow noise is checked term by term and widened; of wide noise the two differ by
    less than 1 / σ in δ's exponent, which one more whole step of σ makes up for.
    """
    sigma = analytic_sigma(sensitivity, epsilon, delta)
    if sigma > _SUMMED_UP_TO:
        return Fraction((ceil(sigma) + 1) ** 2)
    variance = Fraction(ceil(sigma * sigma * 1024), 1024)
    while discrete_delta(variance, sensitivity, epsilon) > delta:
        variance = variance * Fraction(257, 256)
    return variance


def _upper(x: float) -> float:
    """P[X > x] of a standard normal X."""
    return erfc(x / sqrt(2)) / 2
