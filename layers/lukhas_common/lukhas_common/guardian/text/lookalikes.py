"""Letters that look like ASCII ones, and marks over and through letters.

``lookalikes.txt`` beside this module is built by ``scripts/build_confusables.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

from lukhas_common.guardian.text.english import english
from lukhas_common.guardian.text.offsets import Edit

MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_REGIONAL = "\U0001f1e6-\U0001f1ff"
_ENCLOSED = f"\u24b6-\u24e9\u249c-\u24b5\U0001f110-\U0001f189{_REGIONAL}"
_LETTER = rf"(?:[^\W_]|[{MARKS}{_ENCLOSED}])"
# Words, with enclosed letters counted as letters; or one sign.
_SIGN = rf"(?P<sign>[^\x00-\x7f\w{MARKS}])"
_PART = re.compile(rf"{_LETTER}+|{_SIGN}")
# Only those with more than ASCII; a word is looked at from its start alone.
_STRANGE_PART = re.compile(rf"(?<![^\W_])(?<![{MARKS}{_ENCLOSED}])[A-Za-z0-9]*+(?![\x00-\x7f]){_LETTER}+|{_SIGN}")
_CLUSTER = re.compile(rf"([^{MARKS}])([{MARKS}]*)")
_FLAGS = re.compile(f"[{_REGIONAL}]+")
# Letters for flags come in twos.
_ODD_REGIONAL = re.compile(f"(?<![{_REGIONAL}])[{_REGIONAL}](?:[{_REGIONAL}]{{2}})*(?![{_REGIONAL}])")
_TURNED = re.compile("[ɐǝɔɟƃɥᴉɾʞɯɹʇʌʍʎ]")
_TURNED_ASCII = str.maketrans("nupdbq", "undpqb")
# Beyond the Latin letters and ligatures that languages and printers use.
_FANCY = re.compile(f"[^\x00-\u024f\u1e00-\u1eff\ufb00-\ufb06{MARKS}]")
_SMALL = re.compile("[ᴀ-ᴢɢɪɴʀʏʙʜʟꜰꜱ]")
_MIN_LETTERS = 4
"""So many letters of English words must come of it to be called hiding: a sign or a unit of measure is not."""
_MIN_MARKED = 3
_LONGEST = 4
"""A single sign that stands for a phrase would let a text grow without bound."""


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Return what any text's characters look like, and what those of other scripts look like within Latin words."""
    free: dict[str, str] = {}
    native: dict[str, str] = {}
    for line in Path(__file__).with_name("lookalikes.txt").read_text("utf-8").split("\n"):
        table, entry = (native, line[1:]) if line.startswith("\t") else (free, line)
        table.update(dict.fromkeys(entry[2:], entry[:1]))
    return free, native


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """Return what a character looks like, as far as that does not depend on its neighbours."""
    if character < "\x80":
        return character
    if found := _tables()[0].get(character):
        return found
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) > _LONGEST:
        return character
    base = unicodedata.normalize("NFD", folded)[0]
    return _tables()[0].get(base, base) if base.isascii() and len(folded) == 1 else folded


@lru_cache(maxsize=4096)
def _latin(character: str) -> str:
    return _tables()[1].get(character) or _plain(character)


@lru_cache(maxsize=4096)
def _small(character: str) -> str:
    """Among small capitals, which lack a Q, an o with a tail stands for it."""
    return "q" if character == "ǫ" else _plain(character)


@lru_cache(maxsize=4096)
def _turned(character: str) -> str:
    return _plain(character).translate(_TURNED_ASCII) if character < "\x80" else _plain(character)


def fold(text: str) -> tuple[list[Edit], set[str]]:
    """Read look-alikes as ASCII, strip marks from Latin letters and flatten compatibility forms."""
    if text.isascii():
        return [], set()
    turned = len(_TURNED.findall(text))
    upside_down = turned >= _MIN_MARKED and turned * 6 > sum(map(str.isalpha, text))
    flags = not _ODD_REGIONAL.search(text)
    edits: list[Edit] = []
    letters = {"homoglyphs": 0, "styled-letters": 0, "upside-down": 0}
    marked = 0
    foreign: list[tuple[int, str]] = []
    strange = 0
    for match in (_PART if upside_down else _STRANGE_PART).finditer(text):
        word, start = match[0], match.start()
        if len(word) == 1 and word not in _tables()[1] and not upside_down:
            new = _plain(word)
            if new == word:
                continue
            if match["sign"] and not new.isalpha():
                edits.append(Edit(start, match.end(), new))  # a quotation mark, say
                continue
        if flags and _FLAGS.fullmatch(word) and not (len(word) > 2 and english().knows(_letters(word, _plain))):
            continue
        native = any(map(_tables()[1].__contains__, word))
        read = _turned if upside_down else _latin if native else _small if _SMALL.search(word) else _plain
        new = _letters(word, read)
        if native and not new.isascii():
            strange += 1
        elif native and not _has_ascii(word):
            foreign.append((start, word))
        else:
            edits += _edits(word, start, read)
            if kind := _hiding(word, new, native, upside_down):
                letters[kind] += len(new)
        marked += _overloaded(word)
    known = [(at, word) for at, word in foreign if english().knows(_letters(word, _latin))]
    # Words of another language read as English ones by chance, but seldom.
    if 2 * len(known) > len(foreign) + strange:
        letters["homoglyphs"] += sum(len(word) for _, word in known)
        edits = sorted(edits + [edit for at, word in known for edit in _edits(word, at, _latin)])
    names = {name for name, count in letters.items() if count >= _MIN_LETTERS}
    return edits, names | ({"marks"} if marked >= _MIN_MARKED else set())


def _has_ascii(word: str) -> bool:
    return any(character < "\x80" and character.isalpha() for character in word)


def _letters(word: str, read: Callable[[str], str]) -> str:
    return "".join(edit.new for edit in _edits(word, 0, read, everything=True))


def _edits(word: str, start: int, read: Callable[[str], str], everything: bool = False) -> list[Edit]:
    """Return the edits that read a word letter by letter; those that change nothing only if ``everything`` is asked."""
    edits: list[Edit] = []
    for match in _CLUSTER.finditer(word):
        character, marks = match.groups()
        new = read(character)
        if marks and not new.isascii():
            new += marks
        if everything or new != match[0]:
            edits.append(Edit(start + match.start(), start + match.end(), new))
    return edits


def _hiding(word: str, new: str, native: bool, upside_down: bool) -> str:
    """Return what hides a word, if folding makes an English word or a single letter of it."""
    if not new.isalpha() or not new.isascii():
        return ""
    if upside_down:
        return "upside-down"
    if not _FANCY.search(word) or not (len(new) == 1 or english().knows(new)):
        return ""
    return "homoglyphs" if native else "styled-letters"


def _overloaded(word: str) -> int:
    """Count Latin letters with marks that no language writes on them."""
    return sum(
        bool(marks) and _plain(base).isalpha() and _plain(base).isascii() and not _composes(base, marks)
        for base, marks in _CLUSTER.findall(word)
    )


def _composes(base: str, marks: str) -> bool:
    return len(marks) < _LONGEST and len(unicodedata.normalize("NFC", base + marks)) == 1
