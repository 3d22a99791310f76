"""Revising harmful responses, and leaving benign ones alone."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks import responses
from benchmarks.inside.timing import answer
from benchmarks.responses import BENIGN, BENIGN_UNSEEN, Response
from lukhas_common.guardian.constitution.principles import DEFAULT_CONSTITUTION
from lukhas_common.guardian.constitution.results import RevisedResponse
from lukhas_common.guardian.constitution.safety import ConstitutionalAISafety


def measure() -> dict[str, Any]:
    """What becomes of at most ``sys.argv[1]`` responses of each kind and set, one row a response."""
    safety = ConstitutionalAISafety(DEFAULT_CONSTITUTION)
    harmful = [
        {"kind": response.kind, "source": response.source, **_seen(response, safety.critique_and_revise(response.text))}
        for response in responses.harmful(int(sys.argv[1]))
    ]
    benign = []
    for name in (*BENIGN, *BENIGN_UNSEEN):
        for text in responses.rows(name, "benign"):
            result = safety.critique_and_revise(text)
            benign.append({"source": name, "unchanged": result.revised == text, "judged": result.judged})
    built = []
    for response in responses.harmless(int(sys.argv[1])):
        result = safety.critique_and_revise(response.text)
        unchanged, refused = result.revised == response.text, result.refused
        built.append({"kind": response.kind, "unchanged": unchanged, "refused": refused})
    return {"harmful": harmful, "benign": benign, "built": built}


def _seen(response: Response, result: RevisedResponse) -> dict[str, bool]:
    """Found is what overlaps the bad part; it survives where its words do, or a judgement in any view finds any."""
    text, bad = response.text, response.bad
    spans = [(text.index(each), text.index(each) + len(each)) for each in bad]
    found = [
        flaw
        for flaw in result.critiques[0].violations
        if any(flaw.start < end and start < flaw.end for start, end in spans)
    ]
    # "Studies show" stays, followed by the words that no source was given.
    gone = [*bad, *(text[flaw.start : flaw.end] for flaw in found if text[flaw.start : flaw.end] not in flaw.words)]
    survives = any(span in result.revised for span in gone) or not result.valid
    return {
        "rises": result.final_score > result.initial_score,
        "found": bool(found),
        "survives": bool(found) and survives,
    }


if __name__ == "__main__":
    answer(measure)
