"""What one principal did in a window of time, as a row of numbers that detectors compare."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log1p

from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.errors import RowsError
from lukhas_common.anomaly.profiles import HOUR, Profile, by_window, volumes

__all__ = ["FEATURES", "Profile", "Window", "windows"]

FEATURES = (
    "requests",
    "requests_more",
    "endpoint_more",
    "new_endpoints",
    "new_scopes",
    "rare_scopes",
    "odd_hour",
    "new_networks",
    "failures",
    "failure_burst",
    "read",
    "read_more",
    "subjects",
    "subjects_more",
)
"""Names of the numbers of a window (docs/design/privacy-anomalies.md). Counts are ln(1 + n)."""

BURST = timedelta(minutes=1)
RARE = 0.01
"""Share of the accesses of a principal below which a scope is rare for it."""


@dataclass(frozen=True, slots=True)
class Window:
    """What one principal did from ``start`` on.

    Attributes:
        hours: how long.
        features: as FEATURES names them.
        settled: whether enough was known to tell what is new; if not, what compares is 0.
    """

    principal: str
    start: datetime
    hours: int
    features: tuple[float, ...]
    settled: bool = True


def windows(accesses: Iterable[Access], known: Mapping[str, Profile], length: timedelta = HOUR) -> list[Window]:
    """The windows in which there was an access, by time and principal.

    Args:
        known: of principals what they did before these accesses; of others nothing is new or more than usual.
        length: whole hours.

    Raises:
        RowsError: the length is none, or a time has no offset from UTC.
    """
    if length < HOUR or length % HOUR:
        raise RowsError("a window has whole hours")
    by_principal: dict[str, list[Access]] = {}
    for one in accesses:
        by_principal.setdefault(one.principal, []).append(one)
    found: list[Window] = []
    for principal, mine in by_principal.items():
        profile, hours = known.get(principal, Profile()), length // HOUR
        for start, group in by_window(mine, length).items():
            found.append(Window(principal, start, hours, _row(group, profile, hours), profile.settled))
    return sorted(found, key=lambda window: (window.start, window.principal))


def _row(group: Sequence[Access], known: Profile, hours: int) -> tuple[float, ...]:
    endpoints = Counter(one.endpoint for one in group)
    networks = {one.network for one in group if one.network}
    scopes = {scope for one in group for scope in one.scopes}
    failed = sorted(one.at for one in group if not one.allowed)
    counts = volumes(group)
    more = [0.0, 0.0, 0.0]
    endpoint_more = new_endpoints = new_scopes = rare_scopes = odd = new_networks = 0.0
    if known.settled:
        more = [max(0.0, now - usual - log1p(hours - 1)) for now, usual in zip(counts, known.usual, strict=True)]
        each = {name: known.endpoints.get(name, 0) / known.windows * hours for name in endpoints}
        endpoint_more = max(0.0, *(log1p(n) - log1p(each[name]) for name, n in endpoints.items()))
        new_endpoints = log1p(len(endpoints.keys() - known.endpoints.keys()))
        new_scopes = log1p(len(scopes - known.scopes.keys()))
        seldom = RARE * sum(known.endpoints.values())
        rare_scopes = log1p(sum(0 < known.scopes.get(scope, 0) < seldom for scope in scopes))
        odd = max(map(known.oddness, {one.at.astimezone(UTC).hour for one in group}))
        new_networks = log1p(len(networks - known.networks.keys())) if known.networks else 0.0
    return (
        counts[0],
        more[0],
        endpoint_more,
        new_endpoints,
        new_scopes,
        rare_scopes,
        odd,
        new_networks,
        log1p(len(failed)),
        log1p(_burst(failed)),
        counts[1],
        more[1],
        counts[2],
        more[2],
    )


def _burst(times: Sequence[datetime]) -> int:
    """Most times within BURST of each other; they are in order."""
    return max((at + 1 - bisect_left(times, last - BURST) for at, last in enumerate(times)), default=0)
