"""Terms of word search, and dates in questions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.memory.search.dates import named, stretches
from lukhas_common.memory.search.terms import LONGEST_TERM, STOP_WORDS, number, numbers, terms

NOW = datetime(2023, 5, 10, 15, tzinfo=UTC).timestamp()
YEARS = range(2022, 2025)


def test_words_are_stemmed_and_stop_words_go() -> None:
    assert terms("When did Caroline's groups start RUNNING?") == ["carolin", "group", "start", "run"]
    assert terms("What is it that you'd have?") == []


def test_accents_and_kinds_of_apostrophes_do_not_matter() -> None:
    assert terms("Café Caroline’s") == terms("cafe caroline's")


def test_scripts_without_spaces_are_searched_by_pairs_of_characters() -> None:
    assert terms("東京タワー") == ["東京", "京タ", "タワ", "ワー"]
    assert terms("東") == ["東"]


def test_vowel_signs_stay_in_their_word() -> None:
    assert len(terms("किताब")) == 1


@given(st.text())
def test_numbers_are_the_numbers_of_the_terms_and_none_is_a_stop_word(text: str) -> None:
    found = terms(text)
    assert numbers(text) == [number(term) for term in found]
    assert all(term and term not in STOP_WORDS and len(term) <= LONGEST_TERM for term in found)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("What happened on 7 May 2023?", ["2023-05-07", "2023-05", "2023"]),
        ("on May 7th, 2023", ["2023-05-07", "2023-05", "2023"]),
        ("2023-05-07", ["2023-05-07", "2023-05", "2023"]),
        ("early in May 2023", ["2023-05", "2023"]),
        ("in May", ["--05"]),
        ("the 7th of May", ["--05-07", "--05"]),
        ("in 2023", ["2023"]),
        ("May I ask what may be?", []),
        ("on 31 February 2023", ["2023-02", "2023"]),
        ("room 2023b, 99 12345", []),
        ("yesterday", ["yesterday"]),
    ],
)
def test_dates_are_read(query: str, names: list[str]) -> None:
    assert [stretch.name for stretch in stretches(query, NOW, YEARS)] == names


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("2023-05-07", "2023-05-07T00:00", "2023-05-07T23:59"),
        ("May 2023", "2023-05-01T00:00", "2023-05-31T23:59"),
        ("December 2023", "2023-12-01T00:00", "2023-12-31T23:59"),
        ("yesterday", "2023-05-09T00:00", "2023-05-09T23:59"),
        ("today", "2023-05-10T00:00", "2023-05-10T23:59"),
        ("this week", "2023-05-04T00:00", "2023-05-10T23:59"),
        ("last week", "2023-04-27T00:00", "2023-05-03T23:59"),
        ("last month", "2023-04-01T00:00", "2023-04-30T23:59"),
        ("this month", "2023-05-01T00:00", "2023-05-10T23:59"),
        ("last year", "2022-01-01T00:00", "2022-12-31T23:59"),
    ],
)
def test_a_date_is_the_time_it_says(query: str, first: str, last: str) -> None:
    (start, end), *rest = stretches(query, NOW, YEARS)[0].spans
    assert not rest
    assert start == datetime.fromisoformat(f"{first}+00:00").timestamp() * 1000
    assert end == datetime.fromisoformat(f"{last}+00:00").timestamp() * 1000 + 60_000


def test_a_month_without_a_year_is_that_of_each_year() -> None:
    assert len(stretches("in May", None, YEARS)[0].spans) == len(YEARS)
    assert stretches("29 February", None, range(2023, 2024))[0].name == "--02"


def test_relative_dates_say_nothing_without_a_now() -> None:
    assert stretches("yesterday", None, YEARS) == ()


@given(st.text(st.sampled_from("0123456789-/ maydec,ofin")))
def test_any_text_has_at_most_a_few_dates_and_their_times_are_in_order(text: str) -> None:
    found = stretches(text, NOW, YEARS)
    assert len(found) <= 24
    assert all(start < end for stretch in found for start, end in stretch.spans)
    assert len(named(text)) <= 8
