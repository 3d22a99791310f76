"""What redaction finds: out of fold on documents whose templates were not trained on, and on texts of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.build import ROOT
from benchmarks.text import Bar, bar, table
from scripts import train_tagger

corpus = train_tagger.corpus  # type: ignore[attr-defined] # it finds the library by itself

F1, ESCAPED, STRUCTURED, FOLDS = 0.62, 0.12, 0.90, 4
SET, OTHER = "synth_dataset_v2.json", "generated_small.json"


DATA = ROOT.parent / "shared" / "data" / "pii"


def section() -> tuple[str, list[Bar]]:
    """Train on each three of four parts, which takes some minutes; nothing where the sets are missing."""
    if not DATA.is_dir():
        return "The public sets are not beside this clone: nothing was measured.", []
    found = judged(DATA)
    return "\n\n".join(text(found)), bars(found)


@dataclass(frozen=True, slots=True)
class Judged:
    """Figures out of fold, of the part on which nothing was chosen, of names in other texts, and of plain texts."""

    folds: Mapping[str, Any]
    untouched: Mapping[str, Any]
    other: Mapping[str, Any]
    names: Mapping[str, Mapping[str, float]]
    plain: Mapping[str, Mapping[str, float]]


def texts(folder: Path) -> list[str]:
    """The texts of the larger set."""
    return [row["full_text"] for row in json.loads((folder / SET).read_text(encoding="utf-8"))]


def judged(folder: Path) -> Judged:
    """Train on each three of four parts and judge the fourth; some minutes."""
    documents = corpus.stored(folder / SET)
    every, untouched = train_tagger.out_of_fold(documents, FOLDS)
    other = train_tagger.Report()
    other.add(corpus.stored(folder / OTHER))
    return Judged(
        every.facts(), untouched.facts(), other.facts(), train_tagger.names_found(), train_tagger.plain_harmed()
    )


def bars(found: Judged) -> list[Bar]:
    """The bars of redaction."""
    facts = found.folds
    return [
        bar(
            facts["micro_f1"] >= F1,
            f"micro F1 of exact spans, out of fold, is at least {F1}: {facts['micro_f1']:.3f} (the half of the "
            f"templates on which nothing was chosen: {found.untouched['micro_f1']:.3f})",
        ),
        bar(
            facts["escaped"] <= ESCAPED,
            f"at most {ESCAPED:.0%} of the characters of personal data escape: {facts['escaped']:.1%}",
        ),
        bar(
            facts["structured_f1"] >= STRUCTURED,
            f"F1 of structured kinds is at least {STRUCTURED}: {facts['structured_f1']:.3f}",
        ),
    ]


def text(found: Judged) -> list[str]:
    """Tables: by kind, and names in other texts."""
    sets = {"out of fold": found.folds, "of these untouched": found.untouched, "another run": found.other}
    rows = [
        [what, *(f"{facts[key]:.3f}" for facts in sets.values())]
        for what, key in (("micro F1", "micro_f1"), ("escaped", "escaped"), ("structured, F1", "structured_f1"))
    ]
    for kind in (key for key, value in found.folds.items() if isinstance(value, dict)):
        cells = [facts.get(kind) for facts in sets.values()]
        rows.append([kind, *(f"{cell['f1']:.3f} of {cell['spans']}" if cell else "–" for cell in cells)])
    names = [
        [part, *(f"{values[key]:.3f}" for key in ("precision", "recall", "f1", "escaped"))]
        for part, values in found.names.items()
    ]
    plain = [[part, *(f"{values[key]:.3f}" for key in ("texts", "characters"))] for part, values in found.plain.items()]
    return [
        "### What is found",
        f"F1 of exact spans, and how many there are; {FOLDS} folds that share no template, so that each document is "
        "judged by a tagger that saw nothing made from its template. Untouched: the half of the templates on which "
        "no choice was made. Another run: the shipped tagger on the smaller set.",
        table(["", *sets], rows),
        "Names in texts of other kinds (tests/fixtures/foreign_names.txt: chat, mail, notes, code, news, forms, "
        "talk, other scripts), by the shipped tagger; of one half the misses were looked at, of the other never.",
        table(["half", "precision", "recall", "F1", "characters that escape"], names),
        "Texts without personal data (tests/fixtures/plain_texts.txt: commands, single words, logs, lists, titles, "
        "code, numbers, greetings, names that are words, other languages): share of texts from which something is "
        "taken out, and of their characters; the halves as above.",
        table(["half", "texts", "characters"], plain),
    ]
