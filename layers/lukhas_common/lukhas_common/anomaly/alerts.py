"""Alerts: that somebody did something unusual, why that is said, and how PagerDuty and Slack are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from math import expm1
from typing import Any

from lukhas_common.anomaly.detectors import Detector, Severity
from lukhas_common.anomaly.features import FEATURES, Window
from lukhas_common.anomaly.kinds import Kind, kind_of, plain

REASONS, NOTABLE = 5, 2.0
"""Reasons of an alert at most, and the deviations that a reason has at least, unless a rule looked at it."""

DAY_PARTS = ("night", "morning", "afternoon", "evening")
"""Six hours each, in UTC, from midnight on."""

_NOT_COUNTED = frozenset({"requests_more", "endpoint_more", "read_more", "subjects_more", "odd_hour"})
"""Features that are no ln(1 + n): they are ln of how many times more."""

_ORDER = tuple(Severity)
_PAGERDUTY = dict(zip(Severity, ("info", "warning", "error", "critical"), strict=True))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a feature, what it was and what is usual, and how many deviations lie between.

    Numbers are counts, and of features that compare with the usual how many times as much. None where no detector
    was asked.
    """

    feature: str
    value: float
    usual: float | None
    z: float | None


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody did something unusual.

    Attributes:
        id: the same for the same principal, kind and window.
        at: when the window began, in UTC.
        score: from 0 to 1; 1 where a rule was met.
        dedup_key: the same for one principal, kind and part of a day: alerts of one key are told once.
        count: windows that are in it.
        text: what the rule that was met says; empty if none was.
    """

    id: str
    principal: str
    at: datetime
    severity: Severity
    score: float
    kind: Kind
    reasons: tuple[Reason, ...]
    dedup_key: str
    count: int = 1
    text: str = ""


def dedup_key(principal: str, kind: Kind, at: datetime) -> str:
    """The same for one principal, kind and part of a day; it does not hold the principal's name."""
    moment = at.astimezone(UTC)
    digest = sha256(principal.encode()).hexdigest()[:32]
    return f"{kind}:{moment:%Y-%m-%d}:{DAY_PARTS[moment.hour // 6]}:{digest}"


def judge(window: Window, detector: Detector | None) -> Alert | None:
    """The alert that a window is worth; without a detector, by rules only.

    Raises:
        RowsError: the detector is one of other features.
    """
    rule = plain(window)
    finding = detector.score(window.features) if detector else None
    found = [said.severity for said in (rule, finding) if said and said.severity]
    if not found:
        return None
    deviations = finding.contributions if finding else ()
    kind = rule.kind if rule else kind_of(window, deviations)
    key = dedup_key(window.principal, kind, window.start)
    return Alert(
        sha256(f"{key}:{window.start.isoformat()}:{window.hours}".encode()).hexdigest()[:32],
        window.principal,
        window.start,
        max(found, key=_ORDER.index),
        1.0 if rule else finding.score if finding else 0.0,
        kind,
        _reasons(window, detector, dict(deviations), rule.features if rule else ()),
        key,
        text=rule.text if rule else "",
    )


def merged(alerts: Iterable[Alert]) -> list[Alert]:
    """One alert for each key, in the order of their first: the first window, and what is worst of all."""
    found: dict[str, Alert] = {}
    for alert in sorted(alerts, key=lambda one: (one.at, one.id)):
        held = found.get(alert.dedup_key)
        found[alert.dedup_key] = joined(held, alert) if held else alert
    return list(found.values())


def joined(held: Alert, new: Alert) -> Alert:
    """Two alerts of one key as one: it keeps the id and time of the first, and the reasons of the worse.

    Raises:
        ValueError: they are not of one key.
    """
    if held.dedup_key != new.dedup_key:
        raise ValueError("the alerts are not of one key")
    worse = max(held, new, key=lambda one: (_ORDER.index(one.severity), one.score))
    return replace(worse, id=held.id, at=held.at, count=held.count + new.count)


def summary(alert: Alert) -> str:
    """One sentence."""
    why = alert.text or ", ".join(_said(reason) for reason in alert.reasons[:2]) or "an unusual combination"
    return f"{alert.severity}: {str(alert.kind).replace('_', ' ')} by {alert.principal}: {why}"


def pagerduty(alert: Alert) -> dict[str, Any]:
    """An event of PagerDuty's Events API v2; ``routing_key``, which is a secret, is put in by who sends it."""
    return {
        "event_action": "trigger",
        "dedup_key": alert.dedup_key,
        "payload": {
            "summary": summary(alert)[:1024],
            "source": alert.principal,
            "severity": _PAGERDUTY[alert.severity],
            "timestamp": alert.at.astimezone(UTC).isoformat(),
            "component": "access-log",
            "class": str(alert.kind),
            "custom_details": {
                "id": alert.id,
                "score": round(alert.score, 4),
                "count": alert.count,
                "reasons": [_said(reason) for reason in alert.reasons],
            },
        },
    }


def slack(alert: Alert) -> dict[str, Any]:
    """A message of Slack's Block Kit, with the summary for clients that show no blocks."""
    title = f"{str(alert.severity).capitalize()}: {str(alert.kind).replace('_', ' ')}"
    fields = [f"*Principal*\n{_escaped(alert.principal)}", f"*Score*\n{alert.score:.3f}", f"*Windows*\n{alert.count}"]
    reasons = "\n".join(f"• {_escaped(line)}" for line in [alert.text, *map(_said, alert.reasons)] if line)
    told = reasons or "• an unusual combination"
    return {
        "text": _escaped(summary(alert))[:3000],
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title[:150]}},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": text[:2000]} for text in fields]},
            {"type": "section", "text": {"type": "mrkdwn", "text": told[:3000]}},
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": f"{alert.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC · {alert.id}"}],
            },
        ],
    }


def _reasons(
    window: Window, detector: Detector | None, z: dict[str, float], looked_at: tuple[str, ...]
) -> tuple[Reason, ...]:
    middles = {name: of.middle for name, of in zip(detector.features, detector.usuals, strict=True)} if detector else {}
    values = dict(zip(FEATURES, window.features, strict=True))
    named = [name for name in looked_at if values[name] > 0]
    named += [name for name, far in z.items() if far >= NOTABLE and name not in named]
    return tuple(
        Reason(
            name,
            _natural(name, values[name]),
            _natural(name, middles[name]) if name in middles else None,
            round(z[name], 2) if name in z else None,
        )
        for name in named[:REASONS]
    )


def _natural(feature: str, value: float) -> float:
    return round(expm1(value) + (feature in _NOT_COUNTED), 2)


def _said(reason: Reason) -> str:
    unit = " times" if reason.feature in _NOT_COUNTED else ""
    text = f"{reason.feature.replace('_', ' ')} {reason.value:g}{unit}"
    return text if reason.usual is None else f"{text} (usual {reason.usual:g}{unit}, z {reason.z:g})"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
