"""What the adapters make of answers that the embedded AWS never gives: lost ones, throttled ones, half ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from lukhas_common.aws import dynamodb
from lukhas_common.aws.dynamodb import StorageError
from lukhas_common.aws.ledger_entries import DynamoEntries
from lukhas_common.aws.ledger_log import DynamoLogState, S3LogObjects
from lukhas_common.ledger.entries import Entry, Leaf, LeafConflictError, OutcomeUnknownError
from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead

ENTRY = Entry("s", 0, "0190c8a0-0000-7000-8000-00000000000e", bytes(32), b"c" * 32, b"content")
OLD, NEW, OTHER = LogHead(1, b"a" * 32, b"old"), LogHead(2, b"b" * 32, b"new"), LogHead(3, b"c" * 32, b"other")


class Scripted:
    """A client whose calls answer in turn, or raise."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.calls.append((operation, arguments))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


class Body:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self) -> bytes:
        return self.data


def an_error(code: str, status: int = 400, **more: Any) -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more},
        "Operation",
    )


def refused(stored: LogHead | None) -> ClientError:
    item = {} if stored is None else {"Item": an_item(stored)}
    return an_error("ConditionalCheckFailedException", 400, **item)


def an_item(head: LogHead) -> dict[str, Any]:
    return dynamodb.to_item({"origin": "o", "size": head.size, "root": head.root, "note": head.note})


UNKNOWN = [
    ReadTimeoutError(endpoint_url="e"),
    ConnectTimeoutError(endpoint_url="e"),
    EndpointConnectionError(endpoint_url="e"),
    ResponseParserError("e"),
    an_error("InternalServerError", 500),
    an_error("ServiceUnavailable", 503),
    an_error("ThrottlingException"),
    an_error("ProvisionedThroughputExceededException"),
    an_error("RequestLimitExceeded"),
]
DEFINITE = [an_error("ValidationException"), an_error("AccessDeniedException"), NoCredentialsError()]


@pytest.mark.parametrize("error", UNKNOWN, ids=repr)
def test_a_put_whose_answer_is_lost_has_an_unknown_outcome(error: Exception) -> None:
    with pytest.raises(OutcomeUnknownError):
        DynamoEntries(Scripted(error), "t").put(ENTRY)


@pytest.mark.parametrize("error", DEFINITE, ids=repr)
def test_a_put_that_was_refused_says_so(error: Exception) -> None:
    with pytest.raises(type(error)):
        DynamoEntries(Scripted(error), "t").put(ENTRY)
    with pytest.raises(type(error)):
        DynamoLogState(Scripted(error, {}), "t", "o").swap(OLD, NEW)


@pytest.mark.parametrize("error", UNKNOWN, ids=repr)
@pytest.mark.parametrize("old", [OLD, None])
def test_a_swap_whose_answer_is_lost_is_settled_by_reading_back(old: LogHead | None, error: Exception) -> None:
    def swap(stored: LogHead | None) -> bool:
        client = Scripted(error, {} if stored is None else {"Item": an_item(stored)})
        swapped = DynamoLogState(client, "t", "o").swap(old, NEW)
        assert client.calls[1][1]["ConsistentRead"] is True
        return swapped

    assert swap(NEW)
    assert not swap(OTHER)
    # It may land yet: nobody may conclude that it failed.
    with pytest.raises(OutcomeUnknownError):
        swap(old)


def test_a_swap_that_lost_is_ours_only_if_what_is_stored_is_ours_to_the_byte() -> None:
    def swap(stored: LogHead | None) -> bool:
        return DynamoLogState(Scripted(refused(stored)), "t", "o").swap(OLD, NEW)

    assert swap(NEW)
    assert not swap(OTHER)
    assert not swap(None)
    assert not swap(LogHead(NEW.size, NEW.root, b"signed by another"))
    assert not swap(LogHead(NEW.size, OTHER.root, NEW.note))


def test_keys_that_were_left_unread_are_asked_for_again() -> None:
    keys = [dynamodb.to_item({"stream": "s", "seq": seq, "entry_id": str(seq)}) for seq in range(3)]
    read = [{**key, **dynamodb.to_item({"commitment": bytes([seq]) * 32})} for seq, key in enumerate(keys)]
    left = {"UnprocessedKeys": {"t": {"Keys": keys[:2]}}}
    pauses: list[float] = []
    client = Scripted(
        {"Items": keys},
        *[{"Items": []}] * 3,
        {"Responses": {"t": [read[2]]}, **left},
        {"Responses": {}, **left},
        {"Responses": {"t": [read[1], read[0]]}, "UnprocessedKeys": {}},
    )
    found = DynamoEntries(client, "t", sleep=pauses.append).pending(9)
    assert found == [Leaf("s", seq, bytes([seq]) * 32) for seq in range(3)], "in the order of their ids"
    assert client.calls[-1][1] == {"RequestItems": left["UnprocessedKeys"]}
    assert len(pauses) == 2
    assert pauses == sorted(pauses)


def test_keys_that_are_never_read_are_an_error() -> None:
    keys = [dynamodb.to_item({"stream": "s", "seq": 0, "entry_id": "e"})]
    left = {"Responses": {}, "UnprocessedKeys": {"t": {"Keys": keys}}}
    client = Scripted({"Items": keys}, *[{"Items": []}] * 3, *[left] * 100)
    with pytest.raises(StorageError):
        DynamoEntries(client, "t", sleep=lambda _: None).pending(9)
    assert len(client.calls) < 20


def test_an_error_of_one_entry_surfaces_after_the_others_were_settled() -> None:
    leaves = [(Leaf("s", seq, bytes(32)), seq) for seq in range(5)]
    client = Scripted({}, an_error("InternalServerError", 500), {}, {}, {})
    with pytest.raises(ClientError):
        DynamoEntries(client, "t", threads=1).settle(leaves)
    assert len(client.calls) == 5


def test_a_conflict_is_not_hidden_by_another_error() -> None:
    leaves = [(Leaf("s", seq, bytes(32)), seq) for seq in range(3)]
    client = Scripted(an_error("InternalServerError", 500), refused(None), ReadTimeoutError(endpoint_url="e"))
    with pytest.raises(LeafConflictError, match="s 1, at 1 of the log, is missing"):
        DynamoEntries(client, "t", threads=1).settle(leaves)


def test_a_put_that_met_another_is_repeated() -> None:
    client = Scripted(an_error("ConditionalRequestConflict", 409), an_error("ConditionalRequestConflict", 409), {})
    S3LogObjects(client, "b").put_new("tile/0/000", b"data")
    assert len(client.calls) == 3
    client = Scripted(an_error("ConditionalRequestConflict", 409), an_error("PreconditionFailed", 412))
    assert not S3LogObjects(client, "b").put_checkpoint(b"note", '"etag"')
    client = Scripted(*[an_error("ConditionalRequestConflict", 409)] * 9)
    with pytest.raises(ClientError):
        S3LogObjects(client, "b").put_checkpoint(b"note", '"etag"')


@pytest.mark.parametrize("code", ["AccessDenied", "InternalError", "SlowDown"])
def test_other_errors_of_s3_surface(code: str) -> None:
    error = an_error(code, 403)
    objects = S3LogObjects(Scripted(*[error] * 4), "b")
    for call in (
        lambda: objects.read("tile/0/000"),
        objects.checkpoint,
        lambda: objects.put_new("tile/0/000", b""),
        lambda: objects.put_checkpoint(b"", None),
    ):
        with pytest.raises(ClientError):
            call()


def test_an_object_that_exists_must_be_the_same() -> None:
    exists = an_error("PreconditionFailed", 412)
    S3LogObjects(Scripted(exists, {"Body": Body(b"data"), "ETag": "e"}), "b").put_new("tile/0/000", b"data")
    with pytest.raises(LogForkError) as refusal:
        S3LogObjects(Scripted(exists, {"Body": Body(b"other"), "ETag": "e"}), "b").put_new("tile/0/000", b"data")
    assert refusal.value.reason is Fork.OBJECT_DIFFERS
    gone = an_error("NoSuchKey", 404)
    S3LogObjects(Scripted(exists, gone, {}), "b").put_new("tile/0/000", b"data")
    with pytest.raises(OutcomeUnknownError):
        S3LogObjects(Scripted(*[exists, gone] * 9), "b").put_new("tile/0/000", b"data")


def test_a_checkpoint_that_is_gone_is_another_version() -> None:
    assert not S3LogObjects(Scripted(an_error("NoSuchKey", 404)), "b").put_checkpoint(b"note", '"etag"')
