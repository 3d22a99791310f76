"""What goes wrong around a rotation, and what must not come of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lukhas_common.crypto.key_ring import LATE, LEAD, KeyRingError, KeyState, Ring
from lukhas_common.crypto.local_keys import LocalKeys
from lukhas_common.crypto.ring_keys import CachedKeys, RingSigners
from lukhas_common.crypto.rotation import FALLBACK, REMEMBERED, SETTLED, KeyRing
from tests.fakes import Audit, Clock, MemoryRings, MemoryVault

PERIOD = 90 * 86400


class Killed(BaseException):
    """The process is gone."""


class Bench:
    """A ring with an active key and a standby."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.clock, self.store, self.vault = Clock(), MemoryRings(), MemoryVault()
        self.keys = KeyRing("access", algorithm, self.store, self.vault, Audit(), self.clock, PERIOD)
        self.keys.tend()

    @property
    def ring(self) -> Ring:
        return self.store.load("access")[0]

    @property
    def active(self) -> str:
        active = self.ring.active()
        assert active is not None
        return active.kid

    def signs(self) -> bool:
        return bool(RingSigners("access", self.store, self.vault).current().sign(b"message"))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def lossy(bench: Bench, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    """The next answers to writes are lost: the SDK repeats the write, which is refused."""
    save, left = bench.store.save, [True] * lost

    def saved(ring: Ring) -> bool:
        return save(ring) and not (left and left.pop())

    monkeypatch.setattr(bench.store, "save", saved)


@pytest.mark.parametrize("lost", [1, 20])
def test_a_lost_answer_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    first = bench.active
    lossy(bench, monkeypatch, lost)
    bench.clock.advance(LEAD)
    bench.keys.rotate()
    second = bench.active
    assert second != first
    bench.keys.tend()
    bench.keys.rollback()
    assert bench.active == first
    bench.keys.revoke(first)
    assert bench.active not in (first, second)


def test_a_command_that_is_repeated_is_refused(bench: Bench) -> None:
    bench.clock.advance(LEAD)
    seen = bench.ring.version
    bench.keys.rotate(version=seen)
    second = bench.active
    for again in (bench.keys.rotate, bench.keys.rollback):
        with pytest.raises(KeyRingError, match="look again"):
            again(version=seen)
    assert bench.active == second
    bench.keys.rollback(version=bench.ring.version)
    assert bench.active != second


def test_a_key_that_may_be_gone_back_to_is_not_destroyed_meanwhile(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rollback takes its time between reading and writing, and the hourly run is killed between its own."""
    bench.clock.advance(LEAD)
    bench.keys.rotate()
    (retiring,) = bench.ring.of(KeyState.RETIRING, bench.clock())
    bench.clock.now = (retiring.retires_at or 0) - 1
    save = bench.store.save

    def dies(_: Ring) -> bool:
        raise Killed

    def slow(ring: Ring) -> bool:
        monkeypatch.setattr(bench.store, "save", dies)
        bench.clock.advance(LATE)
        with pytest.raises(Killed):
            bench.keys.tend()
        monkeypatch.setattr(bench.store, "save", save)
        return save(ring)

    monkeypatch.setattr(bench.store, "save", slow)
    bench.keys.rollback()
    assert bench.active == retiring.kid
    assert bench.signs()


def test_a_clock_that_is_behind_does_not_believe_a_revoked_key(bench: Bench) -> None:
    first = bench.active
    bench.keys.revoke(first)
    assert not bench.ring.believes(first, bench.clock() - 5)
    behind = replace(bench.keys, clock=Clock(bench.clock() - 5))
    with pytest.raises(KeyRingError):
        behind.rollback()
    assert bench.active != first


def test_going_back_to_another_algorithm_lasts_until_someone_rotates(bench: Bench) -> None:
    first = bench.active
    keys = replace(bench.keys, algorithm="ML-DSA-44")
    keys.tend()
    bench.clock.advance(LEAD)
    keys.tend()
    assert bench.active != first
    keys.rollback()
    assert bench.active == first
    for wait in (0, LEAD, PERIOD):
        bench.clock.advance(wait)
        keys.tend()
        active = bench.ring.active()
        assert active is not None
        assert active.algorithm == "ES256", "it is even renewed in its own algorithm"
        assert bench.ring.standby("ES256") is not None
    bench.clock.advance(LEAD)
    keys.rotate()
    keys.tend()
    bench.clock.advance(LEAD)
    keys.tend()
    active = bench.ring.active()
    assert active is not None
    assert active.algorithm == "ML-DSA-44"


def test_a_hold_ends_when_another_algorithm_is_configured(bench: Bench) -> None:
    keys = replace(bench.keys, algorithm="ML-DSA-44")
    keys.tend()
    bench.clock.advance(LEAD)
    keys.tend()
    keys.rollback()
    other = replace(bench.keys, algorithm="ML-DSA-65")
    other.tend()
    bench.clock.advance(LEAD)
    other.tend()
    active = bench.ring.active()
    assert active is not None
    assert active.algorithm == "ML-DSA-65"


def test_for_a_week_there_is_a_known_key_of_the_old_algorithm(bench: Bench) -> None:
    keys = replace(bench.keys, algorithm="ML-DSA-44")
    keys.tend()
    bench.clock.advance(LEAD)
    keys.tend()
    bench.clock.advance(FALLBACK - 1)
    keys.tend()
    assert not bench.ring.of(KeyState.RETIRING, bench.clock())
    keys.rollback()
    active = bench.ring.active()
    assert active is not None
    assert active.algorithm == "ES256"
    assert bench.signs()


def test_there_is_no_going_back_to_an_algorithm_that_never_signed(bench: Bench) -> None:
    replace(bench.keys, algorithm="ML-DSA-44").tend()
    bench.clock.advance(LEAD)
    with pytest.raises(KeyRingError, match="nothing to go back to"):
        bench.keys.rollback()


def test_a_standby_that_someone_deleted_is_replaced_and_not_switched_to(bench: Bench) -> None:
    standby = bench.ring.standby()
    assert standby is not None
    bench.vault.destroy(standby.reference)
    bench.clock.advance(LEAD)
    for switch in (bench.keys.rotate, lambda: bench.keys.rotate(early=True)):
        with pytest.raises(KeyRingError, match="disabled or deleted"):
            switch()
    bench.clock.advance(PERIOD)
    bench.keys.tend()
    assert bench.signs()
    bench.clock.advance(LEAD)
    bench.keys.tend()
    assert bench.active != standby.kid
    assert bench.signs()


def test_an_active_key_that_someone_deleted_is_replaced_at_once(bench: Bench) -> None:
    active, standby = bench.ring.active(), bench.ring.standby()
    assert active is not None
    assert standby is not None
    bench.vault.destroy(active.reference)
    bench.keys.tend()
    assert bench.active == standby.kid
    assert bench.signs()
    assert bench.ring.believes(active.kid, bench.clock()), "what it signed is still good"


def test_both_keys_deleted_are_replaced_at_once(bench: Bench) -> None:
    for key in bench.ring.keys:
        bench.vault.destroy(key.reference)
    bench.keys.tend()
    assert bench.signs()
    assert bench.ring.standby() is not None


def test_a_revoked_key_whose_deletion_was_cancelled_never_comes_back(bench: Bench) -> None:
    first = bench.ring.active()
    assert first is not None
    bench.keys.revoke(first.kid)
    for wait in (SETTLED, REMEMBERED + 1, PERIOD, PERIOD):
        bench.clock.advance(wait)
        bench.keys.tend()
        bench.vault.destroyed.discard(first.reference)
        assert bench.active != first.kid
        assert not bench.ring.believes(first.kid, bench.clock())
    bench.keys.revoke(first.kid)


def test_a_read_that_failed_is_made_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = CachedKeys("access", bench.store, bench.clock)

    def fails(_: str) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(bench.store, "load", fails)
        with pytest.raises(OSError):  # noqa: PT011
            keys.find(bench.active)
    assert keys.find(bench.active) is not None


def test_a_lead_is_counted_from_when_the_key_was_published(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    publish = bench.store.publish

    def slow(name: str, key: object) -> None:
        bench.clock.advance(30)
        publish(name, key)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.store, "publish", slow)
    bench.clock.advance(LEAD)
    bench.keys.rotate()
    bench.keys.tend()
    standby = bench.ring.standby()
    assert standby is not None
    assert standby.published_at == bench.clock()


def test_a_broken_file_stops_no_ring_of_local_keys(tmp_path: Path) -> None:
    keys = LocalKeys.at(tmp_path / "keys", tmp_path / "secret")
    (tmp_path / "keys" / "other.key").write_text("{}")
    altered = tmp_path / "keys" / f"{keys.create('access', 'ES256')}.key"
    altered.write_text(altered.read_text().replace('"sealed": "', '"sealed": "00'))
    ring = KeyRing("access", "ES256", MemoryRings(), keys, Audit(), Clock(), PERIOD).tend()
    assert len(ring.keys) == 2
    assert altered.stem not in {key.kid for key in ring.keys}


def test_destroying_a_local_key_takes_what_a_killed_write_left(tmp_path: Path) -> None:
    keys = LocalKeys.at(tmp_path / "keys", tmp_path / "secret")
    kid = keys.create("access", "ES256")
    (tmp_path / "keys" / f"{kid}.key.0123").write_text("left")
    keys.destroy(kid)
    assert list((tmp_path / "keys").iterdir()) == []
