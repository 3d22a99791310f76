"""What the settings make of embedder, extractor and index of vectors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lukhas_common.aws import clients, memory, memory_index, memory_settling
from lukhas_common.aws.bedrock_embedder import BedrockEmbedder
from lukhas_common.aws.bedrock_extractor import BedrockExtractor
from lukhas_common.aws.embedding_models import UnknownModelError
from lukhas_common.aws.memory_index import TO_ANSWER, TO_FOLD
from lukhas_common.aws.s3_vectors import S3Vectors
from lukhas_common.memory.concepts import RuleExtractor
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.in_memory import LocalErrands
from lukhas_common.memory.indexes import AT_ONCE
from lukhas_common.memory.models import ConsolidationResult, Folding
from lukhas_common.memory.ports import Errand
from lukhas_common.memory.search.errors import MeaningError
from lukhas_common.memory.search.static import StaticEmbedder
from lukhas_common.settings import settings
from tests.unit.memory.world import ADA

CACHED = (
    settings,
    memory.vectors,
    memory.objects,
    clients.models,
    clients.question_models,
    clients.vector_client,
    clients.client,
)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def configure(**values: str) -> None:
        shared = {"AWS_DEFAULT_REGION": "eu-west-1", "MEMORIES_BUCKET": "memories", "MEMORIES_TABLE": "memories"}
        for name, value in (shared | values).items():
            monkeypatch.setenv(name, value)
        for cached in CACHED:
            cached.cache_clear()

    yield configure
    for cached in CACHED:
        cached.cache_clear()


def test_without_settings_all_is_embedded_and_no_model_is_asked(configured: Any) -> None:
    configured()
    made = memory_index.indexes()
    assert isinstance(made.embedder, StaticEmbedder)
    assert isinstance(made.extractor, RuleExtractor)
    assert (made.apart, made.at_once) == (None, AT_ONCE)
    assert memory.vectors() is None


def test_with_settings_models_are_asked_within_a_time_and_a_cost_of_each_errand(configured: Any) -> None:
    configured(
        BEDROCK_EMBEDDER_ID="eu.cohere.embed-v4:0",
        BEDROCK_EMBEDDER_DIMENSIONS="512",
        BEDROCK_EXTRACTOR_ID="eu.vendor.model-v1:0",
        MEMORY_VECTOR_BUCKET="vectors",
        MEMORY_COST_CAP="1000000",
    )
    made, again = memory_index.indexes(), memory_index.indexes()
    assert isinstance(made.embedder, BedrockEmbedder)
    assert isinstance(again.embedder, BedrockEmbedder)
    assert (made.embedder.name, made.embedder.dimensions) == ("cohere.embed-v4:0/512", 512)
    assert isinstance(made.extractor, BedrockExtractor)
    assert made.embedder.purse is not again.embedder.purse
    assert made.embedder.held is again.embedder.held
    assert made._held is again._held
    assert made.apart is not None
    assert made.apart.vectors == S3Vectors(clients.vector_client(), "vectors")
    assert made.at_once == 100


def test_where_somebody_waits_models_have_less_time_and_rules_note(configured: Any) -> None:
    configured(BEDROCK_EMBEDDER_ID="amazon.titan-embed-text-v2:0", BEDROCK_EXTRACTOR_ID="eu.vendor.model-v1:0")
    patient = memory_index.indexes()
    for patience in (TO_ANSWER, TO_FOLD):
        made = memory_index.indexes(patience)
        assert isinstance(made.extractor, RuleExtractor)
        assert isinstance(made.embedder, BedrockEmbedder)
        assert isinstance(patient.embedder, BedrockEmbedder)
        assert made.embedder.until < patient.embedder.until
        assert made.embedder.client.meta.config.read_timeout < patient.embedder.client.meta.config.read_timeout


@pytest.mark.parametrize(("cap", "most"), [("2000000", 500), ("100000", 78), ("1", 1)])
def test_a_run_takes_so_few_memories_that_its_cost_cap_never_refuses_them(configured: Any, cap: str, most: int) -> None:
    configured(BEDROCK_EMBEDDER_ID="amazon.titan-embed-text-v2:0", MEMORY_COST_CAP=cap)
    assert memory_index.indexes().at_once == most
    assert most == 1 or most * (8000 + 512) * 150 / 1000 <= int(cap)


def test_a_model_that_is_not_known_is_refused(configured: Any) -> None:
    configured(BEDROCK_EMBEDDER_ID="amazon.titan-embed-text-v1")
    with pytest.raises(UnknownModelError):
        memory_index.indexes()


class Settles:
    """Settling of which something is left, or that has no answer of a model."""

    def __init__(self, left: list[int]) -> None:
        self.left = left

    def settle_episodic(self, owner: str) -> ConsolidationResult:
        return ConsolidationResult(behind=self.left.pop(0))

    def fold(self, owner: str, memories: list[str]) -> Folding:
        raise MeaningError("embedder: throttled")


def test_an_errand_is_sent_again_while_an_index_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, settles = LocalErrands(), Settles([2, 0])
    monkeypatch.setattr(memory_settling, "settling", lambda *_: settles)
    monkeypatch.setattr(memory_settling, "errands", lambda: queue)
    body = json.dumps({"task": "settle_episodic", "owner": ADA})
    event = {"Records": [{"messageId": "1", "body": body}]}
    assert memory_settling.run_errands(event) == {"batchItemFailures": []}
    assert queue.waiting == [Errand("settle_episodic", ADA)]
    assert memory_settling.run_errands(event) == {"batchItemFailures": []}
    assert len(queue.waiting) == 1


@pytest.mark.parametrize("task", ["settle_working", "settle_episodic"])
def test_an_errand_is_sent_again_until_nothing_is_left(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = LocalErrands()
    runs = [ConsolidationResult(settled=4, left=2), ConsolidationResult(settled=2), ConsolidationResult(left=3)]
    settles = type("Settles", (), {name: lambda *_: runs.pop(0) for name in ("settle_working", "settle_episodic")})()
    monkeypatch.setattr(memory_settling, "settling", lambda *_: settles)
    monkeypatch.setattr(memory_settling, "errands", lambda: queue)
    event = {"Records": [{"messageId": "1", "body": json.dumps({"task": task, "owner": ADA})}]}
    for sent in (1, 1, 1):  # one that could do nothing would not the next time either
        assert memory_settling.run_errands(event) == {"batchItemFailures": []}
        assert queue.waiting == [Errand(task, ADA)] * sent


def test_folding_at_once_says_to_try_again_where_a_model_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_settling, "settling", lambda *_: Settles([]))
    caller: Any = type("Who", (), {"user_id": ADA})()
    with pytest.raises(MemoryFault) as refused:
        memory_settling.create_fold(["x"], caller)
    assert refused.value.reason is MemoryReason.MEMORY_BUSY
