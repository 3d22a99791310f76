"""Vetoes on record, and overrides that take two people, a reason and an end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.consent.vocabulary import Purpose
from lukhas_common.guardian.actions.shipped import shipped_policies
from lukhas_common.guardian.decisions import Decision, stream
from lukhas_common.guardian.errors import GuardianError, GuardianReason
from lukhas_common.guardian.outcomes import Outcome
from lukhas_common.guardian.vetoes import LONGEST, PATIENCE
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.policy.model import Role
from tests.unit.guardian.test_policy_book import refused
from tests.unit.guardian.worlds import ALICE, BOB, CAROL, PERSON, GuardianWorld, policy

DELETE = "delete_all_backups"
HOUR = 3600.0


def vetoed(world: GuardianWorld) -> Decision:
    decision = world.ask(DELETE)
    assert decision.assessment.outcome is Outcome.VETOED
    return decision


def overridden(world: GuardianWorld, until: float) -> Decision:
    decision = vetoed(world)
    world.override(decision.decision_id, ALICE, "checked", until)
    world.override(decision.decision_id, BOB, "checked too", until)
    return decision


def test_two_people_override_a_veto_of_this_question_for_a_time() -> None:
    world = GuardianWorld()
    decision = overridden(world, world.clock() + HOUR)
    again = world.ask(DELETE)
    assert again.assessment.outcome is Outcome.OVERRIDDEN
    assert again.assessment.violations  # they are still told
    assert (again.overridden_by, again.overridden_until) == (decision.decision_id, world.clock() + HOUR)
    opened = world.ledger.get(stream(again.decision_id), 0)
    assert opened is not None
    assert opened.body["override"]["decision"] == decision.decision_id
    assert world.ask(DELETE, {"scope": "everything"}).assessment.outcome is Outcome.VETOED
    world.clock.advance(HOUR - 1)
    assert world.ask(DELETE).assessment.outcome is Outcome.OVERRIDDEN
    world.clock.advance(1)
    assert world.ask(DELETE).assessment.outcome is Outcome.VETOED


def test_what_people_write_is_kept_without_structured_personal_data_and_says_what_it_said() -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    told = "Rollback. Ask anna@example.org first."
    world.vetoes.record(decision.decision_id, CAROL, told, told)
    world.vetoes.review(decision.decision_id, CAROL, told)
    for by in (ALICE, BOB):
        world.override(decision.decision_id, by, told, world.clock() + HOUR)
    kept = str([opened.body for opened in world.vetoes.records.history(decision.decision_id)])
    assert kept.count("Rollback. Ask [EMAIL] first.") >= 5
    assert "example.org" not in kept


def test_one_person_alone_overrides_nothing_however_often() -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    for reason in ("once", "twice", "twice"):
        world.override(decision.decision_id, ALICE, reason, world.clock() + HOUR)
    assert len(world.vetoes.records.history(decision.decision_id)) == 3  # the repeat changed nothing
    assert world.ask(DELETE).assessment.outcome is Outcome.VETOED


def test_the_person_concerned_is_neither_of_the_two() -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    with refused(GuardianReason.SECOND_PERSON_REQUIRED):
        world.vetoes.override(decision.decision_id, PERSON, "me", world.clock() + HOUR)
    world.override(decision.decision_id, ALICE, "checked", world.clock() + HOUR)
    with refused(GuardianReason.SECOND_PERSON_REQUIRED):
        world.override(decision.decision_id, PERSON, "me", world.clock() + HOUR)


def test_who_approves_names_the_proposal_that_they_read() -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    first = world.vetoes.override(decision.decision_id, ALICE, "one minute", world.clock() + 60)
    world.vetoes.override(decision.decision_id, ALICE, "anything I like", world.clock() + LONGEST)
    for proposal in ("", first.entry.hash.hex(), "0" * 64):
        with refused(GuardianReason.PROPOSAL_UNNAMED):
            world.vetoes.override(decision.decision_id, BOB, "yes", world.clock() + LONGEST, proposal)
    assert world.ask(DELETE).assessment.outcome is Outcome.VETOED


def test_an_override_is_of_what_spoke_against_it_then() -> None:
    world = GuardianWorld()
    overridden(world, world.clock() + HOUR)
    assert world.ask(DELETE, role=Role.SERVICE).assessment.outcome is Outcome.VETOED
    assert world.ask(DELETE, purpose=Purpose.RESEARCH_AND_DEVELOPMENT).assessment.outcome is Outcome.VETOED
    more = {**shipped_policies("assistant"), "more.cedar": policy("new-rule", when="context.recognised")}
    world.book.publish("more", more, frozenset(), ALICE)
    world.book.activate("more", ALICE)
    assert world.ask(DELETE).assessment.outcome is Outcome.VETOED
    world.book.roll_back(ALICE)
    assert world.ask(DELETE).assessment.outcome is Outcome.OVERRIDDEN


def test_a_policy_that_fails_is_not_overridden() -> None:
    world = GuardianWorld()
    overridden(world, world.clock() + HOUR)
    failing = policy("overflow", when="context.recognised && 9223372036854775807 + 1 > 0")
    world.book.publish("failing", {**shipped_policies("assistant"), "x.cedar": failing}, frozenset(), ALICE)
    world.book.activate("failing", ALICE)
    decision = world.ask(DELETE)
    assert decision.assessment.outcome is Outcome.VETOED
    with refused(GuardianReason.NOT_OVERRIDABLE):
        world.override(decision.decision_id, ALICE, "why", world.clock() + HOUR)


def test_a_policy_may_be_final() -> None:
    world = GuardianWorld()
    final = policy("never", when="context.recognised").replace("@severity", '@override("never") @severity')
    world.book.publish("final", {"all.cedar": policy("base", "permit", "true", "low") + final}, frozenset(), ALICE)
    world.book.activate("final", ALICE)
    with refused(GuardianReason.NOT_OVERRIDABLE):
        world.override(world.ask(DELETE).decision_id, ALICE, "why", world.clock() + HOUR)


def test_nobody_consents_in_the_persons_place() -> None:
    world = GuardianWorld()
    decision = world.ask("Send my medical records to doctor@clinic.example", {"confirmed": True})
    assert [violation.policy for violation in decision.assessment.violations] == ["privacy-consent"]
    with refused(GuardianReason.NOT_OVERRIDABLE):
        world.override(decision.decision_id, ALICE, "why", world.clock() + HOUR)


def test_looking_at_a_decision_takes_it_off_the_list_and_changes_nothing() -> None:
    world = GuardianWorld()
    decision = world.ask("Summarise this gossip")
    with refused(GuardianReason.SECOND_PERSON_REQUIRED):
        world.vetoes.review(decision.decision_id, PERSON, "mine")
    for _ in range(2):
        opened = world.vetoes.review(decision.decision_id, ALICE, "It is a letter.")
    assert world.index.reviews(9) == []
    assert not world.vetoes.records.standing(opened).vetoed
    assert len(world.vetoes.records.history(decision.decision_id)) == 2
    assert world.ask("Summarise this gossip").assessment.valid


def test_looking_at_an_overridden_decision_leaves_the_override() -> None:
    world = GuardianWorld()
    decision = overridden(world, world.clock() + HOUR)
    world.vetoes.review(decision.decision_id, CAROL, "seen")
    assert world.ask(DELETE).assessment.outcome is Outcome.OVERRIDDEN


def test_who_asked_cannot_take_it_off_the_list() -> None:
    world = GuardianWorld()
    for by in (PERSON, CAROL):
        decision = world.ask("Summarise qapla", caller=CAROL)
        world.vetoes.record(decision.decision_id, by, "no", "It is mine.")
    assert len(world.index.reviews(9)) == 2


def test_it_ends_at_the_earlier_of_both_times() -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    world.override(decision.decision_id, ALICE, "checked", world.clock() + 2 * HOUR)
    opened = world.override(decision.decision_id, BOB, "checked too", world.clock() + HOUR)
    assert world.vetoes.records.standing(opened).active_until == world.clock() + HOUR


@pytest.mark.parametrize("seconds", [0.0, -1.0, LONGEST + 1])
def test_it_needs_an_end_that_is_not_far(seconds: float) -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    with refused(GuardianReason.NOT_OVERRIDABLE):
        world.override(decision.decision_id, ALICE, "checked", world.clock() + seconds)


def test_a_proposal_lapses_when_nobody_approves_it_in_a_day() -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    world.override(decision.decision_id, ALICE, "checked", world.clock() + 5 * PATIENCE)
    world.clock.advance(PATIENCE)
    world.override(decision.decision_id, BOB, "late", world.clock() + PATIENCE)
    assert world.ask(DELETE).assessment.outcome is Outcome.VETOED
    world.override(decision.decision_id, CAROL, "in time", world.clock() + PATIENCE)
    assert world.ask(DELETE).assessment.outcome is Outcome.OVERRIDDEN


def test_a_proposal_whose_end_has_come_cannot_be_approved() -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    world.override(decision.decision_id, ALICE, "checked", world.clock() + 10)
    world.clock.advance(10)
    world.override(decision.decision_id, BOB, "late", world.clock() + HOUR)
    assert world.ask(DELETE).assessment.outcome is Outcome.VETOED


def test_what_was_allowed_cannot_be_overridden_unless_it_was_vetoed_since() -> None:
    world = GuardianWorld()
    decision = world.ask("Read my calendar")
    with refused(GuardianReason.NOT_OVERRIDABLE):
        world.override(decision.decision_id, ALICE, "why", world.clock() + HOUR)
    world.vetoes.record(decision.decision_id, CAROL, "wrong", "It was the wrong calendar.")
    world.override(decision.decision_id, ALICE, "why", world.clock() + HOUR)


def test_a_veto_on_record_ends_an_override() -> None:
    world = GuardianWorld()
    decision = overridden(world, world.clock() + HOUR)
    for _ in range(2):
        opened = world.vetoes.record(decision.decision_id, CAROL, "no", "It must not be.")
    assert world.vetoes.records.standing(opened).vetoed
    assert len(world.vetoes.records.history(decision.decision_id)) == 4
    assert world.ask(DELETE).assessment.outcome is Outcome.VETOED


def test_deciding_by_hand_takes_a_decision_off_the_list() -> None:
    world = GuardianWorld()
    first, second = world.ask("Summarise qapla"), world.ask("Summarise qapla, again")
    assert len(world.index.reviews(9)) == 2
    world.vetoes.record(first.decision_id, ALICE, "no", "It is Klingon.")
    world.override(second.decision_id, ALICE, "I read it", world.clock() + HOUR)
    assert [noted.decision_id for noted in world.index.reviews(9)] == [second.decision_id]
    world.override(second.decision_id, BOB, "so did I", world.clock() + HOUR)
    assert world.index.reviews(9) == []
    assert world.ask("Summarise qapla, again").assessment.outcome is Outcome.OVERRIDDEN


def test_there_is_nothing_to_do_about_an_unknown_or_erased_decision() -> None:
    world = GuardianWorld()
    decision = overridden(world, world.clock() + HOUR)
    Erasures(world.ledger, world.clock).erase(PERSON, f"consent/{PERSON}")
    for name in (decision.decision_id, ALICE):
        with refused(GuardianReason.DECISION_UNKNOWN):
            world.vetoes.record(name, ALICE, "no", "no")
        with refused(GuardianReason.DECISION_UNKNOWN):
            world.vetoes.override(name, ALICE, "no", world.clock() + HOUR)
        with refused(GuardianReason.DECISION_UNKNOWN):
            world.vetoes.review(name, ALICE, "no")
        with refused(GuardianReason.DECISION_UNKNOWN):
            world.vetoes.records.history(name)
    assert world.ask(DELETE).assessment.outcome is Outcome.VETOED


PEOPLE = st.sampled_from([ALICE, BOB, PERSON])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("override"), PEOPLE, st.sampled_from([60.0, 7200.0])),
        st.tuples(st.just("veto"), PEOPLE, st.just(0.0)),
        st.tuples(st.just("wait"), st.just(""), st.sampled_from([59.0, 3600.0, PATIENCE])),
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(STEPS)
def test_an_override_is_in_force_only_between_two_people_and_its_end(steps: list[tuple[str, str, float]]) -> None:
    world = GuardianWorld()
    decision = vetoed(world)
    proposed: tuple[str, float, float] | None = None
    until = 0.0
    for step, who, seconds in steps:
        now = world.clock()
        match step:
            case "wait":
                world.clock.advance(seconds)
            case "veto":
                world.vetoes.record(decision.decision_id, who, "no", f"at {now}")
                proposed, until = None, 0.0
            case _:
                try:
                    world.override(decision.decision_id, who, f"at {now}", now + seconds)
                except GuardianError:
                    assert who == PERSON
                    continue
                assert who != PERSON
                if now < until:
                    continue
                is_open = proposed and now < min(proposed[2] + PATIENCE, proposed[1])
                if proposed and is_open and proposed[0] != who:
                    until, proposed = min(proposed[1], now + seconds), None
                else:
                    proposed = (who, now + seconds, now)
        in_force = world.ask(DELETE).assessment.outcome is Outcome.OVERRIDDEN
        assert in_force == (world.clock() < until)
