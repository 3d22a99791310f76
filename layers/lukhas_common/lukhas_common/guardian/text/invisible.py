"""Characters that are not seen: taken out, and what they spell read aloud."""

from __future__ import annotations

import re
import unicodedata

from lukhas_common.guardian.text.offsets import Edit

_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_TAGS = "\U000e0000-\U000e007f"
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    f"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a{_TAGS}{_SELECTORS}"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]+")
VISIBLE = re.compile(f"[^\\s{_UNSEEN}]")
_FLAG = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,7}\U000e007f")
_BLACK_FLAG = "\U0001f3f4"
_MIN_HIDDEN = 3
"""So many characters must have been spelled with invisible ones: fewer are leftovers."""


def strip(text: str) -> tuple[list[Edit], set[str]]:
    """Take invisible characters out; tags and variation selectors that spell text become that text.

    Joiners within emoji and within scripts that need them, direction marks beside such scripts, flags, a byte order
    mark at the start and selectors after symbols are taken out too, but hide nothing.
    """
    edits: list[Edit] = []
    names: set[str] = set()
    for match in _INVISIBLE.finditer(text):
        start, end = match.span()
        new, name = _read(text, start, end)
        edits.append(Edit(start, end, new))
        if name:
            names.add(name)
    return edits, names


def _read(text: str, start: int, end: int) -> tuple[str, str]:
    run = text[start:end]
    before, after = text[start - 1 : start], text[end : end + 1]
    if before == _BLACK_FLAG and _FLAG.fullmatch(run):
        return "", ""
    if tags := [chr(ord(c) - 0xE0000) for c in run if "\U000e0020" <= c <= "\U000e007e"]:
        return "".join(tags), "tags"
    if len(run) > _MIN_HIDDEN and (spelled := _selected(run)):
        return spelled, "variation-selectors"
    if "\u202e" in run or "\u202d" in run:
        return "", "bidi"
    # Only between two letters that need no joiner does an invisible character break a word that is read as whole.
    splits = _plain(before) and _plain(after)
    return "", "invisible" if splits else ""


def _selected(run: str) -> str:
    """Return what variation selectors spell when each is taken for a byte."""
    codes = (ord(character) for character in run)
    found = bytes(c - 0xE00F0 if c >= 0xE0100 else c - 0xFE00 for c in codes if 0xFE00 <= c <= 0xFE0F or c >= 0xE0100)
    spelled = found.decode("utf-8", "replace")
    return spelled if len(spelled) > _MIN_HIDDEN and spelled.isprintable() and "\ufffd" not in spelled else ""


def _plain(character: str) -> bool:
    return character.isalnum() and (
        character.isascii() or unicodedata.name(character, "").startswith(("LATIN", "CYRILLIC", "GREEK", "FULLWIDTH"))
    )
