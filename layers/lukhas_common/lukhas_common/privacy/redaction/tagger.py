"""Names, addresses and places by an averaged perceptron, one token after the other (Collins 2002)."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lukhas_common.privacy.redaction.spans import Kind, Span
from lukhas_common.privacy.redaction.words import hints

MODEL = Path(__file__).with_name("data") / "tagger.bin"
LABELS = ("O", *(f"{mark}-{kind}" for kind in Kind for mark in "BI"))
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]|_|\n")
_WINDOW = 2

Weights = Mapping[str, Sequence[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign at ``start`` to ``end``."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a text; a line break is one, since lines of a form do not run on."""
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]


def _shape(word: str) -> str:
    if word.isdigit():
        return f"9{min(len(word), 6)}"
    if not word[0].isalpha():
        return word
    return "A" if len(word) == 1 and word.isupper() else "AA" if word.isupper() else "Aa" if word[0].isupper() else "a"


def features(words: Sequence[Token], ruled: Sequence[str]) -> list[list[str]]:
    """What each token shows of itself and its neighbours; ``ruled`` names the structured kind that covers it."""
    lower = [word.text.lower() for word in words]
    shapes = [_shape(word.text) for word in words]
    known = [hints(word) for word in lower]
    edge = ("<s>",) * _WINDOW
    lows, forms, lists = [*edge, *lower, *edge], [*edge, *shapes, *edge], [*edge, *known, *edge]
    found = []
    for at, word in enumerate(lower):
        i = at + _WINDOW
        row = [
            "b", f"w{word}", f"s{shapes[at]}", f"x{word[-3:]}", f"y{word[-2:]}", f"p{word[:3]}", f"g{known[at]}",
            f"l{lows[i - 1]}", f"L{lows[i - 2]} {lows[i - 1]}", f"r{lows[i + 1]}", f"R{lows[i + 1]} {lows[i + 2]}",
            f"m{lows[i - 2]}", f"n{lows[i + 2]}", f"f{forms[i - 1]} {forms[i]} {forms[i + 1]}",
            f"F{forms[i - 2]} {forms[i - 1]} {forms[i]}", f"q{forms[i]} {forms[i + 1]} {forms[i + 2]}",
            f"h{lists[i - 1]}", f"H{lists[i + 1]}", f"k{lists[i - 1]} {lists[i]} {lists[i + 1]}",
            f"t{lows[i - 1]} {shapes[at]}", f"u{shapes[at]} {lows[i + 1]}",
        ]  # fmt: skip
        if ruled[at]:
            row.append(f"z{ruled[at]}")
        found.append(row)
    return found


def following(row: Sequence[str], before: str, last: str) -> list[str]:
    """The features that the labels before add."""
    return [*row, f"1{last}", f"2{before} {last}", f"3{last} {row[2]}", f"4{last} {row[1]}"]


def scores(row: Sequence[str], weights: Weights) -> list[float]:
    """The score of each label."""
    total = [0.0] * len(LABELS)
    for feature in row:
        for label, weight in weights.get(feature, ()):
            total[label] += weight
    return total


def best(total: Sequence[float], last: str) -> int:
    """The best label that may come after the last one: nothing goes on that did not begin."""
    kind = last[2:]
    chosen, most = 0, total[0]
    for label in range(1, len(LABELS)):
        if total[label] > most and (label % 2 or (kind and LABELS[label][2:] == kind)):
            chosen, most = label, total[label]
    return chosen


def labelled(rows: Sequence[Sequence[str]], weights: Weights) -> Iterator[str]:
    """The label of every token."""
    before = last = "O"
    for row in rows:
        found = LABELS[best(scores(following(row, before, last), weights), last)]
        yield found
        before, last = last, found


@cache
def shipped() -> Weights:
    """The weights that the product ships, read at the first use."""
    return read(MODEL.read_bytes())


def read(packed: bytes) -> Weights:
    """Weights as ``write`` packed them."""
    stored: dict[str, list[int]] = json.loads(zlib.decompress(packed))
    return {name: tuple(zip(pairs[::2], pairs[1::2], strict=True)) for name, pairs in stored.items()}


def write(weights: Weights, step: float) -> bytes:
    """Weights in steps of ``step``, those that round to none left out."""
    stored: dict[str, Any] = {}
    for name in sorted(weights):
        pairs = [n for label, weight in weights[name] if round(weight / step) for n in (label, round(weight / step))]
        if pairs:
            stored[name] = pairs
    return zlib.compress(json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode(), 9)


def covered(words: Sequence[Token], spans: Sequence[Span]) -> list[str]:
    """For each token the kind of the span that it lies in, empty where there is none."""
    found = [""] * len(words)
    for span in spans:
        for at, word in enumerate(words):
            if span.start <= word.start < span.end:
                found[at] = span.kind.value
    return found


def tagged(text: str, ruled: Sequence[Span], weights: Weights | None = None) -> list[Span]:
    """Spans of what the tagger finds, given what the rules found."""
    words = tokens(text)
    rows = features(words, covered(words, ruled))
    found: list[Span] = []
    for word, label in zip(words, labelled(rows, shipped() if weights is None else weights), strict=True):
        if label[0] == "B":
            found.append(Span(word.start, word.end, Kind(label[2:])))
        elif label[0] == "I":
            found[-1] = Span(found[-1].start, word.end, found[-1].kind)
    return found
