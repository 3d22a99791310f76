"""Heartbeats and series in DynamoDB: the contract of the ports, and what a killed detection leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from lukhas_common import times
from lukhas_common.aws.event_bus import DefaultBus, EventNotTakenError
from lukhas_common.aws.heartbeats import DynamoHeartbeats
from lukhas_common.aws.series import DynamoSeries
from lukhas_common.consciousness.drift.detector import Severity
from lukhas_common.consciousness.drift.watch import Signal
from lukhas_common.consciousness.heartbeats import KEPT, SLOT, Heartbeat, HeartbeatStore
from lukhas_common.consciousness.memory import MemoryHeartbeats, MemorySeries
from lukhas_common.consciousness.series import SeriesStore, StoredSeries
from lukhas_common.consciousness.watching import Watching
from lukhas_common.ledger.verify import verify_chain
from tests.fakes import Audit
from tests.integration.kills import WHEN, Kills
from tests.integration.test_ledger_stores import World, dynamodb, like
from tests.unit.consciousness.world import ADA, NAME

__all__ = ["dynamodb", "like"]

NOW = 1_800_000_000.0


@pytest.fixture(params=["memory", "dynamodb"])
def heartbeats(request: pytest.FixtureRequest, dynamodb: Any, like: Callable[[str], str]) -> HeartbeatStore:
    return MemoryHeartbeats() if request.param == "memory" else DynamoHeartbeats(dynamodb, like("HEARTBEATS_TABLE"))


@pytest.fixture(params=["memory", "dynamodb"])
def series(request: pytest.FixtureRequest, dynamodb: Any, like: Callable[[str], str]) -> SeriesStore:
    return MemorySeries() if request.param == "memory" else DynamoSeries(dynamodb, like("SERIES_TABLE"))


def process(name: str, at: float, requests: int = 3) -> Heartbeat:
    return Heartbeat(
        subsystem="guardian",
        function="guardian.health",
        process=name,
        at=at,
        requests=requests,
        errors=1,
        peak_memory=2**30,
        times={"b7": 3, "sum_us": 12},
        degraded="no_policies",
    )


def test_a_process_has_one_heartbeat_a_slot_and_two_slots_are_heard(heartbeats: HeartbeatStore) -> None:
    for at, requests in ((NOW - 2 * SLOT, 1), (NOW - SLOT, 2), (NOW, 3), (NOW + 60, 4)):
        for name in ("p", "q"):
            heartbeats.put(process(name, at, requests))
    heard = heartbeats.heard(NOW + 61)
    assert heard.complete
    assert sorted(heard.beats, key=lambda beat: (beat.at, beat.process)) == [
        process(name, at, requests) for at, requests in ((NOW - SLOT, 2), (NOW + 60, 4)) for name in ("p", "q")
    ]
    assert heartbeats.expected(NOW) == []
    assert heartbeats.heard(NOW + 5 * SLOT).beats == ()


def test_what_is_expected_has_one_heartbeat_a_name_and_is_forgotten_in_the_end(heartbeats: HeartbeatStore) -> None:
    for at in (NOW - 60, NOW):
        heartbeats.put(Heartbeat(subsystem="memory-core", at=at, interval=60, degraded=""))
    run = Heartbeat(subsystem="identity", function="identity.rotate_keys", process="p", at=NOW, interval=3600)
    heartbeats.put(run)
    newest = Heartbeat(subsystem="memory-core", at=NOW, interval=60)
    assert sorted(heartbeats.expected(NOW), key=lambda beat: beat.name) == [run, newest]
    assert heartbeats.expected(NOW + 3 * 60 + KEPT) == [run]
    assert heartbeats.heard(NOW).beats == ()


def test_a_series_is_written_after_the_version_that_was_read_only(series: SeriesStore) -> None:
    def stored(version: int, sealed: bytes = b"x") -> StoredSeries:
        return StoredSeries(ADA, "place", version, "key", sealed)

    assert (series.find(ADA, "place"), series.of_owner(ADA)) == (None, [])
    assert not series.put(stored(2), NOW)
    assert series.put(stored(1), NOW)
    assert not series.put(stored(1, b"y"), NOW)
    assert not series.put(stored(3), NOW)
    assert series.put(stored(2, b"\0\xff"), NOW)
    assert series.find(ADA, "place") == stored(2, b"\0\xff")
    other = StoredSeries("system", "place", 1, "key", b"z")
    assert series.put(other, NOW)
    assert (series.of_owner(ADA), series.of_owner("system")) == ([stored(2, b"\0\xff")], [other])


class SeriesWorld(World):
    """Series on tables of their own, whose processes can be killed at each AWS call."""

    def __init__(
        self, aws: Callable[[str], Any], dynamodb: Any, tables: dict[str, str], like: Callable[[str], str]
    ) -> None:
        super().__init__(dynamodb, aws("kms"), tables, like)
        self.store, self.events = DynamoSeries(dynamodb, like("SERIES_TABLE")), aws("events")
        self.audit, self.kills = Audit(), Kills()
        self.kills.watch(dynamodb, self.kms, self.events)
        self.sent: list[dict[str, Any]] = []
        self.events.meta.events.register("before-call", self._note)
        self.events.meta.events.register("after-call", self._taken)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self._detail = json.loads(json.loads(params["body"])["Entries"][0]["Detail"])

    def _taken(self, **_: Any) -> None:
        self.sent.append(self._detail)

    def watching(self) -> Watching:
        return Watching(self.store, self.process(), DefaultBus(self.events), self.audit, times.now)

    def feed(self, score: float, key: str | None = None, name: str = NAME) -> Any:
        return self.watching().feed(ADA, name, score, Severity.HIGH, request=repr(score).encode(), idempotency_key=key)

    def learned(self, name: str = NAME) -> None:
        """A series for which 0 is usual."""
        for _ in range(3):
            fed = self.feed(0, name=name)
        assert fed.signal is Signal.QUIET


@pytest.fixture
def world(
    aws: Callable[[str], Any],
    dynamodb: Any,
    tables: dict[str, str],
    like: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> SeriesWorld:
    monkeypatch.setattr("lukhas_common.consciousness.drift.watch.LEARNED", 2)
    return SeriesWorld(aws, dynamodb, tables, like)


def test_a_detection_takes_these_round_trips(world: SeriesWorld) -> None:
    world.learned()
    watching = world.watching()
    watching.feed(ADA, NAME, 0, Severity.NONE)
    calls = world.called()
    world.events.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    watching.feed(ADA, NAME, 0, Severity.NONE)
    assert calls == ["GetItem", "PutItem"]
    calls.clear()
    watching.feed(ADA, NAME, 1, Severity.HIGH)
    # Fed; on record; sent; forgotten.
    assert calls == ["GetItem", "PutItem", "Query", "PutItem", "PutEvents", "GetItem", "PutItem"]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("key", [None, "key"])
def test_a_killed_alarm_is_told_by_the_next_detection(world: SeriesWorld, key: str | None, when: str) -> None:
    call = 0
    while True:
        call += 1
        name, begun = f"series-{call}", len(world.sent)
        world.learned(name)
        with world.kills.killed_at(call, when):
            world.feed(1, key, name)
        finished = world.kills.calls < call
        # With a key, the request is repeated; without one, another detection comes.
        fed = world.feed(1, key, name) if key else world.feed(0.9, None, name)
        assert (fed.signal, fed.is_told) == (Signal.ALARM, True)
        told = [detail["alarm_id"] for detail in world.sent[begun:]]
        assert len(set(told)) == 1, "one alarm, told at least once"
        assert len(told) <= 2
        place = world.watching()._place(ADA, name)
        series = world.watching()._load(ADA, place, name)
        assert series is not None
        assert series.unsent == ()
        assert len(series.scores) == (4 if key else series.version - 1)
        (entry,) = world.entries.read(f"drift/{ADA}/{place}", 0, 100)
        verify_chain([entry], opens=world.process().open, destroyed=[])
        assert world.process().open(entry).body["alarm_id"] == told[0]
        assert world.sent[-1]["entry_hash"] == entry.hash.hex()
        assert world.audit.alarms == []
        if finished:
            break
    assert call > 9


def test_an_event_that_is_not_taken_is_an_error() -> None:
    class Busy:
        def put_events(self, **_: Any) -> dict[str, Any]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}

    with pytest.raises(EventNotTakenError, match="Throttling"):
        DefaultBus(Busy()).send("kind", {})


def test_what_is_kept_of_a_series_is_swept_in_the_end(world: SeriesWorld, dynamodb: Any) -> None:
    world.feed(0)
    (item,) = dynamodb.query(
        TableName=world.store.table,
        KeyConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": {"S": ADA}},
        ConsistentRead=True,
    )["Items"]
    assert int(item["swept_at"]["N"]) > time.time() + 89 * 86400
    assert len(item["sealed"]["B"]) < 4000
    assert set(item) == {"owner", "place", "version", "key_id", "sealed", "swept_at"}
