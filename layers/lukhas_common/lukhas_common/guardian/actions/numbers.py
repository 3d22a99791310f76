"""Numbers as people write them: in groups, with either sign for decimals, with words for thousands.

Where one can be read in two ways, the higher counts: ``20.000`` is twenty thousand.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from lukhas_common.guardian.actions.words import visible

SCALES = {
    "k": 3,
    "thousand": 3,
    "grand": 3,
    "lakh": 5,
    "m": 6,
    "mio": 6,
    "million": 6,
    "crore": 7,
    "bn": 9,
    "mrd": 9,
    "billion": 9,
    "trillion": 12,
}
_SIGNS = r".,'\u2019\u066b\u066c"
NUMBER = (
    rf"\d{{1,40}}(?:[{_SIGNS}]\d{{1,40}}|\x20\d{{3}}(?!\d)){{0,14}}"
    rf"(?:\s?(?:{'|'.join(sorted(SCALES, key=len, reverse=True))})s?\b)?"
)
"""A space divides groups of three only."""

_WHOLE = re.compile(NUMBER, re.IGNORECASE)
_COUNT_WORD = re.compile(r"\b(?:hundred|thousand|million|billion|trillion|grand|lakh|crore|mio|mrd)s?\b", re.IGNORECASE)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_NO_AMOUNT = re.compile(
    # Dates and times, account numbers, ordinals, and digits within a name.
    r"\b\d{4}-\d{2}-\d{2}(?:T[\d:.]{5,15}Z?)?\b|\b\d{1,2}[./]\d{1,2}[./](?:19|20)?\d\d\b|\b\d{1,2}:\d{2}(?::\d{2})?\b"
    rf"|\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s(?:19|20)\d\d)?\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?:\s(?:19|20)\d\d)?\b|\b{_MONTH}\s(?:19|20)\d\d\b"
    r"|\b[A-Z]{2}\d{2}(?:\s?[A-Z\d]{4}){2,7}(?:\s?[A-Z\d]{1,3})?\b"
    r"|\b(?:account|invoice|order|reference|ref|card|phone|customer)(?:\snumber|\sno\.?)?\s?[:#]?\s?\d{6,40}\b"
    r"|\b\d{1,4}(?:st|nd|rd|th)\b|\b\d{1,2}\s?[ap]m\b|[A-Za-z_][-\w]{0,60}",
    re.IGNORECASE,
)


def written(text: str) -> str:
    """The text in the signs that numbers are looked for in."""
    return unicodedata.normalize("NFKC", visible(text)) if not text.isascii() else text


def number(text: str) -> Decimal | None:
    """A text that is one number, of the readings that it has the highest; None for what is no number."""
    plain = written(text).strip()
    return value_of(plain) if _WHOLE.fullmatch(plain) else None


def value_of(found: str) -> Decimal:
    """What a match of ``NUMBER`` amounts to."""
    digits = re.match(r"[\d" + _SIGNS + r"\x20]+", found)
    figure = digits[0].rstrip() if digits else "0"
    scale = found[len(figure) :].strip().casefold()
    return _plain(figure).scaleb(SCALES.get(scale, SCALES.get(scale.removesuffix("s"), 0)))


def _plain(figure: str) -> Decimal:
    signs = [character for character in figure if not character.isdigit()]
    joined = "".join(character for character in figure if character.isdigit())
    if not signs or signs[-1] == " ":
        return Decimal(joined)
    last = len(figure) - 1 - figure.rindex(signs[-1])
    other = len(set(signs)) > 1 and signs.count(signs[-1]) == 1
    if (other and set(signs) <= {".", ","}) or (len(signs) == 1 and not _groups(figure, signs[0], last)):
        return Decimal(f"{joined[: len(joined) - last]}.{joined[len(joined) - last :]}")
    if other and last != 3:
        return Decimal(f"{joined[: len(joined) - last]}.{joined[len(joined) - last :]}")
    return Decimal(joined)


def _groups(figure: str, sign: str, last: int) -> bool:
    """Whether one sign may divide groups: in threes, and beyond the point also in fours."""
    if figure.startswith("0"):
        return False
    return last == 3 or (last == 4 and sign != ".") or sign == "'"


def unread(text: str, least: Decimal) -> bool:
    """Whether a text counts in words, or holds a number above this that is no date, time or part of a name."""
    text = written(text)
    if _COUNT_WORD.search(text):
        return True
    if not _over(text, least):
        return False
    return _over(_NO_AMOUNT.sub(" ; ", _units(text)), least)


def _over(text: str, least: Decimal) -> bool:
    return any(value_of(found[0]) > least for found in _WHOLE.finditer(text))


def _units(text: str) -> str:
    """With ``90k`` kept from being taken for a name."""
    return re.sub(
        r"(?<![\w.,])(\d[\d.,]{0,20})\s?(k|m|bn)\b",
        lambda found: str(value_of(found[1] + found[2].lower()).to_integral_value()),
        text,
        flags=re.IGNORECASE,
    )
