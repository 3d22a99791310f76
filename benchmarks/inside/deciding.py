"""Consent, policy and the gate, on memory, with the person's data key held."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from benchmarks.inside.memory import memory_ledger
from benchmarks.inside.people import ASKED, GRANTS, SCOPES, Office, by_agent, by_person, grant, someone
from benchmarks.inside.timing import answer, each, repeated, timed
from benchmarks.statistic import Timing
from lukhas_common import times
from lukhas_common.consent.engine import ConsentEngine
from lukhas_common.consent.state import choices_of
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.receipts import promise, receipt_of, verify_receipt
from lukhas_common.policy import decisions
from lukhas_common.policy.model import Facts, Permission, Role, Sensitivity
from lukhas_common.tlog.verifiers import Verifier

ORIGIN = "lukhas.id/ledger"


def facts(person: str) -> Facts:
    """What the gate knows when an assistant reads what the person consented to."""
    return Facts(
        role=Role.AGENT,
        caller_id=person,
        subject_id=person,
        permission=Permission.READ_DATA,
        now=int(times.now()),
        purpose="dpv:ServiceProvision",
        sensitivity=Sensitivity.ORDINARY,
        jurisdiction="DE",
        consent=True,
    )


def consent(office: Office, person: str, often: int) -> dict[str, Any]:
    """Enforcing."""
    found = choices_of(office.ledger.newest(f"consent/{person}"))
    assert len(found) == GRANTS
    engine = office.engine
    return {
        f"enforce_scope, one scope of {GRANTS} grants": repeated(
            lambda: engine.enforce_scope(person, "agent", ASKED[:1]), often
        ),
        f"enforce_scope, three scopes of {GRANTS} grants": repeated(
            lambda: engine.enforce_scope(person, "agent", ASKED), often
        ),
    }


def policy(_office: Office, person: str, often: int) -> dict[str, Any]:
    """A decision by itself."""
    known = facts(person)
    assert decisions.decide(known).allowed
    return {"decisions.decide": repeated(lambda: decisions.decide(known), often)}


def gate(office: Office, person: str, often: int) -> dict[str, Any]:
    """The whole gate; then once more with a look at its parts while they work."""
    asked, own = by_agent(person), by_person(person)
    verdict, known = office.gate.admit(asked).verdict, facts(person).request().as_facts()
    known["context"]["now"] = verdict.facts["context"]["now"]
    assert verdict.facts == known
    whole = repeated(lambda: office.gate.admit(asked), often)
    parts = [(ConsentEngine, "check_consent"), (decisions, "decide"), (Ledger, "append")]
    watched = {f"of it {name}": Timing([], []) for _, name in parts}
    with ExitStack() as patches:
        for (where, name), timing in zip(parts, watched.values(), strict=True):
            patches.enter_context(patch.object(where, name, _timed(getattr(where, name), timing)))
        again = repeated(lambda: office.gate.admit(asked), often)
    return {
        "Gate.admit, an assistant": whole,
        "the same, watched": again,
        **watched,
        "Gate.admit, the person": repeated(lambda: office.gate.admit(own), often),
    }


def _timed(work: Callable[..., Any], timing: Timing) -> Callable[..., Any]:
    """The same, but what it took is added."""

    def call(*arguments: Any, **named: Any) -> Any:
        answers: list[Any] = []
        taken = timed([lambda: answers.append(work(*arguments, **named))])
        timing.cpu.extend(taken.cpu)
        timing.wall.extend(taken.wall)
        return answers[0]

    return call


def granting(office: Office, person: str, often: int) -> dict[str, Any]:
    """Grants, and the receipts of them."""
    signers = SingleKey(LocalSigner.generate("Ed25519"))
    verifiers = [Verifier(ORIGIN, signers.current().public_key)]
    opened = office.history.grant(person, grant(SCOPES[0])).opened
    receipt = receipt_of(opened, promise(ORIGIN, opened, signers.current()))

    def whole(user_id: str) -> None:
        made = office.history.grant(user_id, grant(SCOPES[0])).opened
        receipt_of(made, promise(ORIGIN, made, signers.current()))

    each(whole, [someone() for _ in range(often // 10)])
    return {
        "grant with its receipt, a person's first": each(whole, [someone() for _ in range(often)]),
        f"grant with its receipt, {GRANTS} grants standing": repeated(lambda: whole(person), often),
        "of it the receipt: signing, and checking the signature": repeated(
            lambda: receipt_of(opened, promise(ORIGIN, opened, signers.current())), often
        ),
        "verify_receipt, without a proof": repeated(lambda: verify_receipt(receipt, ORIGIN, verifiers), often),
    }


def measure() -> dict[str, Any]:
    """Each, ``sys.argv[1]`` times."""
    often, office = int(sys.argv[1]), Office.over(memory_ledger(times.now))
    person = office.consenting()
    return {part.__name__: part(office, person, often) for part in (consent, policy, gate, granting)}


if __name__ == "__main__":
    answer(measure)
