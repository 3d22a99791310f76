"""Embeddings of Amazon Bedrock, on botocore's Stubber."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ReadTimeoutError

from lukhas_common.aws.bedrock_cost import FRAME_TOKENS, Prices
from lukhas_common.aws.bedrock_embedder import HELD, BedrockEmbedder, Held
from lukhas_common.aws.bedrock_purse import Purse
from lukhas_common.aws.embedding_models import UnknownModelError, embedding_model
from lukhas_common.ledger.data_keys import CACHED_FOR
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.search.embedder import QuestionEmbedder, TokenEmbedder
from lukhas_common.memory.search.errors import MeaningError
from lukhas_common.memory.searching import Question
from tests.unit.memory.stubbed import Stubbed, stubbed
from tests.unit.memory.world import ADA, MemoryWorld

TITAN, V3, V4 = "amazon.titan-embed-text-v2:0", "cohere.embed-multilingual-v3", "eu.cohere.embed-v4:0"
PRICE = 20


@pytest.fixture
def service() -> Iterator[Stubbed]:
    with stubbed("bedrock-runtime") as made:
        yield made


def embedder(service: Stubbed, model_id: str = TITAN, cap: int = 1_000_000, **more: Any) -> BedrockEmbedder:
    return BedrockEmbedder(
        service.client,
        model_id,
        embedding_model(model_id, more.pop("dimensions", 256)),
        Purse(cap, Prices(PRICE, 0, 0)),
        more.pop("until", 10.0),
        more.pop("held", Held(service.clock)),
        workers=more.pop("workers", 1),
        clock=service.clock,
        sleep=service.sleep,
    )


def row(first: float, dimensions: int = 256) -> list[float]:
    return [first, 1.0, *[0.0] * (dimensions - 2)]


def titan(first: float, tokens: int = 5) -> dict[str, Any]:
    return {"embedding": row(first), "embeddingsByType": {"float": row(first)}, "inputTextTokenCount": tokens}


def test_titan_is_sent_one_text_a_call_and_answers_rows_of_length_one(service: Stubbed) -> None:
    service.invoked(titan(2.0))
    service.invoked(titan(-1.0))
    made = embedder(service)
    rows = made.embed(["tea", " \n", "violin"])
    assert service.bodies() == [
        {"inputText": "tea", "dimensions": 256, "normalize": True},
        {"inputText": "violin", "dimensions": 256, "normalize": True},
    ]
    assert {params["modelId"] for params in service.sent} == {TITAN}
    assert (rows.dtype, rows.shape) == (np.float32, (3, 256))
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1])
    assert rows[2][0] == pytest.approx(-(2**-0.5))
    assert isinstance(made, QuestionEmbedder)
    assert not isinstance(made, TokenEmbedder)


@pytest.mark.parametrize(
    ("model_id", "options", "wrapped"),
    [
        (V3, {"truncate": "END"}, False),
        (V3, {"truncate": "END"}, True),
        (V4, {"output_dimension": 1024, "truncate": "RIGHT"}, True),
    ],
)
def test_cohere_is_sent_many_texts_a_call_and_told_questions_from_texts(
    service: Stubbed, model_id: str, options: dict[str, Any], wrapped: bool
) -> None:
    def answered(many: int) -> None:
        found = [row(float(number + 1), 1024) for number in range(many)]
        service.invoked({"id": "x", "embeddings": {"float": found} if wrapped else found, "texts": []})

    for many in (96, 4, 1):
        answered(many)
    made = embedder(service, model_id, dimensions=1024)
    texts = [f"text {number}" for number in range(100)]
    rows = made.embed(texts)
    assert rows.shape == (100, 1024)
    assert rows[96][0] == pytest.approx(2**-0.5)
    assert made.embed_question("which?").shape == (1024,)
    shared = {"embedding_types": ["float"], **options}
    assert service.bodies() == [
        {"texts": texts[:96], "input_type": "search_document", **shared},
        {"texts": texts[96:], "input_type": "search_document", **shared},
        {"texts": ["which?"], "input_type": "search_query", **shared},
    ]
    service.done()


def test_a_name_tells_model_and_dimensions_wherever_it_is_called() -> None:
    profile = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.cohere.embed-v4:0"
    names = {embedding_model(each, 256).name for each in (V4, "cohere.embed-v4:0", "us.cohere.embed-v4:0", profile)}
    assert names == {"cohere.embed-v4:0/256"}
    assert embedding_model(V4, 512).name == "cohere.embed-v4:0/512"
    assert embedding_model(V3, 256).dimensions == 1024
    for model_id, dimensions in [(TITAN, 1536), (V4, 300), ("amazon.titan-embed-text-v1", 256), ("x", 256), ("", 256)]:
        with pytest.raises(UnknownModelError):
            embedding_model(model_id, dimensions)


def test_no_more_of_a_text_is_sent_than_the_model_reads_and_no_half_of_a_character(service: Stubbed) -> None:
    service.invoked(titan(1.0))
    service.invoked(titan(1.0))
    embedder(service).embed(["x" + "ä" * 9000, "lone \ud800 surrogate"])
    first, second = (body["inputText"] for body in service.bodies())
    assert len(first.encode()) == 7999
    assert set(first[1:]) == {"ä"}
    assert second == "lone ? surrogate"


@pytest.mark.parametrize("code", ["ThrottlingException", "ModelNotReadyException", "ServiceUnavailableException"])
def test_what_passes_is_tried_again_and_not_for_ever(service: Stubbed, code: str) -> None:
    service.fails("invoke_model", code, 429 if code == "ThrottlingException" else 503)
    service.invoked(titan(1.0))
    assert embedder(service).embed(["tea"]).any()
    assert len(service.waits) == 1
    for _ in range(3):
        service.fails("invoke_model", code, 503)
    with pytest.raises(MeaningError) as refused:
        embedder(service).embed(["tea"])
    assert refused.value.reason in ("embedder: throttled", "embedder: unavailable")
    service.done()


def test_what_cannot_help_is_not_tried_again_and_nothing_begins_after_the_time(service: Stubbed) -> None:
    service.fails("invoke_model", "AccessDeniedException", 403)
    with pytest.raises(MeaningError, match="denied"):
        embedder(service).embed(["tea"])
    late = embedder(service, until=-1.0)
    with pytest.raises(MeaningError, match="time"):
        late.embed_question("tea")
    assert len(service.sent) == 1


def test_a_body_that_breaks_off_is_tried_again(service: Stubbed) -> None:
    class Broken:
        def read(self) -> bytes:
            raise ReadTimeoutError(endpoint_url="")

    class Client:
        answers: tuple[Any, ...] = (
            Broken(),
            type("Body", (), {"read": lambda self: json.dumps(titan(1.0)).encode()})(),
        )

        def invoke_model(self, **_: Any) -> dict[str, Any]:
            first, *rest = self.answers
            self.answers = tuple(rest)
            return {"body": first, "ResponseMetadata": {}}

    made = embedder(service)
    made.client = Client()
    assert made.embed(["tea"]).any()


@pytest.mark.parametrize(
    "answer",
    [
        b"{",
        b"[]",
        b"[" * 100_000,
        {"embedding": None},
        {"embedding": [1.0]},
        {"embedding": row(float("nan"))},
        {"embedding": [0.0] * 256},
        {"embedding": [[1.0] * 256]},
        {"embedding": ["x"] * 256},
        {"embedding": [1e308] * 256},
    ],
)
def test_an_answer_that_is_none_is_no_vector(service: Stubbed, answer: object) -> None:
    service.invoked(answer)
    with pytest.raises(MeaningError, match="malformed"):
        embedder(service).embed(["tea"])


def test_a_text_is_embedded_once_while_its_vector_is_held(service: Stubbed) -> None:
    for _ in range(3):
        service.invoked(titan(1.0))
    held = Held(service.clock)
    first = embedder(service, held=held).embed(["tea", "tea", "dog"])
    assert np.array_equal(first, embedder(service, held=held).embed(["tea", "tea", "dog"]))
    assert len(service.sent) == 2
    service.now = CACHED_FOR + 1
    embedder(service, held=held, until=1e9).embed(["tea"])
    assert len(service.sent) == 3
    assert len(held.rows) == 1
    for number in range(HELD + 5):
        held.put(number.to_bytes(4, "big"), first[0])
    assert len(held.rows) == HELD


def test_what_a_call_can_cost_is_set_aside_and_what_it_did_cost_is_counted(service: Stubbed) -> None:
    service.invoked(titan(1.0, tokens=1000))
    made = embedder(service)
    made.embed(["tea"])
    assert made.purse.spent == pytest.approx(1000 * PRICE / 1000)
    service.invoked({"embeddings": [row(1.0, 1024)]}, x_amzn_bedrock_input_token_count="500")
    service.invoked({"embeddings": [row(1.0, 1024)]})
    made = embedder(service, V3)
    made.embed(["tea"])
    assert made.purse.spent == pytest.approx(500 * PRICE / 1000)
    made.embed(["dogs"])
    assert made.purse.spent == pytest.approx((500 + FRAME_TOKENS + 4) * PRICE / 1000)
    poor = embedder(service, cap=5)
    with pytest.raises(MeaningError, match="cost cap"):
        poor.embed(["tea"])
    assert poor.purse.spent == 0
    service.done()


def test_calls_at_the_same_time_are_bounded_and_each_text_gets_its_own_row(service: Stubbed) -> None:
    lock, under_way, most = threading.Lock(), [0], [0]

    class Client:
        def invoke_model(self, *, body: str, **_: Any) -> dict[str, Any]:
            with lock:
                under_way[0] += 1
                most[0] = max(most[0], under_way[0])
            time.sleep(0.002)
            with lock:
                under_way[0] -= 1
            said = json.dumps(titan(float(json.loads(body)["inputText"]))).encode()
            return {"body": type("Body", (), {"read": lambda self: said})(), "ResponseMetadata": {}}

    made = embedder(service, workers=4)
    made.client = Client()
    rows = made.embed([str(number) for number in range(1, 60)])
    assert [round(float(each[0] / each[1])) for each in rows] == list(range(1, 60))
    assert 1 < most[0] <= 4
    assert made.purse.spent == pytest.approx(59 * 5 * PRICE / 1000)


def test_calls_at_the_same_time_never_take_more_than_there_is() -> None:
    purse = Purse(1000, Prices(PRICE, 0, 0))
    with purse.taken(["tea"], 0, 3) as first:
        assert first.cap == 31
        with purse.taken(["tea"], 0, 200) as second:
            assert first.cap + second.cap <= 1000
            second.lost(900)
    assert purse.spent == 900


def test_memories_are_searched_by_its_vectors_and_by_words_while_it_fails(service: Stubbed) -> None:
    world = MemoryWorld()
    held = Held(service.clock)
    world.embedder = embedder(service, held=held)
    service.invoked(titan(9.0))
    service.invoked(titan(-9.0))
    for key, text in (("a", "A violin."), ("b", "A harbour.")):
        world.memory.remember(ADA, key, text, MemoryType.EPISODIC)
        world.clock.advance(1)
    world.settling.settle_episodic(ADA)
    service.invoked(titan(8.0))
    answer = world.searching.search(ADA, Question(query="stringed instrument"))
    assert ([each.memory.key for each in answer.found], answer.degraded) == (["a", "b"], "")
    service.fails("invoke_model", "ValidationException")
    answer = world.searching.search(ADA, Question(query="the harbour"))
    assert (answer.found[0].memory.key, answer.degraded) == ("b", "embedder: refused")
    service.done()
