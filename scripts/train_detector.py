#!/usr/bin/env python3
"""Train the classifier of guardian/text and write data/detector.bin: ``make detector``.

    python scripts/train_detector.py --sets ../shared/data/guardian/train              # train, write
    python scripts/train_detector.py --sets ... --check                                # train, compare with the file
    python scripts/train_detector.py --sets ... --leave-out benchmarks/detector.json   # and report each set left out

Every choice - slope, thresholds - is made on scores of texts whose set was left out of training. Needs scikit-learn,
see requirements-train.txt; what it writes needs none.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_ROOT), str(_ROOT / "layers" / "lukhas_common")]

from lukhas_common.guardian.text import lexicon  # noqa: E402
from lukhas_common.guardian.text.features import BITS, features  # noqa: E402
from scripts import detector_corpus as corpus  # noqa: E402

MODEL = Path(lexicon.__file__).with_name("data") / "detector.bin"
GAIN = 3.0
"""How much more concepts count than words: what is known beforehand carries over to new sets better."""

STRENGTH = {"harm": 1.0, "injection": 1.0}
"""The inverse of the regularisation."""

EACH_SIDE = 6000.0
"""What all bad and all good texts weigh together."""

SENSITIVE = ("coconot_contrast", "coconot_pref_benign")
INSTRUCTIONS = ("self_instruct", "mt_bench", "gsm8k", "awesome_prompts", "mitre_frr", "coconot_contrast")
LIMITS = {
    "harm": {"block": (0.15, 0.011), "review": (0.26, 0.06)},
    "injection": {"block": (0.005, 0.004), "review": (0.02, 0.015)},
}
"""The most of the sensitive and of all harmless texts that a tier may stop, when their set was left out."""


class Head:
    """One classifier in the making: its texts, weights and matrix."""

    def __init__(self, name: str, examples: list[corpus.Example], matrix: Any) -> None:
        self.name = name
        self.bad = np.array([example.kind == name for example in examples])
        self.sets = np.array([example.set for example in examples])
        self.groups = np.array([corpus.SAME_ORIGIN.get(example.set, example.set) for example in examples])
        self.sensitive = np.array(
            [e.set in SENSITIVE and e.kind == "benign" and e.category.startswith("Requests") for e in examples]
        )
        self.weights = np.array(_weights(name, examples))
        self.matrix = matrix

    def fitted(self, rows: Any) -> LogisticRegression:
        """The classifier trained on these rows."""
        weights = self.weights * rows
        for side in (self.bad, ~self.bad):
            weights[side] *= EACH_SIDE / weights[side].sum()
        rows = rows & (self.weights > 0)
        model = LogisticRegression(C=STRENGTH[self.name], solver="liblinear", max_iter=300, tol=1e-3, random_state=1)
        return model.fit(self.matrix[rows], self.bad[rows], sample_weight=weights[rows])

    def left_out(self) -> Any:
        """The score of each text from a classifier that saw nothing of its set; templates have none."""
        scores = np.full(len(self.bad), np.nan)
        for group in sorted(set(self.groups) - {corpus.SYNTHETIC}):
            out = self.groups == group
            if self.weights[out].sum() > 0:
                scores[out] = self.fitted(~out).decision_function(self.matrix[out])
        return scores


def _weights(head: str, examples: list[corpus.Example]) -> list[float]:
    """What each text weighs: its set's weight, shared by its texts of that kind; a text of no use weighs nothing."""
    counts = Counter((example.set, example.kind) for example in examples)
    if head == "harm":
        tables = {"harm": corpus.HARMFUL, "benign": corpus.BENIGN, "injection": {}}
    else:
        tables = {"injection": corpus.INJECTION, "benign": corpus.BENIGN, "harm": corpus.HARMFUL}
    return [tables[e.kind].get(e.set, 0) / counts[e.set, e.kind] for e in examples]


def matrix(examples: list[corpus.Example]) -> Any:
    """A row of features per text, as the shipped scorer weighs them."""
    rows, columns, values = [], [], []
    table = lexicon.shipped()
    for row, example in enumerate(examples):
        words = [token.word for token in lexicon.tokens(example.text)]
        found = features(words, table.marks(words))
        for buckets, gain in ((found.words, 1.0), (found.concepts, GAIN)):
            rows += [row] * len(buckets)
            columns += sorted(buckets)
            values += [gain / max(len(buckets), 1) ** 0.5] * len(buckets)
    return sp.csr_matrix((values, (rows, columns)), shape=(len(examples), 1 << BITS))


def line(scores: Any, bad: Any, weights: Any) -> tuple[float, float]:
    """The slope and offset that make left-out scores a probability, both sides weighing the same (Platt)."""
    known = ~np.isnan(scores) & (weights > 0)
    fitted = LogisticRegression(C=1e6, class_weight="balanced").fit(
        scores[known].reshape(-1, 1), bad[known], sample_weight=weights[known]
    )
    return round(float(fitted.coef_[0, 0]), 6), round(float(fitted.intercept_[0]), 6)


def threshold(head: Head, probabilities: Any, limits: tuple[float, float]) -> float:
    """The lowest threshold that stops no more harmless texts than the limits allow."""
    benign = np.isin(head.sets, INSTRUCTIONS) & ~head.bad & ~np.isnan(probabilities)
    cuts = [
        float(np.quantile(probabilities[rows], 1 - most, method="higher"))
        for rows, most in ((head.sensitive & ~np.isnan(probabilities), limits[0]), (benign, limits[1]))
    ]
    print(f"{head.name}: sensitive {cuts[0]:.3f} instructions {cuts[1]:.3f}")
    return round(max(cuts) + 1e-4, 4)


def packed(head: Head, model: LogisticRegression, scores: Any) -> tuple[dict[str, float], bytes]:
    """What the shipped scorer reads."""
    weights = model.coef_[0]
    scale = float(np.quantile(np.abs(weights[weights != 0]), 0.9995)) / 127
    slope, offset = line(scores, head.bad, head.weights)
    probabilities = 1 / (1 + np.exp(-(slope * scores + offset)))
    stored = {
        "scale": scale, "gain": GAIN, "bias": float(model.intercept_[0]), "slope": slope, "offset": offset,
        **{tier: threshold(head, probabilities, limits) for tier, limits in LIMITS[head.name].items()},
    }  # fmt: skip
    return stored, np.clip(np.round(weights / scale), -127, 127).astype(np.int8).tobytes()


def main() -> int:
    """Train, write or compare, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, required=True, help="folder of the training sets")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the file would change")
    parser.add_argument("--leave-out", type=Path, help="write what was found of each set left out, as JSON")
    arguments = parser.parse_args()
    examples = corpus.read(arguments.sets)
    table = matrix(examples)
    header: dict[str, Any] = {"bits": BITS, "heads": {}, "training": _counts(examples)}
    body = b""
    found: dict[str, Any] = {}
    for name in ("harm", "injection"):
        head = Head(name, examples, table)
        scores = head.left_out()
        header["heads"][name], weights = packed(head, head.fitted(np.ones(len(examples), dtype=bool)), scores)
        body += weights
        found[name] = _report(head, scores, header["heads"][name])
    data = json.dumps(header, sort_keys=True).encode() + b"\n" + zlib.compress(body, 9)
    print(json.dumps({"bytes": len(data), **header["heads"]}, indent=1))
    if arguments.leave_out:
        arguments.leave_out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if arguments.check:
        return 0 if MODEL.read_bytes() == data else 1
    MODEL.write_bytes(data)
    return 0


def _counts(examples: list[corpus.Example]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (name, kind), count in sorted(Counter((example.set, example.kind) for example in examples).items()):
        found.setdefault(name, {})[kind] = count
    return found


def _report(head: Head, scores: Any, stored: dict[str, float]) -> dict[str, Any]:
    """For each set left out, how many of its texts of each side reach which tier."""
    known = ~np.isnan(scores)
    probabilities = 1 / (1 + np.exp(-(stored["slope"] * np.where(known, scores, 0) + stored["offset"])))
    found: dict[str, Any] = {}
    for name in sorted(set(head.sets[known])):
        for side, rows in (("bad", head.bad), ("good", ~head.bad & (head.weights > 0))):
            chosen = probabilities[known & (head.sets == name) & rows]
            if len(chosen):
                tiers = {tier: int((chosen >= stored[tier]).sum()) for tier in ("review", "block")}
                found.setdefault(name, {})[side] = {"texts": len(chosen), **tiers}
    for name, sides in found.items():
        cells = [f"{side} {' '.join(f'{what} {count}' for what, count in one.items())}" for side, one in sides.items()]
        print(f"{head.name:9} {name:22}", " | ".join(cells))
    return found


if __name__ == "__main__":
    sys.exit(main())
