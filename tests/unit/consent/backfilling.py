"""What the tests of importing old consents share: rows, files of them, and processes that import them."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from lukhas_common import times
from lukhas_common.consent.backfill import Backfill, Done
from lukhas_common.consent.backfill_rows import FIELDS, Row, read_rows
from lukhas_common.consent.history import ConsentHistoryManager
from lukhas_common.consent.state import choices_of
from lukhas_common.consent.vocabulary import ROLES, ConsentScope, Purpose
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.entries import Entry, OutcomeUnknownError
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from tests.fakes import Audit
from tests.unit.consent.desk import CONFIG, DAY, Desk

NOW = 1_800_000_000.0
SOURCE = "crm"
PURPOSE = "dpv:DirectMarketing"

Said = dict[str, Any]

PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" \",;'\\"), max_size=20).filter(
    lambda text: text.strip() != "" and text.isprintable()
)

MOMENTS = st.integers(0, int(NOW * 1000)).map(lambda value: value / 1000)


def moment(days: float) -> str:
    return times.rfc3339(1_700_000_000.0 + days * DAY)


def some(values: Any, most: int = 3) -> Any:
    return st.lists(st.sampled_from(list(values)), min_size=1, max_size=most, unique=True)


@st.composite
def said_rows(draw: Any, users: Any = PRINTABLE) -> Said:
    """What one row says, in the form in which it is kept."""
    at = draw(MOMENTS)
    said: Said = {
        "user_id": draw(users),
        "event": draw(st.sampled_from(["granted", "withdrawn", "revoked"])),
        "scope": draw(st.sampled_from(list(ConsentScope))).value,
        "indicated_at": times.rfc3339(at),
    }
    optional: Said = {"channel": PRINTABLE, "method": st.sampled_from(["button", "api", "imported"])}
    if said["event"] == "granted":
        said["purposes"] = [purpose.value for purpose in draw(some(Purpose))]
        said["recipients"] = draw(some(ROLES))
        said["legal_basis"] = "dpv:ExplicitlyExpressedConsent"
        optional |= {
            "jurisdiction": st.sampled_from(["FR", "US-CA"]),
            "retention": st.sampled_from(["365", "P1Y", "PT1H"]),
            "expires_at": st.just(times.rfc3339(at + 0.001)),
        }
        if draw(st.booleans()):
            said |= {"notice_id": draw(PRINTABLE), "notice_version": "1", "notice_sha256": "ab" * 32}
    else:
        optional["reason"] = PRINTABLE
        if draw(st.booleans()):
            said["purposes"] = [draw(st.sampled_from(list(Purpose))).value]
    return said | draw(st.fixed_dictionaries({}, optional=optional))


def jsonl(rows: list[Said]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def csv_file(rows: list[Said], columns: list[str] | None = None, separator: str = " ", **how: Any) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns or list(FIELDS), **how)
    writer.writeheader()
    writer.writerows(
        {name: separator.join(value) if isinstance(value, list) else value for name, value in row.items()}
        for row in rows
    )
    return written.getvalue().encode()


def a_grant(**fields: Any) -> Said:
    said = {
        "user_id": "user_123",
        "event": "granted",
        "scope": "elr.interests",
        "purposes": ["dpv:DirectMarketing"],
        "recipients": ["agent"],
        "indicated_at": "2024-01-01T00:00:00.000Z",
    }
    return {name: value for name, value in {**said, **fields}.items() if value is not None}


def an_end(**fields: Any) -> Said:
    return a_grant(**{"event": "withdrawn", "purposes": None, "recipients": None, **fields})


FILE = [
    an_end(user_id="ada", scope="elr", indicated_at=moment(3)),
    a_grant(user_id="ada", indicated_at=moment(1)),
    a_grant(user_id="bob", indicated_at=moment(1)),
    a_grant(user_id="ada", indicated_at=moment(4)),
    a_grant(user_id="bob", indicated_at=moment(1)),
    an_end(user_id="eve", event="revoked", reason="the account was closed", indicated_at=moment(2)),
    a_grant(user_id="ada", scope="memory.semantic", indicated_at=moment(2)),
]
"""Two people in no order, one of them with the same row twice, and one who never granted anything."""


def rows_of(said: list[Said], source: str = SOURCE) -> list[Row]:
    found = list(read_rows(jsonl(said), "jsonl", source, 1_800_000_000.0))
    assert all(isinstance(row, Row) for row in found), found
    return [row for row in found if isinstance(row, Row)]


def on(entries: Any, keys: Any, patience: float = 6.0, audit: Any = None) -> ConsentHistoryManager:
    """A process of its own on these stores."""
    clock = Desk().clock
    ledger = Ledger(
        entries, DataKeys(keys, LocalWrapper(bytes(32)), clock), clock, patience=patience, sleep=lambda _seconds: None
    )
    return ConsentHistoryManager(CONFIG, audit or Audit(), ledger=ledger, clock=clock)


def backfill(manager: ConsentHistoryManager, dry_run: bool = False, slept: list[float] | None = None) -> Backfill:
    sleep = (lambda _seconds: None) if slept is None else slept.append
    return Backfill(manager, SOURCE, manager.ledger.clock, dry_run, sleep)


def outcomes(done: list[Done]) -> Counter[str]:
    return Counter(each.outcome.value for each in done)


def imported(entries: MemoryEntries, keys: MemoryDataKeys) -> Counter[str]:
    """How often the ledger holds each row."""
    ledger = on(entries, keys).ledger
    events = [opened.body.get("event", {}) for stream in list(entries.streams) for opened in ledger.read(stream)]
    return Counter(event["provenance"]["row"] for event in events if "provenance" in event)


def stands(entries: MemoryEntries, keys: MemoryDataKeys) -> dict[str, Any]:
    """What each person chose, whatever is in between."""
    ledger = on(entries, keys).ledger
    return {
        stream: {key: (choice.status, choice.at) for key, choice in choices_of(ledger.newest(stream)).items()}
        for stream in entries.streams
    }


def once(rows: list[Row]) -> Counter[str]:
    return Counter(row.row_id for row in rows)


class Between:
    """Passes everything on to a port, and does something else just before the n-th call, once."""

    def __init__(self, port: Any, call: int, what: Callable[[], object]) -> None:
        self.port, self.left, self.what = port, call, what

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.port, name)

        def call(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                self.what()
            return method(*arguments)

        return call


class Broken(MemoryEntries):
    """Puts about one person are never answered, as long as it is broken."""

    user, broken, error = "ada", True, OutcomeUnknownError

    def put(self, entry: Entry) -> Entry:
        if self.broken and entry.stream == f"consent/{self.user}":
            raise self.error("secret")
        return super().put(entry)
