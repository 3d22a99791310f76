"""Text under a fixed substitution of letters, or backwards."""

from __future__ import annotations

import string
from collections.abc import Callable

from lukhas_common.guardian.text.english import LONGEST_WORD, WORD, English, english
from lukhas_common.guardian.text.offsets import Edit

_LOWER, _UPPER = string.ascii_lowercase, string.ascii_uppercase


def _shifted(by: int) -> dict[int, str]:
    return {
        ord(letter): alphabet[(at + by) % 26] for alphabet in (_LOWER, _UPPER) for at, letter in enumerate(alphabet)
    }


_SHIFTS = {by: _shifted(by) for by in range(1, 26)}
_ATBASH = {ord(a): b for alphabet in (_LOWER, _UPPER) for a, b in zip(alphabet, reversed(alphabet), strict=True)}
_ROT13 = _SHIFTS[13]
_READINGS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("rot13", lambda text: text.translate(_ROT13)),
    ("reversed", lambda text: text[::-1]),
    ("atbash", lambda text: text.translate(_ATBASH)),
)
_MIN_STRANGE = 3
"""So many words must be no English for a text to be tried: fewer are names and slips."""
_MIN_GAIN = 9
"""So many letters more must be in English words after than before."""
_MIN_WON = 3
_CAESAR_SAMPLE = 12
_CAESAR_SHARE = 4
"""One word in so many must be no English for all shifts to be tried."""


def decipher(text: str) -> tuple[list[Edit], set[str]]:
    """Read the part of a text that becomes English under a substitution or backwards, if there is one."""
    table = english()
    written = WORD.findall(text)
    strange = [word for word in written if not table.knows(word)]
    if len(strange) < _MIN_STRANGE:
        return [], set()
    readings = tuple(one for one in _READINGS if _promises(one[1], strange, table))
    if len(strange) * _CAESAR_SHARE > len(written) and (shift := _caesar(strange, table)):
        readings = ("caesar", lambda found: found.translate(_SHIFTS[shift])), *readings
    if not readings:
        return [], set()
    words = list(WORD.finditer(text))
    best: tuple[int, int, int, str] = (0, 0, 0, "")
    for name, read in readings:
        new = [read(match[0]) for match in words]
        gains = [_gain(match[0], word, table) for match, word in zip(words, new, strict=True)]
        total, first, last = _best_run(gains)
        won = {new[at].lower() for at in range(first, last + 1) if gains[at] > 0} if total >= _MIN_GAIN else set()
        if len(won) >= _MIN_WON and max(map(len, won)) > 3 and total > best[0]:
            first, last = _widen([match[0] for match in words], new, first, last, table)
            start = 0 if name == "reversed" and first == 0 else words[first].start()
            best = (total, start, len(text) if last + 1 == len(words) else words[last].end(), name)
    gain, start, end, name = best
    if not gain:
        return [], set()
    if name == "reversed":
        start, end = _with_marks(text, start, end)
    plain = dict(readings)[name](text[start:end])
    return [Edit(start, end, plain, mirrored=name == "reversed", aligned=name != "reversed")], {name}


def _promises(read: Callable[[str], str], strange: list[str], table: English) -> bool:
    """Whether enough of the words that are no English would be, so that the rest is worth a look."""
    # Read all at once: no reading takes or gives spaces.
    words = read(" ".join(strange)).split(" ")
    return len([word for word in words if len(word) > 2 and table.knows(word)]) >= _MIN_WON


def _gain(word: str, new: str, table: English) -> int:
    """Return the letters won for English by reading a word anew; up to two letters prove nothing."""
    if len(word) < 3:
        return 0
    was, is_ = table.knows(word), table.knows(new)
    if not was and not is_:
        return -len(word) * 2 // 3
    return len(word) * (int(is_) - int(was))


def _widen(words: list[str], new: list[str], first: int, last: int, table: English) -> tuple[int, int]:
    """Take in words at both ends, as long as they read no worse anew."""

    def better(at: int) -> bool:
        return table.knows(new[at]) >= table.knows(words[at])

    while first > 0 and better(first - 1):
        first -= 1
    while last + 1 < len(words) and better(last + 1):
        last += 1
    return first, last


def _best_run(gains: list[int]) -> tuple[int, int, int]:
    """Return the run of words with the greatest sum, by Kadane's algorithm: sum, first, last."""
    best = (0, 0, 0)
    total = first = 0
    for at, gain in enumerate(gains):
        if total <= 0:
            total, first = 0, at
        total += gain
        if total > best[0]:
            best = (total, first, at)
    return best


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the signs that ended the sentence and now begin it."""
    while start and text[start - 1] in "?!.,;:'\")(":
        start -= 1
    return start, end


def _caesar(strange: list[str], table: English) -> int:
    """Return the shift that makes English of most of a sample of words, 0 for none; 13 is ROT13's."""
    sample = [word for word in strange if 2 < len(word) < LONGEST_WORD][:_CAESAR_SAMPLE]
    if len(sample) < _MIN_STRANGE:
        return 0
    for shift, codes in _SHIFTS.items():
        if shift != 13 and _most(sample, codes, table):
            return shift
    return 0


def _most(words: list[str], codes: dict[int, str], table: English) -> bool:
    """Whether more than two words of three become English; the rest is not read once that cannot be."""
    spared = (len(words) - 1) // 3
    for word in words:
        if not table.knows(word.translate(codes)):
            spared -= 1
            if spared < 0:
                return False
    return True
