"""Noise is what it says: held against exact probabilities, and against attacks that break other mechanisms."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import exp, expm1, frexp, inf, log, nan, prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.privacy.composition import compose, optimal, together
from lukhas_common.privacy.gaussian import analytic_sigma, classic_sigma, discrete_delta, discrete_variance
from lukhas_common.privacy.mechanisms import (
    Noise,
    add_gaussian_noise,
    add_laplace_noise,
    clip,
    gaussian_noise,
    laplace_noise,
)
from lukhas_common.privacy.sampling import discrete_gaussian, discrete_laplace
from lukhas_common.privacy.statistics import threshold_of

DRAWS = 30_000
FAR = 4.9
"""Standard deviations that no honest run is away in a million."""


def below(seed: int) -> Callable[[int], int]:
    return random.Random(seed).randrange  # noqa: S311 - the same in each run


def chi_square(drawn: list[int], weight: Callable[[int], float]) -> float:
    """How many standard deviations the statistic is above what it should be (Wilson and Hilferty)."""
    whole = sum(weight(y) for y in range(-400, 401))
    seen, rest, statistic, cells = Counter(drawn), float(len(drawn)), 0.0, 0
    rest_seen = len(drawn)
    for y in range(-400, 401):
        expected = len(drawn) * weight(y) / whole
        if expected >= 10:
            statistic += (seen[y] - expected) ** 2 / expected
            rest, rest_seen, cells = rest - expected, rest_seen - seen[y], cells + 1
    statistic += (rest_seen - rest) ** 2 / max(rest, 1)
    spread = 2 / (9 * cells)
    return float(((statistic / cells) ** (1 / 3) - (1 - spread)) / spread**0.5)


def laplace_weight(scale: float) -> Callable[[int], float]:
    return lambda y: exp(-abs(y) / scale)


def test_laplace_has_its_probabilities_and_a_wrong_scale_is_seen() -> None:
    scale = Fraction(7, 3)
    draw = below(1)
    drawn = [discrete_laplace(scale, draw) for _ in range(DRAWS)]
    assert chi_square(drawn, laplace_weight(float(scale))) < FAR
    off = [discrete_laplace(scale * Fraction(105, 100), draw) for _ in range(DRAWS)]
    assert chi_square(off, laplace_weight(float(scale))) > FAR


def test_gaussian_has_its_probabilities_and_a_wrong_variance_is_seen() -> None:
    variance = Fraction(19, 2)
    draw = below(2)
    weight = lambda y: exp(-y * y / (2 * float(variance)))  # noqa: E731
    assert chi_square([discrete_gaussian(variance, draw) for _ in range(DRAWS)], weight) < FAR
    off = variance * Fraction(111, 100)
    assert chi_square([discrete_gaussian(off, draw) for _ in range(DRAWS)], weight) > FAR


def loss(mechanism: Callable[[int], int], draws: int = 20_000) -> float:
    """A privacy loss that the mechanism is seen to exceed, for counts that differ by one (Clopper and Pearson, near
    enough at these numbers)."""
    here, there = (sum(mechanism(true) >= 1 for _ in range(draws)) / draws for true in (1, 0))
    low, high = (p + side * FAR * (p * (1 - p) / draws) ** 0.5 for p, side in ((here, -1), (there, 1)))
    return log(low / high)


def test_an_audit_passes_the_mechanism_and_catches_half_the_noise() -> None:
    draw = below(3)
    assert loss(lambda true: true + discrete_laplace(Fraction(1), draw)) < 1
    assert loss(lambda true: true + discrete_laplace(Fraction(1, 2), draw)) > 1


def on_lattice(value: float, step: Fraction) -> bool:
    return (Fraction(value) / step).denominator == 1


def test_all_answers_lie_on_one_lattice_whatever_the_value() -> None:
    """Mironov's attack: floating-point sums of value and noise tell the value by what cannot be reached from it."""
    step = Fraction(1, 2**19)
    for value in (0.0, 0.1, 1 / 3, 1e-300):
        assert all(on_lattice(add_laplace_noise(value, 1, 1), step) for _ in range(200))
    source = random.Random(4)  # noqa: S311
    naive = [0.1 + source.expovariate(1) * source.choice((-1, 1)) for _ in range(200)]
    assert not all(on_lattice(value, step) for value in naive)


def grain(mechanism: Callable[[float], float], value: float) -> int:
    """How finely the answers are grained: the largest denominator of many."""
    return max(Fraction(mechanism(value)).denominator for _ in range(200))


def test_precision_tells_nothing_and_is_seen_to_tell_where_the_lattice_hangs_on_the_value() -> None:
    """The precision attack: the exponent of the value must not decide how finely the answer is grained."""

    def broken(value: float) -> float:
        """Noise as fine as the value is: what rounding to the value's own last place makes of it."""
        step = Fraction(2) ** (frexp(value)[1] - 53)
        return float((round(Fraction(value) / step) + discrete_laplace(1 / step)) * step)

    def sound(value: float) -> float:
        return add_laplace_noise(value, 1, 1)

    assert grain(sound, 0.0) == grain(sound, 1e-12) == grain(sound, 0.7)
    assert grain(broken, 2.0**-20) > grain(broken, 0.7) > grain(broken, 1000.5)


@given(scale=st.floats(1e-6, 1e6))
def test_real_noise_is_whole_steps_of_its_scale(scale: float) -> None:
    for noise in (laplace_noise(scale), gaussian_noise(scale)):
        assert abs(noise) < 200 * scale
        assert on_lattice(noise, Fraction(2) ** -60)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_none_is_refused(wrong: float) -> None:
    for draw in (laplace_noise, gaussian_noise):
        with pytest.raises(ValueError, match="above 0"):
            draw(wrong)
    for noisy in (add_laplace_noise, lambda *given: add_gaussian_noise(*given, 1e-6)):
        for given_ in ((1, 1, wrong), (1, wrong, 1)):
            with pytest.raises(ValueError, match="above 0"):
                noisy(*given_)
    for wrong_delta in (0.0, 1.0, nan):
        with pytest.raises(ValueError, match="delta"):
            add_gaussian_noise(1, 1, 1, wrong_delta)
    for noisy in (add_laplace_noise, lambda *given: add_gaussian_noise(*given, 1e-6)):
        with pytest.raises(ValueError, match="finite value"):
            noisy(nan, 1, 1)


@pytest.mark.parametrize(
    "wrong", [(0, 1), (1.5, 1), (nan, 1), (inf, 1), (1, 0), (1, nan), (1, inf), (1, 1, 1), (1, 1, nan)]
)
def test_noise_of_no_width_is_refused(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="wanted"):
        Noise(*wrong)
    assert Noise(1, 0.5) == Noise(1, Fraction(1, 2))  # type: ignore[arg-type]
    for delta in (0.0, 1e-6):
        with pytest.raises(ValueError, match="above 0"):
            Noise(1, Fraction(1), delta).within(1.0)


def test_the_largest_numbers_stay_numbers() -> None:
    assert all(abs(add_laplace_noise(1.7e308, 1e308, 1)) < inf for _ in range(50))
    assert all(abs(laplace_noise(1.7e308)) < inf for _ in range(50))


def test_clipping_leaves_nothing_beyond_its_bounds() -> None:
    assert clip([-2, 0.5, inf, -inf], 0, 1) == [0, 0.5, 1, 0]
    assert clip([3], 5, 5) == [5]
    for values, low, high in (([nan], 0, 1), ([3], 5, 1), ([3], nan, 1), ([3], 0, nan), ([3], 0, inf), ([], 1, 0)):
        with pytest.raises(ValueError, match=r"no number|bounds"):
            clip(values, low, high)


def test_gaussian_noise_on_a_lattice_is_as_wide_as_it_has_to_be_and_no_wider() -> None:
    sigma, step = analytic_sigma(2, 0.5, 1e-6), Fraction(1, 2**15)
    answers = [add_gaussian_noise(1 / 3, 2, 0.5, 1e-6) for _ in range(4000)]
    assert all(on_lattice(answer, step) for answer in answers)
    spread = (sum((answer - 1 / 3) ** 2 for answer in answers) / len(answers)) ** 0.5
    assert spread == pytest.approx(sigma, rel=FAR * (0.5 / len(answers)) ** 0.5)
    assert grain(lambda value: add_gaussian_noise(value, 1, 1, 1e-6), 1e-12) == grain(
        lambda value: add_gaussian_noise(value, 1, 1, 1e-6), 0.7
    )


def test_gaussian_noise_is_calibrated_once_however_often_it_is_drawn() -> None:
    before = discrete_variance.cache_info()
    for _ in range(5):
        Noise(4, Fraction(7, 1000), 1e-6).draw()
        add_gaussian_noise(1.5, 3.0, 0.07, 1e-6)
    after = discrete_variance.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (2, 8)


def beyond(variance: Fraction, least: int) -> float:
    """P[Y ≥ least] of discrete Gaussian noise, summed."""
    spread, last = float(variance), int(45 * float(variance) ** 0.5) + 2
    weights = {y: exp(-y * y / (2 * spread)) for y in range(-last, last + 1)}
    return sum(weight for y, weight in weights.items() if y >= least) / sum(weights.values())


@given(
    epsilon=st.fractions(Fraction(1, 10), 10, max_denominator=50),
    delta=st.sampled_from([1e-12, 5e-7, 1e-5, 1e-2]),
    sensitivity=st.integers(1, 5),
    words=st.integers(1, 4),
)
@settings(max_examples=40)
def test_a_word_of_one_person_reaches_a_gaussian_threshold_no_oftener_than_it_says(
    epsilon: Fraction, delta: float, sensitivity: int, words: int
) -> None:
    noise = Noise(sensitivity, epsilon, delta)
    least = threshold_of(noise, words, delta)
    assert beyond(noise.variance, least - 1) <= delta / words
    assert beyond(noise.variance, least - 4) > delta / words or noise.variance < 2


@given(st.fractions(Fraction(1, 10), 10, max_denominator=50), st.sampled_from([1e-12, 1e-5, 1e-2]), st.integers(1, 5))
def test_nor_a_threshold_of_laplace_noise(epsilon: Fraction, delta: float, words: int) -> None:
    noise = Noise(words, epsilon)
    ratio = exp(-float(epsilon) / words)
    assert ratio ** (threshold_of(noise, words, delta) - 1) / (1 + ratio) <= delta / words


@pytest.mark.parametrize("delta", [0.0, 1e-5])
def test_noise_stays_within_its_interval_as_often_as_it_says(delta: float) -> None:
    noise = Noise(3, Fraction(1, 2), delta)
    wide = noise.within(0.9)
    inside = sum(abs(each) <= wide for each in noise.draw(3000)) / 3000
    assert inside > 0.9 - FAR * (0.09 / 3000) ** 0.5
    assert inside < 0.98


def written_out(variance: Fraction, sensitivity: int, epsilon: float) -> float:
    """The δ of discrete Gaussian noise, every term of it."""
    spread = float(variance)
    places = range(-int(40 * spread**0.5) - 2, int(40 * spread**0.5) + 2)
    over = (exp(-y * y / 2 / spread) - exp(epsilon - (y + sensitivity) ** 2 / 2 / spread) for y in places)
    return sum(each for each in over if each > 0) / sum(exp(-y * y / 2 / spread) for y in places)


@given(st.fractions(Fraction(1, 10), 200), st.integers(1, 5), st.floats(0.01, 10))
def test_the_delta_of_discrete_gaussian_noise_is_that_of_all_its_terms(
    variance: Fraction, sensitivity: int, epsilon: float
) -> None:
    found = discrete_delta(variance, sensitivity, epsilon)
    assert found == pytest.approx(written_out(variance, sensitivity, epsilon), rel=1e-9, abs=1e-300)


def test_wide_gaussian_noise_that_is_not_summed_keeps_its_promise_too() -> None:
    variance = discrete_variance(1, 0.0008, 1e-6)
    assert variance > 2048**2
    assert discrete_delta(variance, 1, 0.0008) <= 1e-6


@given(epsilon=st.floats(0.05, 10), delta=st.sampled_from([1e-9, 1e-6, 1e-3]), sensitivity=st.integers(1, 5))
def test_discrete_gaussian_noise_keeps_its_promise(epsilon: float, delta: float, sensitivity: int) -> None:
    variance = discrete_variance(sensitivity, epsilon, delta)
    if variance < 60**2:
        assert discrete_delta(variance, sensitivity, epsilon) <= delta
    assert float(variance) ** 0.5 >= 0.999 * analytic_sigma(sensitivity, epsilon, delta)


def test_the_textbook_wastes_noise_and_breaks_its_promise() -> None:
    assert classic_sigma(1, 0.1, 1e-6) / analytic_sigma(1, 0.1, 1e-6) > 1.4
    assert classic_sigma(1, 10, 1e-6) < analytic_sigma(1, 10, 1e-6)


def test_composition_of_a_hundred_answers() -> None:
    found = compose({Fraction(1, 10): 100}, 1e-6)
    assert found.basic == pytest.approx(10)
    assert found.zcdp == pytest.approx(5.76, abs=0.005)
    assert found.optimal == pytest.approx(4.77, abs=0.01)
    assert found.optimal < found.rdp < found.zcdp < found.advanced < found.basic


@given(st.lists(st.fractions(Fraction(1, 100), 1, max_denominator=100), min_size=1, max_size=12))
@settings(max_examples=30)
def test_the_optimum_is_never_above_the_others(epsilons: list[Fraction]) -> None:
    found = compose(Counter(epsilons), 1e-6)
    assert found.optimal <= found.basic + 1e-9
    assert found.optimal <= min(found.rdp, found.zcdp) * 1.01 + 1e-9


def test_many_answers_of_one_epsilon_are_counted_at_once_as_one_by_one() -> None:
    """Against the convolution written out."""
    losses = {0: 1.0}
    likely = 1 / (1 + exp(-0.1))
    for _ in range(100):
        after: Counter[int] = Counter()
        for loss, chance in losses.items():
            after[loss + 1] += chance * likely
            after[loss - 1] += chance * (1 - likely)
        losses = after
    found = compose({Fraction(1, 10): 100}, 1e-6).optimal
    spent = sum(chance * -expm1(found - loss / 10) for loss, chance in losses.items() if loss / 10 > found)
    assert spent == pytest.approx(1e-6, rel=1e-6)


def spent_at(loss: float, epsilons: list[Fraction]) -> float:
    """The δ of as many randomised responses at an ε: every one of their outcomes."""
    found = 0.0
    for signs in product((1, -1), repeat=len(epsilons)):
        chance = prod(1 / (1 + exp(-sign * float(each))) for sign, each in zip(signs, epsilons, strict=True))
        whole = float(sum(sign * each for sign, each in zip(signs, epsilons, strict=True)))
        found += chance * max(0.0, -expm1(loss - whole))
    return found


@given(st.lists(st.fractions(Fraction(1, 1000), 3), min_size=1, max_size=8), st.sampled_from([1e-9, 1e-5, 1e-2]))
@settings(max_examples=40)
def test_the_optimum_is_never_below_the_exact_one_and_hardly_above(epsilons: list[Fraction], delta: float) -> None:
    found = optimal(Counter(epsilons), delta)
    assert spent_at(found, epsilons) <= delta * (1 + 1e-6)
    less = found - 0.002 * float(sum(epsilons))
    assert less <= 0 or spent_at(less, epsilons) > delta


@given(st.integers(0, 2**32))
@settings(max_examples=10)
def test_each_of_very_many_epsilons_is_counted_up_to_two_hundredths_higher(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    epsilons = sorted({Fraction(10 ** chance.uniform(-6, 2)) for _ in range(300)})
    found = together(dict.fromkeys(epsilons, 3))
    assert sum(found.values()) == 3 * len(epsilons)
    # Rounding keeps their order, so they can be held against each other one by one.
    counted = sorted(each for each, times in found.items() for _ in range(times))[::3]
    pairs = list(zip(epsilons, counted, strict=True))
    assert all(each <= other <= each * (1.02 + 1e-9) for each, other in pairs)
    assert together(dict.fromkeys(epsilons[:200], 1)) == dict.fromkeys(epsilons[:200], 1)


def test_nine_thousand_different_answers_cost_what_as_many_like_ones_do() -> None:
    near = {Fraction(30_000_000 + number, 10**10): 1 for number in range(9000)}
    assert len(together(near)) <= 2
    found, one = compose(near, 1e-6), compose({Fraction(3, 1000): 9000}, 1e-6)
    assert found.basic == pytest.approx(one.basic, rel=2e-4)
    for name in ("zcdp", "rdp", "optimal"):
        assert getattr(one, name) <= getattr(found, name) <= 1.03 * getattr(one, name)
    wide = {Fraction(number, 10**5): 1 for number in range(100, 9000)}
    assert len(together(wide)) < 250
    assert compose(wide, 1e-6).optimal < compose(wide, 1e-6).rdp


@pytest.mark.parametrize("epsilon", [Fraction(37), Fraction(50), Fraction(800)])
def test_one_answer_that_gives_all_away_costs_what_it_says(epsilon: Fraction) -> None:
    assert compose({epsilon: 1}, 1e-6).optimal == pytest.approx(float(epsilon), rel=1e-6)


def test_a_million_answers_are_composed_as_soon_as_one() -> None:
    found = compose({Fraction(1, 1000): 1_000_000, Fraction(1, 10): 3}, 1e-6)
    assert found.optimal <= found.rdp <= found.basic
