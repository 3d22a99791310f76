"""How decisions come out, and the port that finds them by time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Outcome(StrEnum):
    """What came of it."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    """It goes against a policy of low or medium severity: not as it is."""
    VETOED = "vetoed"
    """It goes against a policy of high or critical severity, or a policy failed: not at all."""
    UNJUDGED = "unjudged"
    """Its text is of a kind that cannot be judged, so that nothing is known against it, and nothing for it."""
    OVERRIDDEN = "overridden"
    """Two people decided otherwise, for a time."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A decision in the order of time, without anything about anybody.

    Attributes:
        at: seconds since the epoch.
        review: whether a person is to look at it.
    """

    decision_id: str
    outcome: Outcome
    at: float
    review: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """How the decisions of a day came out.

    Attributes:
        number: days since the epoch.
        last_at: when the last one was made, seconds since the epoch.
    """

    number: int
    counts: Mapping[Outcome, int]
    last_at: float


class DecisionIndex(Protocol):
    """Finds decisions whose place in the ledger is not known. It may lag behind the ledger and lack what a crash cost.

    ``add`` notes a decision and counts it. ``days`` answers how those of the last so many days came out, in order.
    ``since`` answers up to ``limit`` of them made at or after a time, the first first; ``newest`` the last first.
    ``reviews`` answers those that a person is to look at, whose ids come after one; ``settled`` takes one off it.
    ``permit`` has an overridden input found until a time; ``permitted`` answers the decision that overrides it.
    """

    def add(self, noted: Noted) -> None: ...
    def days(self, count: int) -> list[Day]: ...
    def since(self, at: float, limit: int) -> list[Noted]: ...
    def newest(self, limit: int) -> list[Noted]: ...
    def reviews(self, limit: int, after: str = "") -> list[Noted]: ...
    def settled(self, decision_id: str) -> None: ...
    def permit(self, input_hash: str, decision_id: str, until: float) -> None: ...
    def permitted(self, input_hash: str) -> str | None: ...


class DecisionLog(Protocol):
    """Where each decision leaves a line for operators: ids, versions and counts, nothing that was sent."""

    def __call__(self, **details: Any) -> None: ...
