"""Three weeks of a small crowd, and attacks on its last day: each is found, and hardly anybody else is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pytest

from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.alerts import Alert, judge, merged
from lukhas_common.anomaly.detectors import Detector, Severity
from lukhas_common.anomaly.features import Profile, Window, windows
from lukhas_common.anomaly.kinds import Kind
from lukhas_common.anomaly.training import train
from tests import access_days
from tests.access_days import DAY, START, Crowd, by_network, hammering, insider, scraping

NOON = START + 20 * DAY + timedelta(hours=13)
PRINCIPALS = 40


@dataclass(frozen=True)
class Weeks:
    crowd: Crowd
    known: dict[str, Profile]
    detector: Detector
    after: Sequence[Window]


@cache
def weeks() -> Weeks:
    """A week to know everybody, a week to train on, and one to watch."""
    crowd, known, trained, after = Crowd(PRINCIPALS, 1), dict[str, Profile](), list[Window](), list[Window]()
    for number in range(21):
        accesses = list(crowd.day(number))
        if number >= 7:
            (trained if number < 14 else after).extend(windows(accesses, known))
        for name in {access.principal for access in accesses}:
            mine = [access for access in accesses if access.principal == name]
            known[name] = known.get(name, Profile()).seen(mine)
    outcome = train([window.features for window in trained], None, seed=0)
    assert outcome.model is not None, outcome.reason
    return Weeks(crowd, known, outcome.model.detector, after)


def found(accesses: Sequence[Access], detector: Detector | None) -> list[Alert]:
    return merged(filter(None, (judge(window, detector) for window in windows(accesses, weeks().known))))


def test_hardly_anybody_is_told_of_who_did_nothing() -> None:
    alerts = merged(filter(None, (judge(window, weeks().detector) for window in weeks().after)))
    assert len(alerts) <= 1


@pytest.mark.parametrize("name", Crowd(PRINCIPALS, 1).members()[:3])
@pytest.mark.parametrize(
    ("attack", "kind"),
    [
        (lambda name, home: hammering(name, NOON), Kind.CREDENTIAL_STUFFING),
        (lambda name, home: scraping(name, home, NOON), Kind.SCRAPING),
        (lambda name, home: insider(name, home, NOON), Kind.INSIDER),
    ],
)
def test_attacks_are_found_by_what_was_learnt(
    attack: Callable[[str, str], list[Access]], kind: Kind, name: str
) -> None:
    accesses = attack(name, weeks().crowd.home(name))
    (alert,) = found(accesses, weeks().detector)
    assert (alert.principal, alert.kind) == (name, kind)
    assert alert.reasons
    (window,) = windows(accesses, weeks().known)
    assert weeks().detector.score(window.features).severity is not None


def test_a_crowd_of_newcomers_raises_nothing_and_a_newcomers_misuse_is_seen_without_a_detector() -> None:
    crowd = Crowd(300, 9)
    first = windows(crowd.day(0), {})
    assert not any(window.settled for window in first)
    assert [alert for alert in (judge(window, None) for window in first) if alert] == []
    for accesses, kind in (
        (insider("new", "AS1", NOON, 60), Kind.INSIDER),
        (insider("new", "AS1", NOON, 3000) * 2, Kind.INSIDER),
        (scraping("new", "AS1", NOON, 300), Kind.SCRAPING),
    ):
        (window,) = windows(accesses, {})
        alert = judge(window, None)
        assert alert is not None
        assert alert.kind is kind


def test_stuffing_over_many_accounts_is_found_by_its_network_alone() -> None:
    tried = access_days.stuffing([f"somebody-{number}" for number in range(200)], NOON)
    assert [judge(window, weeks().detector) for window in windows(tried, weeks().known)] == [None] * 200
    (alert,) = found(by_network(tried), None)
    assert (alert.kind, alert.severity) == (Kind.CREDENTIAL_STUFFING, Severity.CRITICAL)
    assert alert.principal == "network:AS-strange"
