"""Deciding on 200 tasks that others labelled, with the policies that are shipped. The tasks come in as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.inside.timing import answer, timed
from lukhas_common.guardian.actions.facts import read_action
from lukhas_common.guardian.actions.shipped import SETS, WEB_TASKS, shipped
from lukhas_common.guardian.actions.text_facts import UNJUDGED
from lukhas_common.policy.cedar import PolicyDecision, PolicyEngine

Row = dict[str, Any]


def decide(engine: PolicyEngine, row: Row) -> PolicyDecision:
    """From the words of a task to the decision."""
    return engine.decide(read_action(row["text"], row["context"]).request("benchmark", UNJUDGED, ()))


def explained(engine: PolicyEngine, row: Row) -> dict[str, Any]:
    """The label of a task, and what was said to it; nothing where it was allowed."""
    decision = decide(engine, row)
    reasons = () if decision.allowed else decision.reasons
    return {"label": row["category"], "said": [engine.annotations[policy]["explain"] for policy in reasons]}


def measure() -> dict[str, Any]:
    """What is decided on the tasks that come in, and what each takes in ``sys.argv[1]`` rounds, round by round."""
    rows = [json.loads(line) for line in sys.stdin.read().splitlines()]
    timings = {}
    for name in SETS:
        works: list[Callable[[], object]] = [partial(decide, shipped(name), row) for row in rows]
        timed(works)
        timings[name] = {"policies": len(shipped(name).ids), "taken": timed(works * int(sys.argv[1]))}
    return {"tasks": [explained(shipped(WEB_TASKS), row) for row in rows], "sets": timings}


if __name__ == "__main__":
    answer(measure)
