"""Which AWS calls the ledger, consent and the gate make: against the stand-in, as GrantConsentFunction."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from benchmarks.inside.appending import BODY
from benchmarks.inside.people import ASKED, Office, by_agent, by_person, grant, someone
from benchmarks.inside.timing import answer, timed
from benchmarks.statistic import Timing
from benchmarks.worker import watch
from lukhas_common.aws.ledger import ledger, ledger_audit


def measure() -> dict[str, Any]:
    """The most calls of ``sys.argv[1]`` tries of each, by name, and the CPU that each try took, boto3's included."""
    calls: list[str] = []
    office = Office.over(ledger())
    watch(calls, [])
    keys = office.ledger.keys
    person = office.consenting()
    office.gate.admit(by_agent(person))
    ledger_audit().record("benchmark", user_id=person)

    def cold(work: Callable[[], object]) -> Callable[[], object]:
        def after_forgetting() -> object:
            keys.forget(person)
            return work()

        return after_forgetting

    def append() -> object:
        return office.ledger.append(f"bench/{person}", "benchmark", BODY, subject=person)

    def enforce() -> object:
        return office.engine.enforce_scope(person, "agent", ASKED[:1])

    works: dict[str, Callable[[], object]] = {
        "Ledger.append": append,
        "Ledger.append, data key not held": cold(append),
        "Ledger.append, the first about a person": lambda: office.ledger.append(
            f"bench/{someone()}", "benchmark", BODY, subject=someone()
        ),
        "Ledger.append, about nobody": lambda: office.ledger.append("bench", "benchmark", BODY),
        "LedgerAudit.record": lambda: ledger_audit().record("benchmark", user_id=person),
        "enforce_scope": enforce,
        "enforce_scope, data key not held": cold(enforce),
        "Gate.admit, an assistant": lambda: office.gate.admit(by_agent(person)),
        "Gate.admit, the person": lambda: office.gate.admit(by_person(person)),
        "grant, without its receipt": lambda: office.history.grant(person, grant(ASKED[0])),
    }
    found: dict[str, dict[str, int]] = {}
    taken: dict[str, Timing] = {}
    for name, work in works.items():
        found[name], taken[name] = {}, Timing([], [])
        for _ in range(int(sys.argv[1])):
            calls.clear()
            once = timed([work])
            taken[name].cpu.extend(once.cpu)
            taken[name].wall.extend(once.wall)
            if len(calls) > sum(found[name].values()):
                found[name] = dict(Counter(calls))
    return {"calls": found, "taken": taken}


if __name__ == "__main__":
    answer(measure)
