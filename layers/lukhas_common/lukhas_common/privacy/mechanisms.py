"""Noise as library functions: whole numbers, and real ones on a lattice.

A real number that noise was added to in floating point tells by its last bits what it was before (Mironov, 2012). So a
value is rounded to a lattice first, its sensitivity grows by one step, and the noise is a whole number of steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import erfc, floor, frexp, inf, isfinite, log, nextafter

from lukhas_common.privacy.gaussian import analytic_sigma, discrete_variance
from lukhas_common.privacy.sampling import discrete_gaussian, discrete_laplace

_FINE = 20
"""The lattice has about 2^20 steps in a scale."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Noise for one whole number.

    Attributes:
        sensitivity: what one person can change it by, in whole steps.
        delta: 0 for Laplace noise; else the noise is Gaussian.

    Raises:
        ValueError: a parameter is out of range.
    """

    sensitivity: int
    epsilon: Fraction
    delta: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.epsilon, float) and isfinite(self.epsilon):
            object.__setattr__(self, "epsilon", Fraction(self.epsilon))
        wanted = self.sensitivity >= 1 and 0 < self.epsilon < inf and 0 <= self.delta < 1
        if not wanted or not isinstance(self.sensitivity, int):
            raise ValueError("a whole sensitivity from 1, a finite epsilon above 0 and a delta in [0, 1) are wanted")

    @property
    def variance(self) -> Fraction:
        """Of the Gaussian noise."""
        return discrete_variance(self.sensitivity, float(self.epsilon), self.delta)

    def draw(self, times: int = 1) -> list[int]:
        """That many draws."""
        if self.delta:
            variance = self.variance
            return [discrete_gaussian(variance) for _ in range(times)]
        return [discrete_laplace(self.sensitivity / self.epsilon) for _ in range(times)]

    def within(self, confidence: float) -> int:
        """The noise is at most so much, up or down, with this probability or a higher one.

        Raises:
            ValueError: the probability is not below 1.
        """
        return self.reach(1 - confidence)

    def reach(self, miss: float) -> int:
        """The noise is more than that, up or down, with this probability at most.

        Raises:
            ValueError: the probability is not above 0: no noise that protects has an end.
        """
        if not miss > 0:
            raise ValueError("a probability above 0 is wanted")
        if self.delta:  # P[|Y| > w] of a discrete Gaussian is at most P[|X| ≥ w] of a continuous one
            sigma, low, high = float(self.variance) ** 0.5, 0, 1
            while erfc(high / sigma / 2**0.5) > miss:
                low, high = high, 2 * high
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if erfc(middle / sigma / 2**0.5) <= miss else (middle, high)
            return high
        # P[|Y| > w] = 2 q^(w + 1) / (1 + q) ≤ 2 q^(w + 1) with q = exp(−ε / Δ)
        return max(0, int(log(2 / miss) * float(self.sensitivity / self.epsilon)))


def clip(values: Sequence[float], low: float, high: float) -> list[float]:
    """The values, each moved into the bounds.

    Raises:
        ValueError: a value is no number, or the bounds are not finite, or the wrong way round.
    """
    if not (isfinite(low) and isfinite(high) and low <= high):
        raise ValueError("finite bounds are wanted, the lower one first")
    if any(value != value for value in values):  # noqa: PLR0124 - only what is no number differs from itself
        raise ValueError("a value is no number")
    return [min(max(value, low), high) for value in values]


def laplace_noise(scale: float) -> float:
    """Laplace noise of a scale, a whole number of steps of about scale / 2^20.

    Added to a real number as it is, it protects nothing that the number's last bits tell: see ``add_laplace_noise``.

    Raises:
        ValueError: the scale is not above 0.
    """
    step = _step(scale)
    return _real(discrete_laplace(Fraction(scale) / step) * step)


def gaussian_noise(sigma: float) -> float:
    """Gaussian noise of a standard deviation, a whole number of steps of about sigma / 2^20.

    Added to a real number as it is, it protects nothing that the number's last bits tell: see ``add_gaussian_noise``.

    Raises:
        ValueError: sigma is not above 0.
    """
    step = _step(sigma)
    return _real(discrete_gaussian((Fraction(sigma) / step) ** 2) * step)


def add_laplace_noise(value: float, sensitivity: float, epsilon: float) -> float:
    """The value, rounded to a lattice, with noise that makes it ε-private.

    Args:
        sensitivity: what one person can change the value by.

    Raises:
        ValueError: the value is no number, or sensitivity or epsilon are not above 0.
    """
    if not isfinite(value) or not isfinite(epsilon) or epsilon <= 0:
        raise ValueError("a finite value and an epsilon above 0 are wanted")
    step = _step(sensitivity / epsilon)
    reach = Fraction(sensitivity) / step + 1  # rounding may move both neighbours half a step apart each
    return _real((round(Fraction(value) / step) + discrete_laplace(reach / Fraction(epsilon))) * step)


def add_gaussian_noise(value: float, sensitivity: float, epsilon: float, delta: float) -> float:
    """The value, rounded to a lattice, with noise that makes it (ε, δ)-private.

    Args:
        sensitivity: what one person can change the value by.

    Raises:
        ValueError: the value is no number, sensitivity, epsilon or delta are not above 0, epsilon is above 100, or
            delta not below 1.
    """
    if not isfinite(value):
        raise ValueError("a finite value is wanted")
    step = _step(analytic_sigma(sensitivity, epsilon, delta))
    reach = floor(Fraction(sensitivity) / step) + 1  # whole steps that rounded neighbours may be apart
    variance = discrete_variance(reach, epsilon, delta)
    return _real((round(Fraction(value) / step) + discrete_gaussian(variance)) * step)


def _real(number: Fraction) -> float:
    """The number as a float; what is beyond all of them is the last one."""
    try:
        return float(number)
    except OverflowError:
        return nextafter(inf if number > 0 else -inf, 0.0)


def _step(scale: float) -> Fraction:
    """A power of two that divides the scale about 2^20 times."""
    if not isfinite(scale) or scale <= 0:
        raise ValueError("a finite scale above 0 is wanted")
    return Fraction(2) ** (frexp(scale)[1] - _FINE)
