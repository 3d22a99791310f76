"""Judged questions about made-up conversations, out of public texts; the same each time.

- ``paraphrases``: sentences of STS-B's test part, dealt out to two speakers and to sessions of twenty turns that know
  nothing of each other. For a pair that people scored 4 or more of 5, one sentence is said, and the other is asked;
  whatever else was scored 4 or more with what is asked counts as well.
- ``emails``: the sentences of 78 emails (of BIPIA's contexts), each email a session; its subject is asked, which is
  not among them, and every sentence of the email counts. Here neighbours belong together.

The sentences of pairs that scored less, and of the dev part, are what else was said: they make finding hard.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

STARTED, DAY = 1_683_550_560, 86_400
"""The first session: 8 May 2023, 12:56 UTC. The others follow day by day."""

TURNS = 20
SPEAKERS = ("Caroline", "Melanie")
SAME = 4.0
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Turn:
    """What is said; ``at`` in seconds since the epoch."""

    text: str
    session: str
    at: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set, and the numbers of the turns that answer it."""

    set: str
    text: str
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences, and how alike people found them, 0 to 5."""

    score: float
    first: str
    second: str


def pairs(folder: Path, part: str) -> list[Pair]:
    """A part of STS-B, dev or test."""
    lines = (folder / "memory" / "sts" / f"sts-{part}.csv").read_text(encoding="utf-8").split("\n")
    fields = [line.split("\t") for line in lines if line]
    return [Pair(float(row[4]), row[5].strip(), row[6].strip()) for row in fields]


def conversations(folder: Path) -> tuple[list[Turn], list[Asked]]:
    """All turns, and all questions; ``folder`` is ../shared/data."""
    test, dev = pairs(folder, "test"), pairs(folder, "dev")
    alike: dict[str, set[str]] = defaultdict(set)
    for pair in test:
        if pair.score >= SAME:
            alike[pair.second].add(pair.first)
    # A sentence that is asked is not said by anyone.
    said = {pair.first for pair in test} | {pair.first for pair in dev}
    said |= {pair.second for pair in (*test, *dev) if pair.score < SAME}
    said = {sentence for sentence in said if sentence not in alike or any(sentence in of for of in alike.values())}
    sentences = sorted(said)
    random.Random(1).shuffle(sentences)  # noqa: S311 - not for secrets
    turns = [
        Turn(f"{SPEAKERS[at % 2]}: {sentence}", f"talk-{at // TURNS}", _time(at // TURNS, at % TURNS))
        for at, sentence in enumerate(sentences)
    ]
    place = {sentence: at for at, sentence in enumerate(sentences)}
    asked = [
        Asked("paraphrases", question, tuple(sorted(place[answer] for answer in answers if answer in place)))
        for question, answers in sorted(alike.items())
        if question not in place
    ]
    for number, (subject, body) in enumerate(_emails(folder)):
        answers = range(len(turns), len(turns) + len(body))
        day = len(sentences) // TURNS + 1 + number
        turns += [Turn(sentence, f"email-{number}", _time(day, at)) for at, sentence in enumerate(body)]
        asked.append(Asked("emails", subject, tuple(answers)))
    return turns, [one for one in asked if one.answers]


def _time(day: int, minute: int) -> float:
    return STARTED + DAY * day + 60 * minute


def _emails(folder: Path) -> list[tuple[str, list[str]]]:
    """Subject, and the sentences of the body that do not hold it."""
    text = (folder / "guardian" / "train" / "bipia_contexts.jsonl").read_text(encoding="utf-8")
    found = []
    for row in (json.loads(line) for line in text.split("\n") if line):
        subject, marker, body = row["text"].partition("CONTENT:")
        if row["category"] == "email" and marker:
            subject = subject.removeprefix("SUBJECT:").split("|")[0].strip()
            cut = [_SPACE.sub(" ", sentence).strip() for sentence in _SENTENCE.split(body)]
            kept = [sentence for sentence in cut if len(sentence) > 15 and subject.lower() not in sentence.lower()]
            found += [(subject, kept)] if kept else []
    return found
