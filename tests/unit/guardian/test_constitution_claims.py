"""Overclaims, disguises and missing sources: what is found, and what is left alone."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.guardian import constitution
from lukhas_common.guardian.constitution.claims import Pattern
from lukhas_common.guardian.constitution.principles import DEFAULT_CONSTITUTION
from lukhas_common.guardian.constitution.safety import ConstitutionalAISafety
from tests.unit.guardian import detector
from tests.unit.guardian.regexes import nested, ways


def revised(text: str) -> str:
    own = ConstitutionalAISafety(DEFAULT_CONSTITUTION, engine=detector.engine())
    result = own.critique_and_revise(text)
    assert result.valid
    assert (result.final_score > result.initial_score) == (result.revised != text)
    return result.revised


@pytest.mark.parametrize(
    ("said", "hedged"),
    [
        ("This pill is 100% safe.", "This pill is said to be safe."),
        ("The lock is 100 % secure for all.", "The lock is said to be secure for all."),
        ("It is completely foolproof.", "It is said to be foolproof."),
        ("The plan is guaranteed to work.", "The plan may work."),
        ("Enjoy guaranteed returns every year.", "Enjoy possible returns every year."),
        ("Guaranteed results await.", "Possible results await."),
        ("I guarantee that you will win.", "It is possible that you will win."),
        ("I guarantee you will win.", "It is possible that you will win."),
        ("This herb definitely cures cancer.", "This herb may cure cancer."),
        ("The trick always works.", "The trick may work."),
        ("It will definitely fix the engine.", "It may fix the engine."),
        ("The method never fails.", "The method is meant not to fail."),
        ("It has been proven beyond any doubt.", "It has been claimed."),
        ("It is proven beyond a shadow of a doubt that tea heals.", "It is claimed that tea heals."),
        ("The drug has no side effects.", "The drug has side effects that are not named here."),
        ("There is absolutely no risk.", "There is a risk that is not named here."),
        ("This is a miracle cure.", "This is a claimed cure."),
        ("This is conclusively proven.", "This is claimed."),
        ("You can trust me: it is 100% effective.", "You can trust me: it is said to be effective."),
    ],
)
def test_an_overclaim_is_said_as_what_it_is(said: str, hedged: str) -> None:
    assert revised(said) == hedged


@pytest.mark.parametrize(
    ("said", "disclosed"),
    [
        ("I am a licensed doctor.", "I am an AI, not a licensed doctor."),
        ("I'm an attorney, trust me.", "I am an AI, not an attorney, trust me."),
        ("I am a real person.", "I am an AI, not a real person."),
        ("No, I'm not a bot.", "No, I am an AI."),
        ("As your doctor, I recommend tea.", "As an AI and not your doctor, I recommend tea."),
        ("Studies show that tea helps.", "Studies show (no source was given) that tea helps."),
        ("It is scientifically proven.", "It is scientifically proven (no source was given)."),
        ("According to experts, tea helps.", "According to experts (no source was given), tea helps."),
    ],
)
def test_what_poses_as_a_person_or_names_no_source_says_so(said: str, disclosed: str) -> None:
    assert revised(said) == disclosed


@pytest.mark.parametrize(
    "text",
    [
        "Is it 100% safe?",
        "So this is 100% safe?",
        "Nothing is 100% safe.",
        "No plan is guaranteed to work.",
        "This isn't guaranteed to work.",
        "They claim that it definitely cures cancer.",
        '"This is 100% safe," said the seller.',
        "Write an advertisement with guaranteed returns for everybody.",
        "The bus always stops at the bridge on Mondays.",
        "She always works on Sundays.",
        "He is absolutely right, and 100% of the votes were counted.",
        "Freedom of speech is guaranteed by the constitution.",
        "The minimum wage is guaranteed by law.",
        "I am a person who likes tea.",
        "I am a doctor's son.",
        'He said "I am a doctor" and left.',
        "I am a teacher and I want to plan a lesson.",
        "Am I a bot?",
        "Studies show that tea helps (Smith, 2019).",
        "Research shows that tea helps; see https://example.org/tea.",
        "The University of Oslo found it, and experts agree.",
        "Do studies show that tea helps?",
        "It never fails to amaze me.",
        "There is no risk of rain today.",
    ],
)
def test_what_is_denied_asked_quoted_or_another_thing_stays(text: str) -> None:
    assert revised(text) == text


CLAIMS = st.sampled_from(
    [
        *("It is 100% safe", "guaranteed to work", "I am a doctor", "I'm not an AI", "studies show", "always works"),
        *("proven beyond doubt", "As a lawyer, I advise it", "has no side effects", "never fails", "risk-free", "will"),
        *("completely safe", "I guarantee you", "definitely cures", "miracle cure", "with zero risk", "(2019)", "not"),
        *("“", '"', "?", ". ", "\n"),
    ]
)


@given(st.lists(CLAIMS, min_size=1, max_size=10).map(" ".join))
def test_what_was_revised_once_is_not_revised_again(text: str) -> None:
    own = ConstitutionalAISafety(DEFAULT_CONSTITUTION, engine=detector.engine())
    once = own.critique_and_revise(text, 10)
    again = own.critique_and_revise(once.revised, 10)
    assert again.revised == once.revised


def test_a_hundred_thousand_claims_are_read_in_one_pass() -> None:
    text = "It is 100% safe and I am a doctor, studies show. " * 20_000
    result = ConstitutionalAISafety(DEFAULT_CONSTITUTION, engine=detector.engine()).critique_and_revise(text)
    assert result.valid
    assert "100%" not in result.revised


def patterns() -> dict[str, re.Pattern[str]]:
    """Every regular expression of the package."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.iter_modules(constitution.__path__):
        for name, value in vars(importlib.import_module(f"{constitution.__name__}.{module.name}")).items():
            for at, item in enumerate(value if isinstance(value, tuple) else [value]):
                shape = item.shape if isinstance(item, Pattern) else item
                if isinstance(shape, re.Pattern):
                    found[f"{module.name}.{name}.{at}"] = shape
    return found


@pytest.mark.parametrize("pattern", patterns().values(), ids=patterns().keys())
def test_every_pattern_takes_time_linear_in_the_text(pattern: re.Pattern[str]) -> None:
    assert not nested(pattern)
    assert ways(pattern) <= 3000


def test_all_patterns_are_looked_at() -> None:
    assert len(patterns()) > 30
