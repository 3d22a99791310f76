"""What the tests of consent share: a ledger in memory, whoever records on it, and whoever enforces."""

from __future__ import annotations

from typing import Any

from lukhas_common.consent.engine import ConsentEngine
from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.models import ConsentGrant, LegalBasis, Notice
from lukhas_common.consent.rules import Rules, standard
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from tests.fakes import Audit, Clock

USER = "user_123"
DAY = 86400.0
NOTICE = Notice("privacy-notice", "2026-11", "ab" * 32)
CONFIG = {"controller": {"id": "https://lukhas.id", "name": "LUKHAS"}}


class Desk:
    """One process that records and enforces; several may share ``entries`` and ``stored_keys``."""

    def __init__(self, other: Desk | None = None, rules: Rules | None = None, entries: Any = None) -> None:
        self.clock = other.clock if other else Clock()
        self.entries = entries or (other.entries if other else MemoryEntries())
        self.stored_keys = other.stored_keys if other else MemoryDataKeys()
        self.keys = DataKeys(self.stored_keys, LocalWrapper(bytes(32)), self.clock)
        self.ledger = Ledger(self.entries, self.keys, self.clock, sleep=lambda _seconds: None)
        self.audit = Audit()
        self.rules = rules or standard()
        self.manager = ConsentHistoryManager(CONFIG, self.audit, ledger=self.ledger, clock=self.clock, rules=self.rules)
        self.engine = ConsentEngine(self.ledger, self.rules, self.clock)
        self.erasures = Erasures(self.ledger, self.clock)

    def allowed(self, *scopes: str, role: str = "agent", user: str = USER, **asked: Any) -> bool:
        return self.engine.check_consent(user, role, scopes, **asked).allowed

    def why(self, scope: str, role: str = "agent", **asked: Any) -> str | None:
        return self.engine.check_consent(USER, role, [scope], **asked).verdicts[0].refusal


def grant_of(scope: str, **fields: Any) -> ConsentGrant:
    return ConsentGrant(scope=scope, **{"notice": NOTICE, **fields})  # type: ignore[arg-type]


def explicit(scope: str, **fields: Any) -> ConsentGrant:
    return grant_of(scope, legal_basis=LegalBasis.EXPLICIT_CONSENT, **fields)
