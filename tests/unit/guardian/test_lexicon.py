"""Concepts are found where they stand, in time linear in the text."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.guardian.text import lexicon
from lukhas_common.guardian.text.judgement import Category
from lukhas_common.guardian.text.lexicon import Hit, inflections, shipped, tokens

DATA = json.loads((Path(lexicon.__file__).with_name("data") / "lexicon.json").read_text("utf-8"))
SMALL = lexicon.read(
    json.dumps(
        {
            "verbs": {"harm": "kill, blow up"},
            "nouns": {"who": "friend, old man", "place": "school"},
            "contexts": {"play": "video game"},
            "rules": [
                ["violence", "harm", "who|place", 0.6],
                ["violence", "harm", "", 0.2],
                ["weapons", "place", "", 0.3],
            ],
        }
    )
)
WORDS = "kill killed blow blows up a friend friends old man school video game the and"
vocabulary = st.sampled_from(WORDS.split(" "))


def seen(text: str) -> list[tuple[str, str]]:
    read = tokens(text)
    marks = SMALL.marks([token.word for token in read])
    return [(mark.concept, text[read[mark.first].start : read[mark.last].end]) for mark in marks]


def hits(text: str) -> list[tuple[str, float, str]]:
    read = tokens(text)
    found: list[Hit] = list(SMALL.hits(SMALL.marks([token.word for token in read])))
    return [(hit.rule.name, hit.rule.score, text[read[hit.first].start : read[hit.last].end]) for hit in found]


def test_words_and_phrases_are_found_in_any_form_and_case() -> None:
    assert seen("Blowing up an OLD man's house, killed friends of a video-game") == [
        ("harm", "Blowing up"), ("harm", "killed"), ("who", "friends"), ("play", "video-game"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("stab", "stab stabs stabbed stabbing"), ("rape", "rape rapes raped raping"),
        ("bully", "bully bullies bullied bullying"),
        ("punch", "punch punches punched punching"), ("steal", "steal steals stealed stealing stole stolen"),
    ],
)  # fmt: skip
def test_verbs_are_inflected(verb: str, forms: str) -> None:
    assert inflections(verb) == set(forms.split())


def test_a_second_concept_counts_within_reach_only() -> None:
    assert hits("kill my old man") == [("lexicon:violence", 0.6, "kill my old man")]
    assert hits("kill " + "the " * 9 + "friend") == [("lexicon:violence", 0.2, "kill")]
    assert hits("a school") == [("lexicon:weapons", 0.3, "school")]


@given(st.lists(vocabulary, max_size=40))
def test_marks_are_all_there_are(words: list[str]) -> None:
    expected = {
        (concept, at, at + len(phrase) - 1)
        for at in range(len(words))
        for concept, phrases in {
            "harm": ["kill", "killed", "blow up", "blows up"], "who": ["friend", "friends", "old man"],
            "place": ["school"], "play": ["video game"],
        }.items()
        for phrase in map(str.split, phrases)
        if words[at : at + len(phrase)] == phrase
    }  # fmt: skip

    marks = SMALL.marks(words)

    assert {(mark.concept, mark.first, mark.last) for mark in marks} == expected
    assert [mark.first for mark in marks] == sorted(mark.first for mark in marks)


@given(st.text())
def test_tokens_stand_where_they_say(text: str) -> None:
    read = tokens(text)

    assert all(text[token.start : token.end].lower().replace("’", "'") == token.word for token in read)
    assert all(one.end <= two.start for one, two in pairwise(read))


def test_every_rule_speaks_of_known_concepts_and_categories() -> None:
    concepts = {concept for kind in ("verbs", "nouns", "contexts", "orders") for concept in DATA[kind]}

    for category, first, then, score in DATA["rules"]:
        assert Category(category)
        assert set(first.split("|")) | set(then.split("|")) - {""} <= concepts
        assert 0 < score <= 1


def test_the_work_is_linear_in_the_text() -> None:
    """Each word is looked up once, and carries few concepts; few marks are looked at for a rule's second concept."""
    assert max(map(len, shipped().words.values())) <= 8
    assert max(map(len, shipped().phrases.values())) <= 80
    assert max(len(phrase) for entries in shipped().phrases.values() for phrase, _ in entries) <= 12
