"""What is known of a principal: what new accesses are compared with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import log, log1p
from typing import Any

from lukhas_common import strict_json
from lukhas_common.anomaly.accesses import Access
from lukhas_common.anomaly.errors import RowsError

HOUR = timedelta(hours=1)

SETTLED = 8
"""Hours with accesses after which a profile can tell what is new."""

REMEMBERED = 1000
"""Hours with accesses after which all counts are halved: what a principal no longer does is forgotten."""

NAMES = 200
"""Networks, endpoints and scopes that are kept, at most; the most frequent ones."""

ODDEST = 1.0
"""How odd an hour is at most: who is up at night is no more suspect for never having been."""

_NEAR = (1.0, 0.5, 0.25)
"""What an access counts for its own hour, and for those one and two hours before and after it."""

_PARTS = ("networks", "endpoints", "scopes")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a principal did, by the accesses that were allowed: what is refused teaches nothing.

    Attributes:
        networks: how often from each.
        endpoints: how often each.
        scopes: how often each.
        hours: of 24 hours of the day in UTC, in how many windows of an hour there was an access.
        usual: per window of an hour, means of ln(1 + n) of accesses, of what was read, and of subjects.
    """

    networks: Mapping[str, int] = field(default_factory=dict)
    endpoints: Mapping[str, int] = field(default_factory=dict)
    scopes: Mapping[str, int] = field(default_factory=dict)
    hours: tuple[int, ...] = (0,) * 24
    usual: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def windows(self) -> int:
        """Hours with accesses."""
        return sum(self.hours)

    @property
    def settled(self) -> bool:
        """Whether it can tell what is new."""
        return self.windows >= SETTLED

    def oddness(self, hour: int) -> float:
        """How unusual an hour of the day is: ln of how much rarer it is than if all were alike, to ODDEST.

        Hours around midnight are neighbours. Each hour counts as one more, so that little knowledge surprises little.
        """
        near = sum(
            self.hours[(hour + apart) % 24] * weight
            for distance, weight in enumerate(_NEAR)
            for apart in {distance, -distance}
        )
        share = (near / (2 * sum(_NEAR) - _NEAR[0]) + 1) / (self.windows + 24)
        return min(ODDEST, max(0.0, -log(24 * share)))

    def seen(self, accesses: Iterable[Access]) -> Profile:
        """What is known after these accesses of the principal, too: whole hours, each once."""
        known = {part: Counter(getattr(self, part)) for part in _PARTS}
        hours, usual = list(self.hours), list(self.usual)
        for start, group in sorted(by_window((one for one in accesses if one.allowed), HOUR).items()):
            known["networks"].update(one.network for one in group if one.network)
            known["endpoints"].update(one.endpoint for one in group)
            known["scopes"].update(scope for one in group for scope in set(one.scopes))
            hours[start.hour] += 1
            weight = 1 / min(sum(hours), REMEMBERED)
            now = volumes(group)
            usual = [mean + weight * (new - mean) for mean, new in zip(usual, now, strict=True)]
            if sum(hours) > REMEMBERED:
                hours = [count // 2 for count in hours]
                known = {part: Counter({name: n // 2 for name, n in all_.items()}) for part, all_ in known.items()}
        networks, endpoints, scopes = (_most(known[part]) for part in _PARTS)
        return Profile(networks, endpoints, scopes, tuple(hours), (usual[0], usual[1], usual[2]))

    def to_json(self) -> str:
        """The profile as JSON; of equal profiles equal ones."""
        parts = {part: dict(sorted(getattr(self, part).items())) for part in _PARTS}
        return json.dumps({**parts, "hours": self.hours, "usual": self.usual}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Profile:
        """The profile in JSON.

        Raises:
            ValueError: it is none.
        """
        said: Any = strict_json.loads(text)
        if not isinstance(said, dict) or said.keys() != {*_PARTS, "hours", "usual"}:
            raise ValueError("no profile")
        counted = [said[part] for part in _PARTS]
        if not all(isinstance(part, dict) for part in counted) or not isinstance(said["hours"], list):
            raise ValueError("no counts")
        counts = [n for part in counted for n in part.values()] + said["hours"]
        if not all(type(n) is int and n >= 0 for n in counts) or len(said["hours"]) != 24:
            raise ValueError("counts are whole numbers")
        usual = said["usual"]
        if not isinstance(usual, list) or len(usual) != 3 or not all(type(n) in {int, float} for n in usual):
            raise ValueError("no means")
        means = float(usual[0]), float(usual[1]), float(usual[2])
        return cls(counted[0], counted[1], counted[2], tuple(said["hours"]), means)


def by_window(accesses: Iterable[Access], length: timedelta) -> dict[datetime, list[Access]]:
    """The accesses by when their window begins; windows follow each other from the epoch on.

    Raises:
        RowsError: a time has no offset from UTC.
    """
    found: dict[int, list[Access]] = {}
    seconds = int(length.total_seconds())
    for one in accesses:
        if one.at.utcoffset() is None:
            raise RowsError("the time of an access needs its offset from UTC")
        found.setdefault(int(one.at.timestamp() // seconds), []).append(one)
    return {datetime.fromtimestamp(number * seconds, UTC): group for number, group in found.items()}


def subjects(accesses: Iterable[Access]) -> set[str]:
    """Whose data was accessed: others than the principal."""
    return {one.subject for one in accesses if one.subject} - {one.principal for one in accesses}


def volumes(accesses: Sequence[Access]) -> tuple[float, float, float]:
    """ln(1 + n) of how many these are, of what was read, and of subjects."""
    read = sum(max(0, one.read) for one in accesses)
    return log1p(len(accesses)), log1p(read), log1p(len(subjects(accesses)))


def _most(counts: Counter[str]) -> dict[str, int]:
    kept = sorted(((n, name) for name, n in counts.items() if n > 0), key=lambda one: (-one[0], one[1]))[:NAMES]
    return {name: n for n, name in kept}
