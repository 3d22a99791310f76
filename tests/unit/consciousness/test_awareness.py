"""The level of awareness: bounded, on record with its reason, and set once by one request."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consciousness.awareness import INITIAL, LARGEST_METADATA, REMEMBERED, STREAM, InvalidAwarenessError
from lukhas_common.consciousness.errors import ConsciousnessError, ConsciousnessReason
from lukhas_common.ledger.verify import verify_chain
from tests.unit.consciousness.world import ADA, Mind

levels = st.floats(0, 1)


def test_before_it_is_set_it_is_full() -> None:
    awareness = Mind().book().current()
    assert (awareness.level, awareness.at, awareness.by) == (INITIAL, None, "")
    assert Mind().book().history(5) == []


@given(st.lists(levels, min_size=1, max_size=6))
def test_the_newest_level_counts_in_every_process_and_the_others_are_its_history(given_levels: list[float]) -> None:
    mind = Mind()
    for number, level in enumerate(given_levels):
        mind.clock.advance(1)
        updated = mind.book().update(level, f"reason {number}", {"n": number}, ADA)
        assert (updated.level, updated.at, updated.by) == (level, mind.clock(), ADA)
        assert mind.book().current() == updated
    history = mind.book().history(100)
    assert [each.level for each in history] == given_levels[::-1]
    assert all(newer.previous == older.level for newer, older in pairwise(history))
    assert mind.book().history(2) == history[:2]
    assert {each.reason for each in history} == {f"reason {number}" for number in range(len(given_levels))}
    verify_chain(mind.entries.read(STREAM, 0, 10), opens=mind.ledger().open, destroyed=[])


@pytest.mark.parametrize("level", [-0.001, 1.001, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_level_is_refused_and_changes_nothing(level: float) -> None:
    mind = Mind()
    with pytest.raises(InvalidAwarenessError) as refused:
        mind.book().update(level, "r", {}, ADA)
    assert refused.value.field == "new_level"
    assert mind.book().current().at is None


@pytest.mark.parametrize("metadata", [{"n": 2**60}, {"x": "y" * LARGEST_METADATA}, {"x": float("nan")}])
def test_metadata_that_cannot_be_kept_is_refused(metadata: dict[str, object]) -> None:
    with pytest.raises(InvalidAwarenessError) as refused:
        Mind().book().update(0.5, "r", metadata, ADA)
    assert refused.value.field == "metadata"


def test_one_request_sets_it_once_even_when_others_came_in_between() -> None:
    mind = Mind()
    first = mind.book().update(0.5, "r", {"a": 1}, ADA, "key")
    for number in range(REMEMBERED - 1):
        mind.book().update(0.25, f"{number}", {}, ADA, f"other {number}")
        assert mind.book().update(0.5, "r", {"a": 1}, ADA, "key") == first
    assert mind.book().current().level == 0.25
    # Whoever else uses the same key means another request.
    assert mind.book().update(0.5, "r", {"a": 1}, "somebody else", "key") != first


@pytest.mark.parametrize("other", [(0.6, "r", {}), (0.5, "s", {}), (0.5, "r", {"a": 1})])
def test_another_request_under_the_same_key_is_refused(other: tuple[float, str, dict[str, int]]) -> None:
    mind = Mind()
    mind.book().update(0.5, "r", {}, ADA, "key")
    with pytest.raises(ConsciousnessError) as refused:
        mind.book().update(*other, ADA, "key")
    assert refused.value.reason is ConsciousnessReason.IDEMPOTENCY_KEY_REUSED
    assert len(mind.entries.read(STREAM, 0, 10)) == 1
