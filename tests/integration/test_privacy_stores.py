"""Events and budgets on the embedded AWS: the contract of the store, and spending that is cut off at every AWS call."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lukhas_common.aws.privacy_events import DynamoEvents
from lukhas_common.privacy.account import Accounts
from lukhas_common.privacy.columns import DataSet
from lukhas_common.privacy.errors import PrivacyFault
from lukhas_common.privacy.events import EventStore, MemoryEvents
from lukhas_common.privacy.statistics import Event
from tests.integration.kills import WHEN, Kills
from tests.integration.test_ledger_stores import World, dynamodb, like

__all__ = ["dynamodb", "like"]


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, dynamodb: Any, like: Callable[[str], str]) -> EventStore:
    return MemoryEvents() if request.param == "memory" else DynamoEvents(dynamodb, like("SERIES_TABLE"))


def test_events_are_kept_once_and_erased_by_person(store: EventStore) -> None:
    ada, bob = (Event(person * 64, "1", {"minutes": 3, "feature": "chat"}) for person in "ab")
    for event in (ada, ada, bob):
        store.add("usage", event, 7200)
    store.add("usage", Event(ada.person, "1", {"minutes": 9}), 7200)
    store.add("other", ada, 7200)
    assert sorted(store.every("usage"), key=lambda event: event.person) == [ada, bob]
    assert [store.erase("usage", ada.person) for _ in range(2)] == [1, 0]
    assert list(store.every("usage")) == [bob]
    assert list(store.every("other")) == [ada]


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
