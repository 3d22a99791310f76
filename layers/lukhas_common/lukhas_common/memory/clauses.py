"""English text as clauses, their words, and the runs of words with capitals among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

OWNS = "'s"
Span = tuple[int, int]
"""From which word to before which."""

_CLAUSE = re.compile(r"[.!?;:,()\[\]{}\"\u201c\u201d\u2026\n\r\t/|]+|\s[-\u2013\u2014]+\s|\u2014")
_SENTENCE_END = re.compile(r"[.!?\n]")
_WORD = re.compile(r"[^\W_][\w'&+#-]*")
_ENDINGS = (("n't", "not"), ("'m", "am"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would"))
_IRREGULAR = {"can't": ["can", "not"], "won't": ["will", "not"]}
_WITH_IS = frozenset(["he", "she", "it", "that", "there", "here", "what", "who", "where", "how"])


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of each clause of a sentence, contractions undone."""

    clauses: list[list[str]]
    is_question: bool


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text, each with a clause at least."""
    at, clauses = 0, list[list[str]]()
    for cut in [*_CLAUSE.finditer(text), None]:
        words = _WORD.findall(text[at : cut.start() if cut else len(text)])
        if words:
            clauses.append([part for word in words for part in _parts(word)])
        mark = cut.group() if cut else "."
        if clauses and _SENTENCE_END.search(mark):
            yield Sentence(clauses, "?" in mark)
            clauses = []
        if cut:
            at = cut.end()


def _parts(word: str) -> list[str]:
    """``don't`` is "do not", ``it's`` is "it is"; ``Anna's`` is Anna and OWNS."""
    lower = word.lower()
    if lower in _IRREGULAR:
        return _IRREGULAR[lower]
    for ending, full in _ENDINGS:
        if lower.endswith(ending) and len(word) > len(ending):
            return [word[: -len(ending)], full]
    if lower.endswith("'s") and lower[:-2] in _WITH_IS:
        return [word[:-2], "is"]
    if lower.endswith("'s") and len(word) > 2:
        return [word[:-2], OWNS]
    return [word.strip("'-") or word]
