"""The redactor: rules and tagger together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lukhas_common.privacy.redaction.credentials import is_secret
from lukhas_common.privacy.redaction.dates import dated
from lukhas_common.privacy.redaction.patterns import structured
from lukhas_common.privacy.redaction.spans import Kind, Span, apart
from lukhas_common.privacy.redaction.tagger import Weights, tagged
from lukhas_common.privacy.redaction.unspaced import unspaced

PERSONAL = frozenset(Kind) - {Kind.ORGANISATION, Kind.DATE, Kind.TITLE}
"""What is taken out if nothing else is said: a firm, a day or a form of address is nobody's name."""

IDENTIFYING = PERSONAL - {Kind.AGE, Kind.GROUP}
"""What is not sent to other services that judge a text: what it says of a group or an age is part of what is judged."""

_NAMES, _VALUES = ("name", "Name", "key", "Key"), ("value", "Value")
"""Members by which lists of variables name what they hold, as a task of a container has them."""

_LONG = 10**6
"""Whole numbers below it are counts: no number of a person has so few digits."""

_LONGEST = 10**20
"""None has so many."""


def find(text: str, weights: Weights | None = None) -> list[Span]:
    """All personal data in a text, in order and apart. What a rule validated outweighs what the tagger takes it for."""
    ruled = apart([*structured(text), *dated(text)], text)
    return apart([*ruled, *unspaced(text), *tagged(text, ruled, weights)], text)


def personal(text: str) -> list[Span]:
    """What is to be taken out of a text, in order and apart."""
    return [span for span in find(text) if span.kind in PERSONAL]


def identifying(text: str) -> list[Span]:
    """What tells who somebody is, in order and apart."""
    return [span for span in find(text) if span.kind in IDENTIFYING]


def replaced(text: str, spans: Iterable[Span], put: Callable[[str, Kind], str]) -> str:
    """The text with something else in place of each span; the spans are in order and apart."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], put(text[span.start : span.end], span.kind)]
        at = span.end
    return "".join([*parts, text[at:]])


def redact(text: str) -> str:
    """The text with the kind in brackets in place of each piece of personal data, as ``[PERSON]``."""
    return replaced(text, personal(text), label)


def mask(text: str) -> str:
    """The same for structured data only: fast enough for every line of a log, and no word is taken for a name.

    What is masked stays as it is when it is masked once more: a label may bring a number within reach of the word that
    announces it, so the rules look again until they find nothing.
    """
    while spans := structured(text):
        text = replaced(text, spans, label)
    return text


def mask_values(value: Any, *, other: Callable[[Any], str] | None = None) -> Any:
    """The same of all texts in a value as JSON has them, and of whole numbers; names of members stay.

    A member whose name is one of a secret, as ``password``, loses each text in it whole, whatever it looks like.

    Args:
        other: makes a text of what JSON has nothing for; without it, that stays as it is.
    """
    return _masked(value, other, secret=False)


def _masked(value: Any, other: Callable[[Any], str] | None, *, secret: bool) -> Any:
    if isinstance(value, Mapping):
        named = any(isinstance(value.get(key), str) and is_secret(value[key]) for key in _NAMES)
        return {
            name: _masked(part, other, secret=secret or is_secret(str(name)) or (named and name in _VALUES))
            for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_masked(part, other, secret=secret) for part in value]
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return _masked_number(value)
    if other is not None and not isinstance(value, str):
        value = other(value)
    if not isinstance(value, str):
        return value
    return label(value, Kind.SECRET) if secret and value else mask(value)


def _masked_number(value: int) -> int | str:
    """A number that is somebody's, as one of a card, as a label."""
    text = str(value) if _LONG <= abs(value) < _LONGEST else ""
    found = mask(text)
    return value if found == text else found


def label(_: str, kind: Kind) -> str:
    """What stands in place of a value that is taken out for good."""
    return f"[{kind}]"
