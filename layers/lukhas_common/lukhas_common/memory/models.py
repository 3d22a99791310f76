"""Memories as callers see them. Times are seconds since the epoch, in whole milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import log2
from typing import Any

LONGEST_KEY = 512
"""Code points of a key."""

LARGEST_VALUE = 128 * 1024
"""Bytes of a value as JSON; one item of DynamoDB holds 400 KB."""

FAINT = 0.05
"""A memory whose strength has fallen below this has faded."""


class MemoryType(StrEnum):
    """Where a memory is: the four tiers."""

    WORKING = "working"
    """Of the moment; after 15 minutes it is an episode."""
    EPISODIC = "episodic"
    """What happened, in the order of time."""
    SEMANTIC = "semantic"
    """What holds, whenever it was learnt."""
    FOLD = "fold"
    """What is old, packed away."""


class Origin(StrEnum):
    """Where a memory comes from."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    WEB = "web"
    DERIVED = "derived"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a memory comes from, who stored it and by which request.

    Attributes:
        by: the account that stored it; ``token`` by which token.
        source: what it was taken from, such as an address or the name of a tool.
        derived_from: ids of the memories that it was drawn from.
    """

    origin: Origin = Origin.USER
    by: str = ""
    token: str = ""
    request_id: str = ""
    source: str = ""
    derived_from: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What there is to say of it."""
        said = {
            "origin": self.origin.value,
            "by": self.by,
            "token": self.token,
            "request_id": self.request_id,
            "source": self.source,
            "derived_from": list(self.derived_from),
        }
        return {name: value for name, value in said.items() if value}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Provenance:
        return cls(**{**said, "origin": Origin(said["origin"]), "derived_from": tuple(said.get("derived_from", ()))})


UNTOLD = Provenance()


class Faded(StrEnum):
    """Why a memory is not recalled any more, though nobody deleted it."""

    EXPIRED = "expired"
    """The time that it was given is over."""
    DECAYED = "decayed"
    """It lost its worth, little by little, and nobody pinned it."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a memory is kept, and how it loses weight. The three have nothing to do with each other.

    Attributes:
        pinned: it never decays. It still ends at ``expires_at``.
        expires_at: from then on nobody recalls it, pinned or not; None: never.
        half_life: seconds in which its strength halves; None: it does not decay.
        worth: its strength when it is new, 0 to 1.
    """

    pinned: bool = False
    expires_at: float | None = None
    half_life: float | None = None
    worth: float = 1.0

    def strength(self, since: float, now: float) -> float:
        """Worth times freshness, 0 to 1."""
        if self.pinned or self.half_life is None:
            return self.worth
        return float(self.worth * 2.0 ** (-max(0.0, now - since) / self.half_life))

    def faded(self, since: float, now: float) -> Faded | None:
        """Why it is not recalled at this time; None where it is."""
        if self.expires_at is not None and now >= self.expires_at:
            return Faded.EXPIRED
        if not self.pinned and self.half_life is not None and self.strength(since, now) < FAINT:
            return Faded.DECAYED
        return None

    def lasts(self, since: float) -> float | None:
        """Until when it has certainly not faded, or a moment after that: it has a second later. None: for ever."""
        ends = [] if self.expires_at is None else [self.expires_at]
        if not self.pinned and self.half_life is not None:
            halvings = log2(self.worth / FAINT) if self.worth > FAINT else 0.0
            ends.append(since + self.half_life * halvings + 0.5)
        return min(ends, default=None)


FOR_EVER = Retention()


@dataclass(frozen=True, slots=True)
class Memory:
    """One value of one key.

    Attributes:
        memory_id: a UUIDv7: of the time at which it was stored.
        valid_from: since when this is the key's value.
        valid_to: since when another is; None where it still holds.
        version: its number among the key's values, from 0.
        session: the conversation that it is part of.
    """

    memory_id: str
    key: str
    value: Any
    memory_type: MemoryType
    valid_from: float
    valid_to: float | None = None
    version: int = 0
    provenance: Provenance = UNTOLD
    retention: Retention = FOR_EVER
    session: str = ""
    concepts: tuple[str, ...] = ()

    def strength(self, now: float) -> float:
        return self.retention.strength(self.valid_from, now)

    def faded(self, now: float) -> Faded | None:
        return self.retention.faded(self.valid_from, now)


@dataclass(frozen=True, slots=True)
class ConsolidationResult:
    """What a run of consolidation did to one person's memories.

    Attributes:
        settled: working memories that became episodes.
        indexed: memories that became searchable by the stored index.
        folded: memories that were packed away; ``folds`` are the new folds.
        expired: memories whose time was over; ``forgotten`` those that were deleted, and are now gone for good.
        set_aside: memories that could not be read, with the reason.
        reindexed: memories that an index by another embedder took over.
        behind: memories that it still has to take over: run again.
        requests: notes of requests that are too old to be sent again.
        left: memories that are due, and that this run did not get to: run again.
    """

    settled: int = 0
    indexed: int = 0
    folded: int = 0
    expired: int = 0
    forgotten: int = 0
    folds: tuple[str, ...] = ()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    reindexed: int = 0
    behind: int = 0
    left: int = 0
    requests: int = 0

    @property
    def goes_on(self) -> bool:
        """Whether there is more to do, and a run does some of it: one that could do nothing would not the next time."""
        did = self.settled + self.indexed + self.folded + self.expired + self.forgotten + self.reindexed + self.requests
        return bool(self.left or self.behind) and bool(did or self.set_aside)

    def after(self, before: ConsolidationResult) -> ConsolidationResult:
        """Both runs as one."""
        return ConsolidationResult(
            settled=before.settled + self.settled,
            indexed=before.indexed + self.indexed,
            folded=before.folded + self.folded,
            expired=before.expired + self.expired,
            forgotten=before.forgotten + self.forgotten,
            folds=(*before.folds, *self.folds),
            set_aside={**before.set_aside, **self.set_aside},
            reindexed=before.reindexed + self.reindexed,
            behind=self.behind,
            left=self.left,
            requests=before.requests + self.requests,
        )


class LeftOut(StrEnum):
    """Why a memory was not folded."""

    WORKING = "working"
    """It is of the moment, and can be folded when its 15 minutes are over."""
    GONE = "gone"
    """It was deleted, or its time is over."""
    UNKNOWN = "unknown"
    """The person has no memory with this id."""
    DAMAGED = "damaged"
    """It cannot be read; that was reported."""
    CHANGED = "changed"
    """Somebody else changed it meanwhile; it can be tried again."""


@dataclass(frozen=True, slots=True)
class Folding:
    """What became of memories that were to be folded.

    Attributes:
        folds: the folds that hold them now, those with most of them first; some may have held theirs before.
        left_out: the ids of the others, each with the reason.
    """

    folds: tuple[str, ...]
    left_out: Mapping[str, LeftOut]


def text_of(key: str, value: Any) -> str:
    """What of a memory is searched: all texts of its value, and the words of its key."""
    return " ".join((*texts_of(value), key.replace("_", " ").replace("/", " ")))


def texts_of(value: Any) -> list[str]:
    """The texts and numbers in a JSON value, in order, with the names of members."""
    match value:
        case str():
            return [value]
        case bool() | None:
            return []
        case int() | float():
            return [str(value)]
        case dict():
            return [text for name, part in value.items() for text in (str(name), *texts_of(part))]
        case list() | tuple():
            return [text for part in value for text in texts_of(part)]
    return []
