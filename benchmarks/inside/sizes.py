"""What entries weigh in DynamoDB: the items as the adapter would put them, weighed by AWS's rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks.inside.appending import BODY
from benchmarks.inside.memory import memory_ledger
from benchmarks.inside.people import GRANTS, SCOPES, Office, by_agent, by_person, grant, someone
from benchmarks.inside.timing import answer
from lukhas_common import times
from lukhas_common.access.streams import access_stream
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.consent.models import stream_of
from lukhas_common.ledger.entries import Entry
from lukhas_common.ledger.ledger_audit import LedgerAudit
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.logs import LoggedAudit

INDEXED = ("pending", "entry_id", "stream", "seq")
"""What the index of pending entries holds of an item."""


@dataclass
class Scale:
    """A client of DynamoDB that keeps what is put, and puts nothing."""

    items: list[dict[str, Any]] = field(default_factory=list)

    def put_item(self, **arguments: Any) -> None:
        self.items.append(arguments["Item"])


def weight(item: dict[str, dict[str, Any]]) -> int:
    """Bytes of an item: names in UTF-8, text in UTF-8, binary as it is, numbers a byte for two digits and one more."""
    return sum(len(name.encode()) + sum(_weight(*typed) for typed in value.items()) for name, value in item.items())


def _weight(kind: str, value: str | bytes) -> int:
    if isinstance(value, bytes):
        return len(value)
    if kind == "N":
        return (len(value.strip("-").replace(".", "")) + 1) // 2 + 1 + value.startswith("-")
    return len(value.encode())


def weighed(entry: Entry | None) -> dict[str, int]:
    """An entry's item, and its item in the index."""
    assert entry is not None
    scale = Scale()
    DynamoEntries(scale, "table").put(entry)
    (item,) = scale.items
    return {
        "item": weight(item),
        "indexed": weight({name: item[name] for name in INDEXED}),
        "content": len(entry.content),
    }


def measure() -> dict[str, Any]:
    """Typical entries of each kind."""
    ledger = memory_ledger(times.now)
    office, store = Office.over(ledger), ledger.store
    assert isinstance(store, MemoryEntries)
    person, newcomer = office.consenting(), someone()
    office.gate.admit(by_agent(person))
    by_agents = store.newest(access_stream(person))
    office.gate.admit(by_person(person))
    LedgerAudit(ledger, LoggedAudit()).record(
        "auth.allowed",
        route="GET /identity/profile",
        request_id="Zk3wXhQ4FiAEMjA=",
        source_ip="203.0.113.7",
        user_id=person,
        session_id=someone(),
        token_id=someone(),
    )
    audit = next(stream for stream in store.streams if stream.startswith("audit/"))
    ledger.append(f"bench/{person}", "benchmark", BODY, subject=person)
    office.history.grant(newcomer, grant(SCOPES[0]))
    return {
        "1 KB body": weighed(store.newest(f"bench/{person}")),
        "access, by an assistant": weighed(by_agents),
        "access, by the person": weighed(store.newest(access_stream(person))),
        "audit event": weighed(store.newest(audit)),
        "consent, the first": weighed(store.newest(stream_of(newcomer))),
        f"consent, {GRANTS} grants standing": weighed(store.newest(stream_of(person))),
    }


if __name__ == "__main__":
    answer(measure)
