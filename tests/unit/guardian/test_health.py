"""Health is measured: policies, signature, detector, decisions and their drift."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.guardian.health import Health, measure
from lukhas_common.guardian.memory import MemoryDecisions
from lukhas_common.guardian.mix import drift, population_stability
from lukhas_common.guardian.outcomes import Day, Noted, Outcome
from lukhas_common.guardian.text.judgement import Tier
from lukhas_common.ids import uuid7
from lukhas_common.stability import ALARM
from tests.fakes import Audit, Clock
from tests.unit.guardian.worlds import ALICE, BookWorld, GuardianWorld, policy, word_judge

OUTCOMES = st.lists(st.sampled_from(Outcome), min_size=1, max_size=60).map(Counter)


def found(text: str) -> Any:
    return replace(word_judge(text), injection_tier=Tier.BLOCK, harm_tier=Tier.REVIEW)


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


def test_a_bad_signature_is_found_by_a_process_that_has_the_policies_parsed() -> None:
    world = GuardianWorld()
    book = world.book
    assert measure(book, found, MemoryDecisions(), Audit(), world.clock).reasons == ()
    ((version, bundle),) = world.store.kept.items()
    world.store.kept[version] = replace(bundle, signature=bytes(2420))
    assert measure(book, found, MemoryDecisions(), Audit(), world.clock).reasons == ("policies_untrusted",)


@pytest.mark.parametrize("effect", ["permit", "forbid"])
def test_policies_that_only_permit_or_only_forbid_are_found(effect: str) -> None:
    world = GuardianWorld()
    world.book.publish("one", {"all.cedar": policy("all", effect, "true")}, frozenset(), ALICE)
    world.book.activate("one", ALICE)
    assert health(world)[0].reasons == ("policies_one_sided",)


def test_a_detector_that_finds_nothing_or_breaks_is_found() -> None:
    def broken(text: str) -> Any:
        raise ValueError(text)

    for dead in ("injection_tier", "harm_tier"):
        measured, _ = health(GuardianWorld(), lambda text, dead=dead: replace(found(text), **{dead: Tier.CLEAR}))
        assert (measured.reasons, measured.detector) == (("detector_blind",), None)
    measured, audit = health(GuardianWorld(), broken)
    assert (measured.detector, measured.reasons) == (None, ("detector_failed",))
    assert audit.alarms


def test_storage_that_does_not_answer_is_found() -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise OSError

    measured, _ = health(GuardianWorld(), index=Broken())
    assert measured.reasons == ("decisions_failed",)


DAY = 86400.0
ORDINARY = Counter({Outcome.ALLOWED: 300, Outcome.VETOED: 100})


def days(now: float, *counts: Counter[Outcome]) -> list[Day]:
    """One of each, the last one today."""
    today = int(now // DAY)
    return [Day(today - len(counts) + 1 + n, each, now) for n, each in enumerate(counts)]


def test_a_mix_that_changed_since_the_policies_were_activated_is_drift() -> None:
    clock = Clock()
    now = clock()
    other = Counter({Outcome.ALLOWED: 50, Outcome.VETOED: 150})
    before = [Counter({Outcome.UNJUDGED: 9000}), Counter({Outcome.UNJUDGED: 9000}), ORDINARY, ORDINARY]
    since = now - 4 * DAY  # the first day is of other policies, and so is half of the second
    for recent, expected in ((other, True), (ORDINARY, False)):
        found = drift(days(now, *before, recent, recent), since, now)
        assert found.detected is expected
        assert (found.baseline, found.recent) == (800, 2 * recent.total())
    assert drift(days(now, ORDINARY, other, other), since, now).psi is None  # 400 are too few
    assert drift(days(now, ORDINARY, ORDINARY, Counter({Outcome.VETOED: 99})), since, now).psi is None


def test_drift_makes_the_guardian_degraded() -> None:
    world = GuardianWorld()
    since = world.clock()
    world.clock.advance(6 * DAY)
    for number in range(5):
        for n in range(300):
            at = since + (number + 1) * DAY + n
            outcome = Outcome.VETOED if number >= 3 else Outcome.ALLOWED
            world.index.add(Noted(uuid7(at), outcome, at))
    measured, _ = health(world, index=world.index)
    assert (measured.reasons, measured.drift.detected) == (("drift",), True)


def test_the_index_is_the_one_of_the_textbook() -> None:
    """By hand: 75/25 against 50/50, where the half decisions that are added weigh next to nothing."""
    before = {Outcome.ALLOWED: 750_000, Outcome.VETOED: 250_000}
    after = {Outcome.ALLOWED: 500_000, Outcome.VETOED: 500_000}
    expected = (0.5 - 0.75) * math.log(0.5 / 0.75) + (0.5 - 0.25) * math.log(0.5 / 0.25)
    assert population_stability(before, after) == pytest.approx(expected, rel=1e-3)
    assert expected > ALARM


@given(OUTCOMES, OUTCOMES)
def test_the_index_is_no_less_than_zero_the_same_both_ways_and_zero_for_the_same(
    one: Counter[Outcome], other: Counter[Outcome]
) -> None:
    assert population_stability(one, one) == 0
    assert population_stability(one, other) >= 0
    assert population_stability(one, other) == pytest.approx(population_stability(other, one))
