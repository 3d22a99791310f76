"""Keys that are held: 10,000 uses or 15 minutes, whichever ends first, by counting what the key service is asked."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto.encrypt import EncryptionKey
from lukhas_common.crypto.envelope import Envelopes, branch_of
from lukhas_common.crypto.held_keys import CACHED_FOR, USES, HeldKeys
from lukhas_common.crypto.sealing import SealError
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.memory import MemoryDataKeys
from tests.fakes import Clock
from tests.unit.ledger.fakes import SECRET, Counting


class Desk:
    """Envelopes whose branch keys are counted as they are unwrapped."""

    def __init__(self) -> None:
        self.clock, self.timer, self.unwrapped = Clock(), Clock(0.0), Counter[str]()
        self.envelopes = Envelopes(self._unwrap, self.clock, self.timer)

    def _unwrap(self, key_id: str) -> EncryptionKey:
        self.unwrapped[key_id] += 1
        return EncryptionKey(key_id.encode().ljust(32))


def data_keys(clock: Clock) -> tuple[DataKeys, Counting]:
    wrapper = Counting(LocalWrapper(SECRET))
    return DataKeys(MemoryDataKeys(), wrapper, clock, clock), wrapper


def test_the_limits_are_those_that_are_promised() -> None:
    assert (USES, CACHED_FOR) == (10_000, 900)


@pytest.mark.parametrize("use", ["to_seal", "to_open", "fresh", "current", "keyed_hash"])
def test_a_data_key_is_given_out_ten_thousand_times(use: str) -> None:
    keys, wrapper = data_keys(Clock())
    key = keys.to_seal("p")
    uses = {
        "to_seal": lambda: keys.to_seal("p"),
        "to_open": lambda: keys.to_open("p", key.key_id),
        "fresh": lambda: keys.to_seal("p", fresh=True),
        "current": lambda: keys.current("p"),
        "keyed_hash": lambda: keys.keyed_hash("p", b"purpose", b"data"),
    }
    for _ in range(9_999):
        uses[use]()
    assert wrapper.calls == ["wrap"]
    uses[use]()
    assert wrapper.calls == ["wrap", "unwrap"]
    for _ in range(9_999):
        uses[use]()
    assert wrapper.calls == ["wrap", "unwrap"]
    uses[use]()
    assert wrapper.calls == ["wrap", "unwrap", "unwrap"]


def test_to_look_whether_a_key_was_destroyed_is_no_use_of_it_nor_is_asking_for_another() -> None:
    keys, wrapper = data_keys(Clock())
    keys.to_seal("p")
    for _ in range(USES + 1):
        keys.refresh("p")
        keys.to_open("p", "another")
    for _ in range(USES - 1):
        keys.to_seal("p")
    assert wrapper.calls == ["wrap"]


def test_a_branch_key_is_given_out_ten_thousand_times() -> None:
    desk = Desk()
    envelope = desk.envelopes.enclose("one", b"x", b"b")
    for _ in range(USES - 1):
        desk.envelopes._branch("one")
    assert desk.unwrapped == {"one": 1}
    assert desk.envelopes.disclose(envelope, b"b") == b"x"
    assert desk.unwrapped == {"one": 2}


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["one", "two"])), max_size=40))
def test_a_branch_key_is_held_for_fifteen_minutes_from_when_it_was_unwrapped(steps: list[tuple[int, str]]) -> None:
    """Against a model that only remembers when each was unwrapped last."""
    desk, since, expected = Desk(), dict[str, float](), Counter[str]()
    for seconds, name in steps:
        desk.clock.advance(seconds)
        desk.timer.advance(seconds)
        now = desk.clock()
        if now - since.get(name, -CACHED_FOR) >= CACHED_FOR:
            since[name], expected[name] = now, expected[name] + 1
        envelope = desk.envelopes.enclose(name, b"x", b"b")
        assert branch_of(envelope) == name
        assert desk.unwrapped == expected


def test_threads_never_get_more_out_of_a_key_than_is_allowed() -> None:
    held: HeldKeys[object] = HeldKeys(time.time, time.monotonic)
    key = held.hold("k", held.now(), object())
    with ThreadPoolExecutor(8) as pool:
        got = [each for taken in pool.map(lambda _: [held.take("k") for _ in range(3_000)], range(8)) for each in taken]
    assert got.count(key) == USES - 1


def test_what_is_rewrapped_opens_under_its_new_key_and_a_key_that_is_gone_opens_nothing() -> None:
    desk = Desk()
    moved = desk.envelopes.rewrap("two", desk.envelopes.enclose("one", b"x", b"b"), b"b")
    assert branch_of(moved) == "two"
    assert desk.envelopes.disclose(moved, b"b") == b"x"
    with pytest.raises(SealError):
        desk.envelopes.disclose(moved, b"c")
    desk.envelopes.forget("two")
    desk.envelopes.disclose(moved, b"b")
    assert desk.unwrapped == {"one": 1, "two": 2}


def test_a_key_whose_store_was_slow_ends_before_those_that_are_held_for_longer() -> None:
    clock = Clock()
    held: HeldKeys[str] = HeldKeys(clock, clock)
    asked = held.now()
    clock.advance(10)
    held.hold("quick", held.now(), "quick")
    held.hold("slow", asked, "slow")
    clock.advance(CACHED_FOR - 10)
    assert (held.take("slow"), held.peek("slow"), held.take("quick")) == (None, None, "quick")
