"""The ledger's stores in DynamoDB and its key service, on the embedded AWS: the same contracts, and what it costs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from local.template import read
from lukhas_common import times
from lukhas_common.aws.data_keys import KEPT_FOR, DynamoDataKeys, KmsWrapper
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.ids import uuid7
from lukhas_common.ledger.data_keys import DataKeys
from lukhas_common.ledger.entries import LedgerBusyError
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.ledger.ledger_audit import STRANGERS
from lukhas_common.ledger.verify import verify_chain
from tests.stack import FIXTURE
from tests.unit.ledger.contract import (
    NOW,
    DataKeyStoreContract,
    Entries,
    EntryStoreContract,
    WrappedKeysContract,
    a_name,
)
from tests.unit.local.standins import client as client_of
from tests.unit.local.standins import made, refused

WRITERS = 64
INVALID = "InvalidCiphertextException"


@pytest.fixture
def dynamodb(aws: Callable[[str], Any]) -> Any:
    return aws("dynamodb")


@pytest.fixture
def like(dynamodb: Any, tables: dict[str, str]) -> Iterator[Callable[[str], str]]:
    """Makes an empty table that is defined as one of the product's."""
    created: list[str] = []

    def make(variable: str) -> str:
        defined = dynamodb.describe_table(TableName=tables[variable])["Table"]
        created.append(f"test-{secrets.token_hex(8)}")
        indexes = {
            kind: [{name: index[name] for name in ("IndexName", "KeySchema", "Projection")} for index in defined[kind]]
            for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
            if defined.get(kind)
        }
        dynamodb.create_table(
            TableName=created[-1],
            BillingMode="PAY_PER_REQUEST",
            **indexes,
            **{name: defined[name] for name in ("KeySchema", "AttributeDefinitions")},
        )
        return created[-1]

    yield make
    for table in created:
        dynamodb.delete_table(TableName=table)


def repeat_writes(client: Any) -> None:
    """Have the SDK send each write twice, as it does when the first answer got lost."""
    for operation in ("PutItem", "UpdateItem"):
        client.meta.events.register_first(
            f"needs-retry.dynamodb.{operation}", lambda attempts, **_: 0 if attempts == 1 else None
        )


@pytest.fixture(params=["once", "repeated"])
def writing(request: pytest.FixtureRequest, dynamodb: Any) -> Any:
    """A client whose writes arrive once each, or twice."""
    if request.param == "repeated":
        repeat_writes(dynamodb)
    return dynamodb


@pytest.mark.parametrize(("writing", "times_sent"), [("once", 1), ("repeated", 2)], indirect=["writing"])
def test_writes_arrive_as_often_as_told(writing: Any, like: Callable[[str], str], times_sent: int) -> None:
    sent: list[str] = []
    keys = DynamoDataKeys(writing, like("DATA_KEYS_TABLE"))
    writing.meta.events.register("before-send.dynamodb", lambda event_name, **_: sent.append(event_name))
    keys.add("p", uuid7(NOW), b"w")
    assert sent == ["before-send.dynamodb.UpdateItem"] * times_sent


class TestDynamoEntries(EntryStoreContract):
    @pytest.fixture
    def entries(self, writing: Any, like: Callable[[str], str]) -> Entries:
        return DynamoEntries(writing, like("LEDGER_TABLE"))


class TestDynamoDataKeys(DataKeyStoreContract):
    @pytest.fixture
    def keys(self, writing: Any, like: Callable[[str], str]) -> DynamoDataKeys:
        return DynamoDataKeys(writing, like("DATA_KEYS_TABLE"))


class TestDynamoWrappedKeys(WrappedKeysContract):
    @pytest.fixture
    def keys(self, writing: Any, like: Callable[[str], str]) -> DynamoDataKeys:  # type: ignore[override]
        return DynamoDataKeys(writing, like("DATA_KEYS_TABLE"))


class World:
    """A ledger on tables of its own; its processes share nothing but these."""

    def __init__(self, dynamodb: Any, kms: Any, tables: dict[str, str], like: Callable[[str], str]) -> None:
        self.dynamodb, self.kms = dynamodb, kms
        self.entries = DynamoEntries(dynamodb, like("LEDGER_TABLE"))
        self.data_keys = DynamoDataKeys(dynamodb, like("DATA_KEYS_TABLE"))
        self.wrapper = KmsWrapper(lambda: kms, tables["DATA_KEY_ID"], tables["STACK_NAME"])

    def process(self, patience: float = 6.0) -> Ledger:
        return Ledger(self.entries, DataKeys(self.data_keys, self.wrapper, times.now), times.now, patience)

    def called(self) -> list[str]:
        """Names of the calls from now on."""
        calls: list[str] = []
        for client in (self.dynamodb, self.kms):
            client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
        return calls


@pytest.fixture
def world(dynamodb: Any, aws: Callable[[str], Any], tables: dict[str, str], like: Callable[[str], str]) -> World:
    return World(dynamodb, aws("kms"), tables, like)


def test_an_append_that_nobody_disturbs_is_one_query_and_one_put(world: World) -> None:
    ledger, calls = world.process(), world.called()
    ledger.append("s", "k", {})
    assert calls == ["Query", "PutItem"]
    calls.clear()
    ledger.append("s", "k", {}, subject="p")
    assert calls == ["Query", "GetItem", "GenerateDataKey", "UpdateItem", "PutItem"]
    calls.clear()
    ledger.append("s", "k", {}, subject="p")
    assert calls == ["Query", "PutItem"]
    calls.clear()
    tail = ledger.extend(ledger.store.newest("s"), "s", "k", {}, "p")
    assert tail.seq == 3
    assert calls == ["Query", "PutItem"]
    calls.clear()
    assert ledger.extend(tail, "s", "k", {}, "p").seq == 4
    assert calls == ["PutItem"]
    calls.clear()
    assert world.process().newest("s").record.seq == 4
    assert calls == ["Query", "GetItem", "Decrypt"]


def test_of_many_writers_each_appends_once(world: World) -> None:
    ledger = world.process(patience=240)
    with ThreadPoolExecutor(WRITERS) as pool:
        receipts = list(pool.map(lambda n: ledger.append("s", "k", {"n": n}, subject=f"p{n % 4}"), range(WRITERS)))
    opened = list(world.process().read("s"))
    assert [entry.entry.seq for entry in opened] == list(range(WRITERS))
    assert [opened[receipt.seq].body for receipt in receipts] == [{"n": n} for n in range(WRITERS)]
    assert [opened[receipt.seq].receipt for receipt in receipts] == receipts
    verify_chain([entry.entry for entry in opened], opens=ledger.open, receipt=opened[-1].receipt)


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
@pytest.mark.parametrize("error", [ReadTimeoutError, ConnectionClosedError])
def test_an_answer_that_got_lost_neither_doubles_nor_loses_an_entry(
    world: World, moment: str, error: type[Exception]
) -> None:
    to_lose = [3]

    def lose(**_: Any) -> None:
        if to_lose[0] > 0:
            to_lose[0] -= 1
            raise error(endpoint_url="dynamodb")  # type: ignore[call-arg]

    world.dynamodb.meta.events.register(f"{moment}.dynamodb.PutItem", lose)
    ledger = world.process()
    first, second = (ledger.append("s", "k", {"n": n}) for n in range(2))
    assert to_lose == [0]
    assert [entry.receipt for entry in ledger.read("s")] == [first, second]
    to_lose[0] = 10**6
    with pytest.raises(LedgerBusyError):
        world.process(patience=0.1).append("s", "k", {"n": 2})
    chain = world.entries.read("s", 0, 10)
    assert len(chain) == 2 + (moment == "after-call")
    verify_chain(chain)


def test_each_write_of_a_data_key_is_one_call(world: World) -> None:
    calls, key_id = world.called(), uuid7(NOW)
    for _ in range(2):
        world.data_keys.add("p", key_id, b"w")
        world.data_keys.erase("p", "e", NOW)
        world.data_keys.logged("p", "e")
    assert calls == ["UpdateItem"] * 6
    world.data_keys.load("p")
    world.data_keys.unlogged()
    assert calls[6:] == ["GetItem", "Query"]


def test_an_item_keeps_nothing_of_a_destroyed_key_and_its_index_only_what_is_owed(world: World) -> None:
    key_id = uuid7(NOW)
    world.data_keys.add("p", key_id, b"wrapped")
    world.data_keys.erase("p", "e", NOW)
    table, client = world.data_keys.table, world.dynamodb
    erased = {
        "subject": {"S": "p"},
        "erased_at": {"N": str(NOW)},
        "erased_key": {"S": key_id},
        "unlogged": {"S": "e"},
        "owed": {"S": "erasure"},
    }
    assert client.scan(TableName=table)["Items"] == [erased]
    world.data_keys.logged("p", "e")
    del erased["unlogged"], erased["owed"]
    assert client.scan(TableName=table)["Items"] == [erased]
    assert client.scan(TableName=table, IndexName="owed")["Items"] == []


def test_all_that_is_owed_is_found_however_much_it_is(world: World) -> None:
    pages: list[int] = []
    events = world.dynamodb.meta.events
    events.register("provide-client-params.dynamodb.Query", lambda params, **_: params.update(Limit=3))
    events.register("after-call.dynamodb.Query", lambda parsed, **_: pages.append(len(parsed["Items"])))
    subjects = [a_name("owing") for _ in range(8)]
    for subject in subjects:
        world.data_keys.add(subject, uuid7(NOW), b"w")
        world.data_keys.erase(subject, "e", NOW)
    assert world.data_keys.unlogged() == sorted(subjects)
    assert pages[:3] == [3, 3, 2]


def test_only_the_keys_of_subjects_that_are_no_person_are_swept(world: World) -> None:
    for subject in ("p", "stranger", STRANGERS + "2027-01-15"):
        world.data_keys.add(subject, uuid7(NOW), b"w")
    items = world.dynamodb.scan(TableName=world.data_keys.table)["Items"]
    assert {item["subject"]["S"]: item.get("swept_at") for item in items} == {
        "p": None,
        "stranger": None,
        STRANGERS + "2027-01-15": {"N": str(int(NOW) + 90 * 86400)},
    }
    assert KEPT_FOR == 90 * 86400


def test_an_error_of_dynamodb_is_no_refusal(world: World) -> None:
    missing = DynamoDataKeys(world.dynamodb, "no-such-table")
    for call in (
        lambda: missing.load("p"),
        lambda: missing.add("p", uuid7(NOW), b"w"),
        lambda: missing.erase("p", "e", NOW),
        lambda: missing.logged("p", "e"),
        missing.unlogged,
    ):
        with pytest.raises(ClientError, match="ResourceNotFound"):
            call()


def test_a_wrapped_key_opens_with_all_that_it_was_wrapped_with(world: World) -> None:
    wrapper = world.wrapper
    secret, wrapped = wrapper.wrap("p", "k")
    assert (len(secret), wrapper.unwrap("p", "k", wrapped)) == (32, secret)
    assert secret not in wrapped
    assert wrapper.wrap("p", "k")[0] != secret
    other_stack = KmsWrapper(wrapper.client, wrapper.key_id, "another")
    for other, subject, key_id, blob in (
        (wrapper, "q", "k", wrapped),
        (wrapper, "p", "l", wrapped),
        (other_stack, "p", "k", wrapped),
        (wrapper, "p", "k", wrapped[:-1] + bytes([wrapped[-1] ^ 1])),
        (wrapper, "p", "k", b"garbage"),
    ):
        with pytest.raises(ClientError) as raised:
            other.unwrap(subject, key_id, blob)
        assert raised.value.response["Error"]["Code"] == INVALID


def test_another_key_does_not_unwrap_and_the_state_of_the_key_counts(world: World) -> None:
    kms = world.kms
    first, second = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    wrapper = KmsWrapper(world.wrapper.client, first, "stack")
    secret, wrapped = wrapper.wrap("p", "k")
    context = {"lukhas:stack": "stack", "lukhas:subject": "p", "lukhas:key": "k"}
    asked = {"CiphertextBlob": wrapped, "EncryptionContext": context}
    assert kms.decrypt(**asked)["Plaintext"] == secret
    assert refused(kms.decrypt, KeyId=second, **asked) == "IncorrectKeyException"
    with pytest.raises(ClientError, match="IncorrectKeyException"):
        KmsWrapper(wrapper.client, second, "stack").unwrap("p", "k", wrapped)
    assert refused(kms.decrypt, KeyId=first, CiphertextBlob=wrapped) == INVALID
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    assert refused(kms.generate_data_key, KeyId=signing, KeySpec="AES_256") == "InvalidKeyUsageException"
    kms.disable_key(KeyId=first)
    for again in (lambda: wrapper.unwrap("p", "k", wrapped), lambda: wrapper.wrap("p", "k")):
        with pytest.raises(ClientError, match="DisabledException"):
            again()
    assert refused(kms.decrypt, **asked) == "DisabledException"
    kms.enable_key(KeyId=first)
    assert wrapper.unwrap("p", "k", wrapped) == secret
    kms.schedule_key_deletion(KeyId=first, PendingWindowInDays=7)
    with pytest.raises(ClientError, match="KMSInvalidStateException"):
        wrapper.unwrap("p", "k", wrapped)
    assert refused(kms.decrypt, **asked) == "KMSInvalidStateException"


def test_what_the_embedded_kms_wrapped_opens_after_a_restart(tmp_path: Path) -> None:
    plan, state = read(FIXTURE / "template.yaml"), tmp_path / "state"
    with made(state, plan) as standin:
        kms = client_of(standin, "kms")
        wrapper = KmsWrapper(lambda: kms, kms.create_key()["KeyMetadata"]["KeyId"], "stack")
        secret, wrapped = wrapper.wrap("p", "k")
    with made(state, plan) as standin:
        again = KmsWrapper(lambda: client_of(standin, "kms"), wrapper.key_id, "stack")
        assert again.unwrap("p", "k", wrapped) == secret
        with pytest.raises(ClientError, match=INVALID):
            again.unwrap("q", "k", wrapped)
