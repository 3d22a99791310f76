"""The sequencer on the embedded AWS, killed at each call, before it took effect and after; and another beside it."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from lukhas_common import times
from lukhas_common.aws.access_feed import S3Feed
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.aws.ledger_log import DynamoLogState, S3LogObjects, S3Staging
from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.ids import uuid7
from lukhas_common.ledger.entries import GENESIS, Entry, EntryStore, Leaf, LeafConflictError
from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead
from lukhas_common.ledger.memory import MemoryEntries
from lukhas_common.ledger.sequencer import Sequencer, Summary
from lukhas_common.tlog.tree import TileMissingError
from tests.fakes import Audit
from tests.integration.conftest import consistent
from tests.integration.kills import WHEN, Killed, Kills
from tests.unit.ledger.sequencer_world import (
    ED25519,
    ML_DSA_44,
    ORIGIN,
    check_heads,
    check_leaves,
    check_tiles,
    log_leaves,
    verified,
)

ENTRIES_KEYS: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "stream", "AttributeType": "S"},
        {"AttributeName": "seq", "AttributeType": "N"},
        {"AttributeName": "pending", "AttributeType": "S"},
        {"AttributeName": "entry_id", "AttributeType": "S"},
    ],
    "KeySchema": [
        {"AttributeName": "stream", "KeyType": "HASH"},
        {"AttributeName": "seq", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "pending",
            "KeySchema": [
                {"AttributeName": "pending", "KeyType": "HASH"},
                {"AttributeName": "entry_id", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}
LOCK_KEYS: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "origin", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "origin", "KeyType": "HASH"}],
}


class Process(Kills):
    """One process: once it was killed, none of its threads makes another call.

    Attributes:
        kill_on: an operation, after which it is killed, too.
    """

    kill_on = ""

    def _before(self, **_: Any) -> None:
        self.calls += 1
        if self.kill_at and (self.calls > self.kill_at or (self.calls == self.kill_at and self.when == "before")):
            raise Killed

    def _after(self, **about: Any) -> None:
        if about["model"].name == self.kill_on:
            self.kill_at = self.calls
        if self.kill_at and self.calls >= self.kill_at:
            raise Killed


def reads_are_consistent(params: dict[str, Any], model: Any, **more: Any) -> None:
    """All but those of an index, which has no such reads."""
    if "IndexName" not in params:
        consistent(params, model, **more)


class Log:
    """A log of its own, with its entries."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        self.aws = aws
        self.name = f"test-{secrets.token_hex(6)}"
        dynamodb, s3 = self.client("dynamodb"), self.client("s3")
        dynamodb.create_table(TableName=f"{self.name}-entries", BillingMode="PAY_PER_REQUEST", **ENTRIES_KEYS)
        dynamodb.create_table(TableName=f"{self.name}-lock", BillingMode="PAY_PER_REQUEST", **LOCK_KEYS)
        for bucket in ("log", "staging"):
            place = {"LocationConstraint": s3.meta.region_name}
            s3.create_bucket(Bucket=f"{self.name}-{bucket}", CreateBucketConfiguration=place)
        self.s3 = s3
        self.entries = DynamoEntries(dynamodb, f"{self.name}-entries")
        self.state = DynamoLogState(dynamodb, f"{self.name}-lock", ORIGIN)
        self.objects, self.staging = S3LogObjects(s3, f"{self.name}-log"), S3Staging(s3, f"{self.name}-staging")
        self.audit = Audit()
        self.heads: dict[bytes, LogHead] = {}
        self.appended: dict[str, int] = {}

    def client(self, service: str) -> Any:
        made = self.aws(service)
        made.meta.events.unregister("provide-client-params.dynamodb", consistent)
        made.meta.events.register("provide-client-params.dynamodb", reads_are_consistent)
        return made

    def append(self, count: int, stream: str = "access/s") -> None:
        for _ in range(count):
            seq = self.appended.get(stream, 0)
            entry = an_entry(stream, seq)
            assert self.entries.put(entry) == entry
            self.appended[stream] = seq + 1

    def sequencer(self, process: Process | None = None, *, threads: int = 1, dynamodb: Any = None) -> Sequencer:
        dynamodb, s3 = dynamodb or self.entries.client, self.s3
        if process is not None:
            dynamodb, s3 = self.client("dynamodb"), self.client("s3")
            process.watch(dynamodb, s3)
        return Sequencer(
            ORIGIN,
            DynamoEntries(dynamodb, self.entries.table, threads),
            replace(self.state, client=dynamodb),
            S3LogObjects(s3, self.objects.bucket),
            S3Staging(s3, self.staging.bucket),
            SingleKey(ED25519),
            SingleKey(ML_DSA_44),
            self.audit,
            times.now,
            S3Feed(s3, self.staging.bucket),
        )

    def run(self, process: Process | None = None, limit: int = 2, **more: Any) -> Summary:
        return self.sequencer(process, **more).run(limit, times.now() + 60)

    def look(self) -> None:
        """What anyone could be told at this moment."""
        head, public = self.state.load(), self.objects.checkpoint()
        if head is not None:
            self.heads[head.note] = head
        if public is not None:
            checkpoint = verified(public[0])
            self.heads[public[0]] = LogHead(checkpoint.size, checkpoint.root, public[0])
            assert head is not None
            assert checkpoint.size <= head.size

    def check(self) -> None:
        self.look()
        assert not self.audit.alarms
        head, public = self.state.load(), self.objects.checkpoint()
        assert head is not None
        assert public is not None
        assert public[0] == head.note
        leaves = log_leaves(self.objects, head.size)
        stored = [entry for stream in self.appended for entry in self.entries.read(stream, 0, 1_000_000)]
        assert len(stored) == sum(self.appended.values())
        check_leaves(leaves, stored, all_sequenced=True)
        check_heads(self.objects, list(self.heads.values()), leaves)
        listed = self.s3.list_objects_v2(Bucket=self.objects.bucket)["Contents"]
        tiles = {found["Key"]: self.objects.read(found["Key"]) for found in listed if found["Key"] != "checkpoint"}
        check_tiles(tiles, leaves)
        assert self.entries.pending(1) == []
        self.check_feed(head.size)

    def check_feed(self, size: int) -> None:
        """Who follows the log is told of every entry that is followed, and misses no batch."""
        reached, told = 0, set()
        for batch in S3Feed(self.s3, self.staging.bucket).after(0):
            assert batch.start <= reached < batch.size
            reached, told = batch.size, told | set(batch.places)
        assert reached == size
        assert told == {("access/s", seq) for seq in range(self.appended.get("access/s", 0))}


def an_entry(stream: str, seq: int, **changes: Any) -> Entry:
    commitment = hashlib.sha256(f"{stream} {seq}".encode()).digest()
    return replace(Entry(stream, seq, uuid7(times.now()), GENESIS, commitment, b"content"), **changes)


@pytest.fixture
def log(aws: Callable[[str], Any]) -> Log:
    return Log(aws)


@pytest.mark.parametrize("when", WHEN)
def test_killed_at_every_call(log: Log, when: str) -> None:
    """Whoever comes next finishes: each entry is in the log once, and the log began as it was ever said to begin."""
    log.append(250)
    log.run(limit=300)
    call, ended = -1, False
    while not ended:
        call += 2
        log.append(3)
        process = Process()
        with process.killed_at(call, when):
            log.run(process)
            ended = True
        log.look()
        log.run()
        log.look()
    assert call > 40, "two batches were killed at each of their calls"
    log.check()
    log.run()
    assert log.staging.names() == []


@pytest.mark.parametrize("when", WHEN)
def test_the_run_that_repairs_is_killed_too(log: Log, when: str) -> None:
    log.append(1)
    log.run()
    for call in range(1, 30, 2):
        log.append(2)
        committing = Process()
        committing.kill_on = "PutItem"
        with committing.killed_at(0, "after"):
            log.run(committing)
        head, public = log.state.load(), log.objects.checkpoint()
        assert head is not None
        assert public is not None
        assert public[0] != head.note, "committed, and nothing of it public"
        repairing = Process()
        with repairing.killed_at(call, when):
            log.run(repairing)
        log.look()
        log.run()
        log.look()
    log.check()


@pytest.mark.parametrize("when", WHEN)
def test_killed_beside_another_sequencer(log: Log, when: str) -> None:
    log.run()
    for call in range(1, 45, 2):
        log.append(3)
        process = Process()
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(log.run, limit=2)
            with process.killed_at(call, when):
                log.run(process, limit=2)
            other.result()
        log.run()
        log.look()
    log.check()


def test_many_sequencers_and_writers_at_once(log: Log) -> None:
    stop = threading.Event()

    def sequence() -> int:
        done = 0
        while not stop.is_set():
            done += log.run(limit=7, threads=4).sequenced
        return done

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(sequence) for _ in range(3)]
        list(pool.map(lambda stream: log.append(40, stream), ["a", "b", "c"]))
        stop.set()
        done = sum(each.result() for each in running)
    done += log.run(limit=50).sequenced
    assert done == 120
    log.check()


def test_killed_while_threads_settle(log: Log) -> None:
    log.append(20)
    log.run()
    for call in range(14, 44, 3):
        log.append(20)
        process = Process()
        with process.killed_at(call, "after"):
            log.run(process, limit=100, threads=16)
        log.run(limit=100, threads=16)
        log.look()
    log.check()


class LaggingIndex:
    """A client whose index answers what it should have answered at the query before, and not in pages."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.before: dict[str, Any] = {}

    def __getattr__(self, operation: str) -> Any:
        return getattr(self.client, operation)

    def query(self, **arguments: Any) -> Any:
        if "IndexName" not in arguments:
            return self.client.query(**arguments)
        arguments.pop("Limit")
        shard = arguments["ExpressionAttributeValues"][":shard"]["S"]
        answer = {"Items": self.before.get(shard, [])}
        self.before[shard] = self.client.query(**arguments)["Items"]
        return answer


def test_an_index_that_lags_sequences_nothing_twice(log: Log) -> None:
    lagging = LaggingIndex(log.client("dynamodb"))
    sequenced = []
    for _ in range(4):
        log.append(5)
        sequenced.append(log.run(limit=3, dynamodb=lagging).sequenced)
    while (last := log.run(limit=3, dynamodb=lagging).sequenced) or log.entries.pending(1):
        sequenced.append(last)
    assert sequenced[0] == 0
    assert sum(sequenced) == 20
    log.check()


def test_what_is_public_says_what_it_is(log: Log) -> None:
    log.append(1)
    log.run()
    bucket = log.objects.bucket
    checkpoint = log.s3.get_object(Bucket=bucket, Key="checkpoint")
    assert (checkpoint["ContentType"], checkpoint["CacheControl"]) == (
        "text/plain; charset=utf-8",
        "public, max-age=10",
    )
    for key in ("tile/0/000.p/1", "tile/entries/000.p/1"):
        tile = log.s3.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        assert tile["ContentType"] == "application/octet-stream"
        assert tile["CacheControl"] == "public, max-age=31536000, immutable"
        assert tile["ChecksumSHA256"]


def test_a_run_with_nothing_to_do_makes_few_calls(log: Log) -> None:
    log.append(3)
    log.run()
    process = Process()
    log.run(process)
    assert process.calls == 8, "checkpoint, lock, one tile, what is staged, and four shards of the index"


def test_the_log_in_s3_keeps_to_its_conditions(log: Log) -> None:
    objects = log.objects
    with pytest.raises(TileMissingError):
        objects.read("tile/0/000")
    objects.put_new("tile/0/000", b"data")
    objects.put_new("tile/0/000", b"data")
    with pytest.raises(LogForkError) as refusal:
        objects.put_new("tile/0/000", b"other")
    assert refusal.value.reason is Fork.OBJECT_DIFFERS
    assert objects.read("tile/0/000") == b"data"
    assert objects.checkpoint() is None
    assert not objects.put_checkpoint(b"zero", '"of nothing"')
    assert objects.put_checkpoint(b"one", None)
    assert not objects.put_checkpoint(b"two", None)
    first = objects.checkpoint()
    assert first is not None
    assert first[0] == b"one"
    assert objects.put_checkpoint(b"two", first[1])
    assert not objects.put_checkpoint(b"three", first[1])
    assert (objects.checkpoint() or [b""])[0] == b"two"


def test_the_lock_changes_hands_once(log: Log) -> None:
    old, new, other = (LogHead(size, bytes([size]) * 32, b"note %d" % size) for size in (1, 2, 3))
    assert log.state.load() is None
    assert not log.state.swap(old, new)
    assert log.state.swap(None, old)
    assert log.state.swap(None, old), "it is there already"
    assert not log.state.swap(None, new)
    assert log.state.load() == old
    assert not log.state.swap(replace(old, root=bytes(32)), new)
    assert not log.state.swap(replace(old, size=7), new)
    assert log.state.swap(old, new)
    assert not log.state.swap(old, other)
    assert log.state.load() == new


def test_the_staging_area_keeps_bundles(log: Log) -> None:
    names = [f"{size}-x" for size in range(3)]
    for name in names:
        log.staging.put(name, b"first")
        log.staging.put(name, name.encode())
    assert sorted(log.staging.names()) == names
    assert log.staging.get(names[0]) == names[0].encode()
    log.staging.delete(names[0])
    log.staging.delete(names[0])
    assert log.staging.get(names[0]) is None


# ---------------------------------------------------------------- entries


@pytest.fixture(params=["memory", "dynamodb"])
def entries(request: pytest.FixtureRequest, log: Log) -> Any:
    return MemoryEntries() if request.param == "memory" else log.entries


def test_an_entry_comes_back_as_it_went_in(entries: EntryStore) -> None:
    entry = an_entry("stream/1", 0, subject="someone", key_id="key", previous=b"p" * 32)
    assert entries.get("stream/1", 0) is None
    assert entries.newest("stream/1") is None
    assert entries.put(entry) == entry
    assert entries.get("stream/1", 0) == entries.newest("stream/1") == entry
    other = an_entry("stream/1", 0, commitment=b"o" * 32)
    assert entries.put(other) == entry
    assert entries.put(entry) == entry
    assert entries.get("stream/1", 0) == entry


def test_entries_are_read_in_order_and_never_fewer_than_there_are(entries: EntryStore) -> None:
    big = bytes(200_000)
    put = [entries.put(an_entry("s", seq, content=big)) for seq in range(12)]
    entries.put(an_entry("t", 0))
    assert entries.newest("s") == put[11]
    assert entries.read("s", 0, 100) == put
    assert entries.read("s", 3, 7) == put[3:10]
    assert entries.read("s", 12, 5) == []
    assert entries.read("nothing", 0, 5) == []


def test_the_inbox_has_the_oldest_that_wait(entries: Any) -> None:
    now = times.now()
    made = [an_entry(f"s{seq % 3}", seq // 3, entry_id=uuid7(now + seq)) for seq in range(230)]
    for entry in sorted(made, key=lambda entry: (entry.stream, entry.seq)):
        entries.put(entry)
    leaves = [Leaf(entry.stream, entry.seq, entry.commitment) for entry in made]
    assert entries.pending(1000) == leaves
    assert entries.pending(120) == leaves[:120]
    entries.settle([(leaf, index) for index, leaf in enumerate(leaves[:110])])
    entries.settle([(leaf, index) for index, leaf in enumerate(leaves[:110])])
    assert entries.pending(110) == leaves[110:220]
    assert [entries.get(leaf.stream, leaf.seq).leaf_index for leaf in leaves[105:112]] == [*range(105, 110), None, None]
    assert entries.get("s0", 0) == replace(made[0], leaf_index=0)


def test_a_leaf_index_is_written_once_and_for_this_commitment(entries: Any) -> None:
    entry = entries.put(an_entry("s", 0))
    leaf = Leaf("s", 0, entry.commitment)
    for wrong in (Leaf("s", 0, bytes(32)), Leaf("s", 1, entry.commitment)):
        with pytest.raises(LeafConflictError):
            entries.settle([(wrong, 5)])
    assert entries.get("s", 0) == entry
    assert entries.get("s", 1) is None
    entries.settle([(leaf, 5)])
    with pytest.raises(LeafConflictError):
        entries.settle([(leaf, 6)])
    assert entries.get("s", 0).leaf_index == 5


def test_the_tables_of_the_stack_have_these_keys(log: Log, stack: Any) -> None:
    environments = [found for found in stack.ready["functions"].values() if "CHECKPOINTS_TABLE" in found]
    assert environments
    for variable, keys in (("LEDGER_TABLE", ENTRIES_KEYS), ("CHECKPOINTS_TABLE", LOCK_KEYS)):
        found = log.client("dynamodb").describe_table(TableName=environments[0][variable])["Table"]
        assert found["KeySchema"] == keys["KeySchema"]
        for index in keys.get("GlobalSecondaryIndexes", []):
            (deployed,) = found["GlobalSecondaryIndexes"]
            assert {name: deployed[name] for name in index} == index
