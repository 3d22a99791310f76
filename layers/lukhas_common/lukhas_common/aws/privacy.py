"""Statistics put together from their adapters; built once per process."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from lukhas_common.privacy.answers import Answers, Ask
from lukhas_common.privacy.client import HOUR
from lukhas_common.privacy.columns import Category
from lukhas_common.privacy.datasets import DATASETS, dataset_of
from lukhas_common.privacy.errors import PrivacyFault, PrivacyReason
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

_EVENT_ID = b"lukhas privacy event id v1"


@cache
def events() -> DynamoEvents:
    """The events of all data sets."""
    return DynamoEvents(client("dynamodb"), settings().required("series_table"))


def accounts() -> Accounts:
    """The budgets."""
    return Accounts(ledger())


def pseudonym(user_id: str, dataset: str) -> str:
    """What stands for a person in one data set, for as long as the person's data key exists.

    The key is read anew: under one that was destroyed a minute ago, nobody could find the events to delete them.
    """
    ledger().keys.to_seal(user_id, fresh=True)
    return ledger().keys.keyed_hash(user_id, b"lukhas privacy pseudonym v1", dataset.encode())


def log_event(request: LogEventRequest, who: Caller, idempotency_key: str | None) -> LoggedEvent:
    """Keep what is declared of an event; under an idempotency key once.

    Raises:
        PrivacyFault: a declared column has a value of another kind, or the key was used for another event.
    """
    dataset, now, user_id = dataset_of(request.dataset), times.now(), request.user_id or who.user_id
    kept, person = dataset.kept(request.event, _redacted), pseudonym(user_id, dataset.name)
    # Under the person's key: an id that anybody can compute would say who sent the event.
    sent = json.dumps([who.user_id, idempotency_key]).encode()
    event_id = uuid7(now) if idempotency_key is None else ledger().keys.keyed_hash(user_id, _EVENT_ID, sent)
    event = Event(person, event_id, kept)
    if events().add(dataset.name, event, int(now) // HOUR * HOUR) != event:
        raise PrivacyFault(
            PrivacyReason.IDEMPOTENCY_KEY_REUSED, "Send a new Idempotency-Key; this one belongs to another event."
        )
    return LoggedEvent(dataset=dataset.name, kept=sorted(kept))


def statistic(request: StatisticRequest, who: Caller, idempotency_key: str | None) -> PrivacyStatistic:
    """Pay, then compute; under an idempotency key put on record, then answer what is on record."""
    dataset, gaussian = dataset_of(request.dataset), request.mechanism == "gaussian"
    asked = None
    if idempotency_key is not None:
        asked = Ask.of(who.user_id, idempotency_key, request.model_dump())
        given = Answers(ledger()).given(dataset.name, asked)
        if given is not None:
            return PrivacyStatistic.model_validate(given)
    epsilon = Decimal(str(request.epsilon))
    column = dataset.columns.get(request.column or "")
    free = request.aggregation == "histogram" and isinstance(column, Category) and not column.known
    delta = dataset.delta / 10 if gaussian or free else Decimal(0)
    question = Question(
        aggregation=request.aggregation,
        column=request.column,
        epsilon=Fraction(epsilon),
        delta=float(delta),
        gaussian=gaussian,
        confidence=request.confidence,
    )
    check(question, dataset)
    account = accounts().spend(dataset, epsilon, delta, asked)
    found = ask(question, dataset, events().every(dataset.name))
    answer = PrivacyStatistic.of(request, found, account)
    if asked is None:
        return answer
    return PrivacyStatistic.model_validate(Answers(ledger()).record(dataset.name, asked, answer.model_dump()))


def budget(name: str) -> PrivacyBudget:
    """What is left of a data set's budget."""
    return PrivacyBudget.of(accounts().current(dataset_of(name)))


def erase_events(who: Caller) -> ErasedEvents:
    """Delete the caller's events of all data sets."""
    return ErasedEvents(events=erase_of(pseudonyms(who.user_id)))


def pseudonyms(user_id: str) -> dict[str, str]:
    """What stands for a person, by data set; nothing where no data key is, as then no event can be of theirs."""
    if ledger().keys.current(user_id) is None:
        return {}
    return {name: pseudonym(user_id, name) for name in DATASETS}


def erase_of(names: Mapping[str, str]) -> int:
    """Delete the events of these pseudonyms, by data set; how many there were."""
    return sum(events().erase(name, person) for name, person in names.items())


def _redacted(text: str) -> str:
    from lukhas_common.privacy.redaction.redactor import redact  # only free words need it

    return redact(text)
