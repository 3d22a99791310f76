"""Lists of words that a text of the same record has as well, as concepts are that were drawn from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lukhas_common.memory.folds.bits import Side

_WORD = re.compile(r"[^\W_]+")


def spoken(text: Any) -> list[str]:
    """The words of a text in lower case, in the order in which they are said; none of anything else."""
    return _WORD.findall(text.lower()) if isinstance(text, str) else []


def numbered(values: Sequence[Any], texts: Sequence[Any]) -> list[list[int | str]] | None:
    """For each word its number in the text of its row, or the word where that has it not.

    None if these are not lists of texts, or most of their words are not said.
    """
    if not all(isinstance(listed, list) and all(isinstance(word, str) for word in listed) for listed in values):
        return None
    numbers = []
    for listed, text in zip(values, texts, strict=True):
        places = {word: number for number, word in reversed(list(enumerate(spoken(text))))} if listed else {}
        numbers.append([places.get(word, word) for word in listed])
    total = sum(map(len, numbers))
    found = sum(isinstance(one, int) for listed in numbers for one in listed)
    return numbers if found * 2 > total else None


def told(numbers: Sequence[Any], texts: Sequence[Any], side: Side) -> list[list[str]]:
    """The lists again; the words of one text at a time are in memory.

    Raises:
        ValueError, TypeError, IndexError: they are none, or longer than ``side`` allows.
    """
    found = []
    for listed, text in zip(numbers, texts, strict=True):
        side.spend(len(text) if listed and isinstance(text, str) else 0)
        words = spoken(text) if listed else []
        found.append([_word(one, words, side) for one in listed])
    return found


def _word(one: Any, words: list[str], side: Side) -> str:
    if isinstance(one, str):
        return one
    if type(one) is not int or one < 0:
        raise ValueError("it is no word")
    side.spend(len(words[one]))
    return words[one]
