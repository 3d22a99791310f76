"""What the watch over accesses needs from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.alerts import Alert
from lukhas_common.anomaly.detectors import Severity
from lukhas_common.ledger.entries import Entry
from lukhas_common.privacy.anomalies.models import Progress, Raised, Seen


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it is stored: sealed under the data key of ``subject``."""

    principal: str
    until: int
    subject: str
    key_id: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert as it is stored: what explains it is sealed under the data key of ``subject``."""

    alert_id: str
    principal: str
    severity: Severity
    at: float
    recorded_at: float
    subject: str
    key_id: str
    sealed: bytes
    told: bool = False


class AnomalyStore(Protocol):
    """Keeps progress, pages and alerts. Reads are strongly consistent; each write is atomic on its one item.

    ``advance`` stores progress if what is stored is of the version before; it answers whether it is stored now, by
    this call or by another. ``add_page`` and ``add_alert`` store what is not there yet; the first that came stays, and
    ``add_alert`` answers it. ``told`` may be repeated. ``pages`` answers the newest first, ``alerts`` those of the days
    from ``since`` on, in any order. All are kept for 90 days.
    """

    def progress(self) -> Progress | None: ...
    def advance(self, progress: Progress) -> bool: ...
    def pages(self, principal: str, before: int | None, limit: int) -> list[StoredPage]: ...
    def add_page(self, page: StoredPage, now: float) -> None: ...
    def add_alert(self, alert: StoredAlert) -> StoredAlert: ...
    def alerts(self, since: float, now: float) -> list[StoredAlert]: ...
    def told(self, alert: StoredAlert) -> None: ...


class EntryReader(Protocol):
    """Reads entries at places of the ledger, in any order; places where there is none are left out."""

    def many(self, places: Sequence[tuple[str, int]]) -> Iterable[Entry]: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a principal's accesses: windows, the alerts they raise, and what is usual now.

    Attributes:
        rows: to train by, without those of windows that are no question.
    """

    seen: tuple[Seen, ...]
    alerts: tuple[Alert, ...]
    profile: bytes
    rows: tuple[tuple[float, ...], ...] = ()


class Judge(Protocol):
    """Holds a principal's accesses against what was usual; the same for the same arguments."""

    def judge(self, principal: str, accesses: Sequence[Access], profile: bytes | None) -> Judged: ...


class AlertTopic(Protocol):
    """Sends alerts to whoever is to know. ``publish`` raises if nobody can say that it was taken; it may be taken
    twice."""

    def publish(self, alert: Raised) -> None: ...


class Responder(Protocol):
    """Acts on alerts. ``respond`` may be repeated with the same alert, which changes nothing."""

    def respond(self, alert: Raised) -> None: ...
