"""What can be wrong with what is compared, and what is a number."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any, TypeGuard

Number = int | float

BITS = 1023
"""Bits of an integer at most, so that it has a double near it."""


class DriftInputError(ValueError):
    """What is to be compared cannot be.

    Attributes:
        field: the argument that is wrong; ``message`` says how, and repeats nothing of what was sent.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


def is_number(value: Any) -> TypeGuard[Number]:
    """Whether it is a number in JSON; a boolean is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(value: Any, field: str) -> Number:
    """The value, which is a finite number.

    Raises:
        DriftInputError: it is not.
    """
    if not is_number(value):
        raise DriftInputError(field, "a number is needed")
    if isinstance(value, int):
        if value.bit_length() > BITS:
            raise DriftInputError(field, f"an integer has at most {BITS} bits")
    elif not isfinite(value):
        raise DriftInputError(field, "NaN and infinity are no values; leave them out or send null")
    return value


def numbers(values: Iterable[Any], field: str) -> list[Number]:
    """The values, which are finite numbers.

    Raises:
        DriftInputError: one is not.
    """
    return [number(value, field) for value in values]
