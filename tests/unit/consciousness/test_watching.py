"""Series of scores: fed once, bounded, sealed; and alarms that are told in order, at least once and on record first."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consciousness.drift.detector import Severity
from lukhas_common.consciousness.drift.watch import LEARNED, Signal, Watch
from lukhas_common.consciousness.errors import ConsciousnessError, ConsciousnessReason
from lukhas_common.consciousness.series import HISTORY, LARGEST, REMEMBERED, Alarm, Asked, Score, Series, unpacked
from lukhas_common.consciousness.watching import MOST, RAISED, Fed
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.verify import verify_chain
from tests.unit.consciousness.world import ADA, NAME, Mind

scores = st.floats(0, 1)


def learned(mind: Mind) -> None:
    """What is usual is known: around 0.1."""
    chance = random.Random(7)  # noqa: S311 - the same each time
    mind.feed(*(0.1 + chance.uniform(-0.02, 0.02) for _ in range(LEARNED)))


def refused(reason: ConsciousnessReason) -> pytest.RaisesExc[ConsciousnessError]:
    return pytest.RaisesExc(ConsciousnessError, check=lambda error: error.reason is reason)


def ask(mind: Mind, score: float, key: str | None, request: bytes = b"r") -> Fed:
    return mind.watching().feed(ADA, NAME, score, Severity.LOW, request=request, idempotency_key=key)


@given(st.lists(scores, min_size=1, max_size=130))
def test_a_series_goes_on_in_every_process_as_one_watch_would(values: list[float]) -> None:
    mind, watch = Mind(), Watch()
    signals = [(mind.feed(value).signal, watch.add(value)) for value in values]
    assert all(one is two for one, two in signals)
    (series,) = mind.series()
    assert (series.name, series.watch, series.version) == (NAME, watch.state(), series.version)
    assert [each.value for each in series.scores] == [round(value, 4) for value in values[-HISTORY:]]
    assert all(one.at < two.at for one, two in pairwise(series.scores))


def test_an_alarm_is_told_once_and_stands_until_scores_are_usual_again() -> None:
    mind = Mind()
    learned(mind)
    assert mind.feed(0.1).signal is Signal.QUIET
    fed = mind.feed(0.9, 0.9)
    assert (fed.signal, fed.is_told) == (Signal.ALARM, True)
    assert fed.series.alarm_since is not None
    ((kind, detail),) = mind.bus.sent
    assert kind == RAISED
    assert (detail["kind"], detail["series"], detail["owner"], detail["score"]) == ("alarm", NAME, "person", 0.9)
    assert set(detail) == {
        *("alarm_id", "kind", "series", "at", "score", "severity", "baseline_id", "owner", "entry_hash"),
    }
    stream = stream_of(mind)
    (entry,) = mind.entries.read(stream, 0, 10)
    assert entry.hash.hex() == detail["entry_hash"]
    assert entry.subject == ADA
    assert mind.ledger().open(entry).body["alarm_id"] == detail["alarm_id"]
    verify_chain([entry], opens=mind.ledger().open, destroyed=[])
    assert mind.feed(*[0.1] * 60).series.alarm_since is None
    assert len(mind.bus.sent) == 1


def test_a_change_that_lasts_is_confirmed_and_becomes_what_is_usual() -> None:
    mind = Mind()
    learned(mind)
    signals = [mind.feed(0.6).signal for _ in range(200)]
    assert Signal.CONFIRMED in signals
    assert [detail["kind"] for _, detail in mind.bus.sent] == ["alarm", "confirmed"]
    assert mind.feed(0.6).series.alarm_since is None, "the new usual is learned"


def test_an_alarm_that_could_not_be_sent_is_sent_by_the_next_detection() -> None:
    mind = Mind()
    learned(mind)
    mind.bus.broken = True
    fed = mind.feed(0.9, 0.9, 0.9)
    assert not fed.is_told
    assert mind.audit.alarms[-1] == "drift.alarm_not_sent"
    assert mind.series()[0].unsent
    mind.bus.broken = False
    assert mind.feed(0.1).is_told
    assert [detail["kind"] for _, detail in mind.bus.sent] == ["alarm"]
    assert len(mind.entries.read(stream_of(mind), 0, 10)) == 1
    assert mind.series()[0].unsent == ()


def test_while_nobody_listens_alarms_do_not_pile_up() -> None:
    mind = Mind()
    learned(mind)
    mind.bus.broken = True
    for _ in range(4):
        mind.feed(0.9, 0.9, *[0.1] * 40)
    assert len(mind.series()[0].unsent) == 1


def test_a_repeat_is_not_fed_again_and_answers_the_same() -> None:
    mind = Mind()
    first = ask(mind, 0.5, "key")
    for number in range(REMEMBERED - 1):
        ask(mind, 0.1, f"other {number}")
    again = ask(mind, 0.5, "key")
    assert (first.repeated, again.repeated, again.signal) == (False, True, first.signal)
    assert len(mind.series()[0].scores) == REMEMBERED
    with refused(ConsciousnessReason.IDEMPOTENCY_KEY_REUSED):
        ask(mind, 0.5, "key", b"another")
    assert not ask(mind, 0.5, None).repeated


def test_a_write_whose_answer_was_lost_is_not_made_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    mind = Mind()
    put = mind.store.put

    def lost(*args: object) -> bool:
        put(*args)  # type: ignore[arg-type]
        return False  # what the SDK's second try finds

    monkeypatch.setattr(mind.store, "put", lost)
    fed = ask(mind, 0.5, None)
    assert (fed.repeated, len(fed.series.scores)) == (False, 1)


def test_two_that_feed_at_once_both_count(monkeypatch: pytest.MonkeyPatch) -> None:
    mind = Mind()
    mind.feed(0.1)
    put, raced = mind.store.put, []

    def race(*args: object) -> bool:
        if not raced:
            raced.append(True)
            mind.feed(0.2)
        return put(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(mind.store, "put", race)
    mind.feed(0.3)
    assert [each.value for each in mind.series()[0].scores] == [0.1, 0.2, 0.3]
    monkeypatch.setattr(mind.store, "put", lambda *_: False)
    with refused(ConsciousnessReason.SERIES_BUSY):
        mind.feed(0.4)


def test_series_are_told_apart_and_there_are_only_so_many() -> None:
    mind = Mind()
    for number in range(MOST):
        mind.feed(0.1, name=f"s{number:02}")
    mind.feed(0.2, name="s07")
    with refused(ConsciousnessReason.TOO_MANY_SERIES):
        mind.feed(0.1, name="one-more")
    mind.feed(0.1, name="one-more", owner="system")
    assert [series.name for series in mind.series()] == [f"s{number:02}" for number in range(MOST)]
    assert [len(series.scores) for series in mind.series()].count(2) == 1


def test_what_is_stored_tells_nothing_and_ends_with_the_key() -> None:
    mind = Mind()
    mind.feed(0.1)
    ((_, place),) = mind.store.stored
    (stored,) = mind.store.stored.values()
    assert NAME not in place
    assert NAME.encode() not in stored.sealed
    Erasures(mind.ledger(), mind.clock).erase(ADA, "consent/me")
    mind.clock.advance(120)
    assert mind.series() == []
    assert len(mind.feed(0.1).series.scores) == 1


@pytest.mark.parametrize("harm", [lambda sealed: sealed[:-1], lambda sealed: b"", lambda sealed: sealed[::-1]])
def test_a_series_that_was_altered_is_reported_and_begins_anew(harm: Callable[[bytes], bytes]) -> None:
    mind = Mind()
    mind.feed(0.1, 0.2)
    ((key, stored),) = mind.store.stored.items()
    mind.store.stored[key] = replace(stored, sealed=harm(stored.sealed))
    assert mind.series() == []
    assert mind.audit.alarms == ["drift.series_damaged"]
    assert [each.value for each in mind.feed(0.3).series.scores] == [0.3]


@pytest.mark.parametrize("seed", range(3))
def test_a_series_fits_into_four_kilobytes_and_comes_back_to_the_bit(seed: int) -> None:
    """However full: a window of many values, each score another, and two alarms that wait."""
    chance, watch = random.Random(seed), Watch(0.5, 0.3)  # noqa: S311 - the same each time
    for _ in range(60 + 800 * seed):
        watch.add(chance.uniform(0.3, 0.7))
    series = Series(
        "n" * 64,
        7,
        watch.state(),
        Signal.ALARM,
        1_800_000_000.123,
        tuple(Score(float(chance.randrange(2**31)), round(chance.random(), 4)) for _ in range(HISTORY)),
        tuple(
            Asked(f"{chance.getrandbits(64):016x}", f"{chance.getrandbits(64):016x}", Signal.QUIET)
            for _ in range(REMEMBERED)
        ),
        tuple(
            Alarm(
                "i" * 36, kind, chance.random(), chance.random(), Severity.CRITICAL, f"{chance.getrandbits(256):064x}"
            )
            for kind in (Signal.ALARM, Signal.CONFIRMED)
        ),
    )
    assert len(series.packed()) < LARGEST - 100
    assert unpacked(series.packed(), 7) == series


def stream_of(mind: Mind) -> str:
    """The ledger's stream of the only series."""
    ((owner, place),) = mind.store.stored
    return f"drift/{owner}/{place}"
