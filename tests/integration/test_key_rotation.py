"""Key rings on DynamoDB and KMS: a whole life, a death at each AWS call, and two runs at once."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from lukhas_common.aws.kms import KmsVault
from lukhas_common.aws.rings import DynamoRings
from lukhas_common.aws.tags import RING_TAG, STACK_TAG
from lukhas_common.crypto.key_ring import LATE, LEAD, KeyState, Ring, RingKey
from lukhas_common.crypto.keys import ALGORITHMS, PublicKey
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import BelievedKeys, RingSigners
from lukhas_common.crypto.ring_ports import RingStore
from lukhas_common.crypto.rotation import FALLBACK, REMEMBERED, SETTLED, KeyRing
from tests.fakes import Audit, Clock, MemoryRings
from tests.integration.kills import WHEN, Kills

NOW, LIFE, PERIOD = 1_800_000_000.123, 3600, 90 * 86400
PENDING, ACTIVE, RETIRING, RETIRED, DESTROYED = KeyState
Aws = Callable[[str], Any]


class Deployment(Kills):
    """A ring of its own on the embedded AWS, with a switch that kills whoever tends it at the n-th AWS call."""

    def __init__(self, aws: Aws, tables: dict[str, str]) -> None:
        super().__init__()
        self.table = tables["KEYS_TABLE"]
        self.dynamodb, self.kms, self.tagging = aws("dynamodb"), aws("kms"), aws("resourcegroupstaggingapi")
        self.watch(self.dynamodb, self.kms, self.tagging)
        self.begin(f"test-{secrets.token_hex(8)}")

    def begin(self, name: str) -> None:
        """With the ring of this name, in a stack of its own."""
        self.name, self.clock, self.audit = name, Clock(NOW), Audit()
        self.store = DynamoRings(self.dynamodb, self.table, {name: LIFE})
        self.vault = KmsVault(self.kms, lambda: self.tagging, f"stack of {name}")
        self.ring = self.of("ES256")

    def of(self, algorithm: str) -> KeyRing:
        """The ring, configured for this algorithm."""
        return KeyRing(self.name, algorithm, self.store, self.vault, self.audit, self.clock, PERIOD)

    def states(self) -> list[KeyState]:
        return [key.state(self.clock()) for key in self.store.load(self.name)[0].keys]

    def keys_in_kms(self) -> dict[str, str]:
        """The state of every key that was ever made for this ring, by its id."""
        tags = {STACK_TAG: self.vault.stack, RING_TAG: self.name}
        pages = self.tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": name, "Values": [value]} for name, value in tags.items()]
        )
        found = [item["ResourceARN"].rpartition("/")[2] for page in pages for item in page["ResourceTagMappingList"]]
        return {key_id: self.kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] for key_id in found}

    def unlisted(self) -> set[str]:
        """Usable keys that the ring does not know of."""
        usable = {key_id for key_id, state in self.keys_in_kms().items() if state == "Enabled"}
        return usable - {key.reference for key in self.store.load(self.name)[0].keys}

    def signed(self) -> PublicKey:
        """Sign with the ring as issuers do; the key with which verifiers check it."""
        signer = RingSigners(self.name, self.store, self.vault).current()
        key = BelievedKeys(self.name, self.store, self.clock).find(signer.public_key.kid)
        assert key is not None
        assert key.verifies(b"a token", signer.sign(b"a token"))
        return key

    def with_everything_due(self) -> None:
        """Store a ring in which a key has to be replaced, one destroyed and one forgotten."""
        references = [self.vault.create(self.name, "ES256") for _ in range(3)] + [
            "0f0f0f0f-0000-0000-0000-000000000000"
        ]
        halves = [*map(self.vault.public_key, references[:3]), LocalSigner.generate("ES256").public_key]
        for half in halves:
            self.store.publish(self.name, half)
        active, standby, retired, destroyed = (
            RingKey(half.kid, "ES256", reference, NOW - PERIOD - REMEMBERED)
            for half, reference in zip(halves, references, strict=True)
        )
        retired = replace(retired, activated_at=NOW - 2 * PERIOD, stopped_at=NOW - PERIOD, retires_at=NOW - PERIOD)
        destroyed = replace(destroyed, activated_at=1.0, stopped_at=2.0, retires_at=3.0, destroyed_at=NOW - REMEMBERED)
        keys = (replace(active, activated_at=NOW - PERIOD), standby, retired, destroyed)
        assert self.store.save(Ring(self.name, LIFE, keys))


@pytest.fixture
def new(aws: Aws, tables: dict[str, str]) -> Callable[[], Deployment]:
    return lambda: Deployment(aws, tables)


@pytest.fixture
def deployment(new: Callable[[], Deployment]) -> Deployment:
    return new()


def test_a_ring_lives_from_es256_to_ml_dsa_and_back_until_its_keys_are_destroyed(deployment: Deployment) -> None:
    deployment.ring.tend()
    first = deployment.signed()
    assert (first.algorithm, deployment.states()) == ("ES256", [ACTIVE, PENDING])
    later = deployment.of("ML-DSA-44")
    later.tend()
    assert deployment.signed() == first
    deployment.clock.advance(LEAD)
    later.tend()
    second = deployment.signed()
    assert (second.algorithm, deployment.states()) == ("ML-DSA-44", [RETIRING, PENDING, ACTIVE, PENDING])
    deployment.clock.advance(1)
    later.rollback()
    assert deployment.signed() == first
    assert deployment.states() == [ACTIVE, PENDING, RETIRING, PENDING]
    deployment.clock.advance(LIFE + LATE - 0.001)
    assert BelievedKeys(deployment.name, deployment.store, deployment.clock).find(second.kid) == second
    deployment.clock.advance(0.001)
    assert BelievedKeys(deployment.name, deployment.store, deployment.clock).find(second.kid) is None
    for wait in (0, FALLBACK, SETTLED):
        deployment.clock.advance(wait)
        deployment.ring.tend()
    ring, keys = deployment.store.load(deployment.name)
    assert [key.state(deployment.clock()) for key in ring.keys] == [ACTIVE, PENDING, DESTROYED, DESTROYED]
    assert deployment.keys_in_kms() == {
        key.reference: "PendingDeletion" if key.destroyed_at else "Enabled" for key in ring.keys
    }
    assert {kid: key.algorithm for kid, key in keys.items()} == {key.kid: key.algorithm for key in ring.keys}


def test_a_revoked_key_is_replaced_at_once_and_destroyed(deployment: Deployment) -> None:
    deployment.ring.tend()
    first = deployment.signed()
    deployment.ring.revoke(first.kid)
    assert deployment.signed() != first
    assert BelievedKeys(deployment.name, deployment.store, deployment.clock).find(first.kid) is None
    for wait in (0, SETTLED):
        deployment.clock.advance(wait)
        deployment.ring.tend()
    assert deployment.states() == [DESTROYED, ACTIVE, PENDING]
    assert sorted(deployment.keys_in_kms().values()) == ["Enabled", "Enabled", "PendingDeletion"]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("start", ["a new ring", "everything due"])
def test_a_run_may_be_killed_at_every_call(deployment: Deployment, start: str, when: str) -> None:
    expected = [ACTIVE, PENDING] if start == "a new ring" else [RETIRING, ACTIVE, DESTROYED, PENDING]
    call, died = 0, True
    while died:
        call += 1
        deployment.begin(f"test-{secrets.token_hex(8)}")
        if start == "everything due":
            deployment.with_everything_due()
        with deployment.killed_at(call, when):
            deployment.ring.tend()
            died = False
        left = deployment.unlisted()
        assert len(left) <= 1
        ring = deployment.ring.tend()
        assert deployment.states() == expected, call
        assert left <= {key.reference for key in ring.keys}, "what a killed run left is used"
        assert deployment.keys_in_kms() == {
            key.reference: "PendingDeletion" if state is DESTROYED else "Enabled"
            for key, state in zip(ring.keys, expected, strict=True)
        }
        assert deployment.store.load(deployment.name)[1].keys() == {key.kid for key in ring.keys}
        deployment.signed()
        told = {event for event, _ in deployment.audit.events}
        assert {"key.published", "key.activated"} <= told
        assert start == "a new ring" or {"key.destroyed", "key.forgotten"} <= told
        with deployment.killed_at(0, when):
            deployment.ring.tend()
        assert deployment.calls == 3, "a ring at rest costs one read, and a look at the keys that sign or will"
    assert call >= 20, "the run has that many calls, and died at each"


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("change", ["rotate", "rollback", "revoke"])
def test_a_person_may_be_killed_at_every_call(deployment: Deployment, change: str, when: str) -> None:
    calls = 2 if change == "revoke" else 3
    for call in range(1, calls + 1):
        deployment.begin(f"test-{secrets.token_hex(8)}")
        deployment.with_everything_due()
        if change == "rollback":
            deployment.ring.tend()
        active = deployment.signed()
        arguments = [active.kid] if change == "revoke" else []
        with deployment.killed_at(call, when):
            getattr(deployment.ring, change)(*arguments)
            pytest.fail("there is no such call")
        assert (deployment.signed() != active) == ((call, when) == (calls, "after")), "whole or not at all"
        if change == "revoke":
            deployment.ring.revoke(active.kid)
            assert BelievedKeys(deployment.name, deployment.store, deployment.clock).find(active.kid) is None
        ring = deployment.ring.tend()
        assert deployment.states().count(ACTIVE) == 1
        assert ring.standby("ES256") is not None
        assert deployment.unlisted() == set()


def test_an_answer_that_is_lost_changes_nothing_twice(deployment: Deployment) -> None:
    """The SDK asks again after each write that DynamoDB had done."""
    asked: list[int] = []

    def lost(attempts: int, **_: Any) -> int | None:
        asked.append(attempts)
        return 0 if attempts == 1 else None

    deployment.dynamodb.meta.events.register("needs-retry.dynamodb.PutItem", lost)
    ring = deployment.ring.tend()
    assert asked == [1, 2] * 5
    assert (deployment.states(), ring.version, len(deployment.keys_in_kms())) == ([ACTIVE, PENDING], 3, 2)
    deployment.ring.revoke(deployment.signed().kid)
    assert deployment.states() == [RETIRED, ACTIVE]


@pytest.mark.parametrize("start", ["a new ring", "everything due"])
def test_runs_at_once_leave_one_active_key_and_one_standby(new: Callable[[], Deployment], start: str) -> None:
    deployments = [new() for _ in range(4)]
    first = deployments[0]
    for deployment in deployments:
        deployment.begin(first.name)
    if start == "everything due":
        first.with_everything_due()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda deployment: deployment.ring.tend(), deployments))
    states = first.states()
    assert (states.count(ACTIVE), states.count(PENDING)) == (1, 1)
    first.signed()
    while left := first.unlisted():
        first.clock.advance(PERIOD)
        first.ring.tend()
        assert len(first.unlisted()) == len(left) - 1, "what two runs made too much is used before more is made"


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> RingStore:
    if request.param == "memory":
        return MemoryRings(LIFE)
    deployment: Deployment = request.getfixturevalue("deployment")
    return replace(deployment.store, token_lives=defaultdict(lambda: LIFE))


@pytest.fixture
def name() -> str:
    return f"contract-{secrets.token_hex(8)}"


OLD = RingKey("old", "ES256", "r1", NOW, NOW + 1, NOW + 2, NOW + 3, True, NOW + 4)
NEW = RingKey("new", "ML-DSA-44", "r2", NOW)


def test_a_ring_comes_back_as_it_went_in(store: RingStore, name: str) -> None:
    empty = Ring(name, LIFE)
    assert store.load(name) == (empty, {})
    ring = replace(empty, keys=(OLD, NEW))
    for version in (1, 2, 3):
        assert store.save(ring)
        ring = replace(ring, version=version)
        assert store.load(name) == (ring, {})
    assert store.save(replace(ring, keys=()))
    assert store.load(name) == (Ring(name, LIFE, (), 4), {})


def test_of_two_changes_to_one_version_one_is_stored(store: RingStore, name: str) -> None:
    empty = Ring(name, LIFE)
    assert store.save(empty.joined_by(NEW))
    for late in (empty.joined_by(OLD), replace(empty.joined_by(OLD), version=2)):
        assert not store.save(late)
        assert store.load(name)[0] == Ring(name, LIFE, (NEW,), 1)


def test_a_change_that_is_asked_for_again_is_stored_once(store: RingStore, name: str) -> None:
    ring = Ring(name, LIFE).joined_by(NEW)
    assert store.save(ring)
    store.save(ring)
    assert store.load(name)[0] == replace(ring, version=1)


def test_public_keys_are_kept_beside_their_ring_and_not_in_it(store: RingStore, name: str) -> None:
    halves = [LocalSigner.generate(algorithm) for algorithm in ALGORITHMS]
    for half in (*halves, *halves):
        store.publish(name, half.public_key)
    ring, keys = store.load(name)
    assert ring == Ring(name, LIFE)
    assert keys == {half.public_key.kid: half.public_key for half in halves}
    assert all(keys[half.public_key.kid].verifies(b"m", half.sign(b"m")) for half in halves)
    assert store.load(f"{name}-other")[1] == {}
    gone, *others = keys
    for _ in range(2):
        store.forget(name, gone)
        assert store.load(name)[1].keys() == set(others)


def test_of_many_changes_at_once_one_is_stored(new: Callable[[], Deployment]) -> None:
    deployments = [new() for _ in range(4)]
    ring = Ring(deployments[0].name, LIFE)
    changes = [ring.joined_by(replace(NEW, kid=str(number))) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda pair: pair[0].store.save(pair[1]), zip(deployments, changes, strict=True)))
    assert answers.count(True) == 1
    stored, _keys = deployments[0].store.load(ring.name)
    assert stored == replace(changes[answers.index(True)], version=1)
