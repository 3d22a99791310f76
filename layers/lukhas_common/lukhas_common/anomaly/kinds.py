"""What kind of misuse a window looks like, and the rules that need no training to see the plainest of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import expm1, log

from lukhas_common.anomaly.detectors import Severity
from lukhas_common.anomaly.features import FEATURES, Window


class Kind(StrEnum):
    """What an alert is about.

    Passwords or tokens that are tried out; data that is taken in bulk; data of many people that is read by someone who
    may; and whatever else is unusual.
    """

    CREDENTIAL_STUFFING = "credential_stuffing"
    SCRAPING = "scraping"
    INSIDER = "insider"
    UNUSUAL = "unusual"


FAILURES, BURST = 20, 5
"""Refused accesses of an hour, and of its worst minute, from which on credentials are being tried out."""

SOME = 5
"""Refused accesses of an hour from which on an alert is about them, if they are most of all."""

REQUESTS, REQUESTS_MORE = 300, 10
"""Accesses of an hour, and how many times more than usual, from which on data is being taken in bulk."""

SUBJECTS, SUBJECTS_MORE = 30, 3
"""People of an hour, and how many times more than usual, from which on an insider reads too widely."""

NEWCOMERS = 60
"""People of an hour from which on somebody reads too widely of whom too little is known to say what is usual."""

CLEAR = 3.0
"""Deviations from which on a feature tells the kind."""

_TELLING = {
    Kind.CREDENTIAL_STUFFING: ("failures", "failure_burst"),
    Kind.INSIDER: ("subjects", "subjects_more"),
    Kind.SCRAPING: ("requests", "requests_more", "endpoint_more", "read", "read_more"),
}
"""The features of each kind; of kinds that are alike, the first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a window met.

    Attributes:
        features: that it looked at.
        text: what it says, for people.
    """

    kind: Kind
    severity: Severity
    features: tuple[str, ...]
    text: str


def plain(window: Window) -> Rule | None:
    """The rule that the window meets; three times what a rule asks for is critical."""
    value = dict(zip(FEATURES, window.features, strict=True))
    failures, burst = round(expm1(value["failures"])), round(expm1(value["failure_burst"]))
    requests, people = round(expm1(value["requests"])), round(expm1(value["subjects"]))
    least, widely, bulk = FAILURES * window.hours, SUBJECTS * window.hours, REQUESTS * window.hours
    if failures >= least and burst >= BURST:
        return Rule(
            Kind.CREDENTIAL_STUFFING,
            _severity(failures, least),
            _TELLING[Kind.CREDENTIAL_STUFFING],
            f"{failures} accesses were refused, {burst} of them within a minute",
        )
    if people >= widely and value["subjects_more"] >= log(SUBJECTS_MORE):
        return Rule(
            Kind.INSIDER,
            _severity(people, widely),
            _TELLING[Kind.INSIDER],
            f"data of {people} others was accessed, at least {SUBJECTS_MORE} times as many as usual",
        )
    if requests >= bulk and value["requests_more"] >= log(REQUESTS_MORE):
        return Rule(
            Kind.SCRAPING,
            _severity(requests, bulk),
            _TELLING[Kind.SCRAPING],
            f"{requests} accesses, at least {REQUESTS_MORE} times as many as usual",
        )
    return None if window.settled or requests <= failures else _newcomer(window, people, requests)


def _newcomer(window: Window, people: int, requests: int) -> Rule | None:
    """The rule that somebody meets of whom too little is known to compare with: counts alone.

    Of whom everything is refused, as of networks, it says nothing: that is another rule's.
    """
    widely, bulk = NEWCOMERS * window.hours, REQUESTS * window.hours
    if people >= widely:
        return Rule(
            Kind.INSIDER,
            _severity(people, widely),
            _TELLING[Kind.INSIDER],
            f"data of {people} others was accessed by somebody of whom little is known yet",
        )
    if requests >= bulk:
        return Rule(
            Kind.SCRAPING,
            _severity(requests, bulk),
            _TELLING[Kind.SCRAPING],
            f"{requests} accesses by somebody of whom little is known yet",
        )
    return None


def kind_of(window: Window, deviations: Sequence[tuple[str, float]]) -> Kind:
    """What most accesses being refused tells, or the feature that is farthest above the usual."""
    value = dict(zip(FEATURES, window.features, strict=True))
    failures, requests = expm1(value["failures"]), expm1(value["requests"])
    if failures >= SOME * window.hours and failures > requests / 2:
        return Kind.CREDENTIAL_STUFFING
    z = dict(deviations)
    told = {kind: max(z.get(name, 0.0) for name in names) for kind, names in _TELLING.items()}
    kind = max(told, key=told.__getitem__)
    return kind if told[kind] >= CLEAR else Kind.UNUSUAL


def _severity(value: int, least: int) -> Severity:
    return Severity.CRITICAL if value >= 3 * least else Severity.HIGH
