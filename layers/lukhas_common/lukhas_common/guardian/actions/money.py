"""Amounts of money, as whole numbers of the currency's smallest unit."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal, InvalidOperation

from lukhas_common.guardian.actions.tables import split

MOST = 2**53 - 1
"""Whatever is more counts as this: every JSON reader can hold it, and no policy allows it."""

_PLACES = {
    **dict.fromkeys(split("BIF, CLP, DJF, GNF, ISK, JPY, KMF, KRW, PYG, RWF, UGX, VND, VUV, XAF, XOF, XPF"), 0),
    **dict.fromkeys(split("BHD, IQD, JOD, KWD, LYD, OMR, TND"), 3),
}
"""Decimal places of currencies that have not two (ISO 4217)."""

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW"}
_CODES = "USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|KRW|BRL|MXN|ZAR|SGD|HKD"
_WORDS = {"dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "pounds": "GBP", "yen": "JPY"}
_NUMBER = r"\d[\d,]{0,20}(?:\.\d{1,8})?(?:\s?(?:k|m|bn|thousand|million|billion)\b)?"
_WRITTEN = re.compile(
    rf"(?P<sign>[$€£¥₹₩])\s?(?P<first>{_NUMBER})"
    rf"|\b(?P<before>{_CODES})\s?(?P<second>{_NUMBER})"
    rf"|(?<![\d.,])(?P<third>{_NUMBER})\s?(?P<after>(?:{_CODES}|{'|'.join(_WORDS)})\b|[$€£¥₹₩])",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_TIMES = {"k": 3, "thousand": 3, "m": 6, "million": 6, "bn": 9, "billion": 9}


def minor_units(value: object, currency: str = "") -> int | None:
    """An amount that a program states: a number, or text that is one. None where it is no amount."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        written = amounts_in(value)
        if written:
            return max(written)
        value = value.replace(",", "").strip()[:40]
    if isinstance(value, int) and abs(value) > MOST:
        return MOST if value > 0 else None
    try:
        return _minor(Decimal(str(value)), currency)
    except InvalidOperation:
        return None


def amounts_in(text: str) -> list[int]:
    """The amounts of money that are written in a text, with their currency."""
    found: list[int] = []
    if not _DIGIT.search(text):
        return found
    for match in _WRITTEN.finditer(text):
        number = match["first"] or match["second"] or match["third"]
        name = match["sign"] or match["before"] or match["after"]
        amount = _minor(_number(number), _SIGNS.get(name) or _WORDS.get(name.lower()) or name.upper())
        if amount is not None:
            found.append(amount)
    return found


def _number(written: str) -> Decimal:
    digits = written.replace(",", "").lower()
    for word, zeros in sorted(_TIMES.items(), key=lambda item: -len(item[0])):
        if digits.endswith(word):
            return Decimal(digits.removesuffix(word).strip()).scaleb(zeros)
    return Decimal(digits)


def _minor(amount: Decimal, currency: str) -> int | None:
    if not amount.is_finite() or amount < 0:
        return None
    if amount > MOST:
        return MOST
    return min(int((amount.scaleb(_PLACES.get(currency.upper(), 2))).to_integral_value(ROUND_CEILING)), MOST)
