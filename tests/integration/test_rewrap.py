"""Data keys move from one key of KMS to another, on the embedded AWS, and killed at each call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lukhas_common import times
from lukhas_common.aws.data_keys import DynamoDataKeys, KmsWrapper
from lukhas_common.ledger.data_keys import DataKeys
from lukhas_common.ledger.rewrapping import Rewrapped, rewrap_all
from tests.integration.kills import WHEN, Kills
from tests.integration.test_ledger_stores import dynamodb, like

__all__ = ["dynamodb", "like"]  # fixtures

CALLS = ["Scan", "ReEncrypt", "ReEncrypt", "UpdateItem", "ReEncrypt", "ReEncrypt", "UpdateItem"]
"""Of a run over two keys: each is tried as if the new key had wrapped it, then by the old one."""


class World:
    """Two people whose keys the old key of KMS wrapped, and a process before and one after the change."""

    def __init__(self, dynamodb: Any, kms: Any, tables: dict[str, str], like: Callable[[str], str]) -> None:
        self.dynamodb, self.kms, self.kills = dynamodb, kms, Kills()
        self.keys = DynamoDataKeys(dynamodb, like("DATA_KEYS_TABLE"))
        self.old_id, self.stack = tables["DATA_KEY_ID"], tables["STACK_NAME"]
        self.new_id = kms.create_key()["KeyMetadata"]["KeyId"]
        self.before = KmsWrapper(lambda: kms, self.old_id, self.stack)
        self.after = KmsWrapper(lambda: kms, self.new_id, self.stack, (self.old_id,))
        self.secrets = {person: self.process(self.before).to_seal(person).secret for person in ("ada", "bob")}
        self.kills.watch(dynamodb, kms)

    def process(self, wrapper: KmsWrapper) -> DataKeys:
        return DataKeys(self.keys, wrapper, times.now)

    def run(self) -> Rewrapped:
        return rewrap_all(self.keys, self.after)

    def assert_readable(self) -> None:
        for person, secret in self.secrets.items():
            found = self.process(self.after).current(person)
            assert found is not None
            assert found.secret == secret


@pytest.fixture
def world(dynamodb: Any, aws: Callable[[str], Any], tables: dict[str, str], like: Callable[[str], str]) -> World:
    return World(dynamodb, aws("kms"), tables, like)


def test_all_keys_move_and_the_old_key_is_needed_no_more(world: World) -> None:
    world.assert_readable()
    assert world.process(world.after).to_seal("eve").secret  # made between the deployment and the run
    assert rewrap_all(world.keys, world.after, dry_run=True) == Rewrapped(moved=2, there=1)
    assert world.run() == Rewrapped(moved=2, there=1)
    assert world.run() == Rewrapped(there=3)
    only_new = KmsWrapper(world.after.client, world.new_id, world.stack)
    for person, secret in world.secrets.items():
        key = world.process(only_new).current(person)
        assert key is not None
        assert key.secret == secret
    with pytest.raises(ClientError, match="IncorrectKey"):
        world.process(world.before).current("ada")


def test_what_no_key_of_ours_wrapped_is_left_and_named(world: World) -> None:
    """Such as a key that whoever can write to the table wrapped by one of their own, so that it becomes ours."""
    theirs = KmsWrapper(world.after.client, world.kms.create_key()["KeyMetadata"]["KeyId"], world.stack)
    planted, moved, damaged = (world.process(wrapper) for wrapper in (theirs, world.before, world.after))
    key = planted.to_seal("planted")
    stored = world.keys.load("ada")
    moved.to_seal("swapped")
    world.keys.exchange(world.keys.load("swapped"), stored.wrapped or b"")
    damaged.to_seal("damaged")
    whole = world.keys.load("damaged")
    world.keys.exchange(whole, (whole.wrapped or b"")[:-1] + b"?")
    before = {name: world.keys.load(name) for name in ("planted", "swapped", "damaged")}
    done = world.run()
    assert sorted(done.failed) == ["damaged", "planted", "swapped"]
    assert done.moved == 2
    assert {name: world.keys.load(name) for name in before} == before
    with pytest.raises(ClientError, match="IncorrectKey"):
        world.process(world.after).to_open("planted", key.key_id)


def test_these_are_the_calls_at_which_it_is_killed(world: World) -> None:
    calls: list[str] = []
    for client in (world.dynamodb, world.kms):
        client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    world.run()
    assert calls == CALLS


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("call", range(1, len(CALLS) + 1))
def test_killed_anywhere_nothing_is_lost_and_what_is_erased_stays_so(world: World, call: int, when: str) -> None:
    with world.kills.killed_at(call, when):
        world.run()
    world.assert_readable()
    world.keys.erase("bob", "e1", times.now())
    erased = world.keys.load("bob")
    del world.secrets["bob"]
    done = world.run()
    assert (done.moved + done.there, done.failed) == (1, [])
    assert world.run() == Rewrapped(there=1)
    assert world.keys.load("bob") == erased
    world.assert_readable()


@pytest.mark.parametrize("call", [2, 3, 4, 5, 6, 7])
def test_what_is_erased_during_a_run_stays_erased(world: World, call: int) -> None:
    """Before each call of the run after the scan, which may have shown the key still."""
    calls = 0

    def erase(**_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            for person in ("ada", "bob"):
                world.keys.erase(person, "e1", times.now())

    world.kms.meta.events.register("before-call", erase)
    world.dynamodb.meta.events.register("before-call", erase)
    world.run()
    for person in ("ada", "bob"):
        stored = world.keys.load(person)
        assert (stored.key_id, stored.wrapped, stored.unlogged) == (None, None, "e1")
