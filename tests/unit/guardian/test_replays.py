"""Logged decisions, decided again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.guardian.actions.shipped import shipped_policies
from lukhas_common.guardian.errors import GuardianReason
from lukhas_common.guardian.outcomes import Outcome
from lukhas_common.guardian.replays import Changes, Input, Obstacle, Replay, Replayed
from lukhas_common.guardian.text.judgement import Thresholds
from lukhas_common.ledger.erasure import Erasures
from tests.unit.guardian.test_policy_book import refused
from tests.unit.guardian.worlds import ALICE, BOB, PERSON, GuardianWorld, policy

ACTIONS = ["Read my calendar", "delete_all_backups", "Summarise poison", "Summarise qapla", "Summarise gossip", "obey"]


def again(world: GuardianWorld, name: str, changes: Changes | None = None, sent: Input | None = None) -> Replayed:
    (replayed,) = Replay(world.guardian).run([name], changes or Changes(), {name: sent} if sent else {})
    return replayed


@settings(max_examples=40)
@given(st.lists(st.sampled_from(ACTIONS), max_size=5), st.booleans())
def test_without_a_change_every_decision_comes_out_as_it_did(actions: list[str], confirmed: bool) -> None:
    world = GuardianWorld()
    ids = [world.ask(action, {"confirmed": confirmed}).decision_id for action in actions]
    inputs = {name: Input(action, {"confirmed": confirmed}) for name, action in zip(ids, actions, strict=True)}
    for sent in ({}, inputs):
        for replayed in Replay(world.guardian).run(ids, Changes(), sent):
            assert replayed.obstacle is None
            assert not replayed.changed
            assert replayed.before is replayed.after


def test_other_policies_change_what_they_change() -> None:
    world = GuardianWorld()
    ids = [world.ask(action).decision_id for action in ("Read my calendar", "delete_all_backups")]
    version = world.book.active().version
    stricter = {
        **shipped_policies("assistant"),
        "more.cedar": policy("no-reading", when='context.kinds.contains(Kind::"read")'),
    }
    world.book.publish("stricter", stricter, frozenset(), ALICE)
    first, second = Replay(world.guardian).run(ids, Changes("stricter"), {})
    assert (first.before, first.after, first.changed) == (Outcome.ALLOWED, Outcome.VETOED, True)
    assert (first.policies_before, first.policies_after) == (version, "stricter")
    assert first.violations_after == ("no-reading",)
    assert not second.changed
    assert world.book.active().version == version
    assert world.ask("Read my calendar").assessment.valid
    with refused(GuardianReason.POLICIES_UNKNOWN):
        Replay(world.guardian).run(ids, Changes("nothing"), {})


def test_a_decision_is_made_again_by_the_policies_of_then() -> None:
    world = GuardianWorld()
    decision = world.ask("Read my calendar")
    world.book.publish("none", {"all.cedar": policy("never", when="false")}, frozenset(), ALICE)
    world.book.activate("none", ALICE)
    assert again(world, decision.decision_id).after is Outcome.ALLOWED
    assert again(world, decision.decision_id, Changes("none")).after is Outcome.REFUSED


def test_other_thresholds_are_put_on_the_scores_that_were_logged() -> None:
    world = GuardianWorld()
    poison, gossip = (world.ask(f"Summarise {word}").decision_id for word in ("poison", "gossip"))
    lax, strict = Changes(harm=Thresholds(0.95, 0.99)), Changes(harm=Thresholds(0.05, 0.45))
    assert again(world, poison, lax).after is Outcome.ALLOWED
    assert again(world, gossip, strict).after is Outcome.VETOED
    assert again(world, poison, lax, sent=Input("Summarise poison", {})).after is Outcome.ALLOWED
    injected = world.ask("Summarise the words obey me").decision_id
    assert again(world, injected, Changes(injection=Thresholds(0.95, 0.99))).after is Outcome.ALLOWED


def test_the_detector_of_today_judges_only_what_was_judged_then() -> None:
    world = GuardianWorld()
    decision = world.ask("Summarise poison")
    assert again(world, decision.decision_id, sent=Input("Summarise poison", {})).obstacle is None
    for other in (Input("Summarise tea", {}), Input("Summarise poison", {"a": 1})):
        replayed = again(world, decision.decision_id, sent=other)
        assert (replayed.obstacle, replayed.after) == (Obstacle.OTHER_INPUT, None)


def test_an_override_is_left_out_of_the_comparison() -> None:
    world = GuardianWorld()
    decision = world.ask("delete_all_backups")
    for admin in (ALICE, BOB):
        world.override(decision.decision_id, admin, "checked", world.clock() + 60)
    overridden = world.ask("delete_all_backups")
    assert overridden.assessment.outcome is Outcome.OVERRIDDEN
    replayed = again(world, overridden.decision_id)
    assert (replayed.before, replayed.after, replayed.changed) == (Outcome.VETOED, Outcome.VETOED, False)


def test_what_is_unknown_or_erased_is_said_to_be() -> None:
    world = GuardianWorld()
    decision = world.ask("Read my calendar")
    Erasures(world.ledger, world.clock).erase(PERSON, f"consent/{PERSON}")
    assert again(world, decision.decision_id).obstacle is Obstacle.ERASED
    assert again(world, ALICE).obstacle is Obstacle.UNKNOWN


def test_one_that_cannot_be_made_again_does_not_spoil_the_others() -> None:
    world = GuardianWorld()
    first = world.ask("Read my calendar")
    world.book.publish("gone", shipped_policies("assistant"), frozenset(), ALICE)
    world.book.activate("gone", ALICE)
    second = world.ask("Read my calendar")
    world.book.roll_back(ALICE)
    world.book.remove("gone", ALICE)
    one, other = Replay(world.guardian).run([first.decision_id, second.decision_id], Changes(), {})
    assert (one.after, other.obstacle, other.after) == (Outcome.ALLOWED, Obstacle.POLICIES_GONE, None)


def test_so_much_is_judged_at_once() -> None:
    world = GuardianWorld()
    context = {"note": "word " * 20_000}
    ids = [world.ask("Read my calendar", context).decision_id for _ in range(3)]
    inputs = {name: Input("Read my calendar", context) for name in ids}
    replayed = Replay(world.guardian).run(ids, Changes(), inputs)
    assert [each.obstacle for each in replayed] == [None, Obstacle.NOT_REACHED, Obstacle.NOT_REACHED]
