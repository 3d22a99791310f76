"""Structured personal data: patterns, each with the validator that throws out what only looks like it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lukhas_common.privacy.redaction import checks
from lukhas_common.privacy.redaction.spans import Kind, Span, apart

_CUE_REACH = 40
"""Characters before a value in which a cue is looked for."""

_TLD = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|co|me|tv|us|uk|eu|de|fr|it|es|nl|be|ch|at|pl|cz|sk|hu|ro|bg|gr|"
    "se|no|dk|fi|is|ee|lv|lt|ie|pt|hr|si|rs|ru|ua|tr|il|in|cn|jp|kr|br|ar|mx|cl|za|au|nz|ca|example|test|local"
)
_PHONE_CUE = re.compile(
    r"\b(?:phone|tel|telephone|mobile|cell|call|calling|fax|whatsapp|sms|text|number|dial|ring|answering|registered|"
    r"telefon|handy|t[ée]l[ée]phone|reach|contact)", re.IGNORECASE
)  # fmt: skip
_BIRTH_CUE = re.compile(r"\b(?:born|birth|dob|d\.o\.b|birthday|geboren|geburtsdatum|né|née|nacid[oa]|nat[oa])", re.I)
_ID_CUE = re.compile(r"\b(?:bsn|burgerservice|sofi|steuer|tax|idnr|tin|ssn|social|security|pesel|id)\b", re.I)
_LICENCE_CUE = re.compile(r"driver|licen[cs]e", re.I)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:\s\d{1,2})?|\d{1,3}(?:\.\d{1,3}){3}")
"""What is no telephone number: a date, also with the hour after it, and what only looks like an address."""

_FRACTIONS = re.compile(r"(?<!\d)0\.\d+\s")
"""And a fraction before another number."""


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    pattern: re.Pattern[str]
    valid: Callable[[str], bool] = lambda _: True
    cue: re.Pattern[str] | None = None


def _bare(text: str) -> str:
    return re.sub(r"[\s().\-/]", "", text)


def _on_bare(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: check(_bare(text).upper())


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_card(text: str) -> bool:
    digits = _bare(text)
    return 12 <= len(digits) <= 19 and len(set(digits)) > 1 and checks.luhn(digits)


def _is_place(text: str) -> bool:
    latitude, longitude = (float(part) for part in re.findall(r"-?\d+\.\d+", text)[:2])
    return abs(latitude) <= 90 and abs(longitude) <= 180


_RULES = (
    _Rule(
        Kind.SECRET, re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S)
    ),
    _Rule(Kind.SECRET, re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    _Rule(Kind.SECRET, re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bQRG_[\w-]{32,}")),
    _Rule(Kind.SECRET, re.compile(r"\bsk[-_](?:[a-z]+[-_])?[A-Za-z0-9_]{20,}\b|\bAIza[\w-]{35}\b")),
    _Rule(Kind.SECRET, re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")),
    _Rule(Kind.SECRET, re.compile(r"(?i)(?<=bearer )[\w.~+/-]{16,}=*", re.I)),
    _Rule(
        Kind.SECRET,
        re.compile(
            r"(?:(?<=password)|(?<=passwd)|(?<=secret)|(?<=api_key)|(?<=apikey)|(?<=token))\s*[:=]\s*[\"']?[^\s\"',;]{6,}",
            re.I,
        ),
    ),
    _Rule(Kind.EMAIL, re.compile(r"(?<![\w.+-])[\w.!#$%&'*+=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}\b")),
    _Rule(Kind.URL, re.compile(r"\b(?:https?|ftp)://[^\s<>\"']{3,}[^\s<>\"'.,;:!?)\]]", re.I)),
    _Rule(Kind.IP, re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]\w)"), _is_ip),
    _Rule(Kind.IP, re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.I), _is_ip),
    _Rule(
        Kind.URL,
        re.compile(rf"(?<![\w@.-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,6}}(?:{_TLD})\b(?:/[^\s<>\"']*)?(?![\w@-])", re.I),
    ),
    _Rule(Kind.IBAN, re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"), _on_bare(checks.iban)),
    _Rule(
        Kind.NATIONAL_ID,
        re.compile(r"\b[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b"),
        _on_bare(checks.fr_nir),
    ),
    _Rule(Kind.CARD, re.compile(r"(?<![\w.])\d(?:[ -]?\d){11,18}(?!\w)"), _is_card),
    _Rule(
        Kind.COORDINATES,
        re.compile(r"(?<![\w.])-?\d{1,2}\.\d{3,8}°?\s*[NS]?[,;\s]\s*-?\d{1,3}\.\d{3,8}°?(?:\s*[EW])?(?![\w.]\d)"),
        _is_place,
    ),
    _Rule(Kind.NATIONAL_ID, re.compile(r"(?<![\w-])\d{3}[- ]\d{2}[- ]\d{4}(?![\w-])"), _on_bare(checks.us_ssn)),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"), _on_bare(checks.gb_nino)),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b[XYZ\d]-?\d{7}-?[A-Z]\b"), _on_bare(checks.es_dni)),
    _Rule(
        Kind.NATIONAL_ID,
        re.compile(r"\b[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]\b"),
        _on_bare(checks.it_fiscal_code),
    ),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b\d{2} ?\d{3} ?\d{3} ?\d{3}\b"), _on_bare(checks.de_tax_id), _ID_CUE),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b\d{9}\b"), checks.nl_bsn, _ID_CUE),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b\d{9}\b"), checks.us_ssn, re.compile(r"\b(?:ssn|social security)\b", re.I)),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b\d{11}\b"), checks.pl_pesel),
    _Rule(
        Kind.NATIONAL_ID,
        re.compile(r"\b(?:19|20)?\d{6}[-+]\d{4}\b"),
        _on_bare(lambda text: checks.se_personal_number(text.replace("+", ""))),
    ),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\b\d{11}\b"), _on_bare(checks.br_cpf)),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b756\.\d{4}\.\d{4}\.\d{2}\b"), _on_bare(checks.ch_ahv)),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y]\b"), checks.fi_hetu),
    _Rule(Kind.NATIONAL_ID, re.compile(r"\b[A-Z]?\d{6,12}\b"), cue=_LICENCE_CUE),
    _Rule(
        Kind.BIRTH_DATE,
        re.compile(
            r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|\b\d{1,2}(?:st|nd|rd|th)?\.? (?:of )?[^\W\d_]{3,9}\.?,? \d{4}\b|"
            r"\b[^\W\d_]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b"
        ),
        cue=_BIRTH_CUE,
    ),
)
_PHONE = re.compile(
    r"(?<![\w.,-])\(?(?:\+|00)?\(?\d(?:[\s().\-/]{0,3}\d){6,14}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?!\w|[.,]\d)"
)


def structured(text: str) -> list[Span]:
    """All structured personal data in a text, in order; linear in its length."""
    return apart(_found(text))


def _found(text: str) -> Iterator[Span]:
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            start, value = match.start(), match[0]
            if rule.valid(value) and (rule.cue is None or rule.cue.search(text, max(0, start - _CUE_REACH), start)):
                if rule.kind is Kind.SECRET and value[0] in ":= \"'":
                    start += len(value) - len(value.lstrip(":= \"'\t\n"))
                yield Span(start, match.end(), rule.kind)
    for match in _PHONE.finditer(text):
        if _is_phone(match[0], text[max(0, match.start() - _CUE_REACH) : match.start()]):
            yield Span(match.start(), match.end(), Kind.PHONE)


def _is_phone(value: str, before: str) -> bool:
    """Digits with a country code, or grouped as numbers are, or after a word that announces one."""
    digits = sum(char.isdigit() for char in re.split(r"[xe]", value)[0])
    if _FRACTIONS.search(value) or _DATE.fullmatch(value.strip()) or not 7 <= digits <= 15 or "\n" in value:
        return False
    return (
        value[0] in "+("
        or value.startswith("00")
        or _PHONE_CUE.search(before) is not None
        or (digits >= 8 and len(re.findall(r"[\s().\-/]+", value)) >= 2)
    )
