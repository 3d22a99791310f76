"""Values of keys: validity, repeats, deletion, retention; held against a plain list of what was stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.ids import FIRST_ID, LAST_ID
from lukhas_common.memory.dispatching import Dispatcher
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.in_memory import LocalMemories
from lukhas_common.memory.models import LARGEST_VALUE, Faded, Memory, MemoryType, Origin, Provenance, Retention
from lukhas_common.memory.ports import MemoryOutcomeUnknownError
from lukhas_common.memory.remembering import REPEATED_FOR, WORKING_FOR
from lukhas_common.memory.stored import Stage, Stored
from tests.unit.memory.world import ADA, BOB, MemoryWorld

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | FLOATS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def remember(world: MemoryWorld, key: str = "k", value: Any = "v", **more: Any) -> Memory:
    return world.memory.remember(ADA, key, value, more.pop("memory_type", MemoryType.EPISODIC), **more)


@given(
    steps=st.lists(st.tuples(st.sampled_from("ab"), JSON, st.sampled_from([0.0, 0.4, 60.0])), min_size=1, max_size=12),
    asked=st.sampled_from("ab"),
)
def test_every_value_is_recalled_as_of_every_moment_at_which_it_held(
    steps: list[tuple[str, Any, float]], asked: str
) -> None:
    world = MemoryWorld()
    stored: list[Memory] = []
    for key, value, pause in steps:
        world.clock.advance(pause)
        stored.append(remember(world, key, value))
    mine = [memory for memory in stored if memory.key == asked]
    for number, memory in enumerate(mine):
        following = mine[number + 1].valid_from if number + 1 < len(mine) else None
        for moment in (memory.valid_from, (following or memory.valid_from + 5) - 0.001):
            found = world.memory.recall(ADA, asked, moment)
            assert found is not None
            assert (found.value, found.version, found.valid_to) == (memory.value, number, following)
    now = world.memory.recall(ADA, asked)
    assert (now and now.value) == (mine[-1].value if mine else None)
    assert world.memory.recall(ADA, asked, 1.0) is None
    assert world.memory.recall(BOB, asked) is None


def test_provenance_comes_back_with_the_memory() -> None:
    world = MemoryWorld()
    provenance = Provenance(Origin.TOOL, by=ADA, token="t", request_id="r", source="calendar", derived_from=("m",))
    remember(world, provenance=provenance, session="s", concepts=("Tea",))
    found = world.memory.recall(ADA, "k")
    assert found is not None
    assert (found.provenance, found.session, found.concepts) == (provenance, "s", ("Tea",))


def test_a_repeat_with_the_same_idempotency_key_stores_nothing() -> None:
    world = MemoryWorld()
    first = remember(world, value=1, idempotency_key="once")
    assert remember(world, value=1, idempotency_key="once").memory_id == first.memory_id
    assert remember(world, value=1, idempotency_key="other").version == 1
    for number in range(30):
        remember(world, value=number)
    provenance = Provenance(Origin.USER, by=BOB, token="another", request_id="another")
    assert remember(world, value=1, idempotency_key="once", provenance=provenance).memory_id == first.memory_id
    assert world.memory.timeline(ADA, FIRST_ID, LAST_ID, 1)[0][0].memory_id == first.memory_id


@pytest.mark.parametrize(
    "change",
    [
        {"value": 2},
        {"key": "other"},
        {"memory_type": MemoryType.SEMANTIC},
        {"retention": Retention(pinned=True)},
        {"retention": Retention(expires_at=2e9)},
        {"retention": Retention(half_life=60.0)},
        {"retention": Retention(worth=0.5)},
        {"session": "s"},
        {"concepts": ("Tea",)},
    ],
)
def test_an_idempotency_key_is_for_one_memory(change: dict[str, Any]) -> None:
    world = MemoryWorld()
    first = remember(world, value=1, idempotency_key="once")
    with pytest.raises(MemoryFault) as refused:
        remember(world, **({"value": 1} | change), idempotency_key="once")
    assert refused.value.reason is MemoryReason.IDEMPOTENCY_KEY_REUSED
    assert [memory.memory_id for memory in world.memory.timeline(ADA, FIRST_ID, LAST_ID, 9)[0]] == [first.memory_id]
    assert world.memory.remember(BOB, "k", 2, MemoryType.EPISODIC, idempotency_key="once").version == 0


def test_an_idempotency_key_is_forgotten_after_a_day_whether_or_not_its_note_is_taken_away() -> None:
    for is_settled in (True, False):
        world = MemoryWorld()
        first = remember(world, value=1, idempotency_key="once")
        world.clock.advance(REPEATED_FOR - 1)
        assert world.settling.settle_episodic(ADA).requests == 0
        assert remember(world, value=1, idempotency_key="once").memory_id == first.memory_id
        world.clock.advance(1)
        if is_settled:
            assert Dispatcher(world.store, world.errands, world.clock).settle_episodic() == 1
            assert world.settling.settle_episodic(ADA).requests == 1
            assert {each.stage for each in world.store.every(ADA)} == {Stage.INDEXED}
        second = remember(world, value=1, idempotency_key="once")
        assert second.version == 1
        assert remember(world, value=1, idempotency_key="once").memory_id == second.memory_id
        with pytest.raises(MemoryFault):
            remember(world, value=2, idempotency_key="once")
        assert world.settling.settle_episodic(ADA).requests == 0


def test_the_same_request_many_times_at_once_is_stored_once() -> None:
    world = MemoryWorld()
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(remember, world, value="same" if number % 2 else number, idempotency_key=key)
            for number in range(32)
            for key in ["once" if number % 2 else f"other{number}"]
        ]
        made = [job.result() for job in jobs]
    assert len({memory.memory_id for memory in made if memory.value == "same"}) == 1
    assert len({memory.memory_id for memory in made}) == 17
    assert sum(each.stage is Stage.FRESH for each in world.store.every(ADA)) == 17


def test_nothing_of_key_or_value_is_stored_in_the_clear() -> None:
    world = MemoryWorld()
    remember(world, "allergy/peanuts", {"severe": "anaphylaxis"}, session="clinic", concepts=("Peanuts",))
    (stored,) = world.store.every(ADA)
    kept = repr(stored).encode() + (stored.content or b"")
    assert not [word for word in (b"allergy", b"peanuts", b"Peanuts", b"anaphylaxis", b"clinic") if word in kept]


def test_content_opens_at_its_own_place_only() -> None:
    world = MemoryWorld()
    remember(world, "a", 1)
    remember(world, "b", 2)
    first, second = world.store.every(ADA)
    world.store.items[ADA][first.place] = replace(first, content=second.content)
    with pytest.raises(MemoryFault) as refused:
        world.memory.recall(ADA, "a")
    assert refused.value.reason is MemoryReason.MEMORY_DAMAGED


def test_what_was_forgotten_is_gone_with_all_its_values_and_the_key_may_be_used_again() -> None:
    world = MemoryWorld()
    for value in range(30):
        remember(world, value=value)
    remember(world, "other", "stays")
    assert world.memory.forget(ADA, "k") == 30
    assert world.memory.recall(ADA, "k") is None
    assert world.memory.recall(ADA, "k", world.clock()) is None
    assert all(each.content is None for each in world.store.every(ADA) if each.stage is Stage.FORGOTTEN)
    assert world.memory.forget(ADA, "k") == 0
    assert world.memory.forget(BOB, "k") == 0
    world.clock.advance(1)
    remember(world, value="new")
    found, kept = world.memory.recall(ADA, "k"), world.memory.recall(ADA, "other")
    assert found is not None
    assert kept is not None
    assert (found.value, kept.value) == ("new", "stays")


def test_a_working_memory_is_due_after_fifteen_minutes_and_readable_all_the_time() -> None:
    world = MemoryWorld()
    remember(world, memory_type=MemoryType.WORKING)
    (stored,) = world.store.every(ADA)
    assert (stored.stage, stored.due) == (Stage.WORKING, world.clock() + WORKING_FOR)
    for seconds in (0, WORKING_FOR, 86400, 10 * 86400):
        world.clock.advance(seconds)
        assert world.memory.recall(ADA, "k") is not None


def test_what_has_a_time_ends_even_if_it_is_pinned_and_the_value_before_it_does_not_come_back() -> None:
    world = MemoryWorld()
    remember(world, value="before")
    world.clock.advance(1)
    remember(world, value="short", retention=Retention(pinned=True, expires_at=world.clock() + 10))
    world.clock.advance(9.999)
    assert world.memory.recall(ADA, "k") is not None
    world.clock.advance(0.001)
    with pytest.raises(MemoryFault) as refused:
        world.memory.recall(ADA, "k")
    assert refused.value.reason is MemoryReason.MEMORY_FADED
    earlier = world.memory.recall(ADA, "k", world.clock() - 10.5)
    assert earlier is not None
    assert earlier.value == "before"


@given(worth=st.floats(0.06, 1), half_life=st.floats(1, 1e6), age=st.floats(0, 1e8), pinned=st.booleans())
def test_strength_halves_with_each_half_life_unless_it_is_pinned(
    worth: float, half_life: float, age: float, pinned: bool
) -> None:
    retention = Retention(pinned=pinned, half_life=half_life, worth=worth)
    expected = worth if pinned else worth * 0.5 ** (age / half_life)
    assert retention.strength(1000, 1000 + age) == pytest.approx(expected)
    assert (retention.faded(1000, 1000 + age) is Faded.DECAYED) == (not pinned and expected < 0.05)


def test_what_has_decayed_is_still_recalled_by_its_key_and_says_so() -> None:
    world = MemoryWorld()
    remember(world, retention=Retention(half_life=60))
    world.clock.advance(600)
    found = world.memory.recall(ADA, "k")
    assert found is not None
    assert found.faded(world.clock()) is Faded.DECAYED


@pytest.mark.parametrize(
    ("key", "value", "retention"),
    [
        ("", 1, Retention()),
        (7, 1, Retention()),
        (None, 1, Retention()),
        ("k" * 513, 1, Retention()),
        ("k", float("nan"), Retention()),
        ("k", "\ud800", Retention()),
        ("k", "x" * LARGEST_VALUE, Retention()),
        ("k", {1, 2}, Retention()),
        ("k", 1, Retention(worth=1.5)),
        ("k", 1, Retention(worth=float("nan"))),
        ("k", 1, Retention(half_life=0)),
        ("k", 1, Retention(half_life=float("inf"))),
        ("k", 1, Retention(expires_at=1.0)),
    ],
)
def test_what_cannot_be_remembered_is_refused_and_nothing_is_stored(key: str, value: Any, retention: Retention) -> None:
    world = MemoryWorld()
    with pytest.raises(MemoryFault) as refused:
        remember(world, key, value, retention=retention)
    assert refused.value.reason is MemoryReason.MEMORY_INVALID
    assert not world.store.items


@pytest.mark.parametrize("more", [{"session": 5}, {"concepts": (1,)}])
def test_sessions_and_concepts_are_texts(more: dict[str, Any]) -> None:
    with pytest.raises(MemoryFault):
        remember(MemoryWorld(), **more)


@pytest.mark.parametrize("key", ["", 7, None, "k" * 513])
def test_what_is_no_key_is_neither_recalled_nor_forgotten(key: Any) -> None:
    world = MemoryWorld()
    remember(world)
    for act in (world.memory.recall, world.memory.forget):
        with pytest.raises(MemoryFault) as refused:
            act(ADA, key)
        assert refused.value.reason is MemoryReason.MEMORY_INVALID


class Unreliable(LocalMemories):
    """Loses the answers of its first writes, of which each took effect or did not."""

    def __init__(self, *took_effect: bool) -> None:
        super().__init__()
        self.lost = list(took_effect)

    def put(self, stored: Stored) -> Stored:
        if self.lost:
            if self.lost.pop(0):
                super().put(stored)
            raise MemoryOutcomeUnknownError("no answer")
        return super().put(stored)


@given(st.lists(st.booleans(), max_size=4))
def test_a_lost_answer_neither_loses_nor_doubles_a_memory(took_effect: list[bool]) -> None:
    world = MemoryWorld()
    world.store = Unreliable(*took_effect)
    made = remember(world, value="once")
    assert [each.memory_id for each in world.store.every(ADA)] == [made.memory_id]
    world.store.lost = list(took_effect)
    made = remember(world, "other", "once", idempotency_key="once")
    assert [each.memory_id for each in world.store.every(ADA) if each.stage is Stage.FRESH][1:] == [made.memory_id]


def test_of_many_writers_each_stores_once() -> None:
    world = MemoryWorld()
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda number: remember(world, value=number), range(16)))
    assert sorted(each.version for each in made) == list(range(16))
    assert sorted(world.memory.recall(ADA, "k", each.valid_from).value for each in made) == list(range(16))  # type: ignore[union-attr]
