"""Words that are spelled out, split up, stretched or written with digits for letters."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from lukhas_common.guardian.text.english import english
from lukhas_common.guardian.text.offsets import Edit

_GAP = r"[ \t\n.\-_*|/,~+=•·]{1,4}"
_SPACED = re.compile(rf"(?<![^\W_])[^\W_](?:{_GAP}[^\W_](?![^\W_]|'\w)){{2,}}")
_GAPS = re.compile(_GAP)
_LETTER_ALONE = re.compile(rf"{_GAP}[^\W_]{_GAP}[^\W_]")
"""Is in all that is spelled out; looking for it takes a third of the time."""
_LEET_WORD = re.compile(r"(?<![@#\w./])[A-Za-z0-9@$!|+'’]{2,24}(?![\w@/=])|(?<!\S)[14](?!\S)")
_LEET = re.compile(r"[A-Za-z][0-9@$!|+]+[A-Za-z]|[0-9@$!|+][A-Za-z]{2}")
_ORDINAL = re.compile(r"\d*(?:1st|2nd|3rd|[04-9]th)s?|\d+(?:k|m|s|x|am|pm|mb|gb|kg|km|cm|mm|ml|ft|lb|hz|bit)", re.I)
_LETTERS = {"0": "o", "1": "il", "2": "rz", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
            "@": "a", "$": "s", "!": "il", "|": "li", "+": "t"}  # fmt: skip
_MAX_READINGS = 16
_STRETCHED = re.compile(r"([A-Za-z])\1{2,}")
_STRETCHED_WORD = re.compile(r"(?<![A-Za-z])[A-Za-z]*?([A-Za-z])\1{2,}[A-Za-z]*")
_JOINED = re.compile(r"""["'] {0,3}(?:\+|\.|\|\||&|,) {0,3}["']""")
_MIN_SPACED = 4
_MIN_LEET = 2


def join_letters(text: str) -> tuple[list[Edit], set[str]]:
    """Read letters with signs between them as words."""
    if not _LETTER_ALONE.search(text):
        return [], set()
    edits: list[Edit] = []
    for match in _SPACED.finditer(text):
        edits += _joined(match[0], match.start())
    return edits, {"spaced"} if edits else set()


def _joined(found: str, start: int) -> list[Edit]:
    gaps = _GAPS.findall(found)
    # The gap within words is the most frequent; any other one stands between words.
    usual = Counter(gaps).most_common(1)[0][0]
    words: list[list[int]] = [[0]]
    at = 1
    for gap in gaps:
        at += len(gap)
        if gap == usual:
            words[-1].append(at)
        else:
            words.append([at])
        at += 1
    edits: list[Edit] = []
    known = 0
    for places in words:
        letters = "".join(found[place] for place in places)
        parts = english().segment(letters) or [letters]
        if len(parts) > 1 and len(letters) < 2 * len(parts):
            parts = [letters]
        known += sum(len(part) for part in parts if len(part) > 1 and english().knows(part))
        begin = 0
        for index, part in enumerate(parts):
            first, last = places[begin], places[begin + len(part) - 1]
            more = index + 1 < len(parts)
            edits.append(Edit(start + first, start + last + 1, letters[begin : begin + len(part)]))
            if more:
                begin += len(part)
                edits.append(Edit(start + last + 1, start + places[begin], " "))
    letters_found = sum(map(len, words))
    if len(words) == 1 and usual == "." and "".join(found[place] for place in words[0]).isupper():
        return []  # an abbreviation
    return edits if letters_found >= _MIN_SPACED and known * 2 > letters_found else []


def unleet(text: str) -> tuple[list[Edit], set[str]]:
    """Read digits and signs within words as the letters that they resemble.

    A digit with letters after it shows the habit; where it is shown, numbers that read as words are taken for them.
    """
    if not _LEET.search(text):
        return [], set()
    strong: list[Edit] = []
    weak: list[Edit] = []
    swapped = 0
    for match in _LEET_WORD.finditer(text):
        word = match[0]
        if word.isalpha():
            continue
        body = word.rstrip("!+")
        new = _readable(body)
        if not new and not body.isalpha():
            body, new = word, _readable(word)
        if new:
            edit = Edit(match.start(), match.start() + len(body), new, aligned=True)
            shown = len(new) > 2 and _LEET.search(body) is not None and not _ORDINAL.fullmatch(body)
            (strong if shown else weak).append(edit)
            if shown:
                swapped += sum(not character.isalpha() for character in body)
    letters = sum(len(edit.new) for edit in strong)
    habit = len(strong) >= _MIN_LEET or (letters > _MIN_SPACED and swapped >= _MIN_LEET)
    if not habit:
        return (strong, set()) if letters >= _MIN_SPACED else ([], set())
    return sorted(strong + weak), {"leet"}


@lru_cache(maxsize=4096)
def _readable(word: str) -> str:
    """Return the common word that digits and signs stand in, empty if there is none."""
    if word.isalpha():
        return ""
    found = [""]
    for character in word:
        choices = _LETTERS.get(character, character)
        found = [start + letter for start in found for letter in choices][:_MAX_READINGS]
    return min((new for new in found if english().knows(new)), key=english().rarity, default="")


def shorten(text: str) -> tuple[list[Edit], set[str]]:
    """Read words with letters repeated as common words; hides nothing, people write so."""
    if not _STRETCHED.search(text):
        return [], set()
    edits: list[Edit] = []
    for match in _STRETCHED_WORD.finditer(text):
        for repeat in (r"\1", r"\1\1"):
            new = _STRETCHED.sub(repeat, match[0])
            if len(new) < 25 and english().knows(new):
                edits.append(Edit(match.start(), match.end(), new))
                break
    return edits, set()


def concatenate(text: str) -> tuple[list[Edit], set[str]]:
    """Read pieces in quotes that are joined as one; hides nothing, programs do so."""
    return [Edit(match.start(), match.end(), "") for match in _JOINED.finditer(text)], set()
