"""Memory on the embedded AWS: the contracts of its ports, and consolidation cut off at every AWS call."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from lukhas_common.aws.data_keys import DynamoDataKeys, KmsWrapper
from lukhas_common.aws.errands import NotSentError, SqsDeadLetters, SqsErrands
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.aws.memories import DynamoMemories
from lukhas_common.aws.memory_objects import S3MemoryObjects
from lukhas_common.ids import FIRST_ID, LAST_ID, least_uuid7, uuid7
from lukhas_common.ledger.data_keys import DataKeys
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.memory.in_memory import LocalMemories, LocalObjects
from lukhas_common.memory.models import MemoryType, Retention
from lukhas_common.memory.ports import Errand, MemoryObjects, MemoryStore
from lukhas_common.memory.settling import AGE
from lukhas_common.memory.stored import Stage, Stored, shard_of
from lukhas_common.memory.vault import folder_of
from tests.integration.kills import WHEN, Kills
from tests.integration.test_ledger_stores import dynamodb, like
from tests.unit.memory.test_crash import CutWorld, consolidation
from tests.unit.memory.world import ADA

__all__ = ["dynamodb", "like"]

NOW = 1_800_000_000.0


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, dynamodb: Any, like: Callable[[str], str]) -> MemoryStore:
    return LocalMemories() if request.param == "memory" else DynamoMemories(dynamodb, like("MEMORIES_TABLE"))


@pytest.fixture
def bucket(aws: Callable[[str], Any]) -> str:
    name = f"test-{uuid7(time.time())}"
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return name


@pytest.fixture(params=["memory", "s3"])
def objects(request: pytest.FixtureRequest, aws: Callable[[str], Any], bucket: str) -> MemoryObjects:
    return LocalObjects(time.time) if request.param == "memory" else S3MemoryObjects(aws("s3"), bucket)


def made(owner: str, slot: str = "0" * 32, seq: int = 0, **more: Any) -> Stored:
    fields: dict[str, Any] = {
        "memory_id": uuid7(NOW),
        "memory_type": MemoryType.EPISODIC,
        "stage": Stage.FRESH,
        "due": NOW + seq,
        "valid_from": NOW,
        "key_id": "key",
        "content": b"\x00sealed",
        **more,
    }
    return Stored(owner=owner, slot=slot, seq=seq, **fields)


def test_an_item_comes_back_as_it_was_put(store: MemoryStore) -> None:
    full = made(
        "ada",
        memory_type=MemoryType.SEMANTIC,
        stage=Stage.INDEXED,
        due=NOW + 0.125,
        retention=Retention(pinned=True, expires_at=NOW + 9.5, half_life=60.0, worth=0.25),
        once="once",
    )
    bare = made("ada", seq=1, stage=Stage.FOLDED, due=inf, content=None, fold=f"{folder_of('ada', 'key')}fold/1")
    for stored in (full, bare):
        assert store.put(stored) == stored
    assert store.get("ada", [full.place, bare.place, ("f" * 32, 0)]) == [full, bare]
    assert list(store.every("ada")) == list(store.survey("ada")) == [full, bare]
    assert list(store.every("bob")) == []


def test_the_folder_of_a_fold_is_not_stored_and_older_items_have_it(dynamodb: Any, like: Callable[[str], str]) -> None:
    table, name = like("MEMORIES_TABLE"), f"{folder_of('ada', 'key')}fold/1"
    folded = made("ada", stage=Stage.FOLDED, due=inf, content=None, fold=name)
    store = DynamoMemories(dynamodb, table)
    store.put(folded)
    (item,) = dynamodb.scan(TableName=table)["Items"]
    assert item["fold"] == {"S": "fold/1"}
    dynamodb.put_item(TableName=table, Item={**item, "fold": {"S": name}})
    assert store.get("ada", [folded.place]) == [folded]


def test_a_place_is_taken_once_and_an_item_moves_by_its_revisions(store: MemoryStore) -> None:
    first, second = made("ada"), made("ada")
    assert store.put(first) == first
    assert store.put(second) == first
    moved = replace(first, stage=Stage.INDEXED, due=inf, revision=1)
    assert store.move(moved)
    assert store.move(moved)  # an answer that was lost
    assert not store.move(replace(first, stage=Stage.FORGOTTEN, revision=1))
    assert not store.move(replace(second, revision=2))
    assert not store.move(replace(made("ada", seq=7), revision=1))
    store.remove(first)
    assert store.get("ada", [first.place]) == [moved]
    store.remove(moved)
    store.remove(moved)
    assert store.get("ada", [first.place]) == []


def test_the_values_of_a_key_come_newest_first_page_by_page(store: MemoryStore) -> None:
    for seq in range(12):
        store.put(made("ada", seq=seq))
    store.put(made("ada", slot="1" * 32))
    store.put(made("ada", slot="0" * 31 + "1"))
    assert [each.seq for each in store.versions("ada", "0" * 32, 5)] == [11, 10, 9, 8, 7]
    assert [each.seq for each in store.versions("ada", "0" * 32, 5, before=3)] == [2, 1, 0]
    assert store.versions("ada", "0" * 32, 5, before=0) == []
    assert store.versions("ada", "2" * 32, 5) == []


def test_what_is_due_is_found_by_person_and_by_stage(store: MemoryStore) -> None:
    waiting = [made("ada", seq=seq) for seq in range(3)]
    for stored in (*waiting, made("ada", seq=3, stage=Stage.WORKING), made("ada", seq=4, due=inf, stage=Stage.FOLDED)):
        store.put(stored)
    store.put(made("bob", stage=Stage.INDEXED))
    assert store.waiting("ada", Stage.FRESH, NOW + 1) == waiting[:2]
    assert store.waiting("ada", Stage.FRESH, NOW - 1) == []
    assert store.waiting("ada", Stage.FOLDED, 9e9) == []
    assert set(store.due(Stage.FRESH, shard_of("ada"), NOW + 9)) == {"ada"}
    assert set(store.due(Stage.INDEXED, shard_of("bob"), NOW + 9)) == {"bob"}
    assert set(store.due(Stage.FRESH, (shard_of("ada") + 1) % 16, NOW + 9)) == set()


def test_memories_come_in_the_order_in_which_they_were_stored(store: MemoryStore) -> None:
    kept = [made("ada", slot=f"{9 - number}" * 32, memory_id=uuid7(NOW + number)) for number in range(7)]
    for stored in (*reversed(kept), made("bob")):
        store.put(stored)
    assert store.timeline("ada", FIRST_ID, LAST_ID, 100) == kept
    assert store.timeline("ada", FIRST_ID, LAST_ID, 3) == kept[:3]
    assert store.timeline("ada", kept[2].memory_id, LAST_ID, 3) == kept[3:6]
    assert store.timeline("ada", least_uuid7(NOW + 2), least_uuid7(NOW + 4), 100) == kept[2:4]
    assert store.timeline("ada", LAST_ID, LAST_ID, 3) == []


def test_an_object_is_put_once_read_in_parts_and_deleted_for_good(objects: MemoryObjects) -> None:
    objects.put("ada/k/fold/1", b"0123456789")
    objects.put("ada/k/fold/1", b"something else")
    objects.put("ada/k/fold/10", b"ten")
    assert objects.read("ada/k/fold/1") == b"0123456789"
    assert objects.read("ada/k/fold/1", 3, 4) == b"3456"
    assert objects.read("ada/k/fold/1", 8) == b"89"
    assert [name for name, _ in objects.names("ada/")] == ["ada/k/fold/1", "ada/k/fold/10"]
    assert all(abs(at - time.time()) < 60 for _, at in objects.names("ada/"))
    for _ in range(2):
        objects.delete("ada/k/fold/1")
    assert [name for name, _ in objects.names("ada/")] == ["ada/k/fold/10"]
    with pytest.raises(KeyError):
        objects.read("ada/k/fold/1")


def test_where_the_bucket_keeps_versions_deleting_takes_them_too(aws: Callable[[str], Any], bucket: str) -> None:
    s3 = aws("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    objects = S3MemoryObjects(s3, bucket)
    objects.put("ada/x", b"1")
    s3.delete_object(Bucket=bucket, Key="ada/x")
    s3.put_object(Bucket=bucket, Key="ada/x", Body=b"2")
    assert [name for name, _ in objects.names("ada/")] == ["ada/x"]
    assert list(objects.owners()) == ["ada"]
    objects.delete("ada/x")
    left = s3.list_object_versions(Bucket=bucket)
    assert "Versions" not in left
    assert "DeleteMarkers" not in left


def test_errands_and_letters_are_sent_one_message_each(aws: Callable[[str], Any]) -> None:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName=f"test-{uuid7(time.time())}")["QueueUrl"]
    SqsErrands(sqs, url).send(Errand("settle", str(number)) for number in range(23))
    SqsDeadLetters(sqs, url).send(made("ada"), "it was altered")
    received: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        received += [message["Body"] for message in messages]
    said = [json.loads(body) for body in received]
    assert sorted(int(each["owner"]) for each in said if each.get("task") == "settle") == list(range(23))
    (letter,) = [each for each in said if "reason" in each]
    assert (letter["owner"], letter["stage"], letter["reason"]) == ("ada", "fresh", "it was altered")
    assert "sealed" not in str(said)


def test_what_the_queue_does_not_take_is_said() -> None:
    class Refuses:
        def send_message_batch(self, **_: Any) -> dict[str, Any]:
            return {"Failed": [{"Id": "0"}]}

    with pytest.raises(NotSentError):
        SqsErrands(Refuses(), "url").send([Errand("settle", "ada")])


class OnAws(CutWorld):
    """The same world on the embedded AWS, with a person of its own."""

    def __init__(self, aws: Callable[[str], Any], table: str, ledger: str, keys: str, bucket: str, kms: str) -> None:
        super().__init__()
        dynamodb, s3 = aws("dynamodb"), aws("s3")
        self.clients = (dynamodb, s3)
        wrapper = KmsWrapper(lambda: aws("kms"), kms, "lukhas-local")
        self.keys = DataKeys(DynamoDataKeys(dynamodb, keys), wrapper, self.clock, self.clock)
        self.ledger = Ledger(DynamoEntries(dynamodb, ledger), self.keys, self.clock, sleep=lambda _: None)
        self.store = DynamoMemories(dynamodb, table)  # type: ignore[assignment]
        self.objects = S3MemoryObjects(s3, bucket)  # type: ignore[assignment]


@pytest.mark.parametrize("when", WHEN)
def test_cut_off_at_every_aws_call_nothing_is_lost_doubled_or_brought_back(
    aws: Callable[[str], Any], like: Callable[[str], str], tables: dict[str, str], bucket: str, when: str
) -> None:
    call = -1
    while True:
        call += 2
        names = [like(name) for name in ("MEMORIES_TABLE", "LEDGER_TABLE", "DATA_KEYS_TABLE")]
        world = OnAws(aws, *names, bucket, tables["DATA_KEY_ID"])
        _few(world)
        kills = Kills()
        kills.watch(*world.clients)
        with kills.killed_at(call, when):
            consolidation(world)
        done = kills.calls < call
        world.everything_is_there()
        consolidation(world)
        world.everything_is_there()
        for name, _ in list(world.objects.names("")):
            world.objects.delete(name)
        if done:
            break
    assert call > 25


@pytest.mark.parametrize("when", WHEN)
def test_a_request_that_is_cut_off_at_any_aws_call_is_stored_once_when_it_is_sent_again(
    aws: Callable[[str], Any], like: Callable[[str], str], tables: dict[str, str], bucket: str, when: str
) -> None:
    call, done = 0, False
    names = [like(name) for name in ("MEMORIES_TABLE", "LEDGER_TABLE", "DATA_KEYS_TABLE")]
    while not done:
        call += 1
        world = OnAws(aws, *names, bucket, tables["DATA_KEY_ID"])
        key = f"asked {call}"

        def asked(world: CutWorld = world, key: str = key) -> str:
            return world.memory.remember(ADA, key, "violin", MemoryType.EPISODIC, idempotency_key=key).memory_id

        kills = Kills()
        kills.watch(*world.clients)
        with kills.killed_at(call, when):
            asked()
        done = kills.calls < call
        world.restart()
        assert asked() == asked()
        assert sum(each.stage is Stage.FRESH for each in world.store.every(ADA)) == call
    assert call > 4


def _few(world: CutWorld) -> None:
    """A memory at each stage, and one that was deleted."""
    world.remember("old", "old violin")
    world.settling.settle_episodic(ADA)
    world.clock.advance(AGE)
    world.settling.settle_episodic(ADA)
    world.remember("indexed", "indexed violin", MemoryType.SEMANTIC)
    world.remember("gone", "gone violin")
    world.settling.settle_episodic(ADA)
    world.forget("gone")
    world.clock.advance(AGE)
    world.remember("working", "working violin", MemoryType.WORKING)
    world.clock.advance(15 * 60)
    world.remember("fresh", "fresh violin")
