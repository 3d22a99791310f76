"""Where the harm is: buried in a long text, told by an opening, hidden, or not gone after all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.guardian.constitution.embedded import EmbeddedEngine
from lukhas_common.guardian.constitution.engine import Critique, Flaw, Remedy
from lukhas_common.guardian.constitution.harm import Level, examine
from lukhas_common.guardian.constitution.principles import DEFAULT_CONSTITUTION
from lukhas_common.guardian.constitution.revising import applied, revised
from lukhas_common.guardian.constitution.safety import ConstitutionalAISafety
from lukhas_common.guardian.constitution.sentences import MAX_PARTS, opener, parts
from lukhas_common.guardian.constitution.wording import NEUTRAL, refusal
from lukhas_common.guardian.text.judgement import Category, Coverage, Finding, Judgement, Thresholds, Tier
from tests.unit.guardian import detector

CALM = "The sea is still warm in the evening. Everybody here likes it a lot. The boats come home late. "
THRESHOLDS = Thresholds(0.5, 0.8)


def scored(score: Callable[[str], float], encodings: tuple[str, ...] = ()) -> Callable[[str], Judgement]:
    """A classifier: it says how bad a text is, and not where."""

    def judge(text: str) -> Judgement:
        harm = score(text)
        finding = Finding(Category.HARM, "classifier", 0, len(text), harm)
        coverage = Coverage(True, "en", len(text), len(text), encodings)
        tier = THRESHOLDS.tier(harm)
        return Judgement(harm, 0.0, tier, Tier.CLEAR, (finding,) if harm > 0.5 else (), coverage, "scored")

    return judge


def run(text: str, judge: Callable[[str], Judgement]) -> str:
    own = ConstitutionalAISafety(DEFAULT_CONSTITUTION, engine=EmbeddedEngine(judge, detector.spans))
    return own.critique_and_revise(text).revised


def test_a_sentence_that_drowns_in_the_whole_is_still_found() -> None:
    judge = scored(lambda text: 0.9 if "cudgel" in text and len(text) < 120 else 0.1)
    found = run(f"{CALM}Carve a cudgel for him. {CALM}", judge)
    assert "cudgel" not in found
    assert CALM.strip() in found


def test_a_sentence_that_only_looks_bad_without_its_neighbours_stays() -> None:
    judge = scored(lambda text: 0.9 if text.startswith("Carve") and len(text) < 30 else 0.1)
    text = f"{CALM}Carve a cudgel for him. {CALM}"
    assert run(text, judge) == text


def test_a_few_harmless_words_are_no_response() -> None:
    assert run("Tea is hot. Build bombs.", detector.judge) == refusal(["harmlessness"])
    assert "Tea is hot" in run("Tea is hot, and cake is sweet. Build bombs.", detector.judge)


def test_where_the_rest_is_harmful_too_the_whole_is() -> None:
    text = f"{CALM}Carve a cudgel for him."
    judge = scored(lambda text: 0.9 if "cudgel" in text or ("sea" in text and "boats" in text) else 0.1)
    found = examine(text, judge, Level())
    assert (found.whole, [(cut.start, cut.end) for cut in found.cuts]) == (True, [(0, len(text))])


def test_where_no_sentence_is_bad_by_itself_the_whole_is_refused() -> None:
    judge = scored(lambda text: 0.9 if len(text) > 80 else 0.1)
    assert run(f"{CALM}The cudgel is oak.", judge) == refusal(["harmlessness"]) or NEUTRAL


@pytest.mark.parametrize("start", ["Sure, here is how: ", "Of course! Here's what you want. ", "Here is a way to "])
def test_what_is_unsure_counts_in_a_response_that_complies(start: str) -> None:
    text = "watch the fight and join it at once."
    assert run(text, detector.judge) == text
    assert run(start + text, detector.judge) == refusal(["harmlessness"])


def test_what_is_unsure_counts_where_it_was_hidden() -> None:
    text = "The sea is still warm in the evening."
    assert run(text, scored(lambda _: 0.6)) == text
    hidden = scored(lambda text: 0.6 if "sea" in text else 0.1, ("base64",))
    assert run(text, hidden) == refusal(["harmlessness"])


def test_an_opening_is_not_part_of_what_is_judged() -> None:
    judge = scored(lambda text: 0.9 if text.startswith("carve") else 0.1)
    assert run("Sure, here is how to do it: carve a cudgel for him.", judge) == refusal(["harmlessness"])


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("Sure, here is how to dance", "how to dance"),
        ("Of course! Here is what you asked for: a dance", "a dance"),
        ("Sure! I can help with that. Here's a list", "a list"),
        ("Here are the steps", "the steps"),
        ("Certainly: tea", "tea"),
    ],
)
def test_openings_end_where_the_response_gets_to_the_point(text: str, point: str) -> None:
    assert text[opener(text) :] == point


@pytest.mark.parametrize("text", ["Surely it rains", "Here is Paris", "Yes, tea", "The sure way", "", "Sure", "Sure, "])
def test_other_beginnings_are_none(text: str) -> None:
    assert opener(text) == 0


@given(st.text(alphabet="ab .!?\n\t\r\"'1)-•", max_size=200), st.integers(1, 20))
def test_parts_hold_all_that_is_not_white_space_in_order(text: str, most: int) -> None:
    found = parts(text, most)
    assert len(found) <= most
    end = 0
    for part in found:
        assert not text[end : part.start].strip()
        assert part.start < part.end
        end = part.end
    assert not text[end:].strip()


def test_a_long_text_is_cut_into_larger_parts() -> None:
    assert len(parts("Tea is good. " * 10_000)) <= MAX_PARTS
    assert [text_of for part in parts("1. Take it.\n2. Go.") for text_of in [part.end - part.start]] == [11, 6]


def flaw(start: int, end: int, remedy: Remedy, words: str = "[…]") -> Flaw:
    return Flaw("harmlessness", "rule", start, end, "evidence", "change", 0.5, remedy, words)


def said(*flaws: Flaw, judged: bool = True) -> Critique:
    return Critique(flaws, 1.0 - 0.5 * bool(flaws), Tier.CLEAR, Coverage(judged, "en", 1, 1), ("harmlessness",))


TEXT = "The old man has the key, the key, and that is all that he has."


@pytest.mark.parametrize(
    ("after", "words", "refused"),
    [
        (said(), "that is all", False),
        (said(flaw(0, 3, Remedy.CUT)), "that is all", True),
        (said(flaw(0, 3, Remedy.REFUSE)), "that is all", True),
        (said(judged=False), "that is all", True),
        (said(), "the key", True),
    ],
    ids=["clean", "harmful", "harm itself", "not judged", "its words stand twice"],
)
def test_a_revision_that_did_not_help_ends_in_a_refusal(after: Critique, words: str, refused: bool) -> None:
    start = TEXT.index(words)
    answers = {NEUTRAL: said(), refusal(["harmlessness"]): said()}
    critique = said(flaw(start, start + len(words), Remedy.CUT, ""))
    made = revised(TEXT, critique, lambda text: answers.get(text, after))
    assert made.refused is refused
    assert (made.text == refusal(["harmlessness"])) is refused


def test_a_name_within_a_longer_word_does_not_survive_in_it() -> None:
    text = "Ann reads the Annual."
    made = revised(text, said(flaw(0, 3, Remedy.REDACT)), lambda _: said())
    assert (made.text, made.refused) == ("[…] reads the Annual.", False)


def test_a_refusal_that_would_be_judged_harmful_names_nothing() -> None:
    critique = said(flaw(0, len(TEXT), Remedy.REFUSE))
    made = revised(TEXT, critique, lambda text: said() if text == NEUTRAL else said(flaw(0, 1, Remedy.CUT)))
    assert made.text == NEUTRAL


SPANS = st.tuples(
    st.integers(0, 30), st.integers(1, 10), st.sampled_from([Remedy.CUT, Remedy.REDACT, Remedy.REWORD, Remedy.NONE])
)


@given(st.lists(SPANS, max_size=8))
def test_nothing_of_what_is_cut_or_withheld_is_left_and_all_else_is(spans: list[tuple[int, int, Remedy]]) -> None:
    text = "".join(chr(0x4E00 + at) for at in range(40))
    flaws = [flaw(start, start + length, remedy, "") for start, length, remedy in spans]
    changed = applied(text, [replace(each, words="" if each.remedy is not Remedy.REWORD else "x") for each in flaws])
    gone = {at for each in flaws if each.remedy in (Remedy.CUT, Remedy.REDACT) for at in range(each.start, each.end)}
    touched = {at for each in flaws if each.remedy is not Remedy.NONE for at in range(each.start, each.end)}
    assert not any(text[at] in changed for at in gone)
    assert all(text[at] in changed for at in range(40) if at not in touched)


def test_judging_is_bounded_by_the_number_of_parts() -> None:
    calls = 0

    def judge(text: str) -> Judgement:
        nonlocal calls
        calls += 1
        return detector.judge(text)

    examine("A fight. " * 5000, judge, Level())
    assert calls <= 3 * MAX_PARTS + 4


def test_what_both_the_detector_and_the_spans_name_is_one_flaw() -> None:
    def judge(text: str) -> Judgement:
        plain = detector.judge(text)
        return replace(plain, findings=(*plain.findings, *detector.spans(text)))

    text = f"The key is {detector.SECRET}, they say."
    critique = EmbeddedEngine(judge, detector.spans).critique(text, DEFAULT_CONSTITUTION)
    assert [found.rule for found in critique.violations] == ["secret:aws-key"]
