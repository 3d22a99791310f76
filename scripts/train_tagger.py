#!/usr/bin/env python3
"""Train the tagger of privacy/redaction and write data/tagger.bin: ``make tagger``.

    python scripts/train_tagger.py --sets ../shared/data/pii              # train on all of it, write
    python scripts/train_tagger.py --sets ../shared/data/pii --folds 4    # report on documents of templates left out

It needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_ROOT), str(_ROOT / "layers" / "lukhas_common")]

from lukhas_common.privacy.redaction import features, tagger  # noqa: E402
from lukhas_common.privacy.redaction.dates import dated  # noqa: E402
from lukhas_common.privacy.redaction.patterns import structured  # noqa: E402
from lukhas_common.privacy.redaction.redactor import PERSONAL, find  # noqa: E402
from lukhas_common.privacy.redaction.spans import STRUCTURED, Kind, apart  # noqa: E402
from scripts import redaction_corpus as corpus  # noqa: E402

EPOCHS, MADE, PLAIN, DROPPED, STEP, SEEN, SEEDS = 8, 3500, 2500, 0.15, 0.05, 2, 3
"""DROPPED: share of tokens whose own letters are hidden, so that their surroundings are learnt. SEEN: how often a
feature must have come for a weight to be kept."""

_OWN = frozenset("wxypgXGVUk")

Row = tuple[list[list[str]], list[int]]


def rows(documents: Iterable[corpus.Document]) -> list[Row]:
    """Features and labels of each document; structured kinds that no rule found are learnt, too."""
    found = []
    for document in documents:
        words = features.tokens(document.text)
        labels = [0] * len(words)
        for span in document.spans:
            mark = "B"
            for at, word in enumerate(words):
                if span.start <= word.start < span.end:
                    labels[at] = tagger.LABELS.index(f"{mark}-{span.kind.value}")
                    mark = "I"
        ruled = apart([*structured(document.text), *dated(document.text)], document.text)
        found.append((features.features(words, tagger.covered(words, ruled)), labels))
    return found


def trained(examples: list[Row], seed: int = 1) -> dict[str, list[tuple[int, float]]]:
    """Averaged weights."""
    rng = random.Random(seed)  # noqa: S311 - an order, no key
    weights: dict[str, dict[int, float]] = defaultdict(dict)
    totals: dict[str, dict[int, float]] = defaultdict(dict)
    views: dict[str, list[tuple[int, float]]] = {}
    seen = Counter(feature for matrix, _ in examples for row in matrix for feature in row)
    now = 1
    for _ in range(EPOCHS):
        rng.shuffle(examples)
        for matrix, labels in examples:
            before = last = "O"
            for whole, label in zip(matrix, labels, strict=True):
                hide = rng.random() < DROPPED
                row = [name for name in whole if seen[name] >= SEEN and not (hide and name[0] in _OWN)]
                row = row if len(row) > 2 else list(whole)
                row = [*row, f"1{last}", f"2{before} {last}", f"3{last} {whole[2]}", f"4{last} {whole[1]}"]
                guess = tagger.best(tagger.scores(row, views), last)
                if guess != label:
                    for name in row:
                        for which, change in ((label, 1.0), (guess, -1.0)):
                            weights[name][which] = weights[name].get(which, 0.0) + change
                            totals[name][which] = totals[name].get(which, 0.0) + change * now
                        views[name] = list(weights[name].items())
                now += 1
                before, last = last, tagger.LABELS[guess if rng.random() < 0.5 else label]
    return {
        name: [(label, weight - totals[name][label] / now) for label, weight in found.items()]
        for name, found in weights.items()
    }


def packed(documents: Sequence[corpus.Document]) -> bytes:
    """The model of these documents and of those made from templates: the mean of several, each with others of those."""
    mean: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for seed in range(1, SEEDS + 1):
        for name, pairs in trained(rows([*documents, *corpus.made(MADE, PLAIN, seed)]), seed).items():
            for label, weight in pairs:
                mean[name][label] += weight / SEEDS
    return tagger.write({name: list(found.items()) for name, found in mean.items()}, STEP)


class Report:
    """Exact spans by kind, and characters of personal data that were not found as any kind."""

    def __init__(self) -> None:
        self.hit, self.found, self.wanted = Counter[str](), Counter[str](), Counter[str]()
        self.escaped = self.characters = 0

    def add(self, documents: Iterable[corpus.Document], weights: tagger.Weights | None = None) -> None:
        """Judge some documents by these weights, or by those that are shipped."""
        for document in documents:
            # The set has one name for every date.
            found = [
                replace(span, kind=Kind.DATE) if span.kind is Kind.BIRTH_DATE else span
                for span in find(document.text, weights)
            ]
            self.found.update(span.kind.value for span in found)
            self.wanted.update(span.kind.value for span in document.spans)
            self.hit.update(span.kind.value for span in set(found) & set(document.spans))
            covered = {at for span in found for at in range(span.start, span.end)}
            wanted = {at for span in document.spans for at in range(span.start, span.end)}
            self.escaped += len(wanted - covered)
            self.characters += len(wanted)

    def facts(self) -> dict[str, object]:
        kinds = sorted(self.wanted)
        rule = [kind.value for kind in STRUCTURED if self.wanted[kind.value]]
        return {
            "micro_f1": self._f1(sorted(self.wanted | self.found)),
            "escaped": round(self.escaped / self.characters, 4),
            "structured_f1": self._f1(rule),
            **{kind: {"f1": self._f1([kind]), "spans": self.wanted[kind]} for kind in kinds},
        }

    def _f1(self, kinds: Iterable[str]) -> float:
        hit, both = (sum(c[k] for k in kinds) for c in (self.hit, self.found + self.wanted))
        return round(2 * hit / both, 3) if both else 0.0


def folds(documents: Sequence[corpus.Document], count: int) -> list[list[corpus.Document]]:
    """The documents in parts that share no template."""
    names = sorted({document.template for document in documents})
    random.Random(7).shuffle(names)  # noqa: S311 - an order, no key
    part = {name: at % count for at, name in enumerate(names)}
    return [[document for document in documents if part[document.template] == at] for at in range(count)]


def chosen_on(documents: Sequence[corpus.Document]) -> set[str]:
    """The half of the templates on which features, rules and settings were chosen."""
    names = sorted({document.template for document in documents})
    random.Random(11).shuffle(names)  # noqa: S311 - an order, no key
    return set(names[: len(names) // 2])


def out_of_fold(documents: Sequence[corpus.Document], count: int) -> tuple[Report, Report]:
    """Reports on all documents, and on those of the other half, each judged by what saw nothing of its template."""
    every, untouched, chosen = Report(), Report(), chosen_on(documents)
    parts = folds(documents, count)
    for out in parts:
        weights = tagger.read(packed([document for part in parts if part is not out for document in part]))
        every.add(out, weights)
        untouched.add([document for document in out if document.template not in chosen], weights)
    return every, untouched


def names_found(weights: tagger.Weights | None = None) -> dict[str, dict[str, float]]:
    """Precision and recall of names in texts of other kinds, exact spans; half of which was never looked at."""
    found = {}
    for part in ("seen", "unseen"):
        hit = said = wanted = escaped = characters = 0
        for text, spans in corpus.foreign()[part == "unseen" :: 2]:
            every = find(text, weights)
            people = {(span.start, span.end) for span in every if span.kind is Kind.PERSON}
            hit, said, wanted = hit + len(people & spans), said + len(people), wanted + len(spans)
            covered = {at for span in every for at in range(span.start, span.end)}
            named = {at for start, end in spans for at in range(start, end)}
            escaped, characters = escaped + len(named - covered), characters + len(named)
        found[part] = {
            "precision": round(hit / max(1, said), 3),
            "recall": round(hit / wanted, 3),
            "f1": round(2 * hit / (said + wanted), 3),
            "escaped": round(escaped / characters, 3),
        }
    return found


def plain_harmed(weights: tagger.Weights | None = None) -> dict[str, dict[str, float]]:
    """Share of texts without personal data that lose something, and of their characters; half was never looked at."""
    found = {}
    for part in ("seen", "unseen"):
        texts = corpus.plain()[part == "unseen" :: 2]
        lost = [sum(span.end - span.start for span in find(text, weights) if span.kind in PERSONAL) for text in texts]
        found[part] = {
            "texts": round(sum(map(bool, lost)) / len(texts), 3),
            "characters": round(sum(lost) / sum(map(len, texts)), 4),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=0)
    given = parser.parse_args()
    documents = corpus.stored(given.sets / "synth_dataset_v2.json")
    if given.folds:
        for name, report in zip(("all", "untouched"), out_of_fold(documents, given.folds), strict=True):
            print(name, json.dumps(report.facts(), indent=1))
        return
    model = packed(documents)
    tagger.MODEL.parent.mkdir(exist_ok=True)
    tagger.MODEL.write_bytes(model)
    report, weights = Report(), tagger.read(model)
    report.add(corpus.stored(given.sets / "generated_small.json"), weights)
    print(len(model), "bytes; generated_small:", json.dumps(report.facts(), indent=1))
    print("names in other texts:", json.dumps(names_found(weights), indent=1))
    print("texts without personal data, share with something taken out:", json.dumps(plain_harmed(weights), indent=1))


if __name__ == "__main__":
    main()
