"""Telephone numbers, which have no check digit: their form or a word before them tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lukhas_common.privacy.redaction.rules import CUE_REACH
from lukhas_common.privacy.redaction.spans import Kind, Span

_PHONE = re.compile(
    r"(?:(?<![\w.,#-])|(?<!\w)(?=\(?\+))\(?(?:\+|00)?\(?\d"
    r"(?:[ \t().\-/]{0,3}\d){6,14}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?!\w|[.,]\d)"
)
_CUE = re.compile(
    r"\b(?:phone|tel\b|telephone|mobile|cell|call|calling|fax|whatsapp|sms|text|dial|ring|answering|registered|"
    r"(?:cell|contact|emergency|fax|her|his|home|mobile|my|our|phone|their|this|work|your) number|number(?: is|:)|"
    r"telefon|handy|gsm|puhelin|m[óo]vil|cellulare|тел|τηλ|電話|电话|手机|هاتف|t[ée]l[ée]phone|(?:reach|contact)\w*\b.*\b(?:me|us|him|her|them|you|at|on|under|via)\b|contact)",
    re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(
    r"\b(?:account|article|batch|build|case|commit|customer|document|error|invoice|issue|item|job|line|model|order|page|"
    r"parcel|part|port|reference|release|row|run|sequence|serial|ticket|tracking|version)\W+(?:number|no|nr)\W*\w{0,3}\W*$",
    re.I,
)
_NO_PHONE = re.compile(r"\w\($|\b(?:id|invoice|isbn|issn|issue|order|ref|sku|uuid|version)\W*$", re.I)
"""Before an argument of a call, or a number with a name of its own."""

_UNIT = re.compile(
    r"\s?(?:%|€|\$|[kmgt]?i?b(?:ytes?|its?)?\b|[mnµu]?s(?:ec(?:ond)?s?)?\b|(?:characters|chars|days|dollars|entries|euros?|"
    r"events|files|hours|items|km|kg|lines|messages|minutes|people|points|records|requests|rows|steps|times|tokens|"
    r"users|words|years)\b)",
    re.I,
)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:\s\d{1,2})?|\d{1,3}(?:\.\d{1,3}){3}|(?:19|20)\d\d-\d\d-\d\d.*")
"""What is no telephone number: a date, also with the hour after it, and what only looks like an address."""

_FRACTIONS = re.compile(r"\(?0\.\d|.*\d\.\d+\s*[/(]|.*[/(]\s*\d+\.\d")
_YEARS = re.compile(r"(?:19|20)\d\d(?:\W{1,3}(?:19|20)\d\d)+")
_ROUND = re.compile(r"(\d)\1*0{5,}|(\d)\2+")


def phones(seen: str) -> Iterator[Span]:
    """Telephone numbers in a view of a text."""
    for match in _PHONE.finditer(seen):
        before = seen[max(0, match.start() - CUE_REACH) : match.start()]
        if _is_phone(match[0], before, seen[match.end() : match.end() + 16]):
            yield Span(match.start(), match.end(), Kind.PHONE)


def _is_phone(value: str, before: str, after: str) -> bool:
    """Digits with a country or area code, or grouped as numbers are, or after a word that announces one."""
    groups = re.findall(r"\d+", value)
    digits = sum(map(len, groups))
    if _DATE.fullmatch(value.strip()) or not 7 <= digits <= 20:
        return False
    if value[0] == "+" or re.match(r"\(\+?\d{1,5}\)|00[1-9]", value):
        return True
    if (
        _NO_PHONE.search(before)
        or _UNIT.match(after)
        or _FRACTIONS.match(value)
        or _YEARS.fullmatch(value)
        or _ROUND.fullmatch("".join(groups))
    ):
        return False
    if _CUE.search(before) and not _OTHER_NUMBER.search(before):
        return True
    return digits >= 8 and len(groups) >= 3 and sum(len(group) == 1 for group in groups) <= 2
