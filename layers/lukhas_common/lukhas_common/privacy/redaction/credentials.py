"""Secrets: those that are known by their form, and those that stand under a name, in a header, a URL or a sentence."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from lukhas_common.privacy.redaction.key_forms import BLOCK, KEYS, TOKEN
from lukhas_common.privacy.redaction.rules import holds
from lukhas_common.privacy.redaction.secret_names import (
    NAME,
    STEMS,
    WORDS_OF_PASS,
    is_made_up,
    is_plain_word,
    is_secret,
    is_value,
)
from lukhas_common.privacy.redaction.spans import Kind, Span
from lukhas_common.privacy.redaction.view import TAKEN

__all__ = ["credentials", "is_secret"]

_MARK = r"\\*[\"'`]"
_QUOTED = r"(?P<mark>\\*(?:\"\"\"|'''|[\"'`]))(?P<quoted>(?:\\.|[^\\\n])*?)(?P=mark)"
_OPEN = rf"{_MARK}?(?P<open>(?:[^\s\"'`,;&<{TAKEN}]|<(?!/)|[,;&](?!\s|$|[\"'`]|[\w.-]+\\*[\"'`]?\s*[=:]))+)"
_VALUE = rf"(?:[rbfu]{{0,2}}{_QUOTED}|{_OPEN})"
_TYPE = (
    r"(?:[ \t]*:[ \t]*&?(?:str|string|text|bytes|any|object|optional|annotated|union|final|"
    r"(?-i:[A-Z][A-Za-z]*(?:Str|String|Token|Secret|Password|Bytes)))(?:\[[\w., |\[\]]{1,60}\])?\??"
    r"(?:[ \t]*\|[ \t]*\w+)*[ \t]*(?==(?!=)))?"
)
"""A type between a name and what is assigned to it."""

_BETWEEN = (
    r"(?:\*{0,2}[ \t]*(?P<sign>=>|:=|={1,3}|:(?![:=]))\*{0,2}[ \t]*(?:\r?\n[ \t]*(?=[^\s:]+[ \t]*(?:\r?\n|\Z)))?|"
    rf"\s*,?\s*{_MARK}?value{_MARK}?[ \t]*:[ \t]*)"
)
_ASSIGNED = re.compile(rf"(?P<name>{NAME})(?:{_MARK})?[\])]?{_TYPE}{_BETWEEN}{_VALUE}", re.I)
_SAID = re.compile(
    rf"(?P<mine>\b(?:my|new|temporary|initial|default|old|mein|mon|mi)\s+)?(?P<name>{NAME})"
    rf"(?:\s+(?:for|of|to|für|de|von)\s+[^\s:,;]+(?:\s+[^\s:,;]+)?)?\s+"
    rf"(?:(?:(?:is|was|has been) )?(?:set|changed|reset) to|is|was|ist|lautet|war|est|es|è)\b:?\s+{_VALUE}",
    re.I,
)
_GIVEN = re.compile(
    rf"(?:--[\w-]{{0,40}}(?P<name>{NAME})\s+|\bsshpass\s+-p\s*|\b(?:{WORDS_OF_PASS}|identified\s+by)\s+(?=[\"'][^\s\"']+[\"']))"
    rf"{_VALUE}",
    re.I,
)
_ELEMENT = re.compile(rf"<[\w:.-]{{0,40}}?(?P<name>{NAME})(?:\s[^<>]*)?>\s*(?P<quoted>[^<>\s][^<>]*)</", re.I)
_USER = re.compile(
    rf"\b[a-z][a-z0-9+.-]{{1,20}}://[^\s/:@\"'<>]*:(?!\d{{1,5}}[/?#])(?P<quoted>[^\s\"'<>{TAKEN}]{{1,200}})@|"
    r"(?:\s-u\s*|--user[ =])[\"']?[^\s:\"']+:(?P<open>[^\s\"']+)",
    re.I,
)
_QUERY = re.compile(
    rf"[?&](?:[\w.-]{{0,40}}?{NAME}|[\w.-]{{0,40}}?(?:sig|signature|key|code|auth|jwt|sid|credential))="
    rf"(?P<open>[^&\s#\"'<>{TAKEN}]{{6,}})",
    re.I,
)
_SCHEMES = "basic|bearer|token|apikey|key|negotiate|ntlm|dpop"
_HEADER = re.compile(
    rf"\bauthorization{_MARK}?\s*[:=,]\s*(?P<mark>{_MARK})?(?:"
    rf"(?:digest|aws4-[\w-]+|hawk|signature|sharedkey\w*)\s+(?P<line>[^\r\n{TAKEN}]+)|"
    rf"(?:{_SCHEMES})\s+(?P<open>[^\s\"'`,;<{TAKEN}]+)|(?P<alone>(?!(?:{_SCHEMES})\b)[^\s\"'`,;<{TAKEN}]+))",
    re.I,
)
_COOKIE = re.compile(rf"\bcookie2?{_MARK}?\s*[:=]\s*{_MARK}?(?P<quoted>[\w.-]+=[^\r\n\"'`{TAKEN}]+)", re.I)
_SCHEME = re.compile(r"\b(?:bearer\s+(?P<bearer>[\w.~+/-]{16,}=*)|basic\s+(?P<basic>[A-Za-z0-9+/_-]{4,}={0,2}))", re.I)
_CLOSERS = {")": "(", "]": "[", "}": "{", ">": "<"}


def credentials(seen: str) -> Iterator[Span]:
    """Secrets in a view of a text."""
    for pattern in (BLOCK, TOKEN, KEYS):
        for match in pattern.finditer(seen):
            yield Span(match.start(), match.end(), Kind.SECRET)
    small = seen.lower()
    if "cookie" in small:
        yield from _groups(_COOKIE, seen)
    if "authorization" in small:
        yield from _headers(seen)
    if "basic" in small or "bearer" in small:
        yield from _schemes(seen)
    if "://" in seen or "-u" in seen:
        yield from _groups(_USER, seen)
    if "?" in seen or "&" in seen:
        yield from _groups(_QUERY, seen)
    if any(stem in small for stem in STEMS):
        yield from _named(seen)


def _groups(pattern: re.Pattern[str], seen: str) -> Iterator[Span]:
    for match in pattern.finditer(seen):
        yield Span(*match.span(match.lastgroup or 0), Kind.SECRET)


def _named(seen: str) -> Iterator[Span]:
    """What a name of a secret stands before."""
    for match in _ELEMENT.finditer(seen):
        if is_value(match["name"], match["quoted"], quoted=True, typed=False):
            yield Span(*match.span("quoted"), Kind.SECRET)
    for pattern in (_ASSIGNED, _GIVEN):
        for match in pattern.finditer(seen):
            start, end = _bounds(match)
            typed = pattern is _ASSIGNED and match["sign"] == ":"
            if (
                _is_text(match)
                and not _in_resource_name(seen, match)
                and is_value(
                    match["name"] or "password", seen[start:end], quoted=match["quoted"] is not None, typed=typed
                )
            ):
                yield Span(start, end, Kind.SECRET)
    for match in _SAID.finditer(seen):
        start, end = _bounds(match)
        if start < end and _is_told(match, seen[start:end]):
            yield Span(start, end, Kind.SECRET)


def _is_text(match: re.Match[str]) -> bool:
    """Whether it is a value: a plain word in backticks, or one before a colon, is a name in a text about code."""
    if match["quoted"] is None:
        return not match["open"].endswith(":")
    return not (match["mark"] == "`" and match["quoted"].replace("_", "").isalpha())


def _is_told(match: re.Match[str], value: str) -> bool:
    """Whether a sentence tells the secret, rather than how it is."""
    quoted = match["quoted"] is not None
    if not (_is_text(match) and is_value(match["name"], value, quoted=quoted, typed=False)):
        return False
    of_pass = re.search(WORDS_OF_PASS, match["name"], re.I) is not None
    return (
        (quoted and " " not in value)
        or is_made_up(value)
        or (of_pass and value.isdigit())
        or (of_pass and match["mine"] is not None and is_plain_word(value))
        or match["name"].lower() == "pin"
    )


def _bounds(match: re.Match[str]) -> tuple[int, int]:
    """The value without its quotes, or without the signs of the sentence or list that it stands in."""
    if match["quoted"] is not None:
        return match.span("quoted")
    start, end = match.span("open")
    value = match["open"]
    while value and (
        value[-1] in ".,;:\\" or (value[-1] in _CLOSERS and value.count(_CLOSERS[value[-1]]) < value.count(value[-1]))
    ):
        value = value[:-1]
        end -= 1
    return start, end


def _in_resource_name(seen: str, match: re.Match[str]) -> bool:
    """Whether it is ``secret:`` in the name of a resource, as ``arn:aws:secretsmanager:eu-west-1:1:secret:name``."""
    at = match.start("name")
    return at > 0 and seen[at - 1] == ":" and "arn:" in seen[max(0, at - 80) : at].rsplit(maxsplit=1)[-1]


def _headers(seen: str) -> Iterator[Span]:
    for match in _HEADER.finditer(seen):
        group = match.lastgroup or ""
        start, end = match.span(group)
        if group == "line" and match["mark"]:
            end = start + len(match["line"].partition(match["mark"])[0])
        value = seen[start:end]
        if group == "line" or (
            (group == "open" or is_made_up(value)) and is_value("token", value, quoted=False, typed=True)
        ):
            yield Span(start, end, Kind.SECRET)


def _schemes(seen: str) -> Iterator[Span]:
    """What follows the name of a scheme, where it is no word: of Basic, a name and a password in base64."""
    for match in _SCHEME.finditer(seen):
        group = match.lastgroup or ""
        known = (
            holds(_is_pair, match[group]) if group == "basic" else is_made_up(match[group]) or len(match[group]) > 24
        )
        if known:
            yield Span(*match.span(group), Kind.SECRET)


def _is_pair(value: str) -> bool:
    return (
        ":"
        in base64.b64decode(
            value + "=" * (-len(value) % 4), altchars=b"-_" if "-" in value or "_" in value else None
        ).decode()
    )
