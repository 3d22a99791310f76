"""The ports of the watch in memory: for tests, and for use as a library without storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lukhas_common.ledger.entries import Entry, EntryStore
from lukhas_common.privacy.anomalies.models import Progress, Raised
from lukhas_common.privacy.anomalies.ports import StoredAlert, StoredPage


@dataclass
class MemoryAnomalies:
    """The AnomalyStore port."""

    stored: Progress | None = None
    kept: dict[str, dict[int, StoredPage]] = field(default_factory=dict)
    raised: dict[str, StoredAlert] = field(default_factory=dict)

    def progress(self) -> Progress | None:
        return self.stored

    def advance(self, progress: Progress) -> bool:
        if progress.version == (self.stored.version if self.stored else 0) + 1:
            self.stored = progress
        return self.stored == progress

    def pages(self, principal: str, before: int | None, limit: int) -> list[StoredPage]:
        pages = self.kept.get(principal, {})
        return [pages[until] for until in sorted(pages, reverse=True) if before is None or until < before][:limit]

    def add_page(self, page: StoredPage, now: float) -> None:
        self.kept.setdefault(page.principal, {}).setdefault(page.until, page)

    def add_alert(self, alert: StoredAlert) -> StoredAlert:
        return self.raised.setdefault(alert.alert_id, alert)

    def alerts(self, since: float, now: float) -> list[StoredAlert]:
        return list(self.raised.values())

    def told(self, alert: StoredAlert) -> None:
        self.raised[alert.alert_id] = replace(self.raised[alert.alert_id], told=True)


@dataclass(frozen=True, slots=True)
class OneByOne:
    """The EntryReader port on any store of entries."""

    store: EntryStore

    def many(self, places: Sequence[tuple[str, int]]) -> list[Entry]:
        found = (self.store.get(*place) for place in places)
        return [entry for entry in found if entry is not None]


@dataclass
class MemoryTopic:
    """The AlertTopic port."""

    published: list[Raised] = field(default_factory=list)

    def publish(self, alert: Raised) -> None:
        self.published.append(alert)


class NoResponse:
    """The Responder port where people alone answer alerts."""

    def respond(self, alert: Raised) -> None:
        pass
