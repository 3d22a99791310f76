"""The views of texts as people write them: few hide anything, and most are read in one way only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lukhas_common.guardian.text.views import encodings, views

# Benign rows of the training sets, in English or nearly so; of the largest every eighth.
BENIGN = {
    "awesome_prompts": 0,
    "bipia_contexts": 1,
    "coconot_contrast": 0,
    "coconot_pref_benign": 0,
    "deepset_injection": 0,
    "gsm8k": 0,
    "mitre_frr": 0,
    "mt_bench": 0,
    "self_instruct": 0,
    "surge_toxicity": 0,
    "toxigen_demos": 0,
    "davidson": 0,
}


def rows(file: Path) -> list[dict[str, str]]:
    # Some texts hold line separators that are no line ends.
    return [json.loads(line) for line in file.read_text("utf-8").rstrip("\n").split("\n")]


@pytest.mark.parametrize(("name", "hiding"), BENIGN.items())
def test_benign_texts_hide_next_to_nothing(shared: Path, name: str, hiding: int) -> None:
    texts = [row["text"] for row in rows(shared / f"data/guardian/train/{name}.jsonl") if row["label"] == "benign"]
    found = [text for text in texts[:: 8 if name == "davidson" else 1] if encodings(views(text))]

    assert len(found) <= hiding, found


def test_plain_ascii_is_mostly_read_in_one_way(shared: Path) -> None:
    texts = [row["text"] for row in rows(shared / "data/guardian/train/coconot_pref_benign.jsonl")]

    assert sum(len(views(text)) == 1 for text in texts if text.isascii()) >= 0.99 * sum(map(str.isascii, texts))
