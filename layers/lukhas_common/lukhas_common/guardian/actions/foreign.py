"""Words that are not understood: of another language or script, where an order may hide beside one that is."""

from __future__ import annotations

import re
import unicodedata

from lukhas_common.guardian.actions.words import plain, visible
from lukhas_common.guardian.text.english import english

_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NO_WORD = re.compile(r"\d|@|://|\w\.\w")
_FOLDED = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_MARKS = "\"'“”‘’()[]{}<>,.;:!?*_-/\\"

_SHORT = 2
"""Words of so few letters are mostly units and initials."""

_FEW = 2
_INITIALS = 4


def hides_words(text: str) -> bool:
    """Whether a text has words of another script, or an accented one that is neither English nor a name."""
    if text.isascii():
        return False
    seen = unicodedata.normalize("NFC", visible(text))
    read = plain(text)
    if any(_of_other_script(word) for word in _LETTERS.findall(read)):
        return True
    names = _names(read)
    found = _LETTERS.findall(seen)
    unknown = [_unknown(plain(word).casefold()) and plain(word).casefold() not in names for word in found]
    # A dish or a café is a word alone; an order is one with others.
    return any(
        unknown[at] and not word.isascii() and (unknown[at - 1 : at] == [True] or unknown[at + 1 : at + 2] == [True])
        for at, word in enumerate(found)
    )


def strange(clauses: list[list[str]], text: str) -> bool:
    """Whether one of these clauses of a text is mostly of words that are neither English nor names.

    One such word alone is none; an accented one counts twice.
    """
    accented = set() if text.isascii() else {plain(word) for word in _accented(text)}
    least = 1 if accented else _FEW
    suspected = [clause for clause in clauses if sum(map(_unknown, clause)) >= least]
    if not suspected:
        return False
    names = _names(plain(text))
    for clause in suspected:
        asked = [word for word in clause if word not in names]
        unknown = [word for word in asked if _unknown(word)]
        weight = len(unknown) + len(accented.intersection(unknown))
        if weight >= _FEW and 2 * weight > len(asked):
            return True
    return False


def _accented(text: str) -> list[str]:
    seen = unicodedata.normalize("NFC", visible(text)).casefold()
    return [word for word in _LETTERS.findall(seen) if not word.isascii()]


def _names(text: str) -> frozenset[str]:
    """The words of a text, folded, that are no words of a language: with a capital within a sentence, short ones in
    capitals, addresses, files, and what has digits."""
    names: set[str] = set()
    begins = True
    for written in text.split():
        word = written.strip(_MARKS)
        capital = word[:1].isupper() and (word[1:].islower() or len(word) <= _INITIALS)
        if (capital and not begins) or _NO_WORD.search(word):
            names.update(_FOLDED.findall(word.casefold()))
        begins = written[-1] in ".;:!?"
    return frozenset(names)


def _unknown(word: str) -> bool:
    return len(word) > _SHORT and word.isalpha() and not english().knows(word)


def _of_other_script(word: str) -> bool:
    """Signs of physics and mathematics are single letters."""
    foreign = [letter for letter in word if letter > "\u024f" and not "\u1e00" <= letter <= "\u1eff"]
    return bool(foreign) and not (len(word) <= _SHORT and all("\u0370" <= letter <= "\u03ff" for letter in foreign))
