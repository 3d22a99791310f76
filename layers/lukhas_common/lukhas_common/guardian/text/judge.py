"""The detector: what is harmful in a text, where, and whether it could be judged at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lukhas_common.guardian.text import injection, lexicon, linear
from lukhas_common.guardian.text.coverage import coverage
from lukhas_common.guardian.text.features import Features
from lukhas_common.guardian.text.judgement import Category, Finding, Judgement, Thresholds
from lukhas_common.guardian.text.linear import Head
from lukhas_common.guardian.text.reading import Reading, reading
from lukhas_common.guardian.text.spans import sensitive_spans
from lukhas_common.guardian.text.views import View, views

EXAMINED = 100_000
"""Of a longer text, so many code points are looked at: its start, its end and stretches evenly between."""

_STRETCHES = 10
_SURE = 0.8
"""A rule this sure blocks, a less sure one asks for a review."""

MOST_FINDINGS = 200


@dataclass(slots=True)
class _Found:
    """The worst so far."""

    harm: float = 0.0
    injection: float = 0.0
    findings: dict[tuple[str, int, int], Finding] = field(default_factory=dict)
    sentences: dict[tuple[Category, tuple[str, ...]], float] = field(default_factory=dict)

    def add(self, category: Category, rule: str, start: int, end: int, score: float, view: str) -> None:
        """Keep a finding; what was seen in an earlier view at the same place is not told twice."""
        if (rule, start, end) not in self.findings:
            self.findings[rule, start, end] = Finding(category, rule, start, end, score, view)


def judge(text: str) -> Judgement:
    """Judge a text by all ways to read it; the time it takes is bounded."""
    found = _Found()
    examined = 0
    every: list[View] = []
    for start, stretch in _stretches(text):
        examined += len(stretch)
        read = views(stretch)
        every += read
        known: list[list[str]] = []
        for view in read:
            words = lexicon.words(view.text)
            # Another view of the same words tells nothing new, unless rules may read its signs.
            if view.encodings or words not in known:
                _judge_view(reading(view.text, words), view, start, found)
            known.append(words)
        for finding in sensitive_spans(stretch):
            first, last = finding.start + start, finding.end + start
            found.add(finding.category, finding.rule, first, last, finding.score, finding.view)
    model = linear.shipped()
    ordered = sorted(found.findings.values(), key=lambda one: (one.start, one.end, one.rule))
    if len(ordered) > MOST_FINDINGS:
        kept = sorted(ordered, key=lambda one: -one.score)[:MOST_FINDINGS]
        ordered = sorted(kept, key=lambda one: (one.start, one.end, one.rule))
    return Judgement(
        harm=round(found.harm, 4),
        injection=round(found.injection, 4),
        harm_tier=model.harm.thresholds.tier(round(found.harm, 4)),
        injection_tier=model.injection.thresholds.tier(round(found.injection, 4)),
        findings=tuple(ordered),
        coverage=coverage(text, examined, every),
        version=detector_version(),
    )


@cache
def detector_version() -> str:
    """Names everything that a judgement hangs on: the code, rules, model and thresholds of this package."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return f"text-{digest.hexdigest()[:12]}"


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    """What is looked at of a text, with its place."""
    if len(text) <= EXAMINED:
        yield 0, text
        return
    size = EXAMINED // _STRETCHES
    for index in range(_STRETCHES):
        start = (len(text) - size) * index // (_STRETCHES - 1)
        yield start, text[start : start + size]


def _judge_view(read: Reading, view: View, offset: int, found: _Found) -> None:
    before = len(found.findings)
    harm = _Scored(read, view, offset, linear.shipped().harm, Category.HARM, found)
    orders = _Scored(read, view, offset, linear.shipped().injection, Category.INJECTION, found)
    for first, end in read.windows():
        seen = read.features(first, end)
        harm.window(seen, first, end)
        orders.window(seen, first, end)
    for rule, start, end in injection.matches(view.text.replace("’", "'"), read.words):
        orders.rule(rule.category, f"injection:{rule.name}", rule.score, start, end)
    for hit in lexicon.shipped().hits(read.marks):
        start, end = read.span(hit.first, hit.last + 1)
        if hit.rule.score >= lexicon.SURE:
            harm.rule(hit.rule.category, hit.rule.name, hit.rule.score, start, end)
        elif harm.suspect(hit.first):
            harm.tell(hit.rule.category, hit.rule.name, hit.rule.score, start, end)
    found.harm = max(found.harm, harm.worst)
    found.injection = max(found.injection, orders.worst)
    if view.encodings:
        for finding in list(found.findings.values())[before:]:
            for encoding in view.encodings:
                name = f"encoding:{encoding}"
                found.add(Category.ENCODING, name, finding.start, finding.end, finding.score, view.name)


@dataclass(slots=True)
class _Scored:
    """What one head and its rules find in one view."""

    read: Reading
    view: View
    offset: int
    head: Head
    category: Category
    found: _Found
    worst: float = 0.0
    suspects: list[tuple[int, int]] = field(default_factory=list)

    def window(self, seen: Features, first: int, end: int) -> None:
        """Score a window; where it is bad, find the sentences that make it so."""
        if first == end:
            return
        score = self.head.probability(seen)
        self.worst = max(self.worst, score)
        if score < self.head.thresholds.review:
            return
        self.suspects.append((first, end))
        sentences = list(self.read.sentences(first, end))
        if len(sentences) == 1:
            self.tell(self.category, "classifier", score, *self.read.sentence_span(*sentences[0]))
            return
        scored = [(self._alone(*sentence), sentence) for sentence in sentences]
        least = min(self.head.thresholds.review, max(scored)[0])
        for alone, sentence in scored:
            if alone >= least:
                self.tell(self.category, "classifier", alone, *self.read.sentence_span(*sentence))

    def _alone(self, first: int, end: int) -> float:
        """The score of a sentence by itself, reckoned once for all views that hold it."""
        key = self.category, tuple(self.read.words[first:end])
        if key not in self.found.sentences:
            self.found.sentences[key] = self.head.probability(self.read.features(first, end))
        return self.found.sentences[key]

    def suspect(self, token: int) -> bool:
        """Whether a token is in a window that the classifier found bad."""
        return any(first <= token < end for first, end in self.suspects)

    def rule(self, category: Category, name: str, score: float, start: int, end: int) -> None:
        """A rule that stands by itself: it lifts the score to the tier that it is sure of."""
        self.worst = max(self.worst, _lifted(score, self.head.thresholds))
        self.tell(category, name, score, start, end)

    def tell(self, category: Category, name: str, score: float, start: int, end: int) -> None:
        """Note a finding at a place in the view."""
        first, last = self.view.span(start, end)
        self.found.add(category, name, first + self.offset, last + self.offset, round(score, 4), self.view.name)


def _lifted(score: float, thresholds: Thresholds) -> float:
    if score >= _SURE:
        return max(score, thresholds.block)
    return thresholds.review
