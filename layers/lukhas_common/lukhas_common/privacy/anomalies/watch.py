"""The watch over accesses: reads what the log took, judges it hour by hour, and tells of alerts.

The order of its writes makes it safe to kill it anywhere and to run it twice at once. What is to be judged is settled
first, by one conditional write. Then come, for each principal, the alerts and the page, each written once, the page
last: it holds what is usual from then on, so whoever finds no page judges the same accesses by the same profile again,
and comes to the same alerts. Telling comes after, from what is recorded: at least once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby, takewhile

from lukhas_common.anomaly.accesses import Access
from lukhas_common.audit import Audit
from lukhas_common.ledger.entries import Entry, EntryAlteredError
from lukhas_common.ledger.feed import Feed
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.privacy.anomalies.accesses import NameNetwork, access_in, in_hour_of
from lukhas_common.privacy.anomalies.keeping import Keeping
from lukhas_common.privacy.anomalies.models import Page, Progress
from lukhas_common.privacy.anomalies.ports import AlertTopic, EntryReader, Judge, Judged, Responder

MOST = 500_000
"""Entries that are judged together at most: a busier hour is judged in parts."""

_TOLD_FOR = 8 * 86400
"""Seconds for which it is tried to tell of an alert: as long as the feed is kept, and a day."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did: how far the log is judged now, of how many principals, and of how many alerts it told."""

    reached: int
    accesses: int
    principals: int
    told: int


@dataclass(frozen=True)
class Watch:
    """The watch of one ledger.

    Attributes:
        audit: what it reports to, the ledger.
        note: is given what was judged of each reading, to train by.
        threads: people whose entries are opened, or accesses judged, at once.
    """

    feed: Feed
    reader: EntryReader
    ledger: Ledger
    keeping: Keeping
    judge: Judge
    topic: AlertTopic
    responder: Responder
    audit: Audit
    name_network: NameNetwork
    note: Callable[[int, Sequence[Judged]], None] = lambda _until, _judged: None
    most: int = MOST
    threads: int = 1

    def run(self, until: float, deadline: float) -> Summary:
        """Judge what the log took before ``until``, and tell of alerts. May run twice at once, or be killed anywhere.

        Args:
            deadline: seconds since the epoch after which nothing further is begun.

        Raises:
            Exception: whatever a port raised. The next run goes on.
        """
        told, accesses, principals = self.tell(), 0, 0
        while True:
            progress = self._settled(until)
            if progress is None or progress.done == progress.until:
                break
            found = self._accesses(progress)
            with ThreadPoolExecutor(self.threads) as pool:
                judged = list(pool.map(partial(self._judge, progress), found.keys(), found.values()))
            self.note(progress.until, [each for each in judged if each is not None])
            self.keeping.store.advance(replace(progress, done=progress.until, version=progress.version + 1))
            accesses += sum(map(len, found.values()))
            principals += len(found)
            told += self.tell()
            if self.keeping.clock() >= deadline:
                break
        return Summary(progress.until if progress else 0, accesses, principals, told)

    def tell(self) -> int:
        """Answer and send the alerts that nobody was told of; how many."""
        told = 0
        since = self.keeping.clock() - _TOLD_FOR
        for alert, stored in self.keeping.alerts(since, lambda each: not each.told):
            principal, person = alert.alert.principal, alert.alert.principal if alert.is_about_person else None
            self.audit.record("anomaly.raised", alert_id=alert.alert_id, principal=principal, user_id=person)
            self.responder.respond(alert)
            try:
                self.topic.publish(alert)
            except Exception as error:  # noqa: BLE001 - it stays untold, for the next run to send
                self.audit.alarm("anomaly.alert_not_sent", error, alert_id=alert.alert_id)
                continue
            self.keeping.store.told(stored)
            told += 1
        return told

    def _settled(self, until: float) -> Progress | None:
        """What is to be judged: what was settled before and not finished, or what the log took since."""
        progress = self.keeping.store.progress()
        if progress is not None and progress.done < progress.until:
            return progress
        done, taken, count = progress.done if progress else 0, None, 0
        for batch in self.feed.after(done):
            count += len(batch.places)
            if batch.at >= until or (taken is not None and count > self.most):
                break
            if taken is None and progress is not None and batch.start > done:
                missing = LookupError(f"the log's batches between {done} and {batch.start} are gone")
                self.audit.alarm("anomaly.feed_gap", missing)
            taken = batch
        if taken is None:
            return progress
        settled = Progress(done, taken.size, progress.version + 1 if progress else 1)
        # Another run may have settled something else: then this one goes on by that.
        return settled if self.keeping.store.advance(settled) else self.keeping.store.progress()

    def _accesses(self, progress: Progress) -> dict[str, list[Access]]:
        """The accesses of each principal, in the order of time."""
        taken = list(takewhile(lambda batch: batch.size <= progress.until, self.feed.after(progress.done)))
        at = {place: batch.at for batch in reversed(taken) for place in batch.places}
        entries = sorted(self.reader.many(list(at)), key=_subject)
        # Under one key after the other: it is unwrapped once.
        groups = [list(group) for _, group in groupby(entries, _subject)]

        def opened(group: list[Entry]) -> list[Access | None]:
            return [self._access(entry, at[entry.stream, entry.seq], progress.done) for entry in group]

        found: dict[str, list[Access]] = {}
        with ThreadPoolExecutor(self.threads) as pool:
            for access in chain.from_iterable(pool.map(opened, groups)):
                if access is not None:
                    found.setdefault(access.principal, []).append(access)
        return {principal: sorted(theirs, key=_when) for principal, theirs in found.items()}

    def _access(self, entry: Entry, batch_at: float, done: int) -> Access | None:
        if entry.leaf_index is not None and entry.leaf_index < done:
            return None  # of a batch that began sooner than it had to
        try:
            record = self.ledger.open(entry).record
        except EntryAlteredError as error:
            self.audit.alarm("anomaly.entry_altered", error, ledger_stream=entry.stream, ledger_seq=entry.seq)
            return None
        access = None if record is None else access_in(record, self.name_network)
        return None if access is None else in_hour_of(access, batch_at)

    def _judge(self, progress: Progress, principal: str, accesses: Sequence[Access]) -> Judged | None:
        """Judge a principal's accesses; None where that was done before."""
        pages = self.keeping.pages(principal, None, 1)
        if pages and pages[0].until >= progress.until:
            return None
        judged = self.judge.judge(principal, accesses, pages[0].profile if pages else None)
        key = self.keeping.key_of(principal)
        for alert in judged.alerts:
            self.keeping.record(key, alert)
        self.keeping.keep(key, Page(principal, progress.until, judged.seen, judged.profile))
        return judged


def _subject(entry: Entry) -> str:
    return entry.subject or ""


def _when(access: Access) -> float:
    return access.at.timestamp()
