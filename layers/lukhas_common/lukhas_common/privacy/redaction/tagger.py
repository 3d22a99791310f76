"""Names, addresses and places by an averaged perceptron, one token after the other (Collins 2002)."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lukhas_common.privacy.redaction.doubts import credible, margins
from lukhas_common.privacy.redaction.features import Token, features, tokens
from lukhas_common.privacy.redaction.spans import Kind, Span
from lukhas_common.privacy.redaction.words import TITLES, ranks

MODEL = Path(__file__).with_name("data") / "tagger.bin"
LABELS = ("O", *(f"{mark}-{kind}" for kind in Kind for mark in "BI"))
_RULED = frozenset({Kind.EMAIL, Kind.IBAN, Kind.IP, Kind.URL, Kind.COORDINATES, Kind.SECRET})
"""Kinds that are only what a rule has validated."""

_TITLED = re.compile(rf"(?:{'|'.join(sorted(TITLES))})\b\.?\s+", re.I)
_OWN_STOP = re.compile(r"(?:\d|\b[^\W\d_]{1,2})\.$")

Weights = Mapping[str, Sequence[tuple[int, float]]]


def following(row: Sequence[str], before: str, last: str) -> list[str]:
    """The features that the labels before add."""
    return [*row, f"1{last}", f"2{before} {last}", f"3{last} {row[2]}", f"4{last} {row[1]}"]


def scores(row: Sequence[str], weights: Weights) -> list[float]:
    """The score of each label."""
    total, known = [0.0] * len(LABELS), weights.get
    for feature in row:
        pairs = known(feature)
        if pairs is not None:
            for label, weight in pairs:
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


def labelled(rows: Sequence[Sequence[str]], weights: Weights, extra: Sequence[float]) -> Iterator[str]:
    """The label of every token; ``extra`` is added to the score of none."""
    before = last = "O"
    for row, margin in zip(rows, extra, strict=True):
        total = scores(following(row, before, last), weights)
        total[0] += margin
        found = LABELS[best(total, last)]
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
    labels = labelled(rows, shipped() if weights is None else weights, margins(words))
    found: list[Span] = []
    for word, label in zip(words, labels, strict=True):
        if label[0] == "B" and not (found and _goes_on(text, found[-1], word, label)):
            found.append(Span(word.start, word.end, Kind(label[2:])))
        elif label != "O":
            found[-1] = Span(found[-1].start, word.end, found[-1].kind)
    found = [trimmed for span in found if span.kind not in _RULED and (trimmed := _trimmed(text, span))]
    found = [span for span in found if credible(text, span, found)]
    return sorted([*found, *_again(words, found)])


def _goes_on(text: str, before: Span, word: Token, label: str) -> bool:
    """Whether a name goes on in a word that the tagger took for the next one: nothing but a space is between them."""
    return label[2:] == before.kind == Kind.PERSON and text[before.end : word.start] == " "


def _again(words: Sequence[Token], found: Sequence[Span]) -> Iterator[Span]:
    """Words of names that were found, where they stand once more: nobody has a name in one sentence only."""
    taken = {at for span in found for at in range(span.start, span.end)}
    people = [span for span in found if span.kind is Kind.PERSON]
    inside = {at for span in people for at in range(span.start, span.end)}
    names = {word.text for word in words if word.start in inside and len(word.text) > 2 and word.text[0].isupper()}
    names = {name for name in names if ranks().get(name.lower(), "4") == "4"}
    for word in words:
        if word.text in names and word.start not in taken:
            yield Span(word.start, word.end, Kind.PERSON)


def _trimmed(text: str, span: Span) -> Span | None:
    """The span without signs at its ends that belong to the sentence; None where nothing is left."""
    start, end = span.start, span.end
    if span.kind is Kind.PERSON and (title := _TITLED.match(text, start, end)):
        start = title.end()
    while start < end and not (text[start].isalnum() or text[start] in "(+#"):
        start += 1
    while start < end and not (text[end - 1].isalnum() or text[end - 1] > "\u02ff" or _stopped(text[start:end])):
        end -= 1
    return Span(start, end, span.kind) if start < end else None


def _stopped(value: str) -> bool:
    """Whether a value ends in a full stop of its own: after an initial, a number or a short form."""
    return _OWN_STOP.search(value) is not None
