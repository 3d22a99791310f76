"""Vectors in Amazon S3 Vectors, on botocore's Stubber."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lukhas_common.aws.s3_vectors import S3Vectors
from lukhas_common.memory.ports import Vector, Within
from lukhas_common.memory.search.errors import MeaningError
from lukhas_common.memory.vault import space_of
from tests.unit.memory.stubbed import Stubbed, stubbed
from tests.unit.memory.world import ADA

BUCKET = "vectors-of-memories"
SPACE = space_of(ADA, "key", "bagging")
WHERE = {"vectorBucketName": BUCKET, "indexName": SPACE}


@pytest.fixture
def service() -> Iterator[Stubbed]:
    with stubbed("s3vectors") as made:
        yield made


@pytest.fixture
def vectors(service: Stubbed) -> S3Vectors:
    return S3Vectors(service.client, BUCKET)


def vector(number: int) -> Vector:
    return Vector(str(uuid.UUID(int=number)), [0.6, 0.8], "episodic", 1_700_000_000_123 + number)


def sent(*made: Vector) -> dict[str, Any]:
    return {
        **WHERE,
        "vectors": [
            {
                "key": each.memory_id,
                "data": {"float32": [0.6, 0.8]},
                "metadata": {"kind": "episodic", "at": each.at},
            }
            for each in made
        ],
    }


def found(*pairs: tuple[str, float], **more: str) -> dict[str, Any]:
    return {
        "vectors": [{"key": key, "distance": distance} for key, distance in pairs],
        "distanceMetric": "cosine",
        **more,
    }


def test_vectors_are_put_five_hundred_at_a_time(service: Stubbed, vectors: S3Vectors) -> None:
    made = [vector(number) for number in range(501)]
    service.stubber.add_response("put_vectors", {}, sent(*made[:500]))
    service.stubber.add_response("put_vectors", {}, sent(made[500]))
    vectors.put(SPACE, made)
    vectors.put(SPACE, [])
    service.done()


@pytest.mark.parametrize("meanwhile", [False, True])
def test_an_index_is_made_with_its_first_vectors(service: Stubbed, vectors: S3Vectors, meanwhile: bool) -> None:
    service.fails("put_vectors", "NotFoundException", 404)
    if meanwhile:
        service.fails("create_index", "ConflictException", 409)
    else:
        wanted = {**WHERE, "dataType": "float32", "dimension": 2, "distanceMetric": "cosine"}
        service.stubber.add_response("create_index", {"indexArn": "arn:aws:s3vectors:eu-west-1:1:x"}, wanted)
    service.stubber.add_response("put_vectors", {}, sent(vector(1)))
    vectors.put(SPACE, [vector(1)])
    service.done()


def test_what_fails_otherwise_is_told(service: Stubbed, vectors: S3Vectors) -> None:
    for operation, call in (
        ("put_vectors", lambda: vectors.put(SPACE, [vector(1)])),
        ("delete_vectors", lambda: vectors.delete(SPACE, ["x"])),
        ("list_vectors", lambda: list(vectors.ids(SPACE))),
        ("list_indexes", lambda: vectors.spaces("x")),
    ):
        service.fails(operation, "AccessDeniedException", 403)
        with pytest.raises(ClientError):
            call()
    service.fails("put_vectors", "NotFoundException", 404)
    service.fails("create_index", "NotFoundException", 404)
    with pytest.raises(ClientError):
        vectors.put(SPACE, [vector(1)])


def test_the_nearest_come_with_cosines_from_as_many_pages_as_there_are(service: Stubbed, vectors: S3Vectors) -> None:
    asked = {**WHERE, "queryVector": {"float32": [1.0, 0.0]}, "topK": 3, "returnDistance": True}
    service.stubber.add_response("query_vectors", found(("a", -1e-7), ("b", 0.25), nextToken="more"), asked)
    service.stubber.add_response("query_vectors", found(("c", 1.5), ("d", 2.0)), {**asked, "nextToken": "more"})
    assert vectors.nearest(SPACE, [1.0, 0.0], 3, Within()) == [("a", 1.0), ("b", 0.75), ("c", -0.5)]
    service.done()


@pytest.mark.parametrize(
    ("within", "wanted"),
    [
        (Within(kinds=["episodic"]), {"kind": {"$in": ["episodic"]}}),
        (Within(since=5), {"at": {"$gte": 5}}),
        (
            Within(["a", "b"], 5, 9),
            {"$and": [{"kind": {"$in": ["a", "b"]}}, {"at": {"$gte": 5}}, {"at": {"$lt": 9}}]},
        ),
    ],
)
def test_filters_are_told_in_the_words_of_the_service(
    service: Stubbed, vectors: S3Vectors, within: Within, wanted: dict[str, Any]
) -> None:
    asked = {**WHERE, "queryVector": {"float32": [1.0]}, "topK": 9, "returnDistance": True, "filter": wanted}
    service.stubber.add_response("query_vectors", found(), asked)
    assert vectors.nearest(SPACE, [1.0], 9, within) == []
    service.done()


def test_a_space_that_is_not_there_is_empty(service: Stubbed, vectors: S3Vectors) -> None:
    for operation in ("query_vectors", "delete_vectors", "list_vectors", "list_vectors", "delete_index"):
        service.fails(operation, "NotFoundException", 404)
    assert vectors.nearest(SPACE, [1.0], 9, Within()) == []
    vectors.delete(SPACE, ["x"])
    assert list(vectors.ids(SPACE)) == []
    assert vectors.drop(SPACE) == 0
    service.done()


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ServiceUnavailableException", "AccessDeniedException"])
def test_a_search_that_fails_says_so(service: Stubbed, vectors: S3Vectors, code: str) -> None:
    service.fails("query_vectors", code, 400)
    with pytest.raises(MeaningError, match="vectors: unavailable"):
        vectors.nearest(SPACE, [1.0], 9, Within())


def test_vectors_are_deleted_five_hundred_at_a_time_and_an_index_with_all_that_is_in_it(
    service: Stubbed, vectors: S3Vectors
) -> None:
    keys = [str(number) for number in range(600)]
    service.stubber.add_response("delete_vectors", {}, {**WHERE, "keys": keys[:500]})
    service.stubber.add_response("delete_vectors", {}, {**WHERE, "keys": keys[500:]})
    vectors.delete(SPACE, keys)
    listed = {**WHERE, "maxResults": 1000}
    first = {"vectors": [{"key": key} for key in keys[:400]], "nextToken": "more"}
    service.stubber.add_response("list_vectors", first, listed)
    rest = {"vectors": [{"key": key} for key in keys[400:]]}
    service.stubber.add_response("list_vectors", rest, {**listed, "nextToken": "more"})
    service.stubber.add_response("delete_index", {}, WHERE)
    assert vectors.drop(SPACE) == 600
    service.done()


def test_spaces_are_found_by_how_they_begin(service: Stubbed, vectors: S3Vectors) -> None:
    index = {
        "vectorBucketName": BUCKET,
        "indexName": SPACE,
        "indexArn": "arn:aws:s3vectors:eu-west-1:123456789012:bucket/b/index/i",
        "creationTime": 0,
    }
    service.stubber.add_response(
        "list_indexes", {"indexes": [index]}, {"vectorBucketName": BUCKET, "prefix": space_of(ADA)}
    )
    assert vectors.spaces(space_of(ADA)) == [SPACE]
