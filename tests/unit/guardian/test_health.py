"""Health is measured: policies, signature, detector, decisions and their drift."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.guardian.health import Health, measure
from lukhas_common.guardian.memory import MemoryDecisions
from lukhas_common.guardian.mix import ALARM, BASELINE, RECENT, drift, population_stability
from lukhas_common.guardian.outcomes import Noted, Outcome
from lukhas_common.guardian.text.judgement import Tier
from lukhas_common.ids import uuid7
from tests.fakes import Audit
from tests.unit.guardian.worlds import BookWorld, GuardianWorld, word_judge

OUTCOMES = st.lists(st.sampled_from(Outcome), min_size=1, max_size=60)


def found(text: str) -> Any:
    return replace(word_judge(text), injection_tier=Tier.BLOCK)


def health(world: GuardianWorld | BookWorld, judge: Any = found, index: Any = None) -> tuple[Health, Audit]:
    audit = Audit()
    book = world.book if isinstance(world, GuardianWorld) else world.book()
    return measure(book, judge, index or MemoryDecisions(), audit, world.clock), audit


def test_a_working_guardian_is_healthy_and_says_by_what() -> None:
    world = GuardianWorld()
    world.ask("Read my calendar")
    measured, audit = health(world, index=world.index)
    assert measured.reasons == ()
    assert measured.policies is not None
    assert measured.active_policies == len(measured.policies.policies) > 20
    assert measured.detector == "words-1"
    assert measured.last_decision == pytest.approx(world.clock(), abs=0.01)
    assert measured.at == world.clock()
    assert measured.drift.psi is None
    assert audit.alarms == []


def test_without_policies_it_is_down() -> None:
    measured, _ = health(BookWorld())
    assert (measured.policies, measured.reasons) == (None, ("no_policies",))


def test_a_bad_signature_is_found() -> None:
    world = GuardianWorld()
    ((version, bundle),) = world.store.kept.items()
    world.store.kept[version] = replace(bundle, signature=bytes(2420))
    measured, audit = health(world)
    assert (measured.policies, measured.reasons) == (None, ("policies_untrusted",))
    assert audit.alarms


def test_a_detector_that_finds_nothing_or_breaks_is_found() -> None:
    def broken(text: str) -> Any:
        raise ValueError(text)

    assert health(GuardianWorld(), word_judge)[0].reasons == ("detector_blind",)
    measured, audit = health(GuardianWorld(), broken)
    assert (measured.detector, measured.reasons) == (None, ("detector_failed",))
    assert audit.alarms


def test_storage_that_does_not_answer_is_found() -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise OSError

    measured, _ = health(GuardianWorld(), index=Broken())
    assert measured.reasons == ("decisions_failed", "drift_failed")


def mixed(index: MemoryDecisions, start: float, outcomes: list[Outcome]) -> None:
    for number, outcome in enumerate(outcomes):
        at = start + number
        index.add(Noted(uuid7(at), outcome, at))


def test_a_mix_that_changed_since_the_policies_were_activated_is_drift() -> None:
    world = GuardianWorld()
    since = world.clock()
    ordinary = [Outcome.ALLOWED, Outcome.ALLOWED, Outcome.ALLOWED, Outcome.VETOED] * (BASELINE // 4)
    for late, expected in (([Outcome.ALLOWED] * RECENT, True), (ordinary[:RECENT], False)):
        index = MemoryDecisions()
        mixed(index, since - 5000, [Outcome.VETOED] * 300)  # by the policies before: they do not count
        mixed(index, since, ordinary)
        assert drift(index, since).psi is None
        mixed(index, since + BASELINE, late)
        measured, _ = health(world, index=index)
        assert measured.drift.detected is expected
        assert measured.drift.counted == BASELINE + RECENT
        assert ("drift" in measured.reasons) is expected


def test_the_index_is_the_one_of_the_textbook() -> None:
    """By hand: 75/25 against 50/50, where the half decisions that are added weigh next to nothing."""
    before = [Outcome.ALLOWED] * 750_000 + [Outcome.VETOED] * 250_000
    after = [Outcome.ALLOWED] * 500_000 + [Outcome.VETOED] * 500_000
    expected = (0.5 - 0.75) * math.log(0.5 / 0.75) + (0.5 - 0.25) * math.log(0.5 / 0.25)
    assert population_stability(before, after) == pytest.approx(expected, rel=1e-3)
    assert expected > ALARM


@given(OUTCOMES, OUTCOMES)
def test_the_index_is_no_less_than_zero_the_same_both_ways_and_zero_for_the_same(
    one: list[Outcome], other: list[Outcome]
) -> None:
    assert population_stability(one, one) == 0
    assert population_stability(one, other) >= 0
    assert population_stability(one, other) == pytest.approx(population_stability(other, one))
