"""Events for the functions of consent and of the public log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from benchmarks.events import Person, http, scheduled
from benchmarks.process import Event

if TYPE_CHECKING:
    from benchmarks.traffic import Traffic

NOTICE = {"id": "privacy-notice", "version": "2026-11", "sha256": "9f86d081884c7d659a2feaa0c55ad015" * 2}
SCOPES = ("elr.interests", "elr.media", "memory.semantic")
SEQUENCER = "SequenceLedgerFunction"
GRANT = "GrantConsentFunction"


class ConsentTraffic:
    """People with consent on record, and a public log that has it."""

    def __init__(self, traffic: Traffic) -> None:
        """Have consent granted and the log sequenced once."""
        self._traffic = traffic
        self._giver, self._exporter, self._forgotten, self._revoked = (traffic.newcomer() for _ in range(4))
        self.keeper = traffic.newcomer()
        receipts = [self._granted(self.keeper, scope)["receipt"] for scope in SCOPES]
        self._granted(self._exporter, SCOPES[0])
        size = int(traffic.ask(SEQUENCER, scheduled())["size"])
        self._receipt, self._tile = receipts[0], "0/000" if size >= 256 else f"0/000.p/{size}"

    def makers(self) -> dict[str, Callable[[], Event]]:
        """By function, what makes its next event."""
        giver, keeper = ({"context": person.context} for person in (self._giver, self.keeper))
        asked = {"requester_role": "agent", "scopes": [SCOPES[0]]}
        entry, tile = self._receipt, {"path": self._tile}
        return {
            GRANT: lambda: grant(self._giver, SCOPES[0]),
            "WithdrawConsentFunction": lambda: http(
                "POST /consent/{scope}/withdraw", {}, **giver, parameters={"scope": SCOPES[1]}
            ),
            "RevokeConsentFunction": self._revoke,
            "CheckConsentFunction": lambda: http("POST /consent/check", asked, **keeper),
            "ConsentHistoryFunction": lambda: http("GET /consent/history", **keeper),
            "ExportConsentFunction": lambda: http("GET /consent/export", context=self._exporter.context),
            "ConsentReceiptFunction": lambda: http(
                "GET /consent/receipts/{id}", **keeper, parameters={"id": entry["entry_id"]}
            ),
            "ConsentProofFunction": lambda: http(
                "GET /consent/proof/{hash}", **keeper, parameters={"hash": entry["hash"]}
            ),
            "EraseConsentFunction": lambda: http("DELETE /consent/me", context=self._forgotten.context),
            "LedgerCheckpointFunction": lambda: http("GET /ledger/checkpoint"),
            "LedgerTileFunction": lambda: http("GET /ledger/tile/{path+}", parameters=tile),
            "LedgerKeysFunction": lambda: http("GET /ledger/keys"),
            SEQUENCER: self._sequence,
            "FinishErasuresFunction": scheduled,
        }

    def pend(self, times: int) -> None:
        """Leave two entries for the sequencer each time: an access, and a consent."""
        for _ in range(times):
            self._granted(self._giver, SCOPES[2])

    def _granted(self, person: Person, scope: str) -> dict[str, Any]:
        return self._traffic.ask(GRANT, grant(person, scope))

    def _sequence(self) -> Event:
        self.pend(1)
        return scheduled()

    def _revoke(self) -> Event:
        """By somebody of whom the authorizer says that they act as an administrator."""
        admin = {**self.keeper.context, "scopes": "consent:admin role:admin"}
        person = {"user_id": self._revoked.context["user_id"], "scope": SCOPES[1]}
        reason = {"reason": "The account was compromised."}
        return http("POST /consent/{user_id}/{scope}/revoke", reason, context=admin, parameters=person)


def grant(person: Person, scope: str) -> Event:
    """A request that grants consent, or grants it again."""
    said = {"scope": scope, "notice": NOTICE, "method": "toggle", "channel": "mobile app", "jurisdiction": "DE"}
    return http("POST /consent", said, context=person.context)
