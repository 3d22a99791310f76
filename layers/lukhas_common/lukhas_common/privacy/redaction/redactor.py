"""The redactor: rules and tagger together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lukhas_common.privacy.redaction.dates import dated
from lukhas_common.privacy.redaction.patterns import structured
from lukhas_common.privacy.redaction.spans import Kind, Span, apart
from lukhas_common.privacy.redaction.tagger import Weights, tagged
from lukhas_common.privacy.redaction.unspaced import unspaced

PERSONAL = frozenset(Kind) - {Kind.ORGANISATION, Kind.DATE, Kind.TITLE}
"""What is taken out if nothing else is said: a firm, a day or a form of address is nobody's name."""

IDENTIFYING = PERSONAL - {Kind.AGE, Kind.GROUP}
"""What is not sent to other services that judge a text: what it says of a group or an age is part of what is judged."""


def find(text: str, weights: Weights | None = None) -> list[Span]:
    """All personal data in a text, in order and apart. What a rule validated outweighs what the tagger takes it for."""
    ruled = apart([*structured(text), *dated(text)])
    return apart([*ruled, *unspaced(text), *tagged(text, ruled, weights)])


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
    """The same for structured data only: fast enough for every line of a log, and no word is taken for a name."""
    return replaced(text, structured(text), label)


def mask_values(value: Any) -> Any:
    """The same of all texts in a value as JSON has them; names of members stay."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {name: mask_values(part) for name, part in value.items()}
    return [mask_values(part) for part in value] if isinstance(value, list | tuple) else value


def label(_: str, kind: Kind) -> str:
    """What stands in place of a value that is taken out for good."""
    return f"[{kind}]"
