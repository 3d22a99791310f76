"""Statistics with noise: of each person at most so many events count, sums are whole numbers, noise is exact.

Neighbours differ by all events of one person. Of a person, ``contributions`` events count, those with the least
ids: which they are depends on nobody else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, log

from lukhas_common.privacy.columns import Category, Column, DataSet, Number
from lukhas_common.privacy.errors import PrivacyFault, PrivacyReason
from lukhas_common.privacy.mechanisms import Noise

AGGREGATIONS = ("count", "mean", "sum", "histogram")


@dataclass(frozen=True, slots=True)
class Event:
    """What is kept of an event.

    Attributes:
        person: a keyed pseudonym.
        event_id: orders the events of a person.
        values: of declared columns, numbers in whole steps.
    """

    person: str
    event_id: str
    values: Mapping[str, int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        delta: 0, unless the noise is Gaussian or the words of the histogram are not declared.
        confidence: of the intervals.
    """

    aggregation: str
    column: str | None = None
    epsilon: Fraction
    delta: float = 0.0
    gaussian: bool = False
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Answer:
    """A noisy answer; all in it may be shown.

    Attributes:
        interval: where the answer without noise is with the confidence asked for; of a histogram, what is to be
            added to each cell. What bounds moved and what contribution limits left out is in neither.
        noise: what was added, for whoever computes the answer; never for whoever reads it.
    """

    value: float
    count: int
    interval: tuple[float, float]
    histogram: Mapping[str, int] = field(default_factory=dict)
    noise: float = field(default=0.0, repr=False)


def check(question: Question, dataset: DataSet) -> Column | None:
    """The column that is asked about, before anything is paid.

    Raises:
        PrivacyFault: this cannot be asked of the data set.
    """
    if question.aggregation not in AGGREGATIONS:
        raise _invalid(f"Ask for one of {', '.join(AGGREGATIONS)}.")
    if question.epsilon <= 0 or question.epsilon > 100 or not 0 <= question.delta < 1:
        raise _invalid("Ask with an epsilon above 0, of 100 at most, and a delta in [0, 1).")
    if not 0.5 <= question.confidence < 1:
        raise _invalid("Ask for a confidence from 0.5 to below 1.")
    column = dataset.columns.get(question.column or "")
    wanted = {"count": None, "histogram": Category}.get(question.aggregation, Number)
    if wanted is not None and not isinstance(column, wanted):
        raise _invalid(f"A {question.aggregation} needs a declared column of {_KINDS[wanted]}.")
    if (question.gaussian or (isinstance(column, Category) and not column.known)) and question.delta <= 0:
        raise _invalid("Gaussian noise, and words that are not declared, take a delta above 0.")
    return column


def ask(question: Question, dataset: DataSet, events: Iterable[Event]) -> Answer:
    """The noisy answer. Its budget is to be spent before.

    Raises:
        PrivacyFault: this cannot be asked of the data set.
    """
    column = check(question, dataset)
    bounded = _bounded(events, question.column if column is not None else None, dataset.contributions)
    if question.aggregation == "count":
        return _count(question, dataset, len(bounded))
    values = [event.values[question.column or ""] for event in bounded]
    if isinstance(column, Category):
        return _histogram(question, dataset, column, bounded)
    assert isinstance(column, Number)  # noqa: S101 - check has seen to it
    return _total(question, dataset, column, [int(value) for value in values])


def _bounded(events: Iterable[Event], column: str | None, contributions: int) -> list[Event]:
    by_person: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if column is None or column in event.values:
            by_person[event.person].append(event)
    return [
        each for mine in by_person.values() for each in sorted(mine, key=lambda event: event.event_id)[:contributions]
    ]


def _noise(question: Question, sensitivity: int, parts: int = 1) -> Noise:
    delta = question.delta / parts if question.gaussian else 0.0
    return Noise(sensitivity, question.epsilon / parts, delta)


def _count(question: Question, dataset: DataSet, true: int) -> Answer:
    noise = _noise(question, dataset.contributions)
    (drawn,) = noise.draw()
    width = noise.within(question.confidence)
    value = true + drawn
    return Answer(value, max(0, value), (value - width, value + width), noise=drawn)


def _total(question: Question, dataset: DataSet, column: Number, values: list[int]) -> Answer:
    """A sum or a mean: half of the budget for the count, half for the sum."""
    low, high = column.bounds
    values = [min(max(value, low), high) for value in values]
    step, confidence = column.step, (1 + question.confidence) / 2
    counting = _noise(question, dataset.contributions, 2)
    (off_count,) = counting.draw()
    count = len(values) + off_count
    if question.aggregation == "sum":
        noise = _noise(question, max(1, dataset.contributions * max(abs(low), abs(high))), 2)
        (drawn,) = noise.draw()
        value, width = sum(values) + drawn, noise.within(question.confidence)
        at = float(value * step)
        return Answer(
            at,
            max(0, count),
            (float((value - width) * step), float((value + width) * step)),
            noise=float(drawn * step),
        )
    # Around the middle, in half steps, one person changes the sum by least.
    middle, reach = low + high, high - low
    noise = _noise(question, dataset.contributions * reach, 2)
    (drawn,) = noise.draw()
    true = sum(2 * value - middle for value in values)
    wide, wide_count = noise.within(confidence), counting.within(confidence)
    ends = [
        _mean(Fraction(true + drawn + off, max(1, count + off_at)), low, high)
        for off in (-wide, wide)
        for off_at in (-wide_count, wide_count)
    ]
    half = float(step) / 2
    value_ = _mean(Fraction(true + drawn, max(1, count)), low, high)
    exact = _mean(Fraction(true, max(1, len(values))), low, high)
    return Answer(
        float(value_) * half,
        max(0, count),
        (float(min(ends)) * half, float(max(ends)) * half),
        noise=float(value_ - exact) * half,
    )


def _mean(around: Fraction, low: int, high: int) -> Fraction:
    """A mean in half steps, within bounds."""
    return min(max(around + low + high, Fraction(2 * low)), Fraction(2 * high))


def _histogram(question: Question, dataset: DataSet, column: Category, events: list[Event]) -> Answer:
    name = question.column or ""
    if column.known:
        cells = dict.fromkeys(column.known, 0)
        cells.update(Counter(str(event.values[name]) for event in events))
        noise, threshold = _noise(question, dataset.contributions), None
    else:
        # Each person counts once a word, so a word that only one person has counts 1.
        cells = dict(Counter(word for word, _ in {(str(event.values[name]), event.person) for event in events}))
        noise = Noise(dataset.contributions, question.epsilon, question.delta / 2 if question.gaussian else 0.0)
        threshold = threshold_of(noise, dataset.contributions, question.delta / (2 if question.gaussian else 1))
    drawn = noise.draw(len(cells))
    noisy = {word: cells[word] + off for word, off in zip(sorted(cells), drawn, strict=True)}
    shown = {word: count for word, count in noisy.items() if threshold is None or count >= threshold}
    width, total = noise.within(question.confidence), sum(shown.values())
    return Answer(total, max(0, total), (-width, width), shown, float(sum(drawn)))


def threshold_of(noise: Noise, words: int, delta: float) -> int:
    """The least noisy count that is shown: a word of one person reaches it with probability delta / words at most."""
    miss = delta / words
    if noise.delta:
        return noise.reach(2 * miss) + 2  # P[1 + Y ≥ t] = P[Y > t − 2]
    # P[1 + Y ≥ t] = q^(t − 1) / (1 + q) ≤ q^(t − 1)
    return 2 + ceil(log(1 / miss) * float(noise.sensitivity / noise.epsilon))


def _invalid(detail: str) -> PrivacyFault:
    return PrivacyFault(PrivacyReason.STATISTIC_INVALID, detail)


_KINDS = {Number: "numbers", Category: "words"}
