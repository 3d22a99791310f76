"""What many answers cost together, counted in several ways side by side.

Budgets are enforced by the basic sum: it alone also holds when each ε is chosen after looking at answers, among those
that never say less than what was spent. The others say how much slack that leaves.

Sources: Dwork and Roth (2014), theorem 3.20; Bun and Steinke (2016); Mironov (2017), with the conversion of Canonne,
Kamath and Steinke (2020), proposition 12; Kairouz, Oh and Viswanath (2015), theorem 3.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, exp, expm1, inf, lcm, log, log1p, sqrt

_PARTS = 2000
"""Parts of a total in which privacy losses are counted."""

_ORDERS = tuple(1 + 2 ** (step / 8) for step in range(-48, 97))


@dataclass(frozen=True, slots=True)
class Composed:
    """The ε that answers cost together at a δ, by each way of counting."""

    basic: float
    advanced: float
    zcdp: float
    rdp: float
    optimal: float


def compose(epsilons: Iterable[Fraction], delta: float) -> Composed:
    """What purely ε-private answers cost together."""
    spent = Counter(epsilons)
    return Composed(basic(spent), advanced(spent, delta), zcdp(spent, delta), rdp(spent, delta), optimal(spent, delta))


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
        likely = 1 / (1 + exp(-float(parts * unit)))
        for _ in range(times):
            after: dict[int, float] = {}
            for loss, chance in losses.items():
                after[loss + parts] = after.get(loss + parts, 0.0) + chance * likely
                after[loss - parts] = after.get(loss - parts, 0.0) + chance * (1 - likely)
            losses = after
    exact = [(float(loss * unit), chance) for loss, chance in losses.items() if loss > 0]
    low, high = 0.0, basic(spent)
    for _ in range(40):
        middle = (low + high) / 2
        if sum(chance * -expm1(middle - loss) for loss, chance in exact if loss > middle) > delta:
            low = middle
        else:
            high = middle
    return high
