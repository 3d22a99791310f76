"""What memories are about, by a model, on botocore's Stubber."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lukhas_common.aws.bedrock_cost import Prices
from lukhas_common.aws.bedrock_extractor import LONGEST, BedrockExtractor
from lukhas_common.aws.bedrock_purse import Purse
from lukhas_common.aws.memory_answers import DRAWN, DrawnAnswer
from lukhas_common.memory.concepts import MOST_CONCEPTS, MOST_RELATIONS, RuleExtractor
from lukhas_common.memory.extraction import BatchExtractor, Concept, ConceptKind, Extraction, Relation
from lukhas_common.memory.models import MemoryType
from lukhas_common.memory.searching import Question
from tests.fakes import Audit
from tests.unit.memory.stubbed import Stubbed, stubbed
from tests.unit.memory.world import ADA, MemoryWorld

MODEL = "eu.vendor.model-v1:0"
WORD = "5e0f" * 8
TEXT = "Caroline and Ada moved to Vienna in May 2023. Ada plays the viola."


@pytest.fixture
def service() -> Iterator[Stubbed]:
    with stubbed("bedrock-runtime") as made:
        yield made


def extractor(
    service: Stubbed, cap: int = 10_000_000, until: float = 10.0, audit: Audit | None = None
) -> BedrockExtractor:
    return BedrockExtractor(
        service.client,
        MODEL,
        Purse(cap, Prices(3000, 15000, 0)),
        until,
        audit or Audit(),
        workers=1,
        clock=service.clock,
        sleep=service.sleep,
        word=lambda: WORD,
    )


def concept(name: str, kind: str = "entity") -> dict[str, str]:
    return {"name": name, "kind": kind}


def relation(subject: str, predicate: str, object_: str) -> dict[str, str]:
    return {"subject": subject, "predicate": predicate, "object": object_}


def test_what_the_model_names_is_taken_as_far_as_the_text_bears_it_out(service: Stubbed) -> None:
    service.conversed(
        {
            "concepts": [
                concept("viola", "phrase"),
                concept("2023-05", "date"),
                concept("last year", "date"),
                concept("Ada"),
                concept("ada"),
                concept(" Vienna "),
                concept("Budapest"),
                concept("\u0000"),
            ],
            "relations": [
                relation("Ada", "plays", "the viola"),
                relation("Ada", "plays", "the viola"),
                relation("user", "likes", "Vienna"),
                relation("Ada", "lives in", "Budapest"),
                relation("Mallory", "owns", "Vienna"),
            ],
        }
    )
    found = extractor(service).extract(TEXT)
    assert found.concepts == (
        Concept("Ada", ConceptKind.ENTITY, 2),
        Concept("Vienna", ConceptKind.ENTITY, 1),
        Concept("2023-05", ConceptKind.DATE, 1),
        Concept("viola", ConceptKind.PHRASE, 1),
    )
    assert found.relations == (Relation("Ada", "plays", "the viola"), Relation("user", "likes", "Vienna"))
    assert isinstance(extractor(service), BatchExtractor)


def test_the_memory_goes_in_as_data_with_a_schema_for_the_answer(service: Stubbed) -> None:
    service.conversed({"concepts": [], "relations": []})
    extractor(service).extract(TEXT)
    (sent,) = service.sent
    assert sent["messages"] == [{"role": "user", "content": [{"text": f"{WORD}\n{TEXT}\n{WORD}"}]}]
    assert TEXT not in sent["system"][0]["text"]
    assert WORD in sent["system"][0]["text"]
    assert sent["outputConfig"]["textFormat"]["structure"]["jsonSchema"] == {"name": "DrawnAnswer", "schema": DRAWN}
    schema = json.loads(DRAWN)
    assert set(schema["properties"]) == set(DrawnAnswer.model_fields)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("answer", "stop", "reason"),
    [
        ("{", "end_turn", "malformed"),
        ({"concepts": []}, "end_turn", "malformed"),
        ({"concepts": [], "relations": [], "more": 1}, "end_turn", "malformed"),
        ({"concepts": [concept("Ada", "person")], "relations": []}, "end_turn", "malformed"),
        ({"concepts": [concept("")], "relations": []}, "end_turn", "malformed"),
        ({"concepts": [concept("Ada")] * 1000, "relations": []}, "end_turn", "malformed"),
        ({"concepts": [], "relations": []}, "max_tokens", "stopped: max_tokens"),
        ({"concepts": [], "relations": []}, "guardrail_intervened", "stopped: guardrail_intervened"),
    ],
)
def test_an_answer_that_is_none_leaves_it_to_the_rules(
    service: Stubbed, answer: object, stop: str, reason: str
) -> None:
    service.conversed(answer, stop)
    audit = Audit()
    assert extractor(service, audit=audit).extract(TEXT) == RuleExtractor().extract(TEXT)
    assert audit.events == [("memory.extracted_by_rules", {"reason": reason, "count": 1})]


def test_failures_are_tried_again_and_then_the_rules_have_it_and_one_line_tells_of_all(service: Stubbed) -> None:
    service.fails("converse", "ThrottlingException", 429)
    service.conversed({"concepts": [concept("Ada")], "relations": []})
    service.fails("converse", "AccessDeniedException", 403)
    service.fails("converse", "AccessDeniedException", 403)
    audit = Audit()
    found = extractor(service, audit=audit).extract_all([TEXT, TEXT, "", TEXT])
    rules = RuleExtractor().extract(TEXT)
    assert found == [Extraction((Concept("Ada", ConceptKind.ENTITY, 2),), ()), rules, Extraction((), ()), rules]
    assert audit.events == [("memory.extracted_by_rules", {"reason": "denied", "count": 2})]
    service.done()


def test_beyond_the_time_or_the_cost_no_call_begins(service: Stubbed) -> None:
    rules = RuleExtractor().extract(TEXT)
    assert extractor(service, until=-1.0).extract(TEXT) == rules
    assert extractor(service, cap=100).extract(TEXT) == rules
    assert service.sent == []
    service.conversed({"concepts": [], "relations": []})
    made = extractor(service)
    made.extract(TEXT)
    assert made.purse.spent == pytest.approx((100 * 3000 + 50 * 15000) / 1000)


def test_what_it_reads_and_answers_is_bounded(service: Stubbed) -> None:
    words = [f"word{number}" for number in range(200)]
    service.conversed(
        {
            "concepts": [concept(word, "phrase") for word in words],
            "relations": [relation(word, "is", word) for word in words[:100]],
        }
    )
    found = extractor(service).extract(" ".join(words) + " x" * LONGEST)
    assert (len(found.concepts), len(found.relations)) == (MOST_CONCEPTS, MOST_RELATIONS)
    sent: Any = service.sent[0]["messages"][0]["content"][0]["text"]
    assert len(sent) == LONGEST + 2 * (len(WORD) + 1)


def test_memories_are_noted_when_they_are_indexed_and_not_when_they_are_searched(service: Stubbed) -> None:
    world = MemoryWorld()
    world.memory.remember(ADA, "k", TEXT, MemoryType.EPISODIC)
    world.indexes.extractor = extractor(service)
    service.conversed({"concepts": [concept("viola", "phrase")], "relations": [relation("Ada", "plays", "viola")]})
    world.settling.settle_episodic(ADA)
    world.another()
    answer = world.searching.search(ADA, Question(query="Ada", concepts=("viola",)))
    assert [each.memory.key for each in answer.found] == ["k"]
    assert [(each.subject, each.object) for each in answer.relations] == [("Ada", "viola")]
    service.done()
