"""What goes over the wire: the requests and responses of the memory endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from lukhas_common import times
from lukhas_common.consent.vocabulary import Purpose
from lukhas_common.memory.manifest import FoldCheck, FoldPlace
from lukhas_common.memory.models import LONGEST_KEY, Folding, Memory
from lukhas_common.strict_request import StrictRequest

Text = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
UserId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Tier = Literal["working", "episodic", "semantic", "fold"]
Concepts = Annotated[list[Text], Field(max_length=50)]


def _known(purpose: str) -> str:
    if purpose not in PURPOSES:
        raise ValueError(f"one of {', '.join(PURPOSES)} is wanted")
    return purpose


PURPOSES = [purpose.value for purpose in Purpose]
For = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": [*PURPOSES]})]

_WHOSE = "Whose memory; without it, the caller's."


class MemorySource(StrictRequest):
    """Where a memory comes from. Who stored it and by which request is added here."""

    origin: Literal["user", "assistant", "tool", "web", "derived", "imported"] = "user"
    source: str = Field(default="", max_length=2048, description="Such as an address, or the name of a tool.")
    derived_from: list[UserId] = Field(default=[], max_length=100, description="Ids of the memories it was drawn from.")


class StoreMemoryRequest(StrictRequest):
    """What to remember. The value before it under the same key is kept, and holds no longer."""

    key: Text = Field(examples=["tea/favourite"])
    value: Any = Field(description="Any JSON, at most 128 KiB.", examples=["Ada likes Darjeeling best."])
    memory_type: Tier = Field("episodic", description="`working` becomes episodic after 15 minutes.")
    session: str = Field("", max_length=128, description="The conversation it is part of.")
    provenance: MemorySource = MemorySource()
    concepts: Concepts = Field([], description="What it is about, beside what is found in its text.")
    pinned: bool = Field(False, description="It never decays.")
    expires_at: str | None = Field(None, max_length=40, description="RFC 3339: from then on nobody recalls it.")
    half_life_seconds: float | None = Field(None, gt=0, le=1e10, description="In which its strength halves.")
    worth: float = Field(1.0, ge=0, le=1, description="Its strength when it is new.")
    user_id: UserId | None = Field(None, description=_WHOSE)
    purpose: For = Field("dpv:ServiceProvision", description="A DPV term.")


class StoredMemory(BaseModel):
    """What was stored, without its value."""

    memory_id: str
    key: str
    memory_type: Tier
    version: int = Field(description="Its number among the values of the key, from 0.")
    valid_from: datetime

    @classmethod
    def of(cls, memory: Memory) -> StoredMemory:
        return cls(
            memory_id=memory.memory_id,
            key=memory.key,
            memory_type=memory.memory_type.value,
            version=memory.version,
            valid_from=times.utc(memory.valid_from),
        )


class MemoryFacts(BaseModel):
    """A memory."""

    memory_id: str
    key: str
    value: Any
    memory_type: Tier
    version: int
    valid_from: datetime
    valid_to: datetime | None = Field(description="Since when another value holds; null where this one does.")
    session: str
    concepts: list[str]
    provenance: dict[str, Any] = Field(examples=[{"origin": "user", "by": "01a20334-8068-759b-90c6-2b25c56c2702"}])
    pinned: bool
    expires_at: datetime | None
    half_life_seconds: float | None
    strength: float = Field(description="Worth times freshness, 0 to 1.")
    faded: Literal["decayed"] | None = Field(description="Why searches leave it out; null where they do not.")

    @classmethod
    def of(cls, memory: Memory, now: float) -> MemoryFacts:
        retention = memory.retention
        faded = memory.faded(now)
        return cls(
            memory_id=memory.memory_id,
            key=memory.key,
            value=memory.value,
            memory_type=memory.memory_type.value,
            version=memory.version,
            valid_from=times.utc(memory.valid_from),
            valid_to=None if memory.valid_to is None else times.utc(memory.valid_to),
            session=memory.session,
            concepts=list(memory.concepts),
            provenance=memory.provenance.to_json(),
            pinned=retention.pinned,
            expires_at=None if retention.expires_at is None else times.utc(retention.expires_at),
            half_life_seconds=retention.half_life,
            strength=round(memory.strength(now), 4),
            faded="decayed" if faded else None,
        )


class MemoryTimeline(BaseModel):
    """Memories in the order in which they were stored."""

    memories: list[MemoryFacts]
    next: str | None = Field(description="Ask for the next page with ?after=; null at the end.")


class SearchMemoriesRequest(StrictRequest):
    """What to look for. All that is named must hold."""

    query: str = Field(min_length=1, max_length=4096, examples=["Which tea does Ada like?"])
    limit: int = Field(10, ge=1, le=100)
    memory_types: list[Tier] | None = Field(None, min_length=1, max_length=4)
    since: str | None = Field(None, max_length=40, description="RFC 3339: stored then or later.")
    until: str | None = Field(None, max_length=40, description="RFC 3339: stored before then.")
    concepts: Concepts | None = Field(None, description="About one of these.")
    superseded: bool = Field(False, description="Also values that hold no longer.")
    faded: bool = Field(False, description="Also what has decayed.")
    user_id: UserId | None = Field(None, description=_WHOSE)
    purpose: For = Field("dpv:ServiceProvision", description="A DPV term.")


class FoundMemory(BaseModel):
    """A memory, and why it was found: the parts add up to the score."""

    memory: MemoryFacts
    score: float
    explanation: dict[str, Any]


class FoundMemories(BaseModel):
    """The memories that fit best, the best first."""

    memories: list[FoundMemory]
    relations: list[dict[str, Any]] = Field(description="What was drawn from memories about what the query names.")
    degraded: str | None = Field(
        None,
        description="Why words alone were compared, or why not everything was looked at; null where nothing is amiss.",
    )


class FoldFacts(BaseModel):
    """A fold: memories packed away together."""

    fold: str
    records: int
    size: int = Field(description="Bytes.")
    raw: int = Field(description="Bytes of its records as JSON lines.")
    sha256: str
    oldest: datetime
    newest: datetime
    intact: bool | None = Field(
        description="Whether all its bytes are those that were stored, by their SHA-256; null where that was not asked."
    )
    damaged_frames: list[int] | None = Field(
        description="What cannot be read, -1 for all of it; the memories in other frames can. Where this is empty and "
        "the fold is not intact, its index is damaged, or something was added. Null where that was not asked."
    )
    matches: list[str] | None = Field(description="Ids of memories with any of the words that were asked for.")

    @classmethod
    def of(cls, fold: FoldPlace, check: FoldCheck | None, matches: list[str] | None) -> FoldFacts:
        return cls(
            fold=fold.name.rpartition("/")[2],
            records=fold.records,
            size=fold.size,
            raw=fold.raw,
            sha256=fold.sha256,
            oldest=times.utc(fold.oldest),
            newest=times.utc(fold.newest),
            intact=None if check is None else check.intact,
            damaged_frames=None if check is None else list(check.frames),
            matches=matches,
        )


class MemoryFolds(BaseModel):
    """The folds of a person."""

    folds: list[FoldFacts]


class CreateFoldRequest(StrictRequest):
    """Which memories to pack away, whatever their age."""

    memory_ids: list[UserId] = Field(min_length=1, max_length=1000)


class LeftOutMemory(BaseModel):
    """A memory that was not folded."""

    memory_id: str
    reason: Literal["working", "gone", "unknown", "damaged", "changed"] = Field(
        description="`working`: it can be when 15 minutes have passed since it was stored. `gone`: it was deleted, or "
        "its time is over. `unknown`: there is none with this id. `damaged`: it cannot be read; that was reported. "
        "`changed`: somebody else changed it meanwhile; try again."
    )


class CreatedFolds(BaseModel):
    """The folds that hold them now, also those that did before."""

    folds: list[str]
    left_out: list[LeftOutMemory] = Field(description="Those of them that are in no fold.")

    @classmethod
    def of(cls, made: Folding) -> CreatedFolds:
        return cls(
            folds=[name.rpartition("/")[2] for name in made.folds],
            left_out=[
                LeftOutMemory(memory_id=memory_id, reason=reason.value) for memory_id, reason in made.left_out.items()
            ],
        )


class ForgottenMemories(BaseModel):
    """What was forgotten."""

    values: int = Field(description="How many values the key had.")


class MemoryReceipt(BaseModel):
    """What the ledger says of an erasure. Keep it: it can be checked without us, by the keys of GET /ledger/keys."""

    version: int = Field(examples=[1])
    entry_id: str
    record: str = Field(description="The ledger's record in canonical JSON (RFC 8785).")
    salt: str
    previous: str
    commitment: str
    hash: str
    promise: str = Field(description="Signed note: the log will hold this commitment.")
    proof: str | None


class ErasedMemories(BaseModel):
    """What was erased, and how it was looked whether anything is left."""

    erased_at: datetime
    complete_at: datetime = Field(description="From then on no process can hold the key any more.")
    items: int = Field(description="What this request deleted; another at the same time may have deleted more.")
    objects: int = Field(description="Indexes, graphs, dictionaries and folds, with all their versions.")
    vectors: int = Field(description="Of memories, where an index of vectors keeps them; else they are in objects.")
    probe: dict[str, int] = Field(
        description="What was found afterwards. Of `asked` memories that were there, as many as `recalled` were still "
        "recalled by their keys, and `found` by a search for their texts; `listed` are those still on the first page "
        "of all that is remembered; `items`, `objects` and `vectors` those still stored.",
        examples=[{"items": 0, "objects": 0, "vectors": 0, "asked": 20, "recalled": 0, "found": 0, "listed": 0}],
    )
    receipt: MemoryReceipt
