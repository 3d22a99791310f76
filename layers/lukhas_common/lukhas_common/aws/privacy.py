"""Statistics put together from their adapters; built once per process."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from fractions import Fraction
from functools import cache

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.privacy_events import DynamoEvents
from lukhas_common.http import Caller
from lukhas_common.ids import uuid7
from lukhas_common.privacy.account import Accounts
from lukhas_common.privacy.client import HOUR
from lukhas_common.privacy.datasets import DATASETS, dataset_of
from lukhas_common.privacy.statistics import Event, Question, ask, check
from lukhas_common.privacy.wire import (
    ErasedEvents,
    LogEventRequest,
    LoggedEvent,
    PrivacyBudget,
    PrivacyStatistic,
    StatisticRequest,
)
from lukhas_common.settings import settings


@cache
def events() -> DynamoEvents:
    """The events of all data sets."""
    return DynamoEvents(client("dynamodb"), settings().required("series_table"))


def accounts() -> Accounts:
    """The budgets."""
    return Accounts(ledger())


def pseudonym(user_id: str, dataset: str) -> str:
    """What stands for a person in one data set, for as long as the person's data key exists."""
    return ledger().keys.keyed_hash(user_id, b"lukhas privacy pseudonym v1", dataset.encode())


def log_event(request: LogEventRequest, who: Caller, idempotency_key: str | None) -> LoggedEvent:
    """Keep what is declared of an event."""
    dataset, now = dataset_of(request.dataset), times.now()
    kept = dataset.kept(request.event)
    event_id = uuid7(now) if idempotency_key is None else hashlib.sha256(idempotency_key.encode()).hexdigest()
    person = pseudonym(request.user_id or who.user_id, dataset.name)
    events().add(dataset.name, Event(person, event_id, kept), int(now) // HOUR * HOUR)
    return LoggedEvent(dataset=dataset.name, kept=sorted(kept))


def statistic(request: StatisticRequest) -> PrivacyStatistic:
    """Pay, then compute."""
    dataset, gaussian = dataset_of(request.dataset), request.mechanism == "gaussian"
    epsilon = Decimal(str(request.epsilon))
    delta = dataset.delta / 10 if gaussian else Decimal(0)
    question = Question(
        aggregation=request.aggregation,
        column=request.column,
        epsilon=Fraction(epsilon),
        delta=float(delta),
        gaussian=gaussian,
        confidence=request.confidence,
    )
    check(question, dataset)
    account = accounts().spend(dataset, epsilon, delta)
    found = ask(question, dataset, events().every(dataset.name))
    return PrivacyStatistic.of(request, found, account)


def budget(name: str) -> PrivacyBudget:
    """What is left of a data set's budget."""
    return PrivacyBudget.of(accounts().current(dataset_of(name)))


def erase_events(who: Caller) -> ErasedEvents:
    """Delete the caller's events of all data sets."""
    return ErasedEvents(events=sum(events().erase(name, pseudonym(who.user_id, name)) for name in DATASETS))
