"""Which words of a sentence state something: not those of questions, conditions, doubts and wishes.

Nothing is concluded from what is only asked or imagined. Better that a fact is missed than that one is made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_CONDITIONS_WORDS = """
    if unless whether lest provided providing supposing assuming though
"""
_CONDITIONS = frozenset(_CONDITIONS_WORDS.split())
"""A sentence with one of these states nothing; nor does one that begins with "when" and the like."""

_OPENING_WORDS = """
    when whenever once imagine suppose assume pretend maybe perhaps possibly probably
"""
_OPENING = frozenset(_OPENING_WORDS.split())
_ASKING_WORDS = """
    do does did am is are was were have has had can could will would shall should may might must who whom whose what
    which where why how
"""
_ASKING = frozenset(_ASKING_WORDS.split())
"""A clause that begins so asks."""

_DOUBTING_WORDS = """
    wish wishes wished hope hopes hoped hoping doubt doubts doubted wonder wonders wondered wondering guess guesses
    guessed pretend pretends pretended imagine imagines imagined suppose supposes supposed assume assumes assumed
    dream dreams dreamed dreamt dreaming fear fears feared maybe perhaps possibly probably supposedly apparently
"""
_DOUBTING = frozenset(_DOUBTING_WORDS.split())
"""What follows in the sentence is not stated."""

_THINKING_WORDS = """
    think thinks thought believe believes believed know knows knew say says said tell tells told mean means meant
    true sure certain expect expects expected remember remembers remembered understand see feel
"""
_THINKING = frozenset(_THINKING_WORDS.split())
"""What follows is not stated if this is denied."""

_TIMES = frozenset({"when", "whenever", "while", "until", "till", "before"})
_NEGATING_WORDS = """
    not never no nor neither nobody none nothing hardly barely scarcely seldom rarely without cannot
"""
NEGATING = frozenset(_NEGATING_WORDS.split())


def stated(sentence: Sequence[Sequence[str]], *, is_question: bool) -> Iterator[int]:
    """Of each clause of a sentence, how many of its words, from the first, state something."""
    lower = [[word.lower() for word in words] for words in sentence]
    opening = lower[0][0] if lower else ""
    doubtful = is_question or opening in _OPENING or any(not _CONDITIONS.isdisjoint(words) for words in lower)
    for words in lower:
        upto, doubtful = (0, True) if doubtful else _certain(words)
        yield upto


def _certain(words: Sequence[str]) -> tuple[int, bool]:
    """How many words of a clause state something, and whether the rest of the sentence is in doubt."""
    if words[0] in _ASKING:
        return 0, False
    denied = False
    for at, word in enumerate(words):
        denied = denied or word in NEGATING
        if word in _DOUBTING or (denied and word in _THINKING):
            return at, True
        if word in _TIMES:
            return at, False
    return len(words), False
