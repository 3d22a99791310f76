"""Consent, policy and the gate, on memory, with the person's data key held."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.inside.memory import memory_ledger
from benchmarks.inside.people import ASKED, GRANTS, SCOPES, Office, by_agent, by_person, grant, someone
from benchmarks.inside.timing import answer, each, repeated
from lukhas_common import times
from lukhas_common.access.streams import access_stream
from lukhas_common.consent.state import choices_of
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import SingleKey
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


def gate(office: Office, person: str, often: int) -> dict[str, Any]:
    """The whole gate, and its parts as it calls them."""
    asked = by_agent(person)
    body = dict(office.gate.admit(asked).verdict.facts)
    known = facts(person)
    assert decisions.decide(known).allowed
    assert decisions.decide(known).facts["context"] == {**body["context"], "now": known.now}
    newest = office.ledger.newest(access_stream(person))
    assert newest is not None
    assert newest.record is not None
    record = newest.record
    return {
        "Gate.admit, an assistant": repeated(lambda: office.gate.admit(asked), often),
        "of it check_consent": repeated(lambda: office.engine.check_consent(person, "agent", ASKED[:1]), often),
        "of it decisions.decide": repeated(lambda: decisions.decide(known), often),
        "of it Ledger.append": repeated(
            lambda: office.ledger.append(record.stream, record.kind, record.body, subject=person), often
        ),
        "Gate.admit, the person": repeated(lambda: office.gate.admit(by_person(person)), often),
    }


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
    return {part.__name__: part(office, person, often) for part in (consent, gate, granting)}


if __name__ == "__main__":
    answer(measure)
