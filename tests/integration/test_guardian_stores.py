"""The guardian's stores in DynamoDB: the contract of the ports, and what writing code leaves where it is killed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest

from lukhas_common import times
from lukhas_common.aws.decisions import DynamoDecisions
from lukhas_common.aws.policy_bundles import DynamoBundles
from lukhas_common.consent.engine import ConsentEngine
from lukhas_common.guardian.actions.shipped import SCHEMA, shipped_policies
from lukhas_common.guardian.bundles import SignedBundle
from lukhas_common.guardian.decisions import Guardian, Question, stream
from lukhas_common.guardian.memory import MemoryDecisions
from lukhas_common.guardian.outcomes import DecisionIndex, Noted, Outcome
from lukhas_common.guardian.policy_book import STREAM, PolicyBook, Standing
from lukhas_common.guardian.vetoes import Vetoes
from lukhas_common.ids import uuid7
from lukhas_common.ledger.verify import verify_chain
from lukhas_common.policy.model import Role
from tests.integration.kills import WHEN, Kills
from tests.integration.test_ledger_stores import World, dynamodb, like
from tests.unit.guardian.worlds import ALICE, BOB, BOTH, KEY, PERSON, policy, word_judge

__all__ = ["dynamodb", "like"]

NOW = 1_800_000_000.0
DAY = 86400.0
DELETE = "delete_all_backups"


@pytest.fixture(params=["memory", "dynamodb"])
def index(request: pytest.FixtureRequest, dynamodb: Any, like: Callable[[str], str]) -> DecisionIndex:
    if request.param == "memory":
        return MemoryDecisions()
    return DynamoDecisions(dynamodb, like("DECISIONS_TABLE"), lambda: NOW)


def made(at: float, outcome: Outcome = Outcome.ALLOWED, *, review: bool = False) -> Noted:
    at = round(at, 3)
    return Noted(uuid7(at), outcome, at, review)


def test_decisions_are_found_by_time_from_both_ends(index: DecisionIndex) -> None:
    noted = [made(NOW - 3 * DAY + n * 3000) for n in range(80)]
    for each in noted:
        index.add(each)
    assert index.since(NOW - 3 * DAY, 100) == noted
    assert index.since(noted[40].at, 10) == noted[40:50]
    assert index.since(NOW, 10) == []
    assert index.newest(100) == noted[::-1]
    assert index.newest(7) == noted[::-1][:7]
    assert index.since(-62_135_596_800.0, 3) == noted[:3]


def test_outcomes_are_counted_by_day(index: DecisionIndex) -> None:
    start = NOW // DAY * DAY
    for n in range(12):
        index.add(made(start - DAY * (n % 3), Outcome.VETOED if n % 2 else Outcome.ALLOWED))
    days = index.days(2)
    assert [day.number for day in days] == [start // DAY - 1, start // DAY]
    assert {outcome: count for outcome, count in days[0].counts.items() if count} == {
        Outcome.VETOED: 2,
        Outcome.ALLOWED: 2,
    }
    assert days[1].last_at == start
    assert [sum(day.counts.values()) for day in index.days(30)] == [4, 4, 4]


def test_what_is_to_be_looked_at_is_listed_until_it_was(index: DecisionIndex) -> None:
    noted = [made(NOW - n, Outcome.UNJUDGED, review=n % 2 == 0) for n in range(6)]
    for each in noted:
        index.add(each)
    waiting = [noted[4], noted[2], noted[0]]
    assert index.reviews(10) == waiting
    assert index.reviews(2) == waiting[:2]
    assert index.reviews(2, waiting[1].decision_id) == waiting[2:]
    for each in (noted[2], noted[2], noted[1], made(NOW)):
        index.settled(each.decision_id)
    assert index.reviews(10) == [noted[4], noted[0]]
    assert all(not each.review for each in index.newest(10) if each.decision_id == noted[2].decision_id)


def test_an_overridden_input_is_found(index: DecisionIndex) -> None:
    assert index.permitted("h") is None
    index.permit("h", "d1", NOW + 1)
    index.permit("h", "d2", NOW + 2)
    assert index.permitted("h") == "d2"
    assert index.permitted("g") is None


def test_a_version_is_kept_once(dynamodb: Any, tables: dict[str, str]) -> None:
    store = DynamoBundles(dynamodb, tables["POLICIES_TABLE"])
    version = f"v-{secrets.token_hex(6)}"
    assert store.find(version) is None
    first = SignedBundle(version, b"document", "kid", b"signature")
    assert store.add(first) == first
    other = SignedBundle(version, b"other", "kid", b"signature")
    assert store.add(other) == first
    assert store.find(version) == first
    for _ in range(2):
        store.remove(version)
    assert (store.find(version), store.add(other)) == (None, None)
    dynamodb.put_item(TableName=tables["POLICIES_TABLE"], Item={"version": {"S": version}})
    assert store.find(version) == SignedBundle(version, b"", "", b"")
    store.remove(version)


class GuardianWorld(World):
    """A guardian on tables of its own, whose processes can be killed at each AWS call."""

    def __init__(self, dynamodb: Any, kms: Any, tables: dict[str, str], like: Callable[[str], str]) -> None:
        super().__init__(dynamodb, kms, tables, like)
        self.index = DynamoDecisions(dynamodb, like("DECISIONS_TABLE"))
        self.bundles = DynamoBundles(dynamodb, like("POLICIES_TABLE"))
        self.kills = Kills()
        self.kills.watch(dynamodb, kms)

    def book(self) -> PolicyBook:
        return PolicyBook(self.process(), self.bundles, KEY, KEY, SCHEMA, times.now)

    def guardian(self) -> Guardian:
        ledger = self.process()
        consent, book = ConsentEngine(ledger), self.book()
        return Guardian(ledger, consent, book, lambda: word_judge, BOTH, self.index, _quiet, times.now)

    def ask(self, action: str = DELETE) -> Any:
        return self.guardian().validate(
            Question(action=action, context={}, person=PERSON, caller=PERSON, role=Role.AGENT)
        )


def _quiet(**_: Any) -> None:
    """Nobody reads the log lines of these."""


@pytest.fixture
def world(
    dynamodb: Any, aws: Callable[[str], Any], tables: dict[str, str], like: Callable[[str], str]
) -> GuardianWorld:
    return GuardianWorld(dynamodb, aws("kms"), tables, like)


def test_a_decision_takes_these_round_trips(world: GuardianWorld) -> None:
    world.book().install(shipped_policies("assistant"))
    guardian = world.guardian()
    question = Question(action="Read my calendar", context={}, person=PERSON, caller=PERSON, role=Role.AGENT)
    guardian.validate(question)
    calls = world.called()
    guardian.validate(question)
    # Which policies, which consent, the entry, the index, the count.
    assert calls == ["Query", "Query", "PutItem", "PutItem", "UpdateItem"]
    calls.clear()
    guardian.validate(Question(action=DELETE, context={}, person=PERSON, caller=PERSON, role=Role.AGENT))
    assert calls == ["Query", "Query", "GetItem", "PutItem", "PutItem", "UpdateItem"]


@pytest.mark.parametrize("when", WHEN)
def test_a_killed_decision_is_whole_or_not_there_and_nothing_is_let_through(world: GuardianWorld, when: str) -> None:
    world.book().install(shipped_policies("assistant"))
    call = 0
    while True:
        call += 1
        with world.kills.killed_at(call, when):
            world.ask()
        if world.kills.calls < call:
            break
    assert call > 7
    noted = world.index.newest(100)
    for each in noted:
        entries = world.entries.read(stream(each.decision_id), 0, 10)
        verify_chain(entries, opens=world.process().open, destroyed=[])
        assert world.process().get(stream(each.decision_id), 0).body["outcome"] == "vetoed"  # type: ignore[union-attr]
    assert world.ask().assessment.outcome is Outcome.VETOED


@pytest.mark.parametrize("when", WHEN)
def test_a_killed_override_is_finished_by_asking_again(world: GuardianWorld, when: str) -> None:
    world.book().install(shipped_policies("assistant"))
    decision = world.ask()
    until = time.time() + 600
    proposed = Vetoes(world.process(), world.index, times.now).override(decision.decision_id, ALICE, "checked", until)
    proposal = proposed.entry.hash.hex()
    call = 0
    while True:
        call += 1
        with world.kills.killed_at(call, when):
            vetoes = Vetoes(world.process(), world.index, times.now)
            vetoes.override(decision.decision_id, BOB, "checked too", until, proposal)
        if world.kills.calls < call:
            break
        # In between, it is in force or it is not, and the ledger says so where it is.
        outcome = world.ask().assessment.outcome
        newest = world.process().newest(stream(decision.decision_id))
        assert newest is not None
        assert outcome in (Outcome.VETOED, Outcome.OVERRIDDEN)
        assert outcome is Outcome.VETOED or "approved_by" in newest.body["override"]
    assert world.ask().assessment.outcome is Outcome.OVERRIDDEN
    assert len(world.entries.read(stream(decision.decision_id), 0, 10)) == 3


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("what", ["install", "publish", "remove"])
def test_a_killed_change_of_policies_leaves_one_whole_version_deciding(
    world: GuardianWorld, what: str, when: str
) -> None:
    files = shipped_policies("assistant")
    version = f"v-{secrets.token_hex(6)}"
    other = {**files, "more.cedar": policy("more", when="context.bulk")}
    if what != "install":
        world.book().install(files)
    if what == "remove":
        world.book().publish(version, other, frozenset(), ALICE)

    def change() -> None:
        book = world.book()
        match what:
            case "install":
                book.install(files)
            case "publish":
                book.publish(version, other, frozenset(), ALICE)
                book.activate(version, ALICE)
            case _:
                book.remove(version, ALICE)

    call = 0
    while True:
        call += 1
        with world.kills.killed_at(call, when):
            change()
        if world.kills.calls < call:
            break
        standing = Standing.of(world.process().newest(STREAM))
        if standing.active is not None:
            assert world.book().active().version == standing.active["version"]
        if what == "remove" and world.bundles.find(version) is None:
            break
    verify_chain(world.entries.read(STREAM, 0, 50), opens=world.process().open, destroyed=[])
    standing = world.book().standing()
    assert standing.active is not None
    assert standing.is_active(version) == (what == "publish")
    assert (world.bundles.find(version) is not None) == (what == "publish")
