"""The watch over accesses, from the gate's own entries to alerts: what it finds, what not, and who drops out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import expm1

import pytest

from lukhas_common.access.errors import AccessDeniedError
from lukhas_common.access.gate import Access as Asked
from lukhas_common.access.gate import Gate, Principal
from lukhas_common.anomaly.detectors import Detector, Severity
from lukhas_common.anomaly.features import FEATURES
from lukhas_common.anomaly.kinds import Kind
from lukhas_common.anomaly.trees import Row
from lukhas_common.ids import uuid7
from lukhas_common.ledger.feed import Batch, FeedError, MemoryFeed, decode_batch
from lukhas_common.ledger.ledger_audit import LedgerAudit
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.policy.model import Permission
from lukhas_common.privacy.anomalies.accesses import network_of
from lukhas_common.privacy.anomalies.in_memory import MemoryAnomalies, MemoryTopic, NoResponse, OneByOne
from lukhas_common.privacy.anomalies.judging import ByDetector
from lukhas_common.privacy.anomalies.keeping import Keeping
from lukhas_common.privacy.anomalies.models import NETWORK, Raised, Response
from lukhas_common.privacy.anomalies.responding import responses_in
from lukhas_common.privacy.anomalies.watch import Summary, Watch
from tests.fakes import Audit, Clock
from tests.gates import memory_gate

HOUR = 3600
MONDAY = 1_799_971_200.0
"""Midnight in UTC."""


@dataclass
class City:
    """A system with people, whose clock the tests move."""

    clock: Clock = field(default_factory=lambda: Clock(MONDAY))
    audit: Audit = field(default_factory=Audit)
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate: Gate = memory_gate(self.clock, self.audit)
        self.entries = self.gate.ledger.store
        self.logins = LedgerAudit(self.gate.ledger, Audit())
        self.feed, self.store, self.topic = MemoryFeed(), MemoryAnomalies(), MemoryTopic()
        self.size = 0
        self.keeping = Keeping(self.store, self.gate.ledger.keys, self.clock, self.audit)

    def ask(
        self,
        who: str,
        route: str = "GET /identity/profile",
        whose: str = "",
        address: str = "198.51.100.7",
        many: int | None = None,
    ) -> None:
        scopes = frozenset({"role:auditor"}) if whose else frozenset()
        permission = Permission.READ_AUDIT if whose else Permission.READ_PROFILE
        principal = Principal.of(who, "t", scopes, in_session=True)
        trace = {"route": route, "request_id": "r", "source_ip": address, "asked_for": many}
        self.gate.admit(Asked(principal=principal, subject_id=whose or who, permission=permission, trace=trace))

    def refuse(self, who: str, count: int) -> None:
        """The authorizer's own entries."""
        for _ in range(count):
            self.logins.record("auth.refused", route="GET /x", user_id=who, source_ip="198.51.100.7", reason="x")

    def sequence(self) -> None:
        """What the sequencer does of a minute."""
        assert isinstance(self.entries, MemoryEntries)
        leaves = self.entries.pending(1_000_000)
        self.entries.settle([(leaf, self.size + place) for place, leaf in enumerate(leaves)])
        start, self.size = self.size, self.size + len(leaves)
        if leaves:
            self.feed.put(Batch(start, self.size, self.clock(), tuple((leaf.stream, leaf.seq) for leaf in leaves)))

    def end_hour(self) -> None:
        self.sequence()
        self.clock.advance(HOUR)

    def watch(self, detector: Detector | None = None, most: int = 500_000) -> Summary:
        return Watch(
            self.feed,
            OneByOne(self.entries),
            self.gate.ledger,
            self.keeping,
            ByDetector(detector),
            self.topic,
            NoResponse(),
            self.audit,
            lambda network: NETWORK + network,
            lambda _, judged: self.rows.extend(row for each in judged for row in each.rows),
            most,
        ).run(self.clock() // HOUR * HOUR, self.clock() + 60)

    def alerts(self) -> list[Raised]:
        return [alert for alert, _ in self.keeping.alerts(0, lambda _: True)]


@pytest.fixture
def city() -> City:
    return City()


def people_of(number: int) -> Iterator[str]:
    return (uuid7(MONDAY) for _ in range(number))


def test_stuffing_scraping_and_an_insiders_read_are_found_among_people_who_do_nothing_unusual(city: City) -> None:
    chance = random.Random(7)  # noqa: S311 - not for secrets
    people, auditor = list(people_of(24)), uuid7(MONDAY)

    def usual_hour() -> None:
        for person in people:
            for _ in range(chance.choice((0, 1, 1, 2, 3))):
                city.ask(person, chance.choice(("GET /identity/profile", "GET /consent/history")))
        for whose in chance.sample(people, chance.choice((0, 1, 2))):
            city.ask(auditor, "GET /guardian/reviews", whose)
        city.end_hour()

    for _ in range(20):
        usual_hour()
        city.watch()
    detector = Detector.fit(city.rows, features=FEATURES, seed=1)
    for number in range(60):
        claimed = people[number % len(people)] if number % 2 else None
        city.logins.record(
            "identity.password_refused", reason="x", claimed_user_id=claimed, source_ip=f"203.0.113.{number % 9}"
        )
    for _ in range(400):
        city.ask(people[3], "GET /consent/history")
    for whose in people_of(60):
        city.ask(auditor, "GET /guardian/reviews", whose)
    usual_hour()
    city.watch(detector)
    for _ in range(3):
        usual_hour()
        city.watch(detector)
    found = {(alert.alert.kind, alert.alert.principal) for alert in city.alerts()}
    assert found == {
        (Kind.CREDENTIAL_STUFFING, f"{NETWORK}203.0.113.0/24"),
        (Kind.SCRAPING, people[3]),
        (Kind.INSIDER, auditor),
    }
    assert {alert.alert.severity for alert in city.alerts()} <= {Severity.HIGH, Severity.CRITICAL}
    assert len(city.topic.published) == len(city.alerts()) == len(found)


def test_what_was_read_is_what_was_asked_for_and_let_in(city: City) -> None:
    (person,) = people_of(1)
    for many in (10, None, 100):
        city.ask(person, "GET /consent/history", many=many)
    agent = Principal.of(person, "t", frozenset(), in_session=False)
    trace = {"route": "GET /consent/export", "source_ip": "198.51.100.7", "asked_for": 1000}
    with pytest.raises(AccessDeniedError):
        city.gate.admit(Asked(principal=agent, subject_id=person, permission=Permission.EXPORT_DATA, trace=trace))
    city.end_hour()
    city.watch()
    assert sum(expm1(row[FEATURES.index("read")]) for row in city.rows) == pytest.approx(110)


def test_a_newcomers_misuse_is_seen_in_its_first_hour_and_a_crowd_of_newcomers_raises_nothing(city: City) -> None:
    reader, taker, *others = people_of(30)
    for whose in people_of(60):
        city.ask(reader, "GET /guardian/reviews", whose)
    for _ in range(300):
        city.ask(taker, "GET /consent/history")
    for person in others:
        for _ in range(9):
            city.ask(person)
    for person in people_of(70):  # a network of whose people many mistype, slowly enough to be no attack
        city.logins.record("identity.password_refused", reason="x", claimed_user_id=person, source_ip="203.0.113.1")
        city.clock.advance(50)
    city.end_hour()
    city.watch()
    found = {alert.alert.principal: alert.alert.kind for alert in city.alerts()}
    assert found == {reader: Kind.INSIDER, taker: Kind.SCRAPING}


def test_who_is_erased_drops_out_and_does_not_get_out_of_sight(city: City) -> None:
    ada, bob = people_of(2)
    city.refuse(ada, 25)
    city.ask(bob)
    city.end_hour()
    city.watch()
    assert [alert.alert.principal for alert in city.alerts()] == [ada]
    city.ask(ada)
    city.gate.ledger.keys.store.erase(ada, "e", city.clock())
    city.end_hour()
    assert city.watch().accesses == 0, "what was sealed before is noise"
    assert city.alerts() == []
    assert city.keeping.pages(ada, None, 9) == []
    city.clock.advance(6 * HOUR)
    city.refuse(ada, 25)
    city.end_hour()
    city.watch()
    assert [alert.alert.principal for alert in city.alerts()] == [ada], "told anew, under a new key"


def test_what_was_read_is_read_once_however_it_is_cut(city: City) -> None:
    ada, bob = people_of(2)
    for _ in range(4):
        city.refuse(ada, 6)
        city.ask(bob)
        city.sequence()
        city.clock.advance(600)
    early = city.feed.batches[min(city.feed.batches)]
    assert city.watch().reached == 0, "the hour is not over"
    city.end_hour()
    # A batch may begin sooner than it had to, as one of another sequencer may have.
    last = decode_batch(city.feed.batches[max(city.feed.batches)])
    city.feed.put(Batch(0, last.size, last.at, (*decode_batch(early).places, *last.places)))
    assert city.watch(most=8) == Summary(city.size, 28, 8, 0), "four readings of two people"
    assert sum(seen.accesses for page in city.keeping.pages(ada, None, 9) for seen in page.seen) == 24
    assert city.watch() == Summary(city.size, 0, 0, 0)
    assert not city.audit.alarms


def test_what_is_missing_or_altered_rings_and_the_rest_is_judged(city: City) -> None:
    (ada,) = people_of(1)
    for _ in range(3):
        city.ask(ada)
        city.end_hour()
        city.watch()
    for address in ("198.51.100.7", "203.0.113.1"):
        city.ask(ada, address=address)
        city.sequence()
    city.feed.batches.pop(sorted(city.feed.batches)[-2])
    entries = city.entries.streams[f"access/{ada}"]
    entries[-1] = replace(entries[-1], content=entries[-2].content)
    city.ask(ada)
    city.end_hour()
    pages = city.store.kept[ada]
    pages[max(pages)] = replace(pages[max(pages)], sealed=pages[min(pages)].sealed)
    assert city.watch().accesses == 1
    assert city.audit.alarms == ["anomaly.feed_gap", "anomaly.entry_altered", "anomaly.record_altered"]


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.9", "203.0.113.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48"), ("", ""), ("localhost", "")],
)
def test_a_network_is_no_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_policy_of_answers_is_read_strictly() -> None:
    assert responses_in("none") == responses_in("") == {}
    assert responses_in("high=step_up critical=revoke") == {
        Severity.HIGH: Response.STEP_UP,
        Severity.CRITICAL: Response.REVOKE,
    }
    for wrong in ("high", "high=stop", "worst=revoke", "high=none high=revoke", "high=revoke,low=none"):
        with pytest.raises(ValueError, match=r"."):
            responses_in(wrong)
    with pytest.raises(FeedError):
        decode_batch(b"x")
