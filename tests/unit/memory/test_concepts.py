"""What a memory is about, by rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.memory.concepts import ConceptKind, Extractor, RuleExtractor, extract
from lukhas_common.memory.search.index import concept_number

SAID = "I am Anna my not like of May 's , . ? if or wish had to and user:"


def names(text: str, kind: ConceptKind) -> list[str]:
    return [concept.name for concept in extract(text).concepts if concept.kind is kind]


def facts(text: str) -> list[tuple[str, str, str]]:
    return [(one.subject, one.predicate, one.object) for one in extract(text).relations]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Caroline: I went to the LGBTQ support group", ["Caroline", "LGBTQ"]),
        ("We met at the University of Vienna", ["University of Vienna"]),
        ("Painting is fun. Rome was better, and Rome is near.", ["Painting", "Rome"]),
        ("Yesterday we saw Caroline's dog on Monday in May", ["Caroline"]),
        ("Nothing here has a name", []),
    ],
)
def test_runs_of_capitals_are_entities(text: str, expected: list[str]) -> None:
    assert names(text, ConceptKind.ENTITY) == expected


def test_dates_are_written_as_iso_8601_writes_them() -> None:
    assert names("From 7 May 2023 until June 2024, then in August", ConceptKind.DATE) == [
        "2023-05-07",
        "2024-06",
        "--08",
    ]


def test_phrases_lie_between_stop_words_and_verbs() -> None:
    assert names("I went to the support group with my little brother.", ConceptKind.PHRASE) == [
        "support group",
        "little brother",
    ]


def test_what_is_named_twice_counts_twice() -> None:
    assert extract("the lake and the lake").concepts[0].count == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm a nurse.", [("user", "is", "nurse")]),
        ("I am really fond of peanuts", [("user", "is", "fond of peanuts")]),
        ("I'm allergic to peanuts!", [("user", "allergic to", "peanuts")]),
        ("My name is Gonzalo", [("user", "is called", "Gonzalo")]),
        ("My sister’s dog is Rex", [("user's sister's dog", "is", "Rex")]),
        ("I don't like green tea but I love coffee", [("user", "dislikes", "green tea"), ("user", "likes", "coffee")]),
        ("I live in Vienna and work at Siemens", [("user", "lives in", "Vienna")]),
        ("Caroline: I moved to Berlin", [("Caroline", "moved to", "Berlin")]),
        ("user: I have two cats", [("user", "has", "two cats")]),
        ("Marie Curie studied physics", [("Marie Curie", "studies", "physics")]),
        ("I was born on 7 May 1990", [("user", "born on", "7 May 1990")]),
        ("I do not live in Vienna", [("user", "not lives in", "Vienna")]),
        ("She likes tea. They have kids. You are nice. It is late.", []),
        ("I'm going to Rome", []),
    ],
)
def test_simple_facts_are_read(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert facts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Statements.
        ("Ada works at Google.", [("Ada", "works at", "Google")]),
        ("I think Ada likes jazz", [("Ada", "likes", "jazz")]),
        ("Ada has red hair. Ada wants a dog!", [("Ada", "has", "red hair"), ("Ada", "wants", "dog")]),
        ("Do you know Rome? Ada lives in Rome.", [("Ada", "lives in", "Rome")]),
        ("I have lived in Vienna", [("user", "lives in", "Vienna")]),
        ("I am happy when it rains", [("user", "is", "happy")]),
        # Questions.
        ("Does Ada work at Google?", []),
        ("does Ada work at Google", []),
        ("Where does Ada live", []),
        ("Ada lives in Rome, right?", []),
        ("Ada works at Google?", []),
        # Conditions.
        ("If Ada lived in Paris, Bob is happy.", []),
        ("Ada likes tea if it is hot", []),
        ("When I live in Rome, I own a dog", []),
        ("I wonder whether Ada lives in Rome", []),
        ("Unless Ada lives in Rome, Bob works at Google", []),
        # Denied, or left open.
        ("I don't think Ada lives in Rome", []),
        ("It is not true that Ada lives in Rome", []),
        ("Neither Ada nor Bob lives in Rome", []),
        ("Ada lives in Rome or Paris", []),
        ("We know that Ada or Bob lives in Rome", []),
        ("Nobody likes Mondays", []),
        ("I don't like tea and Ada likes coffee", [("user", "dislikes", "tea"), ("Ada", "likes", "coffee")]),
        # Wished, imagined, to be done.
        ("I wish I lived in Rome", []),
        ("Maybe Ada works at Google", []),
        ("Suppose Ada lives in Rome", []),
        ("Ada would like tea. Ada might live in Rome", []),
        ("Biscuit had to go to the vet.", []),
        ("Ada wants to live in Rome. I need to work at Siemens", []),
        ("Ada is supposed to live in Rome", []),
        ("Ada has painted a picture", []),
    ],
)
def test_facts_are_what_is_stated_and_nothing_else(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert facts(text) == expected


def test_the_rules_are_an_extractor() -> None:
    extractor: Extractor = RuleExtractor()
    assert extractor.extract("I like tea") == extract("I like tea")


@given(st.one_of(st.text(), st.lists(st.sampled_from(SAID.split())).map(" ".join)))
def test_any_text_comes_out_bounded_and_each_thing_once(text: str) -> None:
    found = extract(text * 20)
    assert len(found.concepts) <= 64
    assert len(found.relations) <= 32
    assert len(set(found.relations)) == len(found.relations)
    numbers = [(concept.kind, concept.name) for concept in found.concepts]
    assert len(set(numbers)) == len(numbers)
    assert all(0 < len(concept.name) <= 80 and concept.count > 0 for concept in found.concepts)
    assert all(one.subject and one.object for one in found.relations)


def test_no_more_come_out_of_a_text_full_of_them() -> None:
    found = extract(" ".join(f"I like Thing{at}." for at in range(100)))
    assert (len(found.concepts), len(found.relations)) == (64, 32)


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert extract("word " * 4000 + "Vienna") == extract("word " * 4000)


def test_a_concept_is_filtered_by_whatever_its_case() -> None:
    assert concept_number("University of  Vienna") == concept_number("university of vienna")
