"""Exact samplers of discrete noise: integers only, so no rounding tells what was added to.

Source: Canonne, Kamath and Steinke, The Discrete Gaussian for Differential Privacy (2020), algorithms 1 to 3.
The time that a draw takes depends on what is drawn: it must not be shown to whoever asks.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from fractions import Fraction
from math import isqrt

Below = Callable[[int], int]
"""Answers a whole number from 0 up to, not including, its argument, each equally likely."""


def bernoulli_exp(numerator: int, denominator: int, below: Below = secrets.randbelow) -> bool:
    """True with probability exp(−numerator / denominator), for a quotient of 0 or more."""
    while numerator > denominator:
        if not _at_most_one(1, 1, below):
            return False
        numerator -= denominator
    return _at_most_one(numerator, denominator, below)


def _at_most_one(numerator: int, denominator: int, below: Below) -> bool:
    round_ = 1
    while below(denominator * round_) < numerator:
        round_ += 1
    return round_ % 2 == 1


def discrete_laplace(scale: Fraction, below: Below = secrets.randbelow) -> int:
    """A whole number y with probability in proportion to exp(−|y| / scale).

    Raises:
        ValueError: the scale is not above 0.
    """
    if scale <= 0:
        raise ValueError("a scale above 0 is wanted")
    top, bottom = scale.numerator, scale.denominator
    while True:
        low = below(top)
        if not _at_most_one(low, top, below):
            continue
        high = 0
        while _at_most_one(1, 1, below):
            high += 1
        size = (low + top * high) // bottom
        negative = below(2) == 1
        if not (negative and size == 0):
            return -size if negative else size


def discrete_gaussian(variance: Fraction, below: Below = secrets.randbelow) -> int:
    """A whole number y with probability in proportion to exp(−y² / (2 · variance)).

    Raises:
        ValueError: the variance is not above 0.
    """
    if variance <= 0:
        raise ValueError("a variance above 0 is wanted")
    top, bottom = variance.numerator, variance.denominator
    width = isqrt(top // bottom) + 1
    while True:
        drawn = discrete_laplace(Fraction(width), below)
        # (|y| − σ²/t)² / (2σ²), over one denominator
        off = abs(drawn) * bottom * width - top
        if bernoulli_exp(off * off, 2 * top * bottom * width * width, below):
            return drawn
