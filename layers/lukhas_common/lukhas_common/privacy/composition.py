"""What many answers cost together, counted in several ways side by side.

Budgets are enforced by the basic sum: it alone also holds when each ε is chosen after looking at answers, among those
that never say less than what was spent. The others say how much slack that leaves.

Sources: Dwork and Roth (2014), theorem 3.20; Bun and Steinke (2016); Mironov (2017), with the conversion of Canonne,
Kamath and Steinke (2020), proposition 12; Kairouz, Oh and Viswanath (2015), theorem 3.3.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, exp, expm1, floor, inf, lcm, lgamma, log, log1p, sqrt
from operator import mul

_PARTS = 1000
"""Parts of the range of likely privacy losses in which they are counted."""

_APART = 200
"""Different ε that are counted apart; of more, those that are near each other are taken together."""

_GRID = 0.02
"""How much higher an ε is counted than it is, at most, where it is taken together with others."""

_CUT = 1e-9
"""Of δ, what is left out at the ends of each distribution of losses; it counts as if it gave everything away."""

_LEAST = 1e-290
"""The least chance that is told from none."""

_MANY = 1_000_000
"""Answers from which on the optimum is not counted: the least of the others stands for it."""

_LARGEST = 700
"""The ε beyond which e^ε is no float."""

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
    few = together(spent)
    others = basic(spent), advanced(spent, delta), zcdp(spent, delta), rdp(few, delta)
    # Each is a bound; counted in parts, the optimum may come out above one of them.
    least = min(others) if sum(spent.values()) > _MANY else min(*others, optimal(few, delta))
    return Composed(*others, least)


def together(spent: Mapping[Fraction, int]) -> Mapping[Fraction, int]:
    """The same answers with few different ε, so that any number of them is soon counted.

    Where there are too many, each is rounded up to the next of a grid of powers: it costs up to 2 % more, never less.
    """
    if len(spent) <= _APART:
        return spent
    found = Counter[Fraction]()
    for epsilon, times in spent.items():
        rounded = Fraction((1 + _GRID) ** ceil(log(epsilon) / log1p(_GRID)))
        found[max(epsilon, rounded)] += times
    return found


def basic(spent: Mapping[Fraction, int]) -> float:
    """The sum; δ is 0."""
    return float(sum(epsilon * times for epsilon, times in spent.items()))


def advanced(spent: Mapping[Fraction, int], delta: float) -> float:
    squares = sum(float(epsilon) ** 2 * times for epsilon, times in spent.items())
    if max(spent, default=0) > _LARGEST:
        return inf
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


@dataclass(frozen=True, slots=True)
class _Losses:
    """A distribution of privacy losses.

    Attributes:
        least: the lowest loss, in units; ``chances`` of it and of those that follow, one unit apart.
        lost: the chance of what was left out.
    """

    least: int
    chances: Sequence[float]
    lost: float = 0.0


def _repeated(epsilon: Fraction, times: int, unit: Fraction, cut: float) -> _Losses:
    """The losses of as many randomised responses of one ε: how often the likely answer came is binomial.

    A loss between two of the lattice is split into these, so that both its probabilities stay. Whoever sees which
    part it was knows no less than before, so this never says too little.
    """
    likely, step = -log1p(exp(-float(epsilon))), -float(unit)
    mean, away = times * exp(likely), sqrt(times * log(2 / cut) / 2)  # Hoeffding's bound
    first, last, whole = max(0, floor(mean - away)), min(times, ceil(mean + away)), lgamma(times + 1)
    found: defaultdict[int, float] = defaultdict(float)
    for came in range(first, last + 1):
        ways = whole - lgamma(came + 1) - lgamma(times - came + 1)
        chance = exp(ways + times * likely - (times - came) * float(epsilon))
        at = (2 * came - times) * epsilon / unit
        below = floor(at)
        above = expm1(step * float(at - below)) / expm1(step)
        found[below] += chance * (1 - above)
        if above:
            found[below + 1] += chance * above
    least = min(found)
    return _Losses(least, [found[at] for at in range(least, max(found) + 1)], cut if last - first < times else 0.0)


def _added(one: _Losses, other: _Losses, cut: float) -> _Losses:
    """The distribution of the sum of two independent losses, without what is least likely at both ends."""
    short, long = sorted((one.chances, other.chances), key=len)
    turned, edge = short[::-1], [0.0] * (len(short) - 1)
    padded = [*edge, *long, *edge]
    sums = [sum(map(mul, padded[at : at + len(short)], turned)) for at in range(len(long) + len(short) - 1)]
    first, last, left = 0, len(sums), cut
    while last - first > 1 and sums[first] <= left / 2:
        left, first = left - sums[first], first + 1
    while last - first > 1 and sums[last - 1] <= left:
        left, last = left - sums[last - 1], last - 1
    return _Losses(one.least + other.least + first, sums[first:last], one.lost + other.lost + cut - left)


def optimal(spent: Mapping[Fraction, int], delta: float) -> float:
    """The least ε at this δ, from above: the privacy losses of randomised responses add up.

    They are counted on a lattice, so that many different ones take little longer than few.
    """
    if not spent:
        return 0.0
    total, cut = basic(spent), max(delta * _CUT / len(spent), _LEAST)
    squares = sum(float(epsilon) ** 2 * times for epsilon, times in spent.items())
    likely = 2 * min(total, sqrt(-2 * log(cut) * squares))  # Hoeffding's bound, up and down
    unit = max(Fraction(1, lcm(*(each.denominator for each in spent))), Fraction(likely / _PARTS))
    losses = _Losses(0, [1.0])
    for epsilon, times in sorted(spent.items()):
        losses = _added(losses, _repeated(epsilon, times, unit, cut), cut)
    exact = [((losses.least + at) * float(unit), chance) for at, chance in enumerate(losses.chances) if chance]
    low, high = 0.0, total
    for _ in range(40):
        middle = (low + high) / 2
        if losses.lost + sum(chance * -expm1(middle - loss) for loss, chance in exact if loss > middle) > delta:
            low = middle
        else:
            high = middle
    return high
