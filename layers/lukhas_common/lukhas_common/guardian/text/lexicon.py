"""Words that matter, by concept: what is done, to whom, with what, and what makes it harmless.

``data/lexicon.json`` holds the words. A text is read as tokens, one pass of dictionary look-ups marks the concepts in
it, so the time taken is linear in the text whatever it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lukhas_common.guardian.text.judgement import Category

REACH = 6
"""Concepts so many words apart still belong together."""

SURE = 0.9
"""From this score on, a rule needs no classifier to agree."""

MARKS_AHEAD = 16
"""So many marks are looked at for the second concept of a rule, which bounds the work."""

_DATA = Path(__file__).with_name("data") / "lexicon.json"
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|c\+\+")
_SMALL_ASCII_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")
_VOWELS = frozenset("aeiou")
_DOUBLED = frozenset("bdgmnprt")
_IRREGULAR = {
    "beat": "beaten", "break": "broke broken", "buy": "bought", "deal": "dealt", "drive": "drove driven",
    "eavesdrop": "eavesdropped eavesdropping", "fight": "fought", "find": "found", "get": "got gotten",
    "give": "gave given", "grow": "grew grown", "hide": "hid hidden", "hurt": "hurt", "make": "made",
    "mislead": "misled", "overcome": "overcame", "sell": "sold", "set": "set", "shoot": "shot", "slay": "slew slain",
    "spread": "spread", "steal": "stole stolen", "take": "took taken", "teach": "taught", "tell": "told",
    "understand": "understood", "write": "wrote written", "build": "built", "blow": "blew blown", "burn": "burnt",
    "spy": "spied", "bully": "bullied", "counterfeit": "counterfeited counterfeiting",
    "traffic": "trafficked trafficking",
    "hit": "hitting", "deter": "deterred deterring", "con": "conned conning", "spike": "spiking", "dox": "doxed doxing",
}  # fmt: skip


class Token(NamedTuple):
    """A word of a text, in small letters, and where it stands."""

    word: str
    start: int
    end: int


class Mark(NamedTuple):
    """A concept found at tokens ``first`` to ``last``, the last included."""

    concept: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A concept alone, or one that another follows closely, is of a category; ``then`` empty: alone."""

    name: str
    category: Category
    then: frozenset[str]
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that applies to tokens ``first`` to ``last``, the last included."""

    rule: Rule
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Looks up concepts.

    Attributes:
        words: by a single token.
        phrases: by their first two tokens, the longest first.
        rules: by the concept that they start with.
    """

    words: dict[str, tuple[str, ...]]
    phrases: dict[tuple[str, str], tuple[tuple[tuple[str, ...], str], ...]]
    rules: dict[str, tuple[Rule, ...]]

    def marks(self, words: list[str]) -> list[Mark]:
        """Every concept in the text, in order; a word may carry several."""
        found: list[Mark] = []
        alone, phrases = self.words, self.phrases
        for at, pair in enumerate(zip(words, [*words[1:], ""], strict=False)):
            if pair[0] in alone:
                found += [Mark(concept, at, at) for concept in alone[pair[0]]]
            if pair in phrases:
                for phrase, concept in phrases[pair]:
                    if tuple(words[at : at + len(phrase)]) == phrase:
                        found.append(Mark(concept, at, at + len(phrase) - 1))
        return found

    def hits(self, marks: Sequence[Mark]) -> Iterator[Hit]:
        """Every rule that applies; of those of a name, the surest at each place."""
        best: dict[tuple[str, int], Hit] = {}
        for index, mark in enumerate(marks):
            if mark.concept not in self.rules:
                continue
            after = [marks[at] for at in following(marks, index)]
            for rule in self.rules[mark.concept]:
                last = _last(rule, mark, after)
                if last is None:
                    continue
                known = best.get((rule.name, mark.first))
                if known is None or known.rule.score < rule.score:
                    best[rule.name, mark.first] = Hit(rule, mark.first, last)
        yield from best.values()


def following(marks: Sequence[Mark], index: int) -> list[int]:
    """The places of the marks that follow a mark within reach."""
    last = marks[index].last
    found = []
    for at in range(index + 1, min(index + 1 + MARKS_AHEAD, len(marks))):
        ahead = marks[at].first - last
        if ahead > REACH:
            break
        if ahead > 0:
            found.append(at)
    return found


def _last(rule: Rule, mark: Mark, after: Sequence[Mark]) -> int | None:
    """The last token of the rule's nearest second concept, or of the mark itself where the rule needs none."""
    if not rule.then:
        return mark.last
    for one in after:
        if one.concept in rule.then:
            return one.last
    return None


def tokens(text: str) -> list[Token]:
    """The words of a text."""
    return [Token(match[0].lower().replace("’", "'"), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def words(text: str) -> list[str]:
    """Those of its tokens, where their places are not asked for."""
    if text.isascii():
        return _SMALL_ASCII_TOKEN.findall(text.lower())
    return [word.lower() for word in _TOKEN.findall(text.replace("’", "'"))]


def places(text: str) -> list[tuple[int, int]]:
    """Where the words of a text stand."""
    return [match.span() for match in _TOKEN.finditer(text)]


def inflections(verb: str) -> set[str]:
    """The forms of a regular English verb; of a phrase, those of its first word."""
    head, _, rest = verb.partition(" ")
    forms = {head}
    if head.endswith("e"):
        forms |= {head + "s", head + "d", head[:-1] + "ing"}
    elif head.endswith("y") and head[-2:-1] not in _VOWELS:
        forms |= {head[:-1] + "ies", head[:-1] + "ied", head + "ing"}
    else:
        short = len(head) > 2 and head[-1] in _DOUBLED and head[-2] in _VOWELS and head[-3] not in _VOWELS
        stem = head + head[-1] if short and len(head) < 5 else head
        forms |= {head + ("es" if head.endswith(("s", "sh", "ch", "x", "z")) else "s"), stem + "ed", stem + "ing"}
    forms |= set(_IRREGULAR.get(head, "").split())
    return {f"{form} {rest}".strip() for form in forms}


def _plurals(noun: str) -> set[str]:
    if noun.endswith("s") or not noun.isalpha():
        return {noun}
    return {noun, noun + "s"} if not noun.endswith(("y", "ch", "sh", "x")) else {noun}


def read(text: str) -> Lexicon:
    """The lexicon in a JSON text."""
    words: dict[str, set[str]] = {}
    phrases: dict[tuple[str, str], set[tuple[tuple[str, ...], str]]] = {}
    stored = json.loads(text)
    rules: dict[str, list[Rule]] = {}
    for category, first, then, score in stored.pop("rules"):
        rule = Rule(f"lexicon:{category}", Category(category), frozenset(then.split("|")) - {""}, score)
        for concept in first.split("|"):
            rules.setdefault(concept, []).append(rule)
    for kind, concepts in stored.items():
        for concept, listed in concepts.items():
            for entry in listed.split(", "):
                for form in inflections(entry) if kind == "verbs" else _plurals(entry):
                    parts = tuple(token.word for token in tokens(form))
                    if len(parts) == 1:
                        words.setdefault(parts[0], set()).add(concept)
                    elif parts:
                        phrases.setdefault((parts[0], parts[1]), set()).add((parts, concept))
    return Lexicon(
        {word: tuple(sorted(concepts)) for word, concepts in words.items()},
        {
            first: tuple(sorted(entries, key=lambda entry: (-len(entry[0]), entry)))
            for first, entries in phrases.items()
        },
        {concept: tuple(listed) for concept, listed in rules.items()},
    )


@cache
def shipped() -> Lexicon:
    """The lexicon beside this module."""
    return read(_DATA.read_text(encoding="utf-8"))
