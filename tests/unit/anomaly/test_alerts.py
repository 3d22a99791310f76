"""Alerts: their kinds and reasons, which are one, and what PagerDuty and Slack are told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import log, log1p

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lukhas_common.anomaly.alerts import Alert, Reason, dedup_key, joined, judge, merged, pagerduty, slack, summary
from lukhas_common.anomaly.detectors import Detector, Severity
from lukhas_common.anomaly.features import FEATURES, Window
from lukhas_common.anomaly.kinds import (
    BURST,
    FAILURES,
    NEWCOMERS,
    REQUESTS,
    REQUESTS_MORE,
    SUBJECTS,
    SUBJECTS_MORE,
    Kind,
    plain,
)
from tests.unit.anomaly.test_forest import cloud

NIGHT = datetime(2026, 6, 1, 3, tzinfo=UTC)
HOURS = st.integers(0, 23)


def window(start: datetime = NIGHT, hours: int = 1, **features: float) -> Window:
    return Window("ada", start, hours, tuple(features.get(name, 0.0) for name in FEATURES))


DETECTOR = Detector.fit(
    [tuple(map(abs, row)) for row in cloud(500, len(FEATURES))], features=FEATURES, trees=20
)  # fmt: skip

STUFFING = window(failures=log1p(FAILURES), failure_burst=log1p(BURST), requests=log1p(FAILURES))
SCRAPING = window(requests=log1p(REQUESTS), requests_more=log(REQUESTS_MORE))
INSIDER = window(subjects=log1p(SUBJECTS), subjects_more=log(SUBJECTS_MORE), requests=log1p(SUBJECTS))


@pytest.mark.parametrize(
    ("met", "kind"),
    [(STUFFING, Kind.CREDENTIAL_STUFFING), (SCRAPING, Kind.SCRAPING), (INSIDER, Kind.INSIDER)],
)
def test_rules_tell_plain_misuse_without_a_detector(met: Window, kind: Kind) -> None:
    found = judge(met, None)
    assert found is not None
    assert (found.kind, found.severity, found.score, found.count) == (kind, Severity.HIGH, 1.0, 1)
    assert found.text
    assert found.reasons[0].value > 0
    assert found.reasons[0].usual is found.reasons[0].z is None


@pytest.mark.parametrize("met", [STUFFING, SCRAPING, INSIDER])
def test_a_little_less_meets_no_rule(met: Window) -> None:
    for place, value in enumerate(met.features):
        less = (*met.features[:place], value - 0.11, *met.features[place + 1 :])
        if value and not (met is not SCRAPING and FEATURES[place] == "requests"):
            assert plain(replace(met, features=less)) is None
    assert plain(replace(met, hours=2)) is None


@given(people=st.integers(0, 400), let_in=st.integers(0, 2000), refused=st.integers(0, 300), hours=st.integers(1, 24))
def test_of_newcomers_counts_alone_tell(people: int, let_in: int, refused: int, hours: int) -> None:
    requests = let_in + refused
    counts = {"subjects": log1p(people), "requests": log1p(requests), "failures": log1p(refused)}
    assert plain(window(hours=hours, **counts)) is None, "of somebody who is known, they say nothing"
    met = plain(replace(window(hours=hours, **counts), settled=False))
    widely, bulk = people / NEWCOMERS / hours, requests / REQUESTS / hours
    if not let_in or max(widely, bulk) < 1:
        assert met is None
    else:
        assert met is not None
        assert met.kind is (Kind.INSIDER if widely >= 1 else Kind.SCRAPING)
        most = widely if widely >= 1 else bulk
        assert met.severity is (Severity.CRITICAL if most >= 3 else Severity.HIGH)


def test_three_times_as_much_is_critical() -> None:
    found = plain(window(failures=log1p(3 * FAILURES), failure_burst=log1p(BURST)))
    assert found is not None
    assert found.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("features", "kind"),
    [
        ({"failures": 40.0}, Kind.CREDENTIAL_STUFFING),
        ({"failures": log1p(9), "requests": log1p(10), "endpoint_more": 40.0}, Kind.CREDENTIAL_STUFFING),
        ({"read_more": 40.0, "failures": 1.0, "requests": 3.0}, Kind.SCRAPING),
        ({"subjects_more": 40.0, "requests_more": 30.0}, Kind.INSIDER),
        ({"failures": log1p(9), "requests": log1p(100), "endpoint_more": 40.0}, Kind.SCRAPING),
        ({"new_scopes": 40.0, "requests": 2.0}, Kind.UNUSUAL),
    ],
)  # fmt: skip
def test_a_detector_tells_the_kind_by_what_is_farthest_out(features: dict[str, float], kind: Kind) -> None:
    found = judge(window(**features), DETECTOR)
    assert found is not None
    assert found.kind is kind
    farthest = max(features, key=features.__getitem__)
    assert found.reasons[0].feature == farthest
    assert all(reason.z is not None and reason.z >= 2 for reason in found.reasons)


def test_what_is_usual_is_no_alert_and_less_than_usual_no_reason() -> None:
    usual = dict(zip(FEATURES, (of.middle for of in DETECTOR.usuals), strict=True))
    assert judge(window(**usual), DETECTOR) is None
    found = judge(window(**usual | {"new_networks": 50.0, "requests": -50.0}), DETECTOR)
    assert found is not None
    assert [reason.feature for reason in found.reasons] == ["new_networks"]


def test_a_rule_and_a_detector_together_say_the_worse() -> None:
    worse = dict(zip(FEATURES, STUFFING.features, strict=True)) | {"new_endpoints": 30.0}
    found = judge(window(**worse), DETECTOR)
    assert found is not None
    assert (found.severity, found.kind) == (Severity.CRITICAL, Kind.CREDENTIAL_STUFFING)
    assert {"failures", "new_endpoints"} <= {reason.feature for reason in found.reasons}


@given(st.text(), st.text(), st.sampled_from(Kind), st.sampled_from(Kind), HOURS, HOURS)
def test_one_principal_kind_and_part_of_a_day_is_one_key(
    one: str, other: str, kind: Kind, kind2: Kind, hour: int, hour2: int
) -> None:
    keys = dedup_key(one, kind, NIGHT.replace(hour=hour)), dedup_key(other, kind2, NIGHT.replace(hour=hour2))
    assert (keys[0] == keys[1]) == ((one, kind, hour // 6) == (other, kind2, hour2 // 6))
    assert dedup_key(one, kind, NIGHT) != dedup_key(one, kind, NIGHT + timedelta(days=1))
    assert len(keys[0]) <= 255


def alert(severity: Severity = Severity.LOW, score: float = 0.6, at: datetime = NIGHT, principal: str = "ada") -> Alert:
    key = dedup_key(principal, Kind.SCRAPING, at)
    reasons = (Reason("requests", 900.0, 12.0, 7.5), Reason("requests_more", 40.0, 1.0, 6.0))
    return Alert(f"id-{at.hour}", principal, at, severity, score, Kind.SCRAPING, reasons, key)


def test_alerts_of_one_key_are_one() -> None:
    later = NIGHT + timedelta(hours=1)
    found = merged([alert(Severity.HIGH, 0.7, later), alert(), alert(at=NIGHT + timedelta(hours=5))])
    assert [(one.id, one.count, one.severity, one.score) for one in found] == [
        ("id-3", 2, Severity.HIGH, 0.7),
        ("id-8", 1, Severity.LOW, 0.6),
    ]
    with pytest.raises(ValueError, match="one key"):
        joined(alert(), alert(principal="bob"))


@given(st.permutations([(Severity.LOW, 0), (Severity.CRITICAL, 1), (Severity.MEDIUM, 2), (Severity.LOW, 7)]))
def test_the_order_of_alerts_does_not_matter(order: list[tuple[Severity, int]]) -> None:
    listed = [alert(severity, at=NIGHT.replace(hour=hour)) for severity, hour in order]
    assert merged(listed) == merged(sorted(listed, key=lambda one: one.at))
    assert merged([*merged(listed[:2]), *merged(listed[2:])])[0].count == 3


@pytest.mark.parametrize(
    ("severity", "theirs"), list(zip(Severity, ["info", "warning", "error", "critical"], strict=True))
)  # fmt: skip
def test_pagerduty_gets_an_event(severity: Severity, theirs: str) -> None:
    event = pagerduty(alert(severity))
    assert event["event_action"] == "trigger"
    assert event["dedup_key"] == alert().dedup_key
    assert event["payload"]["severity"] == theirs
    assert event["payload"]["timestamp"] == "2026-06-01T03:00:00+00:00"
    assert event["payload"]["summary"] == (
        f"{severity}: scraping by ada: requests 900 (usual 12, z 7.5), requests more 40 times (usual 1 times, z 6)"
    )
    json.dumps(event, allow_nan=False)


@given(st.text(max_size=300))
@example("<" * 2500)
def test_no_principal_breaks_a_message(principal: str) -> None:
    made = alert(principal=principal)
    event, message = pagerduty(made), slack(made)
    assert len(event["payload"]["summary"]) <= 1024
    assert len(message["text"]) <= 3000
    shown = message["blocks"][1]["fields"][0]["text"]
    assert len(shown) <= 2000
    assert "<" not in shown
    assert ">" not in shown
    assert message["blocks"][0]["text"] == {"type": "plain_text", "text": "Low: scraping"}


def test_slack_is_told_the_reasons() -> None:
    ruled = judge(STUFFING, DETECTOR)
    assert ruled is not None
    lines = slack(ruled)["blocks"][2]["text"]["text"].splitlines()
    assert lines[0] == f"• {FAILURES} accesses were refused, {BURST} of them within a minute"
    assert summary(ruled).startswith(f"{ruled.severity}: credential stuffing by ada: {FAILURES} accesses were refused")
