"""The sliding window: never more than the limit in any 60 seconds, and little less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.identity.rate_limit import RateLimiter, Window
from tests.fakes import MemoryWindows


def admit(store: MemoryWindows, now: float, limit: int = 10) -> int:
    return RateLimiter(store, limit, 60).admit("u", store.windows.get("u"), now)


@given(gaps=st.lists(st.floats(0, 30), max_size=80))
def test_no_window_holds_more_than_the_limit(gaps: list[float]) -> None:
    store, now, admitted = MemoryWindows(), 1000.0, []
    for gap in gaps:
        now += gap
        if admit(store, now) == 0:
            admitted.append(now)
    for end in admitted:
        assert sum(end - 60 < moment <= end for moment in admitted) <= 10


@given(gaps=st.lists(st.floats(0, 30), max_size=80))
def test_a_request_is_let_through_when_the_last_61_seconds_have_room(gaps: list[float]) -> None:
    store, now, admitted = MemoryWindows(), 1000.0, []
    for gap in gaps:
        now += gap
        room = sum(moment > now - 62 for moment in admitted) < 10
        if admit(store, now) == 0:
            admitted.append(now)
        else:
            assert not room


def test_a_burst_at_the_edge_of_a_minute_does_not_double() -> None:
    store = MemoryWindows()
    assert sum(admit(store, 59.9) == 0 for _ in range(20)) == 10
    assert sum(admit(store, 60.1) == 0 for _ in range(20)) == 0


def test_the_wait_that_is_told_is_enough() -> None:
    store = MemoryWindows()
    for second in range(10):
        assert admit(store, 100.5 + second) == 0
    wait = admit(store, 110.5)
    assert 0 < wait <= 61
    assert admit(store, 110.5 + wait) == 0
    assert admit(store, 110.5 + wait) > 0


def test_parallel_requests_that_read_the_same_window_are_all_counted() -> None:
    store = MemoryWindows()
    limiter = RateLimiter(store, 10, 60)
    stale = None
    assert sum(limiter.admit("u", stale, 100.0) == 0 for _ in range(200)) == 10


def test_a_clock_that_runs_behind_does_not_open_the_window() -> None:
    store = MemoryWindows()
    assert sum(admit(store, 100.0) == 0 for _ in range(10)) == 10
    assert admit(store, 95.0) > 0


def test_a_store_that_never_agrees_refuses() -> None:
    class Contended(MemoryWindows):
        def advance(self, user_id: str, old: Window | None, new: Window) -> tuple[bool, Window | None]:
            return False, None

    assert RateLimiter(Contended(), 10, 60).admit("u", None, 1.0) == 1


def test_the_history_of_a_full_minute_stays_small() -> None:
    store = MemoryWindows()
    for second in range(200):
        admit(store, 1000.0 + second, limit=1_000_000)
    assert len(store.windows["u"].history) <= 60
