"""The memory put together from its adapters; built once per process."""

from __future__ import annotations

from functools import cache

from lukhas_common import times
from lukhas_common.aws.clients import client
from lukhas_common.aws.ledger import ledger
from lukhas_common.aws.memories import DynamoMemories
from lukhas_common.aws.memory_objects import S3MemoryObjects
from lukhas_common.http import Caller
from lukhas_common.ids import FIRST_ID, LAST_ID, least_uuid7
from lukhas_common.logs import LoggedAudit
from lukhas_common.memory.contents import Content
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.folded import Folds
from lukhas_common.memory.manifest import Manifest, Manifests
from lukhas_common.memory.models import Memory, MemoryType, Origin, Provenance, Retention
from lukhas_common.memory.ports import VectorIndex
from lukhas_common.memory.remembering import Remembering
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import Secrets, Vault
from lukhas_common.memory.wire import (
    FoldFacts,
    MemoryFacts,
    MemoryFolds,
    MemorySource,
    MemoryTimeline,
    StoreMemoryRequest,
)
from lukhas_common.problems import moment
from lukhas_common.settings import settings

UNKNOWN = "Nothing is remembered under this key; or it was deleted, or not yet then."


@cache
def memories() -> DynamoMemories:
    """Memories as items."""
    return DynamoMemories(client("dynamodb"), settings().required("memories_table"))


@cache
def objects() -> S3MemoryObjects:
    """Indexes and folds."""
    return S3MemoryObjects(client("s3"), settings().required("memories_bucket"))


@cache
def vectors() -> VectorIndex | None:
    """Vectors that are in no object; None where all are in objects."""
    bucket = settings().memory_vector_bucket
    if not bucket:
        return None
    from lukhas_common.aws.clients import vector_client
    from lukhas_common.aws.s3_vectors import S3Vectors

    return S3Vectors(vector_client(), bucket)


@cache
def vault() -> Vault:
    """The keys of memories."""
    return Vault(ledger().keys)


@cache
def manifests() -> Manifests:
    """Which objects count."""
    return Manifests(ledger())


@cache
def stored_folds() -> Folds:
    """Folds by their names."""
    return Folds(objects(), manifests(), LoggedAudit(), times.now)


class _StoredFolds:
    """The folds. They are asked for when they are used: not every function has their bucket."""

    def read(self, secrets: Secrets, stored: Stored, manifest: Manifest | None = None) -> Content | None:
        return stored_folds().read(secrets, stored, manifest)

    def report(self, stored: Stored, error: Exception) -> None:
        stored_folds().report(stored, error)


@cache
def remembering() -> Remembering:
    """Memories by their keys."""
    return Remembering(memories(), vault(), _StoredFolds(), times.now)


def store(request: StoreMemoryRequest, who: Caller, trace: str | None, idempotency_key: str | None) -> Memory:
    """Remember what a request says."""
    return remembering().remember(
        request.user_id or who.user_id,
        request.key,
        request.value,
        MemoryType(request.memory_type),
        provenance=_provenance(request.provenance, who, trace),
        retention=Retention(
            pinned=request.pinned,
            expires_at=moment_if(request.expires_at, "expires_at"),
            half_life=request.half_life_seconds,
            worth=request.worth,
        ),
        session=request.session,
        concepts=tuple(request.concepts),
        idempotency_key=idempotency_key,
    )


def recall(key: str, who: Caller, as_of: str | None) -> MemoryFacts:
    """What is remembered under a key.

    Raises:
        MemoryFault: nothing is.
    """
    found = remembering().recall(who.user_id, key, moment_if(as_of, "as_of"))
    if found is None:
        raise MemoryFault(MemoryReason.MEMORY_UNKNOWN, UNKNOWN)
    return MemoryFacts.of(found, times.now())


def timeline(who: Caller, since: str | None, until: str | None, after: str | None, limit: int) -> MemoryTimeline:
    """Memories by the time at which they were stored: their ids tell it."""
    start, end = moment_if(since, "since"), moment_if(until, "until")
    first = after or (FIRST_ID if start is None else least_uuid7(start))
    found, following = remembering().timeline(who.user_id, first, LAST_ID if end is None else least_uuid7(end), limit)
    now = times.now()
    return MemoryTimeline(memories=[MemoryFacts.of(each, now) for each in found], next=following)


def forget(key: str, who: Caller) -> int:
    """Delete all values of a key; how many there were."""
    return remembering().forget(who.user_id, key)


def folds(who: Caller, words: str | None, *, check: bool) -> MemoryFolds:
    """The folds of the caller, checked if that is asked for, and what in them has any of some words."""
    secrets = vault().to_read(who.user_id)
    if secrets is None:
        return MemoryFolds(folds=[])
    places = manifests().current(who.user_id, secrets.key_id).folds.values()
    return MemoryFolds(
        folds=[
            FoldFacts.of(
                place,
                stored_folds().check(secrets, place) if check else None,
                stored_folds().search(secrets, place, words) if words else None,
            )
            for place in places
        ]
    )


def moment_if(text: str | None, field: str) -> float | None:
    """Seconds since the epoch of a time, if one was sent.

    Raises:
        Refusal: what was sent is none.
    """
    return None if text is None else moment(text, field)


def _provenance(said: MemorySource, who: Caller, trace: str | None) -> Provenance:
    return Provenance(
        origin=Origin(said.origin),
        by=who.user_id,
        token=who.token_id,
        request_id=trace or "",
        source=said.source,
        derived_from=tuple(said.derived_from),
    )
