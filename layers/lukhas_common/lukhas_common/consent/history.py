"""Changes of consent, put on record in the ledger, and the history of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lukhas_common import times
from lukhas_common.audit import Audit
from lukhas_common.consent import checks
from lukhas_common.consent.changes import Change, recorded
from lukhas_common.consent.config import configured_desk, configured_ledger, known_settings
from lukhas_common.consent.engine import ConsentEngine
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.export import iter_export
from lukhas_common.consent.models import ConsentGrant, Provenance, Recorded, stream_of
from lukhas_common.consent.record import record_hash
from lukhas_common.consent.rules import Rules, standard
from lukhas_common.consent.state import KINDS, Choice, choices_of
from lukhas_common.consent.vocabulary import ConsentScope, EventType, IndicationMethod, Purpose
from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.times import Clock

TraceLogger = Audit
"""Takes the trace of what is done with consent, and refuses it by raising: the Audit port."""

_METADATA = {"idempotency_key", "provenance", "reason", "actor", "channel", "ip", "method"}


class ConsentHistoryManager:
    """Records consent given, withdrawn, revoked and updated, so that it can be demonstrated (GDPR Art. 7(1)).

    Each change is one conditional write to the person's stream of the ledger, and the newest entry holds all that the
    person chose.

    Args:
        config: ``controller`` (``id``, ``name``, perhaps ``contact``) and ``withdrawal`` (where consent is withdrawn)
            go into each record. Without a ledger, ``store`` is ``memory`` or ``sqlite``; the latter needs ``path``
            and ``secret`` (32 bytes, or hex), which is kept elsewhere.
        trace_logger: is told of every change, and of every reading before it happens.

    Raises:
        ConsentError: the configuration has something unknown, or lacks something.
    """

    def __init__(
        self,
        config: dict[str, Any],
        trace_logger: TraceLogger,
        *,
        ledger: Ledger | None = None,
        clock: Clock = times.now,
        rules: Rules | None = None,
    ) -> None:
        known_settings(config)
        self.ledger = configured_ledger(config, clock) if ledger is None else ledger
        self._trace, self._clock = trace_logger, clock
        self._desk = configured_desk(config, rules or standard())
        self._engine = ConsentEngine(self.ledger, self._desk.rules, clock)

    def grant(
        self,
        user_id: str,
        grant: ConsentGrant,
        *,
        idempotency_key: str | None = None,
        provenance: Provenance | Mapping[str, Any] | None = None,
    ) -> Recorded:
        """Record what a person consents to; the same scope and purpose again is an update.

        Args:
            idempotency_key: the same key and request, within a day, answers what was recorded the first time.
            provenance: where an imported consent comes from.

        Raises:
            ConsentError: it cannot be granted so.
            LedgerError: it is recorded or not; the same call with the same key settles it.
        """
        said = grant.to_json()
        del said["scope"]
        return self._record(
            Change(
                user_id,
                EventType.GRANTED,
                grant.scope,
                said,
                grant=grant,
                provenance=self._origin(provenance),
                idempotency_key=_key(idempotency_key),
            )
        )

    def withdraw(
        self,
        user_id: str,
        scope: ConsentScope | str,
        *,
        purpose: Purpose | str | None = None,
        reason: str | None = None,
        actor: str | None = None,
        channel: str | None = None,
        ip: str | None = None,
        method: IndicationMethod | str = IndicationMethod.API,
        idempotency_key: str | None = None,
        provenance: Provenance | Mapping[str, Any] | None = None,
    ) -> Recorded:
        """Record that a person withdraws consent to a scope and all beneath it (GDPR Art. 7(3)).

        It is recorded whether or not there was consent: it stands against any grant of a broader scope, too.

        Args:
            purpose: the only one that it is withdrawn for; every one, if it is left out.

        Raises:
            ConsentError, LedgerError: as ``grant``.
        """
        said = _said(reason=reason, actor=actor, channel=channel, ip=ip, method=method)
        return self._end(EventType.WITHDRAWN, user_id, scope, purpose, said, idempotency_key, provenance)

    def revoke(
        self,
        user_id: str,
        scope: ConsentScope | str,
        *,
        purpose: Purpose | str | None = None,
        reason: str | None = None,
        actor: str | None = None,
        channel: str | None = None,
        ip: str | None = None,
        method: IndicationMethod | str = IndicationMethod.API,
        idempotency_key: str | None = None,
        provenance: Provenance | Mapping[str, Any] | None = None,
    ) -> Recorded:
        """Record that somebody other than the person ends consent; otherwise as ``withdraw``."""
        said = _said(reason=reason, actor=actor or "administrator", channel=channel, ip=ip, method=method)
        return self._end(EventType.REVOKED, user_id, scope, purpose, said, idempotency_key, provenance)

    def add_record(
        self,
        user_id: str,
        event_type: str,
        scope_data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Record an event of a type (``granted``, ``withdrawn``, ``revoked``, ``updated``) and answer its record hash.

        Whether a grant is recorded as granted or updated depends on what stands, not on what it is called here.

        Args:
            scope_data: the fields of ConsentGrant; ``scope`` and perhaps ``purpose`` where something is ended.
            metadata: ``idempotency_key``, ``provenance``, ``actor``, ``channel``, ``ip``, ``method``; and ``reason``,
                where something is ended.

        Raises:
            ConsentError, LedgerError: as ``grant``.
        """
        kind = checks.one_of(EventType, event_type, "event_type", Reason.UNKNOWN_EVENT)
        given = dict(metadata or {})
        if not _METADATA.issuperset(given):
            raise ConsentError(Reason.INVALID, f"metadata knows {', '.join(sorted(_METADATA))} only")
        if kind in (EventType.GRANTED, EventType.UPDATED):
            kept = {name: given.pop(name, None) for name in ("idempotency_key", "provenance")}
            return self.grant(user_id, ConsentGrant.read({**scope_data, **given}), **kept).record_hash
        if not {"scope", "purpose"}.issuperset(scope_data):
            raise ConsentError(Reason.INVALID, "scope_data of an ending knows scope and purpose only")
        end = self.withdraw if kind is EventType.WITHDRAWN else self.revoke
        scope, purpose = scope_data.get("scope", ""), scope_data.get("purpose")
        return end(user_id, scope, purpose=purpose, **given).record_hash

    def revoke_consent(self, user_id: str, scope: str, reason: str | None = None) -> str:
        """``revoke`` for every purpose; answers the record hash."""
        return self.revoke(user_id, scope, reason=reason).record_hash

    def verify_consent(
        self,
        user_id: str,
        scope: str,
        *,
        role: str = "agent",
        purpose: Purpose | str = Purpose.SERVICE_PROVISION,
    ) -> bool:
        """Whether there is active consent to a scope, and all beneath it, for this role and purpose.

        Raises:
            ConsentError: the scope, role or purpose is unknown.
            LedgerError: the ledger cannot be read.
        """
        return self._engine.check_consent(user_id, role, [scope], purpose=purpose).allowed

    def get_history(self, user_id: str, start_time: datetime | None = None) -> list[dict[str, Any]]:
        """What was recorded about a person, oldest first; of what was erased, only that it was.

        Args:
            start_time: leave out what was recorded before; one without an offset is taken as UTC.
        """
        since = 0.0
        if start_time is not None:
            since = (start_time if start_time.tzinfo else start_time.replace(tzinfo=UTC)).timestamp()
        return [item for item, at in self._history(user_id) if at >= since]

    def export_history(self, user_id: str) -> bytes:
        """Everything about a person's consent in a portable form (GDPR Art. 20): JSON-LD in UTF-8."""
        stream = stream_of(user_id)
        self._trace.record("consent.exported", user_id=user_id, stream=stream)
        return b"".join(iter_export(self.ledger, user_id, self._clock(), rules=self._desk.rules))

    def _generate_record_hash(self, record: dict[str, Any], user_id: str) -> str:
        """SHA-256, hex, of a record and the person it is about: the same for the same, always."""
        return record_hash(record, user_id)

    def _history(self, user_id: str) -> Iterator[tuple[dict[str, Any], float]]:
        stream = stream_of(user_id)
        self._trace.record("consent.history_read", user_id=user_id, stream=stream)
        self.ledger.keys.refresh(user_id)
        for opened in self.ledger.read(stream):
            if opened.record is not None:
                yield _item(opened), opened.record.at

    def _end(
        self,
        kind: EventType,
        user_id: str,
        scope: ConsentScope | str,
        purpose: Purpose | str | None,
        said: Mapping[str, Any],
        idempotency_key: str | None,
        provenance: Provenance | Mapping[str, Any] | None,
    ) -> Recorded:
        return self._record(
            Change(
                user_id,
                kind,
                checks.scope(scope),
                said,
                purpose=None if purpose is None else checks.purpose(purpose),
                provenance=self._origin(provenance),
                idempotency_key=_key(idempotency_key),
            )
        )

    def _record(self, change: Change) -> Recorded:
        stream, repeated = stream_of(change.user_id), False
        standing: tuple[Choice, ...] = ()

        def compose(newest: Opened | None, now: float) -> Draft | Opened:
            nonlocal repeated, standing
            # This process may still hold a key that another has destroyed: what was erased must not be sealed anew.
            key = self.ledger.keys.to_seal(change.user_id, fresh=True)
            if newest is not None and newest.entry.key_id not in (None, key.key_id):
                newest = Opened(newest.entry, None)
            seq = change.repeats(newest, now)
            found = None if seq is None else self.ledger.get(stream, seq)
            repeated = found is not None and found.record is not None
            standing = tuple(choices_of(newest).values()) if repeated else ()
            return found if found is not None and repeated else change.compose(newest, now, self._desk)

        done = recorded(self.ledger.append_to(stream, compose), repeated=repeated)
        # A trace outlives an erasure, so it says where to look and nothing of what is there.
        self._trace.record(
            KINDS + done.event["type"],
            user_id=change.user_id,
            stream=stream,
            seq=done.receipt.seq,
        )
        return replace(done, active=standing) if repeated else done

    def _origin(self, provenance: Provenance | Mapping[str, Any] | None) -> Provenance | None:
        return None if provenance is None else Provenance.read(provenance, self._clock())


def _item(opened: Opened) -> dict[str, Any]:
    assert opened.record is not None  # noqa: S101 - the caller has looked
    kind, body = opened.record.kind, opened.body
    item: dict[str, Any] = {
        "seq": opened.entry.seq,
        "entry_id": opened.entry.entry_id,
        "entry_hash": opened.entry.hash.hex(),
        "leaf_index": opened.entry.leaf_index,
        "at": times.rfc3339(opened.record.at),
    }
    if not kind.startswith(KINDS):
        return {**item, "event_type": kind, "event": dict(body)}
    said = {name: body[name] for name in ("event", "record", "record_hash")}
    return {**item, "event_type": kind.removeprefix(KINDS), **said}


def _said(
    *, reason: str | None, actor: str | None, channel: str | None, ip: str | None, method: object
) -> dict[str, str]:
    said = {"method": checks.one_of(IndicationMethod, method, "method").value}
    for name, value, limit in (("reason", reason, 500), ("actor", actor, 128), ("channel", channel, 64)):
        if value is not None:
            said[name] = checks.text(value, name, limit)
    if "reason" in said:
        from lukhas_common.privacy.redaction.redactor import mask  # most changes have no reason

        said["reason"] = mask(said["reason"])
    return said if ip is None else {**said, "ip": checks.ip(ip)}


def _key(idempotency_key: str | None) -> str | None:
    return None if idempotency_key is None else checks.text(idempotency_key, "idempotency_key", 255)
