"""What is granted, where it came from, and what a recorded change answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from lukhas_common import times
from lukhas_common.consent import checks
from lukhas_common.consent.errors import ConsentError, Reason
from lukhas_common.consent.state import Choice
from lukhas_common.consent.vocabulary import (
    ALL_CATEGORIES,
    CATEGORIES,
    PROCESSING,
    SENSITIVITY,
    SPECIAL_CATEGORIES,
    ConsentScope,
    EventType,
    IndicationMethod,
    LegalBasis,
    Purpose,
)
from lukhas_common.ledger.ledger import Opened, Receipt
from lukhas_common.policy.model import Sensitivity

__all__ = [
    "ConsentGrant",
    "ConsentScope",
    "EventType",
    "IndicationMethod",
    "LegalBasis",
    "Notice",
    "Provenance",
    "Purpose",
    "Recorded",
    "Sensitivity",
    "stream_of",
]

_KNOWN_CATEGORIES = frozenset(category for categories in CATEGORIES.values() for category in categories)
_MAX_CATEGORIES = 16


def stream_of(user_id: str) -> str:
    """The ledger's stream of one person's consent."""
    return "consent/" + checks.text(user_id, "user_id", 128)


@dataclass(frozen=True, slots=True)
class Notice:
    """What the person was shown: which notice, in which version, and the SHA-256 of its text."""

    id: str
    version: str
    sha256: str

    def __post_init__(self) -> None:
        checks.text(self.id, "notice.id", 128)
        checks.text(self.version, "notice.version", 32)
        checks.sha256(self.sha256, "notice.sha256")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an event that happened elsewhere was imported from. Times are seconds since the epoch.

    Attributes:
        original_time: when it happened; from then on, rules count its age.
    """

    source: str
    row: str
    original_time: float
    imported_at: float

    def __post_init__(self) -> None:
        checks.text(self.source, "provenance.source", 128)
        checks.text(self.row, "provenance.row", 128)
        if checks.moment(self.original_time, "original_time") > checks.moment(self.imported_at, "imported_at"):
            raise ConsentError(Reason.INVALID, "provenance.original_time must not be later than imported_at")

    @classmethod
    def read(cls, given: Provenance | Mapping[str, Any], now: float) -> Provenance:
        """From ``source``, ``row``, ``original_time`` and ``imported_at`` (now, if it is left out).

        Times are RFC 3339 or seconds since the epoch.
        """
        if isinstance(given, Provenance):
            read = given
        else:
            known_fields(given, cls, "provenance")
            values = {"imported_at": now, **given}
            for name in ("original_time", "imported_at"):
                values[name] = _moment(values.get(name), f"provenance.{name}")
            read = cls(values.get("source", ""), values.get("row", ""), **_times(values))
        if read.imported_at > now:
            raise ConsentError(Reason.INVALID, "provenance.imported_at must not be in the future")
        return read

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {name: times.rfc3339(value) for name, value in _times(asdict(self)).items()}


@dataclass(frozen=True, slots=True)
class ConsentGrant:
    """What a person consents to. Strings are taken for the members of enumerations that have their value.

    Attributes:
        recipients: the roles that may receive the data.
        data_categories: the only categories it extends to; none named: all that the scope holds.
        retention: how long the data is kept, an ISO 8601 duration or whole days.
        jurisdiction: whose law protects the person, ISO 3166 (``FR``, ``US-CA``).
        expires_at: seconds since the epoch; rules may end it earlier.
        actor: who entered it, if not the person.
        processing: DPV terms for what is done with the data.

    Raises:
        ConsentError: something is unknown, out of bounds, or special categories lack explicit consent.
    """

    scope: ConsentScope
    purposes: tuple[Purpose, ...] = (Purpose.SERVICE_PROVISION,)
    recipients: tuple[str, ...] = ("agent",)
    legal_basis: LegalBasis = LegalBasis.CONSENT
    data_categories: tuple[str, ...] = ()
    notice: Notice | None = None
    retention: str | int | None = None
    jurisdiction: str | None = None
    expires_at: float | None = None
    method: IndicationMethod = IndicationMethod.API
    channel: str | None = None
    actor: str | None = None
    ip: str | None = None
    processing: tuple[str, ...] = ("dpv:Collect", "dpv:Store", "dpv:Use")

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "scope", checks.scope(self.scope))
        put(self, "purposes", tuple(map(checks.purpose, checks.several(self.purposes, "purposes", len(Purpose)))))
        put(self, "recipients", tuple(map(checks.role, checks.several(self.recipients, "recipients", 8))))
        put(self, "legal_basis", checks.one_of(LegalBasis, self.legal_basis, "legal_basis"))
        put(self, "method", checks.one_of(IndicationMethod, self.method, "method"))
        if isinstance(self.notice, Mapping):
            known_fields(self.notice, Notice, "notice")
            put(self, "notice", Notice(**{name: self.notice.get(name, "") for name in ("id", "version", "sha256")}))
        if self.retention is not None:
            put(self, "retention", checks.duration(self.retention, "retention"))
        if self.jurisdiction is not None:
            checks.jurisdiction(self.jurisdiction)
        if self.expires_at is not None:
            put(self, "expires_at", _moment(self.expires_at, "expires_at"))
        if self.channel is not None:
            checks.text(self.channel, "channel", 64)
        if self.actor is not None:
            checks.text(self.actor, "actor", 128)
        if self.ip is not None:
            put(self, "ip", checks.ip(self.ip))
        processing = checks.several(self.processing, "processing", len(PROCESSING))
        if not set(processing) <= set(PROCESSING):
            raise ConsentError(Reason.INVALID, "processing must hold known DPV terms such as dpv:Store")
        put(self, "processing", processing)
        put(self, "data_categories", self._categories())

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> ConsentGrant:
        """From a dictionary with these fields; ``purpose`` may stand for a single one of ``purposes``."""
        values = dict(given)
        if "purpose" in values and "purposes" not in values:
            values["purposes"] = (values.pop("purpose"),)
        known_fields(values, cls, "scope_data")
        if "scope" not in values:
            raise ConsentError(Reason.UNKNOWN_SCOPE, "scope_data must name a scope")
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """All that was said; what was not said is left out."""
        said = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        if self.expires_at is not None:
            said["expires_at"] = times.rfc3339(self.expires_at)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}

    def _categories(self) -> tuple[str, ...]:
        explicit = self.legal_basis is LegalBasis.EXPLICIT_CONSENT
        if SENSITIVITY[self.scope] is Sensitivity.SPECIAL and not explicit:
            raise ConsentError(Reason.EXPLICIT_CONSENT_REQUIRED, f"{self.scope} holds special categories of data")
        if not self.data_categories and not isinstance(self.data_categories, str):
            return ()
        named = tuple(map(str, checks.several(self.data_categories, "data_categories", _MAX_CATEGORIES)))
        categories(named, self.scope)
        if not explicit and SPECIAL_CATEGORIES.intersection(named):
            raise ConsentError(Reason.EXPLICIT_CONSENT_REQUIRED, "data_categories names a special category")
        return named


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a change.

    Attributes:
        record_hash: SHA-256 of the consent record and the person, hex.
        receipt: where the ledger keeps it.
        event, record: what happened, and the ISO/IEC TS 27560 record of it.
        active: what the person chose for each scope and purpose, after this change.
        effective: whether the change took effect; an imported grant that later choices overtook did not.
        repeated: whether it had been recorded before, under the same idempotency key.
        opened: the entry, to make its receipt from.
    """

    record_hash: str
    receipt: Receipt
    entry_id: str
    event: Mapping[str, Any]
    record: Mapping[str, Any]
    active: tuple[Choice, ...]
    effective: bool
    repeated: bool
    opened: Opened


def categories(named: tuple[str, ...], *scopes: ConsentScope) -> None:
    """Hold categories against the scopes that are to hold them."""
    if not _KNOWN_CATEGORIES.issuperset(named):
        raise ConsentError(Reason.UNKNOWN_CATEGORY, "a category is a term of DPV's PD extension that a scope holds")
    if not frozenset().union(*(ALL_CATEGORIES[scope] for scope in scopes)).issuperset(named):
        raise ConsentError(Reason.CATEGORY_NOT_IN_SCOPE, "a category is not one that the scope holds")


def known_fields(given: Mapping[str, Any], kind: type, name: str) -> None:
    """Refuse fields that nobody would read."""
    if not isinstance(given, Mapping) or not {item.name for item in fields(kind)}.issuperset(given):
        raise ConsentError(Reason.INVALID, f"{name} must hold known fields only")


def _moment(value: object, name: str) -> float:
    if isinstance(value, str):
        try:
            value = times.from_rfc3339(value)
        except (ValueError, OverflowError):
            raise ConsentError(Reason.INVALID, f"{name} must be a time in RFC 3339") from None
    return checks.moment(value, name)


def _times(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(values[name]) for name in ("original_time", "imported_at")}
