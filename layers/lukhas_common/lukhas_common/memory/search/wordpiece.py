"""Cuts text into the tokens of BERT's uncased vocabulary.

Source: Devlin and others, "BERT" (2019), section 3; Wu and others, "Google's Neural Machine Translation System"
(2016), section 4.1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

LONGEST_WORD = 100
"""Characters; a longer word is unknown, as it was when the vocabulary was trained."""

_ASCII_WORDS = re.compile(r"[A-Za-z0-9]+|[!-/:-@\[-`{-~]")
_KEPT_WORDS = 1 << 15

# Each of these is a word of its own: Chinese, Japanese and Korean ideographs.
_IDEOGRAPHS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """A vocabulary, and the longest-match cutting of words by it."""

    def __init__(self, ids: Mapping[str, int]) -> None:
        """``ids``: of each piece; one that continues a word begins with ``##``."""
        self._ids = ids
        self._of_word = lru_cache(maxsize=_KEPT_WORDS)(self._cut)

    def tokens(self, text: str) -> list[int]:
        """The ids of the text's pieces, without the words that have none."""
        of_word = self._of_word
        ids: list[int] = []
        for word in words(text):
            ids += of_word(word)
        return ids

    def _cut(self, word: str) -> tuple[int, ...]:
        """The longest piece from the left, again and again; a rest that has none makes the word unknown."""
        if len(word) > LONGEST_WORD:
            return ()
        ids, start = self._ids, 0
        found: list[int] = []
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ids.get(word[start:end] if start == 0 else f"##{word[start:end]}")
                if piece is not None:
                    found.append(piece)
                    start = end
                    break
            else:
                return ()
        return tuple(found)


def words(text: str) -> list[str]:
    """Words in lower case without accents; every punctuation mark and ideograph is one."""
    if text.isascii():
        # A control character within a word joins what it parts; whitespace and the rest end words.
        if not text.isprintable():
            text = "".join([_plain(character) for character in text])
        return _ASCII_WORDS.findall(text.lower())
    spaced = "".join(map(_plain, text))
    lowered = unicodedata.normalize("NFD", spaced).lower()
    return "".join(map(_parted, lowered)).split()


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """Without control and format characters; whitespace becomes a space, and ideographs stand apart."""
    if character in "\t\n\r":
        return " "
    code, category = ord(character), unicodedata.category(character)
    if code in {0, 0xFFFD} or category in {"Cc", "Cf", "Co"}:
        return ""
    if category == "Zs":
        return " "
    return f" {character} " if any(first <= code <= last for first, last in _IDEOGRAPHS) else character


@lru_cache(maxsize=4096)
def _parted(character: str) -> str:
    """Accents go, and punctuation stands apart."""
    category = unicodedata.category(character)
    if category == "Mn":
        return ""
    ascii_mark = character.isascii() and character.isprintable() and not character.isalnum() and character != " "
    return f" {character} " if ascii_mark or category[0] == "P" else character
