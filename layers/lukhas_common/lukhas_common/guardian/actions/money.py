"""Amounts of money, as whole numbers of the currency's smallest unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation

from lukhas_common.guardian.actions.currencies import IN_TEXT, PLACES, SIGNS, WORDS, currency_of
from lukhas_common.guardian.actions.numbers import NUMBER, number, unread, value_of, written

MOST = 2**53 - 1
"""Whatever is more counts as this: every JSON reader can hold it, and no policy allows it."""

_SIGN = f"[{''.join(SIGNS)}]"
_WRITTEN = re.compile(
    rf"(?P<sign>{_SIGN})\s?(?P<first>{NUMBER})"
    rf"|\b(?P<before>{IN_TEXT})\s?(?P<second>{NUMBER})"
    rf"|(?<!\d)(?<!\d[.,'])(?P<third>{NUMBER})\s?(?P<after>(?:{IN_TEXT}|{'|'.join(WORDS)})\b|{_SIGN})",
    re.IGNORECASE,
)
_MARKS = (*SIGNS, *WORDS, *IN_TEXT.casefold().split("|"))
"""Without one of these a text has no sum of money."""

_DIGIT = re.compile(r"\d")
_CUT_BEFORE = re.compile(r"\d(?:[^\w\s]|_)$")
_CUT_AFTER = re.compile(r"[^A-Za-z-]\d")
_RANGE = "-–—"
"""Between two amounts, of which the second is the higher."""


def minor_units(value: object, currency: str = "") -> int | None:
    """An amount that a program states: a number, or text that is nothing else. None where it is no amount."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        return _stated(value, currency)
    if isinstance(value, int) and abs(value) > MOST:
        return MOST if value > 0 else None
    return _minor(Decimal(str(value)), currency)


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of money in a text.

    Attributes:
        amounts: those that are written with their currency.
        currencies: their codes.
        rest: the text without them.
        cut: one of them is only a part of a longer number.
    """

    amounts: tuple[int, ...]
    currencies: tuple[str, ...]
    rest: str
    cut: bool = False

    def hide(self, known: int | None, currency: str = "") -> bool:
        """Whether the text names more of something than the highest amount that is known.

        It may be a sum whose form is not understood, and a smaller one that is understood must not stand for it.
        """
        return self.cut or unread(self.rest, Decimal(known or 0).scaleb(-_places(currency, *self.currencies)))


def amounts_in(text: str) -> list[int]:
    """The amounts of money that are written in a text, with their currency."""
    return list(sums_in(text).amounts)


def sums_in(text: str) -> Sums:
    """The amounts of money that are written in a text, and what stands beside them."""
    if not _DIGIT.search(text):
        return Sums((), (), text)
    plain = written(text)
    folded = plain.casefold()
    if not any(mark in folded for mark in _MARKS):
        return Sums((), (), plain)
    amounts: list[int] = []
    codes: list[str] = []
    rest: list[str] = []
    read, cut = 0, False
    for match in _WRITTEN.finditer(plain):
        code = currency_of(match["sign"] or match["before"] or match["after"]) or ""
        amount = _minor(value_of(match["first"] or match["second"] or match["third"]), code)
        if amount is not None:
            amounts.append(amount)
            codes.append(code)
        before, after = plain[max(0, match.start() - 3) : match.start()], plain[match.end() : match.end() + 2]
        span = before[-1:] in _RANGE and not match["third"].startswith("0") if match["third"] and before else False
        cut = cut or bool(match["third"] and not span and _CUT_BEFORE.search(before))
        cut = cut or _CUT_AFTER.match(after) is not None
        rest.append(plain[read : match.start()])
        read = match.end()
    return Sums(tuple(amounts), tuple(codes), " ; ".join([*rest, plain[read:]]), cut)


def _stated(value: str, currency: str) -> int | None:
    if (only := number(value)) is not None:
        return _minor(only, currency)
    found = sums_in(value)
    if found.amounts:
        whole = not found.cut and not _DIGIT.search(found.rest) and not unread(found.rest, Decimal(0))
        return max(found.amounts) if whole else None
    try:
        return _minor(Decimal(value.strip()[:40]), currency)
    except InvalidOperation:
        return None


def _places(*currencies: str) -> int:
    """Of several currencies the most."""
    return max([PLACES.get(code.upper(), 2) for code in currencies if code], default=2)


def _minor(amount: Decimal, currency: str) -> int | None:
    if not amount.is_finite() or amount < 0:
        return None
    if amount > MOST:
        return MOST
    return min(int(amount.scaleb(_places(currency)).to_integral_value(ROUND_CEILING)), MOST)
