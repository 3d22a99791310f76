"""What many answers cost together, counted in several ways side by side.

Budgets are enforced by the basic sum: it alone also holds when each ε is chosen after looking at answers, among those
that never say less than what was spent. The others say how much slack that leaves.

Sources: Dwork and Roth (2014), theorem 3.20; Bun and Steinke (2016); Mironov (2017), with the conversion of Canonne,
Kamath and Steinke (2020), proposition 12; Kairouz, Oh and Viswanath (2015), theorem 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, exp, expm1, inf, lcm, lgamma, log, log1p, sqrt

_PARTS = 2000
"""Parts of a total in which privacy losses are counted."""

_MANY = 20_000
"""Answers from which on the optimum is not counted: the least of the others stands for it."""

_ORDERS = tuple(1 + 2 ** (step / 8) for step in range(-48, 97))


@dataclass(frozen=True, slots=True)
class Composed:
    """The ε that answers cost together at a δ, by each way of counting."""

    basic: float
    advanced: float
    zcdp: float
    rdp: float
    optimal: float


def compose(spent: Mapping[Fraction, int], delta: float) -> Composed:
    """What purely ε-private answers cost together: how many there were of each ε."""
    others = basic(spent), advanced(spent, delta), zcdp(spent, delta), rdp(spent, delta)
    # Each is a bound; counted in parts, the optimum may come out above one of them.
    least = min(others) if sum(spent.values()) > _MANY else min(*others, optimal(spent, delta))
    return Composed(*others, least)


def basic(spent: Mapping[Fraction, int]) -> float:
    """The sum; δ is 0."""
    return float(sum(epsilon * times for epsilon, times in spent.items()))


def advanced(spent: Mapping[Fraction, int], delta: float) -> float:
    squares = sum(float(epsilon) ** 2 * times for epsilon, times in spent.items())
    drift = sum(float(epsilon) * expm1(float(epsilon)) * times for epsilon, times in spent.items())
    return sqrt(2 * log(1 / delta) * squares) + drift


def zcdp(spent: Mapping[Fraction, int], delta: float) -> float:
    rho = sum(float(epsilon) ** 2 / 2 * times for epsilon, times in spent.items())
    return rho + 2 * sqrt(rho * log(1 / delta))


def rdp(spent: Mapping[Fraction, int], delta: float) -> float:
    """By Rényi divergences of randomised response, which no purely private answer exceeds."""
    best = inf
    for order in _ORDERS:
        loss = sum(_renyi(float(epsilon), order) * times for epsilon, times in spent.items())
        best = min(best, loss + log1p(-1 / order) - log(delta * order) / (order - 1))
    return max(0.0, best)


def _renyi(epsilon: float, order: float) -> float:
    """Rényi divergence of randomised response at ε."""
    likely = -log1p(exp(-epsilon))
    high, low = likely + (order - 1) * epsilon, likely - order * epsilon
    # p^α q^(1 − α) + q^α p^(1 − α), with log p = likely and log q = likely − ε
    return (high + log1p(exp(low - high))) / (order - 1)


def _repeated(parts: int, likely: float, times: int) -> dict[int, float]:
    """The privacy losses of as many randomised responses of one ε: how often the likely answer came is binomial."""
    logs = log(likely), log1p(-likely)
    whole = lgamma(times + 1)
    return {
        parts * (2 * came - times): exp(
            whole - lgamma(came + 1) - lgamma(times - came + 1) + came * logs[0] + (times - came) * logs[1]
        )
        for came in range(times + 1)
    }


def _added(one: Mapping[int, float], other: Mapping[int, float]) -> dict[int, float]:
    """The distribution of the sum of two independent losses."""
    found: dict[int, float] = {}
    for loss, chance in one.items():
        for more, likely in other.items():
            found[loss + more] = found.get(loss + more, 0.0) + chance * likely
    return found


def optimal(spent: Mapping[Fraction, int], delta: float) -> float:
    """The least ε at this δ, from above: the privacy losses of randomised responses add up.

    Each ε is counted in whole parts of the total, rounded up, so that many different ones take no longer.
    """
    if not spent:
        return 0.0
    unit = max(Fraction(1, lcm(*(each.denominator for each in spent))), Fraction(basic(spent)) / _PARTS)
    losses: dict[int, float] = {0: 1.0}
    for each, times in spent.items():
        parts = ceil(each / unit)
        losses = _added(losses, _repeated(parts, 1 / (1 + exp(-float(parts * unit))), times))
    exact = [(float(loss * unit), chance) for loss, chance in losses.items() if loss > 0]
    low, high = 0.0, basic(spent)
    for _ in range(40):
        middle = (low + high) / 2
        if sum(chance * -expm1(middle - loss) for loss, chance in exact if loss > middle) > delta:
            low = middle
        else:
            high = middle
    return high
