"""Where in a text a language model's words point to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lukhas_common.aws.bedrock_answers import MASK, CritiqueAnswer, Named
from lukhas_common.aws.bedrock_calls import Unanswered
from lukhas_common.guardian.constitution.embedded import quoted
from lukhas_common.guardian.constitution.engine import Flaw, Remedy
from lukhas_common.guardian.constitution.principles import HARMLESSNESS, ConstitutionalPrinciple
from lukhas_common.guardian.constitution.sentences import parts
from lukhas_common.privacy.redaction.redactor import identifying
from lukhas_common.privacy.redaction.spans import Kind

_SEVERITY = {"minor": 0.1, "serious": 0.4, "severe": 0.8}
_ALIAS = re.compile(rf"\[(?:{'|'.join(Kind)})-[A-Z]+\]")
_PLACES = 1000
"""Places of a passage that are looked at."""


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with its spans masked, every other character in its place."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = MASK * (end - start)
    return "".join(characters)


@dataclass(frozen=True, slots=True)
class Aliases:
    """Stand-ins for what tells who somebody is, so that a model can rewrite a text that it is not told."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, text: str) -> Aliases:
        """One for each value.

        Raises:
            Unanswered: the text has words of the form of a stand-in.
        """
        if _ALIAS.search(text):
            raise Unanswered("has stand-ins")
        values: dict[str, str] = {}
        for span in identifying(text):
            values.setdefault(text[span.start : span.end], f"[{span.kind}-{_letters(len(values))}]")
        return cls(values)

    def hide(self, text: str) -> str:
        """The text with stand-ins; longer values first, since one may be part of another."""
        for value in sorted(self.values, key=len, reverse=True):
            text = text.replace(value, self.values[value])
        return text

    def restore(self, text: str) -> str:
        """The text with the values again.

        Raises:
            Unanswered: it has a stand-in that was not given out.
        """
        back = {alias: value for value, alias in self.values.items()}
        if any(alias not in back for alias in _ALIAS.findall(text)):
            raise Unanswered("rewritten: stand-ins")
        return _ALIAS.sub(lambda match: back[match[0]], text)


def _letters(number: int) -> str:
    """A to Z, BA and so on: no digits, which a rewritten text may not add."""
    letters = ""
    while number or not letters:
        number, digit = divmod(number, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def located(text: str, answer: CritiqueAnswer, constitution: Sequence[ConstitutionalPrinciple]) -> list[Flaw]:
    """The flaws that the model named, where they stand in the text.

    Raises:
        Unanswered: it names a principle or quotes a passage that there is not.
    """
    kinds = {item.id: item.category for item in constitution}
    return [_flaw(text, named, kinds) for named in answer.flaws]


def _flaw(text: str, named: Named, kinds: dict[str, str]) -> Flaw:
    start = _nearest(text, named.evidence, named.start)
    if named.principle not in kinds or start is None:
        raise Unanswered("malformed")
    end = start + len(named.evidence)
    remedy = Remedy.REWRITE
    if kinds[named.principle] == HARMLESSNESS and named.severity != "minor":
        remedy = Remedy.CUT
        touched = [part for part in parts(text) if part.start < end and start < part.end]
        start, end = min(start, touched[0].start), max(end, touched[-1].end)
        if not (text[:start] + text[end:]).strip():
            remedy = Remedy.REFUSE
    return Flaw(
        named.principle,
        f"model:{named.severity}",
        start,
        end,
        quoted(text, start, end),
        named.change,
        _SEVERITY[named.severity],
        remedy,
        needs_llm="rewrite it" if remedy is Remedy.REWRITE else "",
    )


def _nearest(text: str, evidence: str, start: int) -> int | None:
    """Where the passage stands, of several places the one nearest to where the model says it is."""
    places: list[int] = []
    at = text.find(evidence)
    while at >= 0 and len(places) < _PLACES:
        places.append(at)
        at = text.find(evidence, at + 1)
    return min(places, key=lambda place: abs(place - start), default=None) if evidence.strip() else None
