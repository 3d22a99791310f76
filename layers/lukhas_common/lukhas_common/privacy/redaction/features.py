"""The tokens of a text, and what each shows of itself and its neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.privacy.redaction.words import hints, rank

_MARKS = (
    "\u0300-\u036f\u05b0-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0980-\u0983\u09bc-\u09cd"
    "\u0bbe-\u0bcd\u0e31\u0e34-\u0e4e"
)
"""Marks that are written over, under or after a letter; Unicode has them as no letters."""

_TOKEN = re.compile(rf"\d+|(?:[^\W\d_][{_MARKS}]*)+(?:['’](?!s\b)[^\W\d_]+)*|[^\w\s]|_|\n")
_WINDOW = 2


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign at ``start`` to ``end``."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a text; a line break is one, since lines of a form do not run on."""
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]


def form(word: str) -> str:
    """How a word is written: its capitals, the length of a number, a script without capitals."""
    if word.isdigit():
        return f"9{min(len(word), 6)}"
    if not word[0].isalpha():
        return word
    if word[0].lower() == word[0].upper():  # a script without capitals
        return "字" if word[0] >= "\u2e80" else "ا"
    if word.isupper():
        return "A" if len(word) == 1 else "AA"
    return ("Aa" if word[1:].islower() else "AaA") if word[0].isupper() else "a" if word.islower() else "aA"


def features(words: Sequence[Token], ruled: Sequence[str]) -> list[list[str]]:
    """What each token shows of itself and its neighbours; ``ruled`` names the structured kind that covers it."""
    lower = [word.text.lower() for word in words]
    shapes = [form(word.text) for word in words]
    known = [f"{hints(word)}{rank(word)}" for word in lower]
    small = {word for word, shape in zip(lower, shapes, strict=True) if shape == "a"}
    case = "-" if "Aa" not in shapes else "+"
    edge = ("<s>",) * _WINDOW
    lows, forms, lists = [*edge, *lower, *edge], [*edge, *shapes, *edge], [*edge, *known, *edge]
    heads = _heads(lower)
    found = []
    for at, word in enumerate(lower):
        i = at + _WINDOW
        shape = shapes[at]
        row = [
            "b", f"w{word}", f"s{shape}", f"x{word[-3:]}", f"y{word[-2:]}", f"p{word[:3]}", f"g{known[at]}",
            f"l{lows[i - 1]}", f"L{lows[i - 2]} {lows[i - 1]}", f"r{lows[i + 1]}", f"R{lows[i + 1]} {lows[i + 2]}",
            f"m{lows[i - 2]}", f"n{lows[i + 2]}", f"f{forms[i - 1]} {shape} {forms[i + 1]}",
            f"F{forms[i - 2]} {forms[i - 1]} {shape}", f"q{shape} {forms[i + 1]} {forms[i + 2]}",
            f"h{lists[i - 1]}", f"H{lists[i + 1]}", f"k{lists[i - 1]} {lists[i]} {lists[i + 1]}",
            f"t{lows[i - 1]} {shape}", f"u{shape} {lows[i + 1]}",
            f"X{word[-4:]}", f"G{known[at]} {shape} {case}", f"V{lows[i - 1]} {known[at]}",
            f"U{known[at]} {lows[i + 1]}", f"o{heads[at]} {shape}", f"B{forms[i - 1]} {shape} {known[at]}",
        ]  # fmt: skip
        if word in small and shape != "a":
            row.append("d")
        if ruled[at]:
            row.append(f"z{ruled[at]}")
        found.append(row)
    return found


def _heads(lower: Sequence[str]) -> list[str]:
    """For each token the first word of its line, where a colon follows it soon, as in forms."""
    found: list[str] = []
    start = 0
    for at in range(len(lower) + 1):
        if at == len(lower) or lower[at] == "\n":
            line = lower[start:at]
            cut = line.index(":") if ":" in line[:4] else 0
            found += ["" if not cut or place <= cut else line[cut - 1] for place in range(len(line))]
            found += [""] * (at < len(lower))
            start = at + 1
    return found
