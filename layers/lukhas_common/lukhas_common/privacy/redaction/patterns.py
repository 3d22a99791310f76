"""Structured personal data: patterns, each with the validator that throws out what only looks like it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from lukhas_common.privacy.redaction import checks, national_ids
from lukhas_common.privacy.redaction.credentials import credentials
from lukhas_common.privacy.redaction.phones import phones
from lukhas_common.privacy.redaction.places import places
from lukhas_common.privacy.redaction.rules import ALONE, Rule, holds, on_bare
from lukhas_common.privacy.redaction.spans import Kind, Span, apart
from lukhas_common.privacy.redaction.view import TAKEN, view

_TLD = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|co|me|tv|us|uk|eu|de|fr|it|es|nl|be|ch|at|pl|cz|sk|hu|ro|bg|gr|"
    "se|no|dk|fi|is|ee|lv|lt|ie|pt|hr|si|rs|ru|ua|tr|il|in|cn|jp|kr|br|ar|mx|cl|za|au|nz|ca|example|test|local"
)
_BIRTH_CUE = re.compile(r"\b(?:born|birth|dob|d\.o\.b|birthday|geboren|geburtsdatum|né|née|nacid[oa]|nat[oa])", re.I)
_VERSION = re.compile(r"(?:version|release|section|chapter|clause|build|paragraph|§|rfc ?\d+,?)\s*$", re.I)
_ADDRESS = rf"[^\s<>\"'{TAKEN}]"
"""A character of a URL."""

_TAKEN = re.compile(rf"{TAKEN}+")


def _is_ip(text: str) -> bool:
    ipaddress.ip_address(text)
    return True


def _is_ip6(text: str) -> bool:
    """An address of the form that hosts have; ``a::b`` is a name in a namespace and ``::1`` anybody's own."""
    first = text.partition(":")[0]
    return _is_ip(text) and any(char.isdigit() for char in text) and (len(first) == 4 or text.count(":") >= 5)


_RULES = (
    Rule(
        Kind.EMAIL,
        re.compile(r"(?<![\w.+-])[\w.!#$%&'*+=?^`{|}~-]{0,63}[\w+-]@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}\b"),
    ),
    Rule(Kind.URL, re.compile(rf"\b(?:https?|ftp)://{_ADDRESS}{{3,}}[^\s<>\"'.,;:!?)\]{TAKEN}]", re.I)),
    Rule(Kind.IP, re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]\w)"), _is_ip, never=_VERSION),
    Rule(Kind.IP, re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"), _is_ip6),
    Rule(
        Kind.URL,
        re.compile(rf"(?<![\w@.-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,6}}(?:{_TLD})\b(?:/{_ADDRESS}*)?(?![\w@-])", re.I),
    ),
)
_CARDS = tuple(
    Rule(Kind.CARD, re.compile(rf"{ALONE}(?<!\d\.)(?:{form})(?![^\W_])"), on_bare(checks.card))
    for form in (
        r"\d{4}(?P<gap>[ .-]{1,2})\d{4}(?P=gap)\d{4}(?P=gap)\d{4}",
        r"\d{4}[ .-]{1,2}\d{6}[ .-]{1,2}\d{4,5}",
        r"\d{12,19}",
        r"\d(?:[ -]?\d){11,18}",
    )
)
_BIRTH = Rule(
    Kind.BIRTH_DATE,
    re.compile(
        r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|"
        r"\b\d{1,2}(?:st|nd|rd|th|er)?\.? (?:of |de )?[^\W\d_]{3,10}\.?,? (?:de )?\d{4}\b"
        r"|\b[^\W\d_]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b"
    ),
    cue=_BIRTH_CUE,
)
_IBAN = re.compile(rf"{ALONE}([A-Za-z]{{2}})\d{{2}}(?=[ .-]?[A-Za-z0-9]{{4}})")
_ACCOUNTS = {
    length: re.compile(
        rf"(?:[ .-]?[A-Za-z0-9]{{4}}){{{(length - 4) // 4}}}[ .-]?[A-Za-z0-9]{{{length % 4}}}(?<![ .-])(?![^\W_])"
    )
    for length in set(checks.IBAN_LENGTHS.values())
}
"""What follows the country and the check digits, in groups of four or in one."""


def structured(text: str) -> list[Span]:
    """All structured personal data in a text, in order; linear in its length. A label that is there is none."""
    seen = view(text)
    labels = {Span(*label.span(), Kind.SECRET) for label in _TAKEN.finditer(seen)}
    return [span for span in apart([*labels, *_found(seen)], text) if span not in labels]


def _found(seen: str) -> Iterator[Span]:
    yield from credentials(seen)
    for rule in _RULES:
        yield from rule.spans(seen)
    yield from _accounts(seen)
    for rule in (*national_ids.STRONG, *_CARDS):
        yield from rule.spans(seen)
    yield from places(seen)
    for rule in (*national_ids.RULES, _BIRTH):
        yield from rule.spans(seen)
    yield from phones(seen)


def _accounts(seen: str) -> Iterator[Span]:
    """IBANs: as many characters as the country has, so that a word after one is no part of it."""
    for head in _IBAN.finditer(seen):
        length = checks.IBAN_LENGTHS.get(head[1].upper())
        tail = _ACCOUNTS[length].match(seen, head.end()) if length else None
        if tail and holds(on_bare(checks.iban), head[0] + tail[0]):
            yield Span(head.start(), tail.end(), Kind.IBAN)
