"""One change of consent: what it makes of the newest entry of the person's stream."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_common import times
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.models import ConsentGrant, Provenance, Purpose, Recorded
from lukhas_common.consent.record import consent_record, record_hash
from lukhas_common.consent.rules import Rules
from lukhas_common.consent.state import (
    ANY,
    GIVEN,
    KINDS,
    Choice,
    Key,
    choices_of,
    granted,
    latest,
    withdrawn,
)
from lukhas_common.consent.vocabulary import SENSITIVITY, ConsentScope, EventType
from lukhas_common.ids import uuid7
from lukhas_common.ledger.ledger import Draft, Opened
from lukhas_common.ledger.records import canonical

KEYS_KEPT = 32
"""Idempotency keys that are remembered, the newest, each for KEPT_FOR seconds."""

KEPT_FOR = 86400


@dataclass(frozen=True, slots=True)
class Desk:
    """What every record says of whoever keeps it.

    Attributes:
        controller: ``id`` (an IRI), ``name`` and perhaps ``contact``.
        withdrawal: where consent is withdrawn.
    """

    controller: Mapping[str, str]
    withdrawal: str
    rules: Rules


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be recorded.

    Attributes:
        grant: what is granted; None where something is ended.
        kind: EventType.GRANTED, which is an update where the same was granted before, or how it is ended.
        purpose: the only one that is ended; None for all.
        said: who ended it, why and how, as the event has it.
    """

    user_id: str
    kind: EventType
    scope: ConsentScope
    said: Mapping[str, Any]
    grant: ConsentGrant | None = None
    purpose: Purpose | None = None
    provenance: Provenance | None = None
    idempotency_key: str | None = None

    @property
    def key_digest(self) -> str:
        """Stands for the idempotency key, which may be a secret of the caller's."""
        return hashlib.sha256(canonical([self.user_id, self.idempotency_key])).hexdigest()[:32]

    @property
    def request_digest(self) -> str:
        """The same for the same request; from where it was sent and when makes no difference."""
        said = {name: value for name, value in self.said.items() if name != "ip"}
        origin = None if self.provenance is None else [self.provenance.source, self.provenance.row]
        asked = [self.kind.value, self.scope.value, self.purpose, said, origin]
        return hashlib.sha256(canonical(asked)).hexdigest()[:32]

    def repeats(self, newest: Opened | None, now: float) -> int | None:
        """The place of the entry in which the same was recorded, under this idempotency key.

        Raises:
            ConsentError: the key was used for something else.
        """
        if newest is None or self.idempotency_key is None:
            return None
        known = _kept(newest, now).get(self.key_digest)
        if known is None:
            return None
        if known["request"] != self.request_digest:
            raise ConsentError(Reason.IDEMPOTENCY_KEY_REUSED, "the idempotency key was used for another request")
        return int(known["seq"])

    def compose(self, newest: Opened | None, now: float, desk: Desk) -> Draft:
        """The entry to append after the newest one.

        Raises:
            ConsentError: the change cannot be made, or the newest entry cannot be read.
        """
        choices, seq = choices_of(newest), 0 if newest is None else newest.entry.seq + 1
        indicated = now if self.provenance is None else self.provenance.original_time
        # Choices are in order even where clocks are not; an imported grant that came late changes nothing.
        at = max(now, latest(choices)) if self.provenance is None else indicated
        effective = self.grant is None or at >= latest(choices)
        event = {
            **self.said,
            "type": self._type(choices).value,
            "user_id": self.user_id,
            "scope": self.scope.value,
            "indicated_at": times.rfc3339(indicated),
            "effective": effective,
        }
        if self.purpose is not None:
            event["purposes"] = [self.purpose.value]
        if self.provenance is not None:
            event["provenance"] = self.provenance.to_json()
        record = consent_record(event, uuid7(now), times.rfc3339(now), desk.controller, desk.withdrawal)
        digest = record_hash(record, self.user_id)
        if self.grant is not None:
            self._check_expiry(self.grant, indicated, now, desk.rules)
        after = self._after(choices, at, seq, digest) if effective else choices
        body = {
            "event": event,
            "record": record,
            "record_hash": digest,
            "active": [choice.to_json() for choice in after.values()],
            "recent": self._recent(newest, now, seq),
        }
        return Draft(KINDS + event["type"], body, self.user_id)

    def _type(self, choices: Mapping[Key, Choice]) -> EventType:
        if self.grant is None:
            return self.kind
        standing = [choices.get((self.scope, purpose)) for purpose in self.grant.purposes]
        known = all(choice is not None and choice.status == GIVEN for choice in standing)
        return EventType.UPDATED if known else EventType.GRANTED

    def _check_expiry(self, grant: ConsentGrant, indicated: float, now: float, rules: Rules) -> None:
        if grant.expires_at is not None and grant.expires_at <= (now if self.provenance is None else indicated):
            raise ConsentError(Reason.EXPIRY_IN_THE_PAST, "expires_at must be later than the consent")
        for purpose in grant.purposes:
            rule = rules.rule(grant.jurisdiction, SENSITIVITY[grant.scope], purpose)
            if rule.expiry_required and grant.expires_at is None and self.provenance is None:
                raise ConsentError(Reason.EXPIRY_REQUIRED, f"in {rule.jurisdiction}, this needs an expires_at")

    def _after(self, choices: dict[Key, Choice], at: float, seq: int, digest: str) -> dict[Key, Choice]:
        if self.grant is None:
            purpose = ANY if self.purpose is None else self.purpose.value
            mark = Choice(self.scope.value, purpose, self.kind.value, at, seq, digest)
            return withdrawn(choices, self.scope, mark)
        grant = self.grant
        return granted(
            choices,
            [
                Choice(
                    scope=grant.scope.value,
                    purpose=purpose.value,
                    status=GIVEN,
                    at=at,
                    seq=seq,
                    record_hash=digest,
                    recipients=grant.recipients,
                    categories=grant.data_categories or None,
                    legal_basis=grant.legal_basis.value,
                    jurisdiction=grant.jurisdiction,
                    expires_at=grant.expires_at,
                )
                for purpose in grant.purposes
            ],
        )

    def _recent(self, newest: Opened | None, now: float, seq: int) -> dict[str, Any]:
        kept = {} if newest is None else _kept(newest, now)
        if self.idempotency_key is not None:
            kept[self.key_digest] = {"request": self.request_digest, "seq": seq, "at": times.rfc3339(now)}
        newest_keys = sorted(kept, key=lambda digest: int(kept[digest]["seq"]))[-KEYS_KEPT:]
        return {digest: kept[digest] for digest in newest_keys}


def recorded(opened: Opened, *, repeated: bool) -> Recorded:
    """What became of a change, from its entry."""
    body = opened.body
    return Recorded(
        record_hash=body["record_hash"],
        receipt=opened.receipt,
        entry_id=opened.entry.entry_id,
        event=body["event"],
        record=body["record"],
        active=tuple(choices_of(opened).values()),
        effective=body["event"]["effective"],
        repeated=repeated,
        opened=opened,
    )


def _kept(newest: Opened, now: float) -> dict[str, Any]:
    recent: Mapping[str, Any] = newest.body.get("recent", {})
    return {digest: known for digest, known in recent.items() if now - times.from_rfc3339(known["at"]) < KEPT_FOR}
