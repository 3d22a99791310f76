"""Pages and alerts sealed under the data key of whom they are about: who is erased drops out of all of them.

What is about a network is sealed under the key of a day, like all that is known of callers without a name.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from lukhas_common import times
from lukhas_common.anomaly.alerts import Alert
from lukhas_common.audit import Audit
from lukhas_common.crypto.sealing import SealError, derive, seal, unseal
from lukhas_common.ledger.data_keys import DataKey, DataKeys
from lukhas_common.ledger.ledger_audit import STRANGERS
from lukhas_common.privacy.anomalies.alert_json import from_json, to_json
from lukhas_common.privacy.anomalies.models import NETWORK, Page, Raised, Seen, alert_id
from lukhas_common.privacy.anomalies.ports import AnomalyStore, StoredAlert, StoredPage
from lukhas_common.times import Clock

KEPT = 90
"""Days for which pages and alerts are kept."""

_PURPOSE = b"lukhas anomalies v1"
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Keeping:
    """What was seen of whom, sealed."""

    store: AnomalyStore
    keys: DataKeys
    clock: Clock
    audit: Audit

    def key_of(self, principal: str) -> DataKey:
        """The key under which is kept what is about a principal.

        Who was erased and goes on gets a new one: nobody gets out of sight by erasing themselves.
        """
        stranger = STRANGERS + times.rfc3339(self.clock())[:10]
        return self.keys.to_seal(stranger if principal.startswith(NETWORK) else principal)

    def keep(self, key: DataKey, page: Page) -> None:
        """Keep a page, unless there is one of the same reading."""
        content = {"seen": [asdict(seen) for seen in page.seen], "profile": b64encode(page.profile).decode()}
        stored = StoredPage(page.principal, page.until, key.subject, key.key_id, b"")
        self.store.add_page(replace(stored, sealed=_sealed(key, content, _page_bound(stored))), self.clock())

    def pages(self, principal: str, before: int | None, limit: int) -> list[Page]:
        """The newest pages of a principal, without those whose key is gone."""
        found = (self._page(stored) for stored in self.store.pages(principal, before, limit))
        return [page for page in found if page is not None]

    def record(self, key: DataKey, alert: Alert) -> None:
        """Put an alert on record, once."""
        at, now = alert.at.timestamp(), self.clock()
        stored = StoredAlert(alert_id(alert), alert.principal, alert.severity, at, now, key.subject, key.key_id, b"")
        self.store.add_alert(replace(stored, sealed=_sealed(key, to_json(alert), _alert_bound(stored))))

    def alerts(self, since: float, wanted: Callable[[StoredAlert], bool]) -> Iterator[tuple[Raised, StoredAlert]]:
        """Those alerts that are wanted, from the newest to the oldest since then, without those whose key is gone."""
        now = self.clock()
        since = max(since, now - KEPT * _DAY)
        found = [alert for alert in self.store.alerts(since, now) if alert.at >= since and wanted(alert)]
        for stored in sorted(found, key=lambda alert: (alert.at, alert.alert_id), reverse=True):
            content = self._opened(stored.subject, stored.key_id, stored.sealed, _alert_bound(stored))
            if content is not None:
                yield Raised(from_json(content), stored.recorded_at, stored.told), stored

    def _page(self, stored: StoredPage) -> Page | None:
        content = self._opened(stored.subject, stored.key_id, stored.sealed, _page_bound(stored))
        if content is None:
            return None
        seen = tuple(Seen(**{**each, "alerts": tuple(each["alerts"])}) for each in content["seen"])
        return Page(stored.principal, stored.until, seen, b64decode(content["profile"]))

    def _opened(self, subject: str, key_id: str, sealed: bytes, bound: bytes) -> dict[str, Any] | None:
        """What was sealed; None where its key was destroyed, or it was altered, which is an alarm."""
        key = self.keys.to_open(subject, key_id)
        if key is None:
            return None
        try:
            content = unseal(derive(key.secret, _PURPOSE), sealed, bound)
        except SealError as error:
            self.audit.alarm("anomaly.record_altered", error, key_id=key_id)
            return None
        opened: dict[str, Any] = json.loads(zlib.decompress(content))
        return opened


def _sealed(key: DataKey, content: dict[str, Any], bound: bytes) -> bytes:
    return seal(derive(key.secret, _PURPOSE), zlib.compress(json.dumps(content).encode()), bound)


def _page_bound(page: StoredPage) -> bytes:
    return json.dumps(["page", page.principal, page.until]).encode()


def _alert_bound(alert: StoredAlert) -> bytes:
    """Not when it was recorded: who comes second keeps what the first recorded."""
    said = [times.rfc3339(alert.at), alert.alert_id, alert.principal, alert.severity]
    return json.dumps(["alert", *said]).encode()
