"""How English a text reads: common words and letter triples, told by the training sets.

``english.txt.gz`` beside this module is built by ``scripts/build_english.py``.
"""

from __future__ import annotations

import gzip
import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
LONGEST_WORD = 18
_STEMS = (("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""), ("er", ""))
_ENDINGS = tuple(end for end, _ in _STEMS)


@dataclass(frozen=True, slots=True)
class English:
    """Attributes:
    cost: of each common word: the negative logarithm of how often it occurs, by Zipf's law.
    triples: a digit for each triple of the letters " a" to "z": 0 never in English, 9 most frequent.
    """

    cost: dict[str, float]
    triples: bytes

    def knows(self, word: str) -> bool:
        """Whether a word, in any case, is a common English one, or one with a common ending."""
        word = word.lower()
        if word in self.cost:
            return True
        if not word.isalpha():
            word = word.replace("’", "'")
            if "'" in word:
                return word in self.cost or word.partition("'")[0] in self.cost
        return len(word) > 4 and word.endswith(_ENDINGS) and self._stem_known(word)

    def rarity(self, word: str) -> float:
        """Return how rare a word is; one that is known by its stem alone is rarer than all others."""
        return self.cost.get(word.lower(), math.inf)

    def _stem_known(self, word: str) -> bool:
        return any(word.endswith(end) and word[: -len(end)] + tail in self.cost for end, tail in _STEMS)

    def likeness(self, word: str) -> float:
        """Return the mean digit of a word's triples, 0 to 9: about 5.5 for English, below 3.5 for noise."""
        word = f" {word.lower()} "
        total = count = 0
        for at in range(min(len(word) - 2, LONGEST_WORD)):
            index = 0
            for letter in word[at : at + 3]:
                code = ord(letter) - 96
                index = index * 27 + (code if 0 < code < 27 else 0)
            total += self.triples[index] - 48
            count += 1
        return total / count if count else 0.0

    def segment(self, letters: str) -> list[str] | None:
        """Split letters without spaces into the likeliest common words; None where they cannot be split."""
        lower = letters.lower()
        best: list[float] = [0.0]
        back: list[int] = [0]
        for end in range(1, len(lower) + 1):
            choice, start = math.inf, -1
            for begin in range(max(0, end - LONGEST_WORD), end):
                cost = best[begin] + self.cost.get(lower[begin:end], math.inf)
                if cost < choice:
                    choice, start = cost, begin
            best.append(choice)
            back.append(start)
        if math.isinf(best[-1]):
            return None
        words: list[str] = []
        end = len(letters)
        while end:
            words.append(letters[back[end] : end])
            end = back[end]
        return words[::-1]


@cache
def english() -> English:
    """The table, read once."""
    path = Path(__file__).with_name("english.txt.gz")
    triples, words = gzip.decompress(path.read_bytes()).decode("ascii").splitlines()
    ranked = words.split()
    # A letter more must never be cheaper than the word without it: single letters stand last.
    total = math.log(len(ranked) + 1)
    cost = {word: math.log(rank + 2) + total / 2 + (6 if len(word) == 1 else 0) for rank, word in enumerate(ranked)}
    return English(cost, triples.encode())
