"""A person's memories as they are folded: turns of conversations in public texts, the same each time."""

from __future__ import annotations

import base64
import csv
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SETS = ("coconot_pref_benign", "self_instruct", "mt_bench", "gsm8k", "deepset_injection", "bipia_contexts")
"""Of ``data/guardian/train``; those that are made from a few templates would compress too well."""

LONGEST = 600
"""Characters of a turn."""

TOKEN_LASTS = 3600
"""Seconds of an access token."""

_BEGAN = 1_767_225_600.0
_WORD = re.compile(r"[a-z]{5,}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def texts(data: Path) -> list[list[str]]:
    """The benign texts of each source, each text once, long ones cut into turns at the ends of sentences."""
    sources = [_rows(data / "guardian" / "train" / f"{name}.jsonl") for name in SETS]
    sources.append(_rows(data / "guardian" / "test" / "openai_moderation.jsonl"))
    sources.append(
        [row["full_text"] for row in json.loads((data / "pii" / "synth_dataset_v2.json").read_text("utf-8"))]
    )
    sources.append(_sentences(data / "memory" / "sts" / "sts-dev.csv"))
    seen: set[str] = set()
    kept: list[list[str]] = []
    for source in sources:
        turns = [turn for text in source for turn in _turns(text)]
        kept.append([turn for turn in turns if not (turn in seen or seen.add(turn))])  # type: ignore[func-returns-value]
    return kept


def memories(data: Path, seed: int = 1) -> list[dict[str, Any]]:
    """Every text once, as a turn; a few conversations a day, each of 4 to 30 turns on texts of one source."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    sources = [chance.sample(source, len(source)) for source in texts(data)]
    account, now, made = _uuid7(_BEGAN, chance), _BEGAN, []
    while any(sources):
        source = chance.choices(sources, [len(one) for one in sources])[0]
        now += chance.expovariate(1 / 20_000)
        turns = [source.pop() for _ in range(min(len(source), chance.randint(4, 30)))]
        made += list(_conversation(turns, now, account, chance))
        now += 60 * len(turns)
    return made


def _conversation(turns: Sequence[str], began: float, account: str, chance: random.Random) -> Iterator[dict[str, Any]]:
    session, now = _uuid7(began, chance), began
    token, issued = _uuid7(began, chance), began
    for number, text in enumerate(turns):
        now = round(now + chance.uniform(2, 110), 3)
        if now > issued + TOKEN_LASTS:
            token, issued = _uuid7(now, chance), now
        words = sorted(set(_WORD.findall(text.lower())), key=lambda word: (-len(word), word))
        role = "assistant" if number % 2 else "user"
        yield {
            "memory_id": _uuid7(now, chance),
            "seq": chance.choices((0, 1, 2), (90, 8, 2))[0],
            "type": "episodic",
            "valid_from": now,
            "key": f"conversation/{session}/{number:04}",
            "value": {"role": role, "text": text},
            "provenance": {"origin": role, "by": account, "token": token, "request_id": _request_id(chance)},
            "session": session,
            "concepts": words[: chance.randint(1, 4)],
        }


def _uuid7(now: float, chance: random.Random) -> str:
    value = int(now * 1000) << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62)
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _request_id(chance: random.Random) -> str:
    """As the gateway names requests: 11 random bytes in base64."""
    return base64.b64encode(chance.randbytes(11)).decode()


def _rows(file: Path) -> list[str]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    return [row["text"] for row in rows if row["label"] == "benign"]


def _sentences(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [row[5] for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) > 5]


def _turns(text: str) -> Iterator[str]:
    turn = ""
    for sentence in _SENTENCE.split(text.strip()):
        if turn and len(turn) + len(sentence) > LONGEST:
            yield turn[:LONGEST]
            turn = ""
        turn = f"{turn} {sentence}" if turn else sentence
    if turn:
        yield turn[:LONGEST]
