"""A ring as signers and verifiers see it: a switch is felt at once, nothing false leaves, and reads are few."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from lukhas_common.crypto.key_ring import LATE, LEAD
from lukhas_common.crypto.keys import ALGORITHMS, PublicKey
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import (
    BelievedKeys,
    CachedKeys,
    Checked,
    NoActiveKeyError,
    RingSigners,
    SignatureError,
    SingleKey,
)
from lukhas_common.crypto.rotation import KeyRing
from tests.fakes import Audit, Clock, MemoryRings, MemoryVault

MESSAGE, LIFE, PERIOD = b"header.payload", 3600, 90 * 86400


@dataclass
class Bench:
    """A ring with its first key and a standby."""

    clock: Clock = field(default_factory=Clock)
    store: MemoryRings = field(default_factory=lambda: MemoryRings(LIFE))
    vault: MemoryVault = field(default_factory=MemoryVault)

    def __post_init__(self) -> None:
        self.ring = KeyRing("access", "ES256", self.store, self.vault, Audit(), self.clock, PERIOD)
        self.first, self.standby = (key.kid for key in self.ring.tend().keys)
        self.clock.advance(LEAD)
        self.store.loads = 0

    def stranger(self) -> PublicKey:
        """A key that was published, and that nobody has read yet."""
        key = LocalSigner.generate("ES256").public_key
        self.store.publish("access", key)
        return key


@dataclass
class Liar:
    """A signer whose signatures are of something else."""

    signer: LocalSigner
    answer: bytes | None = None

    @property
    def public_key(self) -> PublicKey:
        return self.signer.public_key

    def sign(self, message: bytes) -> bytes:
        return self.signer.sign(message + b"!") if self.answer is None else self.answer


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_good_signature_is_handed_out_as_it_is(algorithm: str) -> None:
    signer = LocalSigner.generate(algorithm)
    assert signer.public_key.verifies(MESSAGE, Checked(signer, signer.public_key).sign(MESSAGE))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("answer", [None, b"", bytes(64), bytes(2420)])
def test_a_signature_that_does_not_verify_is_not_handed_out(algorithm: str, answer: bytes | None) -> None:
    signer = LocalSigner.generate(algorithm)
    for lying in (Checked(Liar(signer, answer), signer.public_key), SingleKey(Liar(signer, answer)).current()):
        with pytest.raises(SignatureError, match=f"by {signer.public_key.kid} does not verify"):
            lying.sign(MESSAGE)


def test_a_vault_that_signs_with_another_key_is_found_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    other = LocalSigner.generate("ES256")
    monkeypatch.setattr(bench.vault, "signer", lambda reference, key: other)
    signer = RingSigners("access", bench.store, bench.vault).current()
    assert signer.public_key.kid == bench.first
    with pytest.raises(SignatureError):
        signer.sign(MESSAGE)


def test_a_switch_is_felt_by_the_next_token(bench: Bench) -> None:
    signers = RingSigners("access", bench.store, bench.vault)
    kids = []
    for change in (bench.ring.tend, bench.ring.rotate, bench.ring.rollback, lambda: bench.ring.revoke(bench.first)):
        change()
        signer = signers.current()
        assert signer.public_key.verifies(MESSAGE, signer.sign(MESSAGE))
        kids.append(signer.public_key.kid)
        bench.ring.tend()
    assert kids[:3] == [bench.first, bench.standby, bench.first]
    assert kids[3] not in kids[:3]
    assert kids[3] == bench.store.rings["access"].active().kid  # type: ignore[union-attr]


def test_a_ring_of_another_algorithm_signs_with_it(bench: Bench) -> None:
    ring = KeyRing("access", "ML-DSA-44", bench.store, bench.vault, Audit(), bench.clock, PERIOD)
    ring.tend()
    bench.clock.advance(LEAD)
    ring.tend()
    signer = RingSigners("access", bench.store, bench.vault).current()
    assert (signer.public_key.algorithm, len(signer.sign(MESSAGE))) == ("ML-DSA-44", 2420)


def test_without_an_active_key_nothing_is_signed(bench: Bench) -> None:
    with pytest.raises(NoActiveKeyError, match="other has no active key: run RotateKeysFunction"):
        RingSigners("other", bench.store, bench.vault).current()
    bench.ring.revoke(bench.first)
    bench.ring.revoke(bench.standby)
    with pytest.raises(NoActiveKeyError):
        RingSigners("access", bench.store, bench.vault).current()


def test_believed_keys_follow_the_ring_at_each_use(bench: Bench) -> None:
    keys = BelievedKeys("access", bench.store, bench.clock)

    def believed() -> list[bool]:
        return [keys.find(kid) is not None for kid in (bench.first, bench.standby, bench.stranger().kid)]

    assert believed() == [True, False, False]
    bench.ring.rotate()
    assert believed() == [True, True, False]
    bench.clock.advance(LIFE + LATE)
    assert believed() == [False, True, False]
    bench.ring.revoke(bench.standby)
    assert believed() == [False, False, False]
    first = bench.store.keys["access"][bench.first]
    assert (first.kid, first.algorithm) == (bench.first, "ES256")


def test_a_known_key_is_read_once(bench: Bench) -> None:
    keys = CachedKeys("access", bench.store, bench.clock)
    for _ in range(3):
        for kid in (bench.first, bench.standby):
            found = keys.find(kid)
            assert found is not None
            assert found.kid == kid
        bench.clock.advance(86400)
    assert bench.store.loads == 1


@pytest.mark.parametrize("forwards", [True, False])
def test_whatever_strangers_send_is_read_for_once_in_ten_seconds(bench: Bench, forwards: bool) -> None:
    keys = CachedKeys("access", bench.store, bench.clock)
    for number in range(100):
        assert keys.find(f"guess {number}") is None
    late = bench.stranger()
    bench.clock.advance(9.999 if forwards else -9.999)
    assert (keys.find(late.kid), bench.store.loads) == (None, 1)
    bench.clock.advance(0.001 if forwards else -0.001)
    assert (keys.find(late.kid), bench.store.loads) == (late, 2)
    assert keys.find(bench.first) is not None
    assert bench.store.loads == 2


def test_a_store_that_fails_is_not_taken_for_an_unknown_key(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(name: str) -> Any:
        raise OSError("throttled")

    monkeypatch.setattr(bench.store, "load", fails)
    for finds in (BelievedKeys("access", bench.store, bench.clock), CachedKeys("access", bench.store, bench.clock)):
        with pytest.raises(OSError, match="throttled"):
            finds.find(bench.first)
    with pytest.raises(OSError, match="throttled"):
        RingSigners("access", bench.store, bench.vault).current()


def test_a_single_key_signs_and_is_found_under_its_own_name_only() -> None:
    signer = LocalSigner.generate("Ed25519")
    single = SingleKey(signer)
    assert single.current().sign(MESSAGE) == signer.sign(MESSAGE)
    assert single.find(signer.public_key.kid) == signer.public_key
    assert single.find("another") is None
