"""The texts that the detector is trained on: the training sets, weighed, and texts made from templates."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).with_name("detector_templates.json")
SYNTHETIC = "templates"
"""The name of the set that is made here; no word of it comes from a set."""

HARMFUL = {
    "advbench": 300, "catqa_english": 350, "cysecbench500": 100, "dangerousqa": 200, "gptfuzz_questions": 120,
    "harmfulqa": 300, "multijail": 300, "coconot_eval": 350, "davidson": 700, "surge_toxicity": 500,
    "toxigen_demos": 250, SYNTHETIC: 5000,
}  # fmt: skip
"""What all harmful texts of a set weigh together, so that none dominates; other sets' harmful texts are not harm."""

BENIGN = {
    "coconot_contrast": 500, "coconot_pref_benign": 700, "coconot_eval": 300, "davidson": 250, "surge_toxicity": 400,
    "toxigen_demos": 200, "mitre_frr": 200, "self_instruct": 500, "mt_bench": 150, "gsm8k": 150, "awesome_prompts": 250,
    "bipia_contexts": 120, "deepset_injection": 200, "piguard_valid": 80, SYNTHETIC: 5000,
}  # fmt: skip

INJECTION = {
    "deepset_injection": 500, "inthewild_jailbreaks": 500, "gptfuzz_templates": 200, "giskard_jailbreaks": 100,
    "piguard_valid": 60, "purplellama_injection": 100, SYNTHETIC: 1500,
}  # fmt: skip
"""The same for texts that give orders to the assistant."""

_REFUSED = {
    "dangerous or sensitive topics", "misinformation", "privacy violations", "wildchats",
    "triggers for offensive language",
}  # fmt: skip
"""Of CoCoNot's harmful rows; the others are refused for other reasons than harm, such as copyright."""

_PLAIN_ORDERS = {"ignore_previous_instructions", "system_mode", "mixed_techniques", "virtualization"}
"""Of PurpleLlama's injections; the others, such as a plain question for a password, cannot be told by their text."""

_DAVIDSON_OFFENSIVE, _DAVIDSON_BENIGN = 1400, 2000
"""Davidson's "offensive" is mostly slang, labelled at random; few of them are taken, all of its "hate" is."""

SAME_ORIGIN = {"coconot_contrast": "coconot", "coconot_pref_benign": "coconot", "coconot_eval": "coconot"}
"""Sets that are left out together, as their rows are each other's paraphrases."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text to learn from; ``kind`` is harm, injection or benign, and a template's benign text may be either's."""

    text: str
    kind: str
    set: str
    category: str = ""


def read(folder: Path, seed: int = 7) -> list[Example]:
    """The texts of all sets in the folder that are used, each once, then those made from templates."""
    chance = random.Random(seed)  # noqa: S311 - the same choice every time
    found: list[Example] = []
    for name in sorted({*HARMFUL, *BENIGN, *INJECTION} - {SYNTHETIC}):
        rows = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").split("\n") if line]
        seen: dict[str, Example] = {}
        for row in rows:
            kind = _kind(name, row)
            if kind and row.get("lang", "en") == "en":
                seen.setdefault(row["text"], Example(row["text"], kind, name, row.get("category", "")))
        found += _fewer(list(seen.values()), chance) if name == "davidson" else seen.values()
    return found + synthetic(json.loads(TEMPLATES.read_text(encoding="utf-8")))


def _kind(name: str, row: dict[str, str]) -> str | None:
    if row["label"] == "benign":
        return "benign" if name in BENIGN else None
    category = row.get("category", "").rpartition("/")[2]
    if name == "coconot_eval" and category not in _REFUSED:
        return None
    if name == "purplellama_injection" and category not in _PLAIN_ORDERS:
        return None
    return "injection" if name in INJECTION else "harm" if name in HARMFUL else None


def _fewer(examples: list[Example], chance: random.Random) -> list[Example]:
    chance.shuffle(examples)
    room = Counter(hate=len(examples), offensive=_DAVIDSON_OFFENSIVE, neither=_DAVIDSON_BENIGN)
    chosen = []
    for example in examples:
        if room[example.category] > 0:
            room[example.category] -= 1
            chosen.append(example)
    return chosen


def synthetic(templates: dict[str, object], seed: int = 11) -> list[Example]:
    """Texts from templates, each a number and a sentence with slots; ``:ing`` asks for a verb's gerund."""
    slots: dict[str, list[str]] = templates["slots"]  # type: ignore[assignment]
    chance = random.Random(seed)  # noqa: S311 - the same texts every time

    def filled(match: re.Match[str]) -> str:
        choice = whole(chance.choice(slots[match[1]]))
        return gerund(choice) if match[2] else choice

    def whole(template: str) -> str:
        return re.sub(r"{(\w+)(:ing)?}", filled, template)

    found: dict[str, Example] = {}
    for label, kind in (
        ("harmful", "harm"),
        ("benign", "benign"),
        ("injection", "injection"),
        ("legitimate", "benign"),
    ):
        for count, template in templates[label]:  # type: ignore[attr-defined]
            for _ in range(count):
                text = _written(whole(template), chance)
                found.setdefault(text, Example(text, kind, SYNTHETIC, label))
    for count, frame, bad, good in templates["both"]:  # type: ignore[attr-defined]
        for slot, kind in ((bad, "harm"), (good, "benign")):
            for _ in range(count):
                deed = whole(f"{{{slot}}}")
                text = whole(f"{{{frame}}}").replace("@", gerund(deed) if frame.endswith("ing") else deed)
                text = _written(text, chance)
                found.setdefault(text, Example(text, kind, SYNTHETIC, "both"))
    return list(found.values())


def _written(text: str, chance: random.Random) -> str:
    """The text as somebody may type it."""
    draw = chance.random()
    text = text[0].upper() + text[1:] if draw < 0.3 else text.lower() if draw < 0.5 else text
    if chance.random() < 0.5 and text[-1].isalnum():
        text += "?" if re.match(r"(?:how|what|is|can|could|why|where)", text, re.IGNORECASE) else "."
    return text


def gerund(verb: str) -> str:
    """The form in -ing of a verb, or of a phrase's first word."""
    head, _, rest = verb.partition(" ")
    if head.endswith("e") and not head.endswith("ee"):
        head = head[:-1]
    elif re.fullmatch(r"[^aeiou]*[aeiou][bdgmnprt]", head):
        head += head[-1]
    return f"{head}ing {rest}".strip()
