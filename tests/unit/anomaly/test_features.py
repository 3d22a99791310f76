"""What a principal did in a window, and what is known of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from math import expm1, log, log1p
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.errors import RowsError
from lukhas_common.anomaly.features import FEATURES, Profile, Window, windows
from lukhas_common.anomaly.profiles import NAMES, REMEMBERED, SETTLED

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

ACCESSES = st.lists(
    st.builds(
        Access,
        principal=st.sampled_from(["ada", "bob"]),
        endpoint=st.sampled_from(["GET /memory", "PUT /memory", "GET /export"]),
        at=st.datetimes(datetime(2026, 6, 1), datetime(2026, 6, 3), timezones=st.just(UTC)),
        scopes=st.lists(st.sampled_from(["read", "write", "admin"]), max_size=2).map(tuple),
        network=st.sampled_from(["", "AS1", "AS2"]),
        allowed=st.booleans(),
        read=st.integers(0, 10**9),
        subject=st.sampled_from(["", "ada", "cid"]),
    ),
    max_size=30,
)


def access(at: datetime = NINE, **other: object) -> Access:
    given: dict[str, object] = {
        "principal": "ada",
        "endpoint": "GET /memory",
        "at": at,
        "scopes": ("read",),
        "network": "AS1",
        "allowed": True,
        "read": 100,
        "subject": "ada",
    }
    return Access(**(given | other))  # type: ignore[arg-type]


def named(window: Window) -> dict[str, float]:
    return dict(zip(FEATURES, window.features, strict=True))


KNOWN = Profile().seen(access(NINE + day * DAY + n * MINUTE) for day in range(20) for n in range(10))


def only(*accesses: Access, known: Profile = KNOWN) -> dict[str, float]:
    (window,) = windows(accesses, {"ada": known})
    return named(window)


def test_what_a_principal_always_does_is_nothing_new_and_no_more_than_usual() -> None:
    found = only(*(access(NINE + n * MINUTE) for n in range(10)))
    assert found.pop("requests") == pytest.approx(log1p(10))
    assert found.pop("read") == pytest.approx(log1p(1000))
    assert all(value == pytest.approx(0) for value in found.values())


@pytest.mark.parametrize(
    ("feature", "value", "other"),
    [
        ("new_networks", log1p(1), {"network": "AS9"}),
        ("new_endpoints", log1p(1), {"endpoint": "GET /export"}),
        ("new_scopes", log1p(2), {"scopes": ("read", "admin", "export")}),
        ("failures", log1p(1), {"allowed": False}),
        ("subjects", log1p(1), {"subject": "cid"}),
        ("subjects_more", log1p(1), {"subject": "cid"}),
        ("odd_hour", log(44 / 24), {"at": NINE + timedelta(hours=12)}),
        ("read_more", log1p(10**6) - log1p(1000), {"read": 10**6}),
    ],
)
def test_what_is_new_is_told(feature: str, value: float, other: dict[str, object]) -> None:
    assert only(access())[feature] == 0
    assert only(access(**other))[feature] == pytest.approx(value)


def test_of_a_stranger_nothing_is_new_but_what_it_did_counts() -> None:
    found = only(access(network="AS9", allowed=False), known=Profile())
    assert found["new_networks"] == found["requests_more"] == found["odd_hour"] == 0
    assert found["failures"] == log1p(1)


def test_a_window_says_whether_its_profile_is_settled() -> None:
    for hours, settled in ((SETTLED - 1, False), (SETTLED, True)):
        known = Profile().seen(access(NINE + n * DAY) for n in range(hours))
        assert [window.settled for window in windows([access()], {"ada": known})] == [settled]
    assert not windows([access()], {})[0].settled


def test_many_times_more_than_usual_is_told_for_each_endpoint() -> None:
    found = only(*(access(NINE + n * timedelta(seconds=5)) for n in range(600)))
    assert expm1(found["requests"]) == pytest.approx(600)
    assert found["requests_more"] == pytest.approx(log(601 / 11))
    assert found["endpoint_more"] == pytest.approx(log(601 / 11))


def test_a_scope_seldom_asked_for_is_rare() -> None:
    known = KNOWN.seen([access(NINE + 30 * DAY, scopes=("export",))])
    assert only(access(scopes=("export",)), known=known)["rare_scopes"] == log1p(1)
    assert only(access(scopes=("read", "new")), known=known)["rare_scopes"] == 0


def test_failures_within_a_minute_are_a_burst() -> None:
    slow = only(*(access(NINE + n * 2 * MINUTE, allowed=False) for n in range(20)))
    fast = only(*(access(NINE + n * timedelta(seconds=3), allowed=False) for n in range(20)))
    assert slow["failures"] == fast["failures"] == pytest.approx(log1p(20))
    assert (slow["failure_burst"], fast["failure_burst"]) == (log1p(1), log1p(20))


@pytest.mark.parametrize("usual", range(24))
def test_hours_are_round_a_clock(usual: int) -> None:
    known = Profile(hours=tuple(50 if hour == usual else 0 for hour in range(24)))
    for asked in range(24):
        apart = min((asked - usual) % 24, (usual - asked) % 24)
        assert known.oddness(asked) == Profile(hours=(50, *[0] * 23)).oddness(apart)
        assert (known.oddness(asked) > 0) == (apart > 2)


@given(ACCESSES, st.randoms(use_true_random=False))
def test_the_order_of_accesses_does_not_matter(accesses: list[Access], chance: Random) -> None:
    mixed = accesses.copy()
    chance.shuffle(mixed)
    assert windows(mixed, {"ada": KNOWN}) == windows(accesses, {"ada": KNOWN})
    assert Profile().seen(mixed).to_json() == Profile().seen(accesses).to_json()


@given(ACCESSES)
def test_each_access_is_in_one_window(accesses: list[Access]) -> None:
    found = windows(accesses, {})
    assert sum(round(expm1(named(window)["requests"])) for window in found) == len(accesses)
    assert len({(window.principal, window.start) for window in found}) == len(found)
    assert all(window.start.minute == 0 and window.hours == 1 for window in found)
    assert found == sorted(found, key=lambda window: (window.start, window.principal))


@given(ACCESSES)
def test_json_holds_the_whole_profile(accesses: list[Access]) -> None:
    known = Profile().seen(accesses)
    assert Profile.from_json(known.to_json()) == known


@pytest.mark.parametrize(
    "change",
    [
        {"hours": [0] * 23},
        {"hours": [-1] * 24},
        {"hours": None},
        {"networks": []},
        {"scopes": {"read": 1.5}},
        {"usual": [0, 0]},
        {"usual": ["0", 0, 0]},
        {"more": 1},
    ],
)
def test_what_is_no_profile_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no|whole"):
        Profile.from_json(json.dumps(json.loads(KNOWN.to_json()) | change))


def test_what_was_refused_teaches_nothing() -> None:
    attack = [access(network="AS-strange", allowed=False) for _ in range(100)]
    assert KNOWN.seen(attack) == KNOWN


def test_a_profile_settles_remembers_and_forgets_and_stays_small() -> None:
    assert not Profile().seen(access(NINE + n * DAY) for n in range(SETTLED - 1)).settled
    assert Profile().seen(access(NINE + n * DAY) for n in range(SETTLED)).settled
    old = Profile().seen([access(network="AS-old")])
    aged = old.seen(access(NINE + n * DAY) for n in range(REMEMBERED + 1))
    assert "AS-old" not in aged.networks
    assert aged.windows <= REMEMBERED
    crowded = old.seen(access(endpoint=f"GET /{n}") for n in range(2 * NAMES))
    assert len(crowded.endpoints) == NAMES


def test_windows_may_be_longer_and_are_those_of_utc() -> None:
    zone = timezone(timedelta(hours=2))
    (window,) = windows([access(datetime(2026, 6, 1, 1, 30, tzinfo=zone))], {}, DAY)
    assert (window.start, window.hours) == (datetime(2026, 5, 31, tzinfo=UTC), 24)


@pytest.mark.parametrize("length", [timedelta(0), MINUTE, timedelta(minutes=90), -DAY])
def test_other_lengths_are_refused(length: timedelta) -> None:
    with pytest.raises(RowsError):
        windows([access()], {}, length)


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(RowsError):
        windows([access(datetime(2026, 6, 1))], {})
