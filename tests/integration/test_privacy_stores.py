"""Events and budgets on the embedded AWS: the contract of the store, and spending that is cut off at every AWS call."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from lukhas_common.aws import erasing, privacy
from lukhas_common.aws.privacy_events import DynamoEvents
from lukhas_common.http import Caller
from lukhas_common.privacy.account import Accounts
from lukhas_common.privacy.columns import DataSet
from lukhas_common.privacy.errors import PrivacyFault
from lukhas_common.privacy.events import EventStore, MemoryEvents
from lukhas_common.privacy.statistics import Event
from lukhas_common.privacy.wire import LogEventRequest, StatisticRequest
from tests.integration.kills import WHEN, Kills
from tests.integration.test_ledger_stores import World, dynamodb, like

__all__ = ["dynamodb", "like"]


def caller(user_id: str) -> Caller:
    return Caller(user_id, frozenset(), session_id="s", key_thumbprint=None)


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, dynamodb: Any, like: Callable[[str], str]) -> EventStore:
    return MemoryEvents() if request.param == "memory" else DynamoEvents(dynamodb, like("SERIES_TABLE"))


def test_events_are_kept_once_and_erased_by_person(store: EventStore) -> None:
    ada, bob = (Event(person * 64, "1", {"minutes": 3, "feature": "chat"}) for person in "ab")
    for event in (ada, ada, bob):
        assert store.add("usage", event, 7200) == event
    assert store.add("usage", Event(ada.person, "1", {"minutes": 9}), 7200) == ada
    store.add("other", ada, 7200)
    assert sorted(store.every("usage"), key=lambda event: event.person) == [ada, bob]
    assert [store.erase("usage", ada.person) for _ in range(2)] == [1, 0]
    assert list(store.every("usage")) == [bob]
    assert list(store.every("other")) == [ada]


def test_an_idempotency_key_belongs_to_one_event_of_one_sender(
    dynamodb: Any,
    aws: Callable[[str], Any],
    tables: dict[str, str],
    like: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(dynamodb, aws("kms"), tables, like)
    store, ada = DynamoEvents(dynamodb, like("SERIES_TABLE")), caller("ada")
    monkeypatch.setattr(privacy, "ledger", world.process)
    monkeypatch.setattr(privacy, "events", lambda: store)
    request = LogEventRequest(dataset="usage", event={"minutes": 12, "who": "cares"})
    once = privacy.log_event(request, ada, "k")
    assert privacy.log_event(request, ada, "k") == once
    for other in ({"minutes": 13}, {"minutes": 12, "feature": "chat"}, {}):
        with pytest.raises(PrivacyFault, match="idempotency_key_reused"):
            privacy.log_event(request.model_copy(update={"event": other}), ada, "k")
    assert [event.values for event in store.every("usage")] == [{"minutes": 12}]
    # A key is the sender's: somebody else who sends an event of the same person has keys of their own.
    of_ada = LogEventRequest(dataset="usage", event={"minutes": 30}, user_id="ada")
    assert privacy.log_event(of_ada, caller("clinician"), "k") == privacy.log_event(of_ada, caller("clinician"), "k")
    for key in ("l", None, None):
        privacy.log_event(request, ada, key)
    kept = list(store.every("usage"))
    assert sorted(str(event.values) for event in kept) == ["{'minutes': 12}"] * 4 + ["{'minutes': 30}"]
    assert len({event.person for event in kept}) == 1
    assert privacy.erase_events(ada).events == 5
    assert privacy.log_event(request, ada, "k") == once


@pytest.mark.parametrize("when", WHEN)
def test_a_killed_spender_was_not_answered_and_nothing_is_spent_twice(
    dynamodb: Any, aws: Callable[[str], Any], tables: dict[str, str], like: Callable[[str], str], when: str
) -> None:
    world = World(dynamodb, aws("kms"), tables, like)
    kills, answered = Kills(), 0
    kills.watch(world.dynamodb, world.kms)
    dataset = DataSet("usage", epsilon=Decimal(1))
    for call in range(1, 4):
        with kills.killed_at(call, when):
            Accounts(world.process()).spend(dataset, Decimal("0.25"))
            answered += 1
    account = Accounts(world.process()).current(dataset)
    # Two calls, a read and a write: killed at the second after it took effect, it is spent and was not answered.
    assert answered == 1
    assert account.epsilon_spent == Decimal("0.25") * (2 if when == "after" else 1)
    while account.epsilon_left:
        account = Accounts(world.process()).spend(dataset, Decimal("0.25"))
    with pytest.raises(PrivacyFault):
        Accounts(world.process()).spend(dataset, Decimal("0.001"))


@pytest.mark.parametrize("when", WHEN)
def test_an_event_is_kept_or_erased_after_a_kill_once_it_is_asked_for_again(
    dynamodb: Any, like: Callable[[str], str], when: str
) -> None:
    kills, table = Kills(), like("SERIES_TABLE")
    kills.watch(dynamodb)
    store = DynamoEvents(dynamodb, table)
    events = [Event("a" * 64, str(number), {"minutes": number}) for number in range(3)]
    for number, event in enumerate(events):
        with kills.killed_at(1, when):
            store.add("usage", event, 7200)
        assert len(list(store.every("usage"))) == number + (when == "after")
        store.add("usage", event, 7200)
    for call in range(1, 5):  # a query and three deletions
        with kills.killed_at(call, when):
            store.erase("usage", "a" * 64)
        for event in events:
            store.add("usage", event, 7200)
    with kills.killed_at(3, when):
        store.erase("usage", "a" * 64)
    assert store.erase("usage", "a" * 64) == (1 if when == "after" else 2)
    assert list(store.every("usage")) == []


@pytest.mark.parametrize("when", WHEN)
def test_under_one_key_there_is_one_answer_and_one_price_wherever_it_is_killed(
    dynamodb: Any,
    aws: Callable[[str], Any],
    tables: dict[str, str],
    like: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    world = World(dynamodb, aws("kms"), tables, like)
    monkeypatch.setattr(privacy, "ledger", world.process)
    store = DynamoEvents(dynamodb, like("SERIES_TABLE"))
    monkeypatch.setattr(privacy, "events", lambda: store)
    kills, who = Kills(), caller("u")
    kills.watch(world.dynamodb, world.kms)
    request = StatisticRequest(dataset="usage", aggregation="count", epsilon=0.5)
    told = []
    for call in range(1, 9):
        with kills.killed_at(call, when):
            told.append(privacy.statistic(request, who, f"key {call}"))
        told.append(privacy.statistic(request, who, f"key {call}"))
        assert privacy.statistic(request, who, f"key {call}") == told[-1]
        assert privacy.budget("usage").epsilon_spent == 0.5 * call
    with pytest.raises(PrivacyFault, match="idempotency_key_reused"):
        privacy.statistic(request.model_copy(update={"epsilon": 0.4}), who, "key 1")
    other = caller("v")
    privacy.statistic(request, other, "key 1")  # somebody else's key is another one
    assert privacy.budget("usage").epsilon_spent == 4.5


def test_sixty_four_at_once_never_spend_more_than_there_is(
    dynamodb: Any, aws: Callable[[str], Any], tables: dict[str, str], like: Callable[[str], str]
) -> None:
    world = World(dynamodb, aws("kms"), tables, like)
    dataset = DataSet("usage", epsilon=Decimal(1))

    def spend(_: int) -> bool:
        try:
            Accounts(world.process(60)).spend(dataset, Decimal("0.125"))
        except PrivacyFault:
            return False
        return True

    with ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(spend, range(64))) == 8
    assert Accounts(world.process()).current(dataset).epsilon_left == 0


@pytest.mark.parametrize("when", WHEN)
def test_whoever_is_erased_leaves_no_event_wherever_the_first_try_was_killed(
    dynamodb: Any,
    aws: Callable[[str], Any],
    tables: dict[str, str],
    like: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    world = World(dynamodb, aws("kms"), tables, like)
    store = DynamoEvents(dynamodb, like("SERIES_TABLE"))
    monkeypatch.setattr(privacy, "ledger", world.process)
    monkeypatch.setattr(privacy, "events", lambda: store)
    monkeypatch.setattr(erasing, "ledger", world.process)
    monkeypatch.setattr(erasing, "S3Exports", lambda *_: SimpleNamespace(delete_all=lambda _: None))
    monkeypatch.setattr(erasing, "settings", lambda: SimpleNamespace(required=lambda _: "bucket"))
    kills, request = Kills(), LogEventRequest(dataset="usage", event={"topic": "ask Anna Kowalska, anna@example.org"})
    kills.watch(world.dynamodb, world.kms)
    privacy.log_event(request, caller("bob"), None)
    call, killed = 0, True
    while killed:
        call += 1
        name = f"ada-{call}"
        privacy.log_event(request, caller(name), None)
        killed = True
        with kills.killed_at(call, when):
            erasing.erase(name)
            killed = False
        erasing.erase(name)
        assert world.process().keys.current(name) is None
        (left,) = store.every("usage")
    assert call > 6
    assert left.person == privacy.pseudonym("bob", "usage")
    assert "EMAIL" in str(left.values)
    assert "Anna" not in str(left.values)
