"""What a data set declares of its events: columns with their bounds. Nothing else of an event is kept.

Bounds are declared and never taken from the data: a greatest value tells of the person who had it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from lukhas_common.privacy.errors import PrivacyFault, PrivacyReason

MAX_KEY = 64
"""Characters of a category."""


def drop_text(_text: str) -> str:
    """The redactor that is used where none is given: nothing of a free text is kept."""
    return ""


def decimal(value: object) -> Decimal | None:
    """A number as it is written; None for what is none, or is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None


@dataclass(frozen=True, slots=True)
class Number:
    """A column of numbers.

    Attributes:
        low: the least that counts, ``high`` the most; what lies beyond is moved there.
        step: what values are rounded to.

    Raises:
        ValueError: they are no finite numbers, low is not below high, or the step is not above 0.
    """

    low: Decimal
    high: Decimal
    step: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        for name in ("low", "high", "step"):
            number = decimal(getattr(self, name))
            if number is None:
                raise ValueError(f"a finite number is wanted as {name}")
            object.__setattr__(self, name, number)
        if not (self.low < self.high and self.step > 0):
            raise ValueError("low below high, and a step above 0, are wanted")

    def steps(self, value: Any) -> int:
        """A value in whole steps, within bounds.

        Raises:
            PrivacyFault: it is no number.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise PrivacyFault(PrivacyReason.EVENT_INVALID, "A column of numbers takes numbers.")
        number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        if number.is_nan():
            raise PrivacyFault(PrivacyReason.EVENT_INVALID, "A column of numbers takes numbers.")
        inside = min(max(number, self.low), self.high)
        return int((inside / self.step).to_integral_value(ROUND_HALF_EVEN))

    @property
    def bounds(self) -> tuple[int, int]:
        """Low and high in whole steps."""
        return self.steps(self.low), self.steps(self.high)


@dataclass(frozen=True, slots=True)
class Category:
    """A column of words.

    Attributes:
        known: the words there are; with none declared, words are free, and only those of many people are shown.
    """

    known: tuple[str, ...] = ()

    def word(self, value: Any, redact: Callable[[str], str]) -> str | None:
        """The word that is kept, composed as Unicode's NFC; None for one that is not declared, or of which the redactor
        leaves nothing.

        Raises:
            PrivacyFault: it is no text.
        """
        if not isinstance(value, str):
            raise PrivacyFault(PrivacyReason.EVENT_INVALID, "A column of words takes texts.")
        word = unicodedata.normalize("NFC", value)
        if self.known:
            return next((known for known in self.known if unicodedata.normalize("NFC", known) == word), None)
        return redact(word)[:MAX_KEY] or None


Column = Number | Category


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set and what is promised of it.

    Attributes:
        epsilon: all that may ever be spent; ``delta`` likewise.
        contributions: events of one person that count in a statistic; a person is the unit of privacy.

    Raises:
        ValueError: a parameter is out of range.
    """

    name: str
    columns: Mapping[str, Column] = field(default_factory=dict)
    epsilon: Decimal = Decimal(1)
    delta: Decimal = Decimal("0.00001")
    contributions: int = 1

    def __post_init__(self) -> None:
        if not (self.epsilon.is_finite() and self.delta.is_finite() and type(self.contributions) is int):
            raise ValueError("a finite epsilon and delta, and a whole number of contributions are wanted")
        if self.epsilon <= 0 or not 0 <= self.delta < 1 or self.contributions < 1:
            raise ValueError("an epsilon above 0, a delta in [0, 1) and contributions from 1 are wanted")

    def kept(self, event: Mapping[str, Any], redact: Callable[[str], str] = drop_text) -> dict[str, int | str]:
        """What is kept of an event: declared columns only, numbers in whole steps.

        Raises:
            PrivacyFault: a declared column has a value of another kind.
        """
        kept: dict[str, int | str] = {}
        for name, column in self.columns.items():
            if event.get(name) is None:
                continue
            value = column.steps(event[name]) if isinstance(column, Number) else column.word(event[name], redact)
            if value is not None:
                kept[name] = value
        return kept
