"""Personal data that its form tells: addresses on the net, numbers of phones, cards, accounts and people, places."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

from lukhas_common.guardian.text.judgement import Category, Finding
from lukhas_common.privacy.redaction import checks

_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,4}[A-Za-z]{2,24}(?![\w-])"
)
_MAILBOX = re.compile(r"@(?<=[A-Za-z0-9._%+-]@)[A-Za-z0-9]")
"""Is in every address of mail; as it begins with a sign, looking for it takes next to no time."""
_CARD = re.compile(r"(?<![\w.-])[3-6][0-9]{3}(?:[ -]?[0-9]{2,6}){2,4}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_SSN = re.compile(r"(?<![\w.-])([0-9]{3})([- ])([0-9]{2})\2([0-9]{4})(?![\w-])")
_SSN_TOLD = re.compile(r"\b(?:SSN|social security(?: number| no\.?)?)[^\d\n]{0,12}([0-9]{9})\b", re.I)
_IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.]*\.?\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_COLONS = re.compile(":[0-9A-Fa-f]{0,4}:")
"""Is in every address of ``_IPV6``."""
_PLACE = re.compile(
    r"(?<![\w.-])([+-]?[0-9]{1,2}\.[0-9]{4,10})°? ?[NS]? ?, ?([+-]?[0-9]{1,3}\.[0-9]{4,10})°? ?[EW]?(?![\w.])"
)
_PHONE = re.compile(
    r"(?<![\w./=,:-])(?:"
    r"\+[1-9][0-9]{0,2}[ .-]?(?:\(0?[0-9]{1,4}\)[ .-]?)?[0-9]{2,4}(?:[ .-]?[0-9]{2,4}){1,4}"
    r"|(?:1[ .-])?\([2-9][0-9]{2}\) ?[0-9]{3}[ .-][0-9]{4}"
    r"|(?:1[ .-])?[2-9][0-9]{2}([.-])[0-9]{3}\1[0-9]{4}"
    r"|00[1-9][0-9]{1,2}[ .-][0-9]{2,4}(?:[ .-]?[0-9]{2,4}){2,4}"
    r")(?![\w-]|[.,:/]\d)"
)
_PHONE_TOLD = re.compile(
    r"\b(?:tel(?:ephone)?|phone|mobile|cell|fax|call(?: me| us)?|text(?: me)?|whatsapp|reach me)\b[^\d\n+(]{0,24}"
    r"([+(]?[0-9][0-9 ().-]{6,20}[0-9])(?!\w)",
    re.I,
)
_DIGIT = re.compile("[0-9]")
_LONG = re.compile("[0-9][0-9 .()-]{5,20}[0-9]")
"""Is in every number but those of ``_SHORT``."""
_SHORT = {"iban": re.compile("[A-Z]{2}[0-9]{2}"), "coordinates": re.compile(r"\.[0-9]{4}")}
"""What is in every number of these kinds."""
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-. ][01][0-9][-. ][0-3][0-9]|[0-3]?[0-9][-. ][0-3]?[0-9][-. ](?:19|20)[0-9]{2}.*"
)
_TELLING = re.compile(r"version|release|v\.? ?$|build|firmware|section", re.I)
_SPECIAL = {"0.0.0.0", "127.0.0.1", "255.255.255.255"}  # noqa: S104


def personal_data(text: str) -> Iterator[Finding]:
    """Yield the personal data of a text."""
    if _MAILBOX.search(text):
        for match in _EMAIL.finditer(text):
            yield _found("email", match, 0.9)
    if _COLONS.search(text):
        for match in _IPV6.finditer(text):
            if _is_address(match[0]) and match[0].count(":") > 1 and len(match[0]) > 6:
                yield _found("ip-address", match, 0.7)
    if not _DIGIT.search(text):
        return
    long = _LONG.search(text) is not None
    for kind, pattern, accept, score in _NUMBERS:
        if _SHORT[kind].search(text) if kind in _SHORT else long:
            for match in pattern.finditer(text):
                if accept(text, match):
                    yield _found(kind, match, score)


def _found(kind: str, match: re.Match[str], score: float) -> Finding:
    group = 1 if match.re in {_SSN_TOLD, _PHONE_TOLD} else 0
    return Finding(Category.PERSONAL_DATA, f"pii:{kind}", match.start(group), match.end(group), score)


def _digits(text: str) -> str:
    return "".join(character for character in text if "0" <= character <= "9")


def _is_card(_: str, match: re.Match[str]) -> bool:
    digits = _digits(match[0])
    return 14 <= len(digits) <= 19 and len(set(digits)) > 1 and checks.luhn(digits)


def _is_iban(_: str, match: re.Match[str]) -> bool:
    return checks.iban(match[0].replace(" ", ""))


def _is_ssn(_: str, match: re.Match[str]) -> bool:
    """Whether the areas, groups and serials that were never issued are not among its parts."""
    digits = _digits(match[match.re is _SSN_TOLD])
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def _is_ipv4(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 16) : match.start()]
    return match[0] not in _SPECIAL and _is_address(match[0]) and not _TELLING.search(before)


def _is_address(written: str) -> bool:
    try:
        ipaddress.ip_address(written)
    except ValueError:
        return False
    return True


def _is_place(_: str, match: re.Match[str]) -> bool:
    """Whether these can be degrees; two numbers below one are more likely shares."""
    latitude, longitude = abs(float(match[1])), abs(float(match[2]))
    return latitude <= 90 and longitude <= 180 and max(latitude, longitude) >= 1


def _is_phone(_: str, match: re.Match[str]) -> bool:
    written = match[match.re is _PHONE_TOLD]
    return 7 <= len(_digits(written)) <= 15 and not _DATE.fullmatch(written) and written.count(".") < 4


_NUMBERS: tuple[tuple[str, re.Pattern[str], Callable[[str, re.Match[str]], bool], float], ...] = (
    ("card", _CARD, _is_card, 0.9),
    ("iban", _IBAN, _is_iban, 0.95),
    ("ssn", _SSN, _is_ssn, 0.8),
    ("ssn", _SSN_TOLD, _is_ssn, 0.9),
    ("ip-address", _IPV4, _is_ipv4, 0.7),
    ("coordinates", _PLACE, _is_place, 0.7),
    ("phone", _PHONE, _is_phone, 0.7),
    ("phone", _PHONE_TOLD, _is_phone, 0.75),
)
