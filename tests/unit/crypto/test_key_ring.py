"""Key rings: what a key is for at each moment, what changes it, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lukhas_common.crypto.key_ring import LATE, LEAD, KeyRingError, KeyState, Ring, RingKey
from lukhas_common.crypto.rotation import FALLBACK, REMEMBERED, SETTLED, KeyRing
from tests.fakes import Audit, Clock, MemoryRings, MemoryVault

NOW, LIFE, PERIOD = 1_800_000_000.0, 3600, 90 * 86400
PENDING, ACTIVE, RETIRING, RETIRED, DESTROYED = KeyState
BELIEVED_UNTIL = NOW + LIFE + LATE


def key(kid: str, algorithm: str = "ES256", published_at: float = NOW - LEAD, **times: object) -> RingKey:
    return RingKey(kid, algorithm, f"reference of {kid}", published_at, **times)  # type: ignore[arg-type]


def ring_of(*keys: RingKey) -> Ring:
    return Ring("access", LIFE, keys)


def states(ring: Ring, now: float = NOW) -> dict[str, KeyState]:
    return {key.kid: key.state(now) for key in ring.keys}


A = key("a", activated_at=NOW - PERIOD)
B = key("b")
M = key("m", "ML-DSA-44", NOW - 2 * LEAD)
GONE = key("gone", activated_at=1.0, stopped_at=2.0, retires_at=3.0)
LOST = replace(GONE, kid="lost", destroyed_at=4.0)


class Bench:
    """One ring on stores in memory, with a clock to turn."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.clock, self.audit = Clock(NOW), Audit()
        self.store, self.vault = MemoryRings(LIFE), MemoryVault()
        self.ring = KeyRing("access", algorithm, self.store, self.vault, self.audit, self.clock, PERIOD)

    @property
    def events(self) -> list[str]:
        return [event for event, _ in self.audit.events]

    def tended(self, after: float = 0) -> dict[str, KeyState]:
        self.clock.advance(after)
        return states(self.ring.tend(), self.clock())


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("times", "now", "state"),
    [
        ({}, NOW, PENDING),
        ({}, NOW + 10 * PERIOD, PENDING),
        ({"activated_at": NOW}, NOW, ACTIVE),
        ({"activated_at": NOW}, NOW + 10 * PERIOD, ACTIVE),
        ({"activated_at": 1.0, "stopped_at": NOW, "retires_at": NOW + 1}, NOW, RETIRING),
        ({"activated_at": 1.0, "stopped_at": NOW, "retires_at": NOW + 1}, NOW + 0.999, RETIRING),
        ({"activated_at": 1.0, "stopped_at": NOW, "retires_at": NOW + 1}, NOW + 1, RETIRED),
        ({"stopped_at": NOW, "retires_at": NOW}, NOW, RETIRED),
        ({"stopped_at": NOW, "retires_at": NOW, "destroyed_at": NOW + 1}, NOW, DESTROYED),
    ],
)
def test_a_state_follows_from_the_times_of_a_key(times: dict[str, float], now: float, state: KeyState) -> None:
    assert key("k", **times).state(now) is state
    assert key("k", **times).is_pending == (state is PENDING)


def test_what_is_believed_and_what_is_published() -> None:
    retiring = key("r", activated_at=1.0, stopped_at=NOW - 1, retires_at=NOW + 1)
    ring = ring_of(LOST, GONE, retiring, B, M, A)
    assert {kid for kid in states(ring) if ring.believes(kid, NOW)} == {"a", "r"}
    assert not ring.believes("stranger", NOW)
    assert [key.kid for key in ring.published(NOW)] == ["a", "m", "b", "r"]
    assert [key.kid for key in ring.published(NOW + 1)] == ["a", "m", "b"]


def test_a_switch_keeps_the_last_key_believed_until_its_last_token_has_expired() -> None:
    before = ring_of(A, GONE, B)
    after = before.switched_to(B, NOW)
    assert states(after) == {"a": RETIRING, "gone": RETIRED, "b": ACTIVE}
    assert after.find("a") == replace(A, stopped_at=NOW, retires_at=BELIEVED_UNTIL)
    assert after.find("gone") == GONE
    assert after.believes("a", BELIEVED_UNTIL - 0.001)
    assert not after.believes("a", BELIEVED_UNTIL)
    assert (before.version, states(before)["b"]) == (after.version, PENDING)


def test_going_back_makes_the_last_key_sign_and_keeps_the_present_one_believed() -> None:
    after = ring_of(A, B).switched_to(B, NOW).rolled_back(NOW + 5)
    assert after.find("a") == replace(A, activated_at=NOW + 5)
    assert after.find("b") == replace(B, activated_at=NOW, stopped_at=NOW + 5, retires_at=BELIEVED_UNTIL + 5)
    assert after.rolled_back(NOW + 6).active() == replace(B, activated_at=NOW + 6)


def test_going_back_is_to_the_key_that_stopped_last() -> None:
    three = ring_of(A, B, M).switched_to(B, NOW).switched_to(M, NOW + 1)
    active = three.rolled_back(NOW + 2).active()
    assert active is not None
    assert active.kid == "b"


@pytest.mark.parametrize("ring", [ring_of(), ring_of(A, B), ring_of(A, GONE, LOST)])
def test_without_a_retiring_key_there_is_nothing_to_go_back_to(ring: Ring) -> None:
    with pytest.raises(KeyRingError, match="access is retiring: there is nothing to go back to"):
        ring.rolled_back(NOW)


def test_a_key_that_was_revoked_or_has_retired_is_not_gone_back_to() -> None:
    switched = ring_of(A, B).switched_to(B, NOW)
    for ring, now in ((switched.without_belief_in("a", NOW), NOW), (switched, BELIEVED_UNTIL)):
        with pytest.raises(KeyRingError, match="nothing to go back to"):
            ring.rolled_back(now)


def test_revoking_the_active_key_lets_the_standby_sign_in_the_same_change() -> None:
    after = ring_of(A, M, B).without_belief_in("a", NOW)
    assert states(after) == {"a": RETIRED, "m": PENDING, "b": ACTIVE}
    assert after.find("a") == replace(A, stopped_at=NOW, retires_at=NOW, revoked=True)
    assert not after.believes("a", NOW)


def test_revoking_takes_a_standby_of_another_algorithm_rather_than_none() -> None:
    assert states(ring_of(A, M).without_belief_in("a", NOW)) == {"a": RETIRED, "m": ACTIVE}
    assert states(ring_of(A, GONE).without_belief_in("a", NOW)) == {"a": RETIRED, "gone": RETIRED}


def test_revoking_a_key_that_does_not_sign_switches_nothing() -> None:
    switched = ring_of(A, B, M).switched_to(B, NOW)
    retiring = switched.without_belief_in("a", NOW + 1)
    assert states(retiring, NOW + 1) == {"a": RETIRED, "b": ACTIVE, "m": PENDING}
    assert retiring.find("a") == replace(A, stopped_at=NOW, retires_at=NOW + 1, revoked=True)
    pending = switched.without_belief_in("m", NOW + 1)
    assert states(pending, NOW + 1) == {"a": RETIRING, "b": ACTIVE, "m": RETIRED}
    assert pending.standby() is None


def test_revoking_twice_is_harmless() -> None:
    once = ring_of(A, B).without_belief_in("a", NOW)
    assert once.without_belief_in("a", NOW + 9) is once
    destroyed = once.destroyed("a", NOW + 1)
    assert destroyed.without_belief_in("a", NOW + 9) is destroyed


def test_revoking_what_is_not_believed_or_not_there_is_refused() -> None:
    ring = ring_of(A, GONE, LOST)
    for kid, text in (("gone", "gone is retired"), ("lost", "lost is destroyed"), ("x", "access has no key x")):
        with pytest.raises(KeyRingError, match=text):
            ring.without_belief_in(kid, NOW)


def test_the_standby_is_the_oldest_pending_key_of_the_algorithm() -> None:
    newer, other = key("c", published_at=NOW), key("n", "ML-DSA-44", NOW)
    ring = ring_of(A, newer, other, M, B, GONE)
    assert (ring.standby(), ring.standby("ES256"), ring.standby("ML-DSA-44")) == (B, B, M)
    assert ring.standby("Ed25519") is None
    assert ring.switched_to(M, NOW).standby() == other
    assert ring_of(A, M).standby() == M
    assert ring_of(B, M).standby() == M, "without an active key, the one that was published first"
    assert ring_of(A, GONE).standby() is None


def test_keys_join_and_leave_and_a_pending_one_may_be_dropped() -> None:
    ring = ring_of(A).joined_by(B)
    assert states(ring.dropped("b", NOW)) == {"a": ACTIVE, "b": RETIRED}
    assert states(ring.dropped("b", NOW).destroyed("b", NOW)) == {"a": ACTIVE, "b": DESTROYED}
    assert states(ring.left_by("b")) == {"a": ACTIVE}


def test_the_first_key_signs_at_once_and_has_a_standby(bench: Bench) -> None:
    assert list(bench.tended().values()) == [ACTIVE, PENDING]
    assert bench.events == ["key.creating", "key.published", "key.activated", "key.creating", "key.published"]
    assert list(bench.tended(after=PERIOD - 1).values()) == [ACTIVE, PENDING]


def test_a_whole_life_is_told_in_order_and_forgotten_in_the_end(bench: Bench) -> None:
    first = next(iter(bench.tended()))
    seen = [bench.tended(wait).get(first) for wait in (PERIOD, LIFE, LATE, SETTLED - 1, 1, REMEMBERED - 1, 1)]
    assert seen == [RETIRING, RETIRING, RETIRED, RETIRED, DESTROYED, DESTROYED, None]
    of_first = [event for event, details in bench.audit.events if details.get("kid") == first]
    assert of_first == ["key.published", "key.activated", "key.destroyed", "key.forgotten"]
    assert first not in bench.store.keys["access"]
    assert bench.vault.destroyed == {"1"}
    assert all(details["ring"] == "access" for _, details in bench.audit.events)


def test_a_young_standby_signs_only_in_an_emergency(bench: Bench) -> None:
    bench.tended()
    with pytest.raises(KeyRingError, match=r"too young.*Try again in 7201 s"):
        bench.ring.rotate()
    bench.clock.advance(LEAD - 0.001)
    with pytest.raises(KeyRingError, match=r"Try again in 1 s"):
        bench.ring.rotate()
    assert list(states(bench.ring.rotate(early=True), bench.clock()).values()) == [RETIRING, ACTIVE]
    with pytest.raises(KeyRingError, match="no standby: let the schedule make one first"):
        bench.ring.rotate(early=True)


def test_a_standby_that_others_know_signs_when_asked(bench: Bench) -> None:
    bench.tended()
    bench.clock.advance(LEAD)
    assert list(states(bench.ring.rotate(), bench.clock()).values()) == [RETIRING, ACTIVE]
    assert bench.audit.events[-1][1]["algorithm"] == "ES256"


def test_another_algorithm_signs_once_its_standby_is_known_and_the_old_standby_goes_a_week_later(bench: Bench) -> None:
    bench.tended()
    bench.clock.advance(LEAD)
    bench.ring = replace(bench.ring, algorithm="ML-DSA-44")
    assert list(bench.tended().values()) == [ACTIVE, PENDING, PENDING]
    assert list(bench.tended(LEAD - 1).values()) == [ACTIVE, PENDING, PENDING]
    with pytest.raises(KeyRingError, match=r"Try again in 2 s"):
        bench.ring.rotate()
    assert list(bench.tended(1).values()) == [RETIRING, PENDING, ACTIVE, PENDING]
    assert list(bench.tended(FALLBACK - 1).values()) == [DESTROYED, PENDING, ACTIVE, PENDING]
    assert list(bench.tended(1).values()) == [DESTROYED, RETIRED, ACTIVE, PENDING]
    active = bench.ring.tend().active()
    assert active is not None
    assert active.algorithm == "ML-DSA-44"


def test_a_ring_without_standby_is_helped_by_the_next_run(bench: Bench) -> None:
    first, second = bench.tended()
    bench.ring.revoke(first)
    assert bench.ring.revoke(second).active() is None
    assert list(bench.tended().values()) == [RETIRED, RETIRED, ACTIVE, PENDING]
    assert list(bench.tended(SETTLED).values()) == [DESTROYED, DESTROYED, ACTIVE, PENDING]


def test_without_an_active_key_one_that_others_know_signs_whatever_its_algorithm(bench: Bench) -> None:
    known, _ = bench.vault.create("access", "ML-DSA-44"), bench.vault.create("access", "ES256")
    half = bench.vault.public_key(known)
    bench.store.publish("access", half)
    bench.store.save(Ring("access", LIFE, (RingKey(half.kid, half.algorithm, known, NOW - LEAD),)))
    assert list(bench.tended().values()) == [ACTIVE, PENDING]


def test_a_key_that_a_killed_run_left_is_used_before_another_is_made(bench: Bench) -> None:
    for algorithm, ring in (("ES256", "access"), ("ML-DSA-44", "access"), ("ES256", "other")):
        bench.vault.create(ring, algorithm)
    assert [key.reference for key in bench.ring.tend().keys] == ["1", "4"]


def test_revoking_twice_is_told_once(bench: Bench) -> None:
    first = next(iter(bench.tended()))
    once = bench.ring.revoke(first), len(bench.events)
    assert bench.ring.revoke(first) == replace(once[0], version=once[0].version + 1)
    assert len(bench.events) == once[1]


def test_nothing_happens_that_cannot_be_told(bench: Bench) -> None:
    first = next(iter(bench.tended()))
    before, bench.audit.broken = bench.store.load("access"), True
    bench.clock.advance(PERIOD)
    for change in (bench.ring.tend, bench.ring.rotate, lambda: bench.ring.revoke(first)):
        with pytest.raises(OSError, match="full"):
            change()
    assert (bench.store.load("access"), len(bench.vault.made)) == (before, 2)


def test_a_ring_that_others_change_all_the_time_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.tended()
    bench.clock.advance(PERIOD)
    monkeypatch.setattr(bench.store, "save", lambda ring: False)
    for change in (bench.ring.tend, bench.ring.rotate):
        with pytest.raises(KeyRingError, match="changed by others all the time"):
            change()
