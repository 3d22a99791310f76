"""A person who consented to much, and whoever asks for their data: what consent and the gate are measured on."""

from __future__ import annotations

from dataclasses import dataclass

from lukhas_common import times
from lukhas_common.access.gate import Access, Gate, Principal
from lukhas_common.consent.engine import ConsentEngine
from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.models import ConsentGrant, Notice
from lukhas_common.consent.vocabulary import ConsentScope, IndicationMethod, Purpose
from lukhas_common.ids import uuid7
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.logs import LoggedAudit
from lukhas_common.policy.model import Permission

NOTICE = Notice("privacy-notice", "2026-11", "9f86d081884c7d659a2feaa0c55ad015" * 2)
PURPOSES = (Purpose.SERVICE_PROVISION, Purpose.SERVICE_PERSONALISATION)
SCOPES = (
    ConsentScope.ELR_INTERESTS,
    ConsentScope.ELR_MEMORIES,
    ConsentScope.ELR_RELATIONSHIPS,
    ConsentScope.ELR_LOCATION,
    ConsentScope.ELR_MEDIA,
    ConsentScope.ELR_ACTIVITIES,
    ConsentScope.MEMORY_WORKING,
    ConsentScope.MEMORY_SEMANTIC,
    ConsentScope.ACTIONS_READ,
    ConsentScope.ACTIONS_WRITE,
)
GRANTS = len(SCOPES) * len(PURPOSES)
ASKED = (SCOPES[0], SCOPES[5], SCOPES[8])

TRACE = {"route": "GET /life-record/{user_id}", "request_id": "Zk3wXhQ4FiAEMjA=", "source_ip": "203.0.113.7"}


def someone() -> str:
    """A new person's id."""
    return uuid7(times.now())


@dataclass(frozen=True, slots=True)
class Office:
    """Consent and the gate over one ledger, as a process has them."""

    ledger: Ledger
    engine: ConsentEngine
    history: ConsentHistoryManager
    gate: Gate

    @classmethod
    def over(cls, ledger: Ledger) -> Office:
        audit, engine = LoggedAudit(), ConsentEngine(ledger)
        config = {"controller": {"id": "https://lukhas.id", "name": "LUKHAS"}}
        history = ConsentHistoryManager(config, audit, ledger=ledger, clock=times.now)
        return cls(ledger, engine, history, Gate(ledger, engine, audit, times.now))

    def consenting(self) -> str:
        """A new person with GRANTS grants that stand."""
        person = someone()
        for scope in SCOPES:
            self.history.grant(person, grant(scope))
        return person


def grant(scope: ConsentScope) -> ConsentGrant:
    """Consent to a scope for both purposes."""
    return ConsentGrant(
        scope,
        PURPOSES,
        notice=NOTICE,
        jurisdiction="DE",
        method=IndicationMethod.TOGGLE,
        channel="mobile app",
        ip="203.0.113.7",
    )


def by_agent(person: str) -> Access:
    """What an assistant asks that the person gave a token to."""
    agent = Principal(person, "7f3c1b5f0a2e4f6db0c1", in_session=False)
    return Access(
        principal=agent,
        subject_id=person,
        permission=Permission.READ_DATA,
        scopes=ASKED[:1],
        parameters=b'["/life-record","",null]',
        trace=TRACE,
    )


def by_person(person: str) -> Access:
    """What the person asks, in a session."""
    in_session = Principal(person, "01a2021f-8c11-7ffa-ab8b-9781cda83499", in_session=True)
    return Access(
        principal=in_session,
        subject_id=person,
        permission=Permission.READ_PROFILE,
        parameters=b'["/identity/profile","",null]',
        trace={**TRACE, "route": "GET /identity/profile"},
    )
