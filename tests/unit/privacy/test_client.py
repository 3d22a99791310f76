"""The client: what it keeps, what it answers, what it costs, what it forgets."""

from __future__ import annotations

import threading
import warnings
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lukhas_common import times
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.privacy.account import Accounts
from lukhas_common.privacy.client import PrivacyClient
from lukhas_common.privacy.columns import Category, DataSet, Number
from lukhas_common.privacy.errors import BudgetWarning, PrivacyFault, PrivacyReason
from lukhas_common.privacy.mechanisms import Noise
from lukhas_common.privacy.statistics import threshold_of

COLUMNS = {
    "minutes": Number(Decimal(0), Decimal(100)),
    "plan": Category(("free", "paid")),
    "topic": Category(),
}

NO_NUMBERS = (float("nan"), float("inf"), -float("inf"), "1", True, [], Decimal("sNaN"), Decimal("Infinity"))


def client(**given: Any) -> PrivacyClient:
    return PrivacyClient(**{"epsilon": 100.0, "query_epsilon": 10.0, "columns": COLUMNS, **given})


def test_nothing_is_kept_that_is_not_declared() -> None:
    made = client()
    # Names and numbers that no pseudonym, which is in hex, can hold by chance.
    event = {"user_id": "lovelace", "email": "lovelace@example.org", "ip": "192.0.2.1", "timestamp": 7201, "minutes": 5}
    made.log_event({**event, "topic": "Ada Lovelace has flu", "plan": "undeclared"})
    (kept,) = made.events
    assert kept["values"] == {"minutes": 5}
    assert kept["at"] == 7200
    assert all(word not in repr(kept) for word in ("lovelace", "192.0", "flu", "Lovelace"))
    made.log_event({**event, "user_id": "bob"})
    made.log_event(event)
    assert made.events[0]["person"] == made.events[2]["person"] != made.events[1]["person"]


def test_answers_are_near_the_truth() -> None:
    made = client(epsilon=1000.0, query_epsilon=50.0, redact=str.lower)
    for number in range(200):
        made.log_event({"user_id": number, "minutes": number % 101, "plan": "paid", "topic": "Tea" if number else "Z"})
    truth = sum(number % 101 for number in range(200))
    count, mean, total = (made.get_stats(each, column) for each, column in ASKED)
    assert count.value == pytest.approx(200, abs=2)
    assert mean.value == pytest.approx(truth / 200, abs=1)
    assert total.value == pytest.approx(truth, abs=100)
    assert made.get_stats("histogram", "plan").histogram["paid"] == pytest.approx(200, abs=2)
    assert set(made.get_stats("histogram", "topic").histogram) == {"tea"}
    assert count.noise_added is None
    for each in (count, mean, total):
        assert each.interval[0] <= each.value <= each.interval[1]


ASKED = (("count", None), ("mean", "minutes"), ("sum", "minutes"))


def test_one_person_counts_no_more_than_the_limit() -> None:
    made = client(contributions=2, epsilon=1000.0, query_epsilon=100.0)
    for _ in range(500):
        made.log_event({"user_id": "loud", "minutes": 1e9})
    assert made.get_stats("count").value < 10
    assert made.get_stats("sum", "minutes").value < 300


def test_the_sum_of_a_thousand_rows_is_exact_before_the_noise() -> None:
    """The sum attack: in floating point, one huge row makes a sum forget all that came before it."""
    made = PrivacyClient(
        1e6, columns={"x": Number(Decimal(-(2**60)), Decimal(2**60))}, query_epsilon=100, reveal_noise=True
    )
    for number, value in enumerate([2**60, *[1] * 1000, -(2**60)]):
        made.log_event({"user_id": number, "x": value})
    rows = [each["values"]["x"] for each in made.events]
    assert sum(rows) == 1000
    assert sum(map(float, rows)) != 1000
    found = made.get_stats("sum", "x")
    assert found.noise_added is not None


@pytest.mark.parametrize("mechanism", ["laplace", "gaussian"])
def test_the_budget_warns_and_then_refuses(mechanism: str) -> None:
    made = PrivacyClient(1.0, mechanism=mechanism)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(7):
            made.get_stats("count")
    assert made.check_privacy_budget() == pytest.approx(0.3)
    for _ in range(3):
        with pytest.warns(BudgetWarning):
            made.get_stats("count")
    assert made.privacy_budget_used == 1.0
    with pytest.raises(PrivacyFault) as refused:
        made.get_stats("count")
    assert refused.value.reason is PrivacyReason.BUDGET_EXHAUSTED
    made.clear_local_data()
    assert made.events == []
    assert made.check_privacy_budget() == 0


@pytest.mark.parametrize(
    ("kind", "column"), [("median", None), ("mean", None), ("mean", "plan"), ("histogram", "minutes"), ("sum", "who")]
)
def test_what_cannot_be_asked_costs_nothing(kind: str, column: str | None) -> None:
    made = client()
    with pytest.raises(PrivacyFault):
        made.get_stats(kind, column)
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(PrivacyFault):
            made.get_stats("count", epsilon=wrong)
    for odd in ("1", True, [], 101.0):
        with pytest.raises(PrivacyFault):
            made.get_stats("count", epsilon=odd)  # type: ignore[arg-type]
    with pytest.raises(PrivacyFault):
        made.get_stats("mean", ["minutes"])  # type: ignore[arg-type]
    assert made.privacy_budget_used == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": "5"},
        {"minutes": True},
        {"minutes": float("nan")},
        {"minutes": Decimal("sNaN")},
        {"topic": 1},
        {"user_id": 10**5000},
        "no mapping",
        *({"timestamp": at} for at in ("now", "", float("nan"), -1, 2**40, True, [], "1969-12-31T23:59:59Z")),
        {"timestamp": datetime.min.replace(tzinfo=UTC)},
    ],
)
def test_wrong_values_are_refused(wrong: Any) -> None:
    with pytest.raises(PrivacyFault, match="event_invalid"):
        client().log_event(wrong)


@pytest.mark.parametrize(
    "at",
    [
        7201,
        7201.5,
        "1970-01-01T02:00:01Z",
        "1970-01-01T04:00:01.500+02:00",
        "1970-01-01 02:00:01",
        datetime(1970, 1, 1, 2, 0, 1, tzinfo=UTC),
        datetime(1970, 1, 1, 2, 0, 1),
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=timezone(-timedelta(hours=2))),
    ],
)
def test_a_time_is_taken_as_strangers_write_it_and_kept_by_its_hour(at: Any) -> None:
    made = client()
    made.log_event({"timestamp": at})
    made.log_event({"timestamp": at}, anonymize=False)
    assert [each["at"] for each in made.events] == [7200, 7201]
    still = client(clock=lambda: 10_000.0)
    still.log_event({"timestamp": None})
    assert still.events[0]["at"] == 7200


def test_numbers_of_any_size_are_moved_into_bounds() -> None:
    made = client()
    for value in (10**5000, -(10**5000), float("inf"), -float("inf"), Decimal("1e9"), 55.4):
        made.log_event({"minutes": value})
    assert [each["values"]["minutes"] for each in made.events] == [100, 0, 100, 0, 100, 55]


@pytest.mark.parametrize(
    "wrong",
    [
        *({name: value} for name in ("epsilon", "delta", "query_epsilon") for value in NO_NUMBERS),
        {"epsilon": None},
        {"delta": None},
        {"epsilon": 0},
        {"epsilon": -1.0},
        {"delta": 1},
        {"delta": -0.1},
        {"delta": 0, "mechanism": "gaussian"},
        {"mechanism": "exponential"},
        {"query_epsilon": 0},
        {"query_epsilon": 100.5},
        {"contributions": 0},
        {"contributions": 1.5},
        {"contributions": True},
        {"pseudonym_key": b""},
        {"pseudonym_key": b"x"},
        {"pseudonym_key": bytes(33)},
        {"pseudonym_key": "k" * 32},
        {"columns": {"minutes": int}},
        {"columns": ["minutes"]},
    ],
)
def test_wrong_parameters_are_refused_as_is_documented(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"wanted|takes|bytes|mechanism|columns"):
        PrivacyClient(**wrong)


@pytest.mark.parametrize("wrong", [("0", 1), (0, float("nan")), (0, float("inf")), (1, 1), (0, 1, 0), (0, 1, None)])
def test_wrong_bounds_are_refused(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="wanted"):
        Number(*wrong)
    assert Number(0, 2.5, 0.5).bounds == (0, 5)  # type: ignore[arg-type]


def test_whoever_wants_warnings_as_errors_loses_no_answer() -> None:
    made = PrivacyClient(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(7):
            made.get_stats("count")
        with pytest.raises(BudgetWarning, match=r"0\.2 will be left"):
            made.get_stats("count")
        assert made.privacy_budget_used == pytest.approx(0.7)
        warnings.simplefilter("ignore", BudgetWarning)
        assert made.get_stats("count").epsilon_used == 0.1
    assert made.privacy_budget_used == pytest.approx(0.8)


def test_a_name_is_one_however_its_accents_are_written() -> None:
    made = client(columns={"city": Category(("K\u00f6ln",)), "word": Category()}, redact=str)
    for name in ("Jos\u00e9", "Jose\u0301"):
        made.log_event({"user_id": name, "city": "Ko\u0308ln", "word": name})
    assert made.events[0] == made.events[1]
    assert made.events[0]["values"] == {"city": "K\u00f6ln", "word": "Jos\u00e9"}
    assert made.forget("Jose\u0301") == 2
    for person in (7, "\ud800"):
        made.log_event({"user_id": person})
        assert made.forget(person) == 1


def test_one_person_is_forgotten() -> None:
    made = client()
    for person in ("ada", "bob", "ada"):
        made.log_event({"user_id": person})
    assert made.forget("ada") == 2
    assert len(made.events) == 1


def test_a_word_of_one_person_is_as_good_as_never_shown() -> None:
    noise = Noise(1, Fraction(1))
    least = threshold_of(noise, 1, 1e-2)
    shown = sum(1 + each >= least for each in noise.draw(20_000)) / 20_000
    assert shown <= 1e-2


def test_sixty_four_at_once_never_spend_more_than_there_is() -> None:
    keys = DataKeys(MemoryDataKeys(), LocalWrapper(bytes(32)), times.now)
    accounts = Accounts(Ledger(MemoryEntries(), keys, times.now, patience=60))
    dataset = DataSet("usage", epsilon=Decimal(1))
    answers: list[bool] = []

    def spend() -> None:
        try:
            accounts.spend(dataset, Decimal("0.1"))
            answers.append(True)
        except PrivacyFault:
            answers.append(False)

    threads = [threading.Thread(target=spend) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count(True), len(answers)) == (10, 64)
    account = accounts.current(dataset)
    assert (account.epsilon_left, account.nearly_spent, account.seq) == (0, True, 9)
    assert account.composed().basic == 1
