"""Storing, recalling and deleting memories by their key.

Each value of a key is an item of its own, numbered from 0. A new one is one write on condition that its number is
free; that it exists ends the validity of the one before, so nothing else has to be written, and nothing can be left
half done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from math import inf
from typing import Any, Protocol

from lukhas_common.ids import uuid7
from lukhas_common.memory.contents import Content, UnreadableError, memory_of, opened
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.folds.errors import RecordError
from lukhas_common.memory.folds.records import checked
from lukhas_common.memory.manifest import Manifest
from lukhas_common.memory.models import (
    FOR_EVER,
    LARGEST_VALUE,
    LONGEST_KEY,
    UNTOLD,
    Memory,
    MemoryType,
    Provenance,
    Retention,
)
from lukhas_common.memory.ports import MemoryOutcomeUnknownError, MemoryStore
from lukhas_common.memory.stored import GONE, Stage, Stored
from lukhas_common.memory.vault import Secrets, Vault
from lukhas_common.times import Clock

WORKING_FOR = 15 * 60
"""Seconds after which a working memory is an episode."""

REPEATED_FOR = 86400
"""Seconds for which an idempotency key is remembered. Each costs a write, and for as long an item of some 200 bytes."""

_PAGE = 25
_REPEATS = 10
"""Values of a key that are read at once where a repeated request is looked for."""

_SKEW = 300
"""Seconds by which the clocks of two processes differ at most."""

_TRIES = 20


class FoldReader(Protocol):
    """Reads what is in folds, and reports memories that cannot be read: ``folded.Folds`` does."""

    def read(self, secrets: Secrets, stored: Stored, manifest: Manifest | None = None) -> Content | None: ...
    def report(self, stored: Stored, error: Exception) -> None: ...


@dataclass(frozen=True, slots=True)
class Remembering:
    """One person's memories at a time, by key."""

    store: MemoryStore
    vault: Vault
    folds: FoldReader
    clock: Clock
    sleep: Callable[[float], None] = time.sleep

    def remember(
        self,
        owner: str,
        key: str,
        value: Any,
        memory_type: MemoryType,
        *,
        provenance: Provenance = UNTOLD,
        retention: Retention = FOR_EVER,
        session: str = "",
        concepts: tuple[str, ...] = (),
        idempotency_key: str | None = None,
    ) -> Memory:
        """Store a value of a key; the value before it stays, and holds no longer.

        Args:
            idempotency_key: the same key and request again, within a day, answers what was stored the first time. Who
                or which token sent it does not matter.

        Raises:
            MemoryFault: it cannot be stored, others store under this key all the time, or the idempotency key was sent
                with something else.
        """
        content = Content(key, value, provenance, session, concepts)
        _check(content, retention, self.clock())
        secrets = self.vault.to_write(owner)
        slot = secrets.slot(key)
        request = None
        if idempotency_key is not None:
            request = self._noted(secrets, idempotency_key, content, memory_type, retention)
        once = "" if request is None else request.once
        for _ in range(_TRIES):
            # Both are of one read: whoever stores the same request after it takes the number that this would take.
            before = self.store.versions(owner, slot, 1 if request is None else _REPEATS)
            repeated = None if request is None else self._repeated(request, slot, before)
            if repeated is not None:
                return memory_of(repeated, content, None)
            made = self._made(secrets, slot, before[0] if before else None, content, memory_type, retention, once)
            if self._put(made).memory_id == made.memory_id:
                return memory_of(made, content, None)
        raise MemoryFault(MemoryReason.MEMORY_BUSY, "Others store under this key all the time; try again.")

    def recall(self, owner: str, key: str, as_of: float | None = None) -> Memory | None:
        """The value of a key now, or as it was then; None where there is none, or it was deleted.

        Raises:
            MemoryFault: its time is over, it is damaged, or that is no key.
        """
        _check_key(key)
        secrets = self.vault.to_read(owner)
        if secrets is None:
            return None
        found, following = self._valid(owner, secrets.slot(key), as_of)
        if found is None or found.stage is Stage.FORGOTTEN:
            return None
        if found.stage is Stage.EXPIRED or _is_expired(found, self.clock()):
            raise MemoryFault(MemoryReason.MEMORY_FADED, "The time that this memory was given is over.")
        return self.open(found, secrets, None if following is None else following.valid_from)

    def timeline(self, owner: str, after: str, until: str, limit: int) -> tuple[list[Memory], str | None]:
        """Memories in the order in which they were stored, whatever tier they are in.

        Args:
            after: the id after which it begins, and ``until`` the last one; any UUID will do.

        Returns:
            The memories, and the id to go on after; None at the end. Those that were deleted, are over or are damaged
            are left out, so there may be fewer than ``limit`` before the end.
        """
        secrets = self.vault.to_read(owner)
        if secrets is None:
            return [], None
        page = self.store.timeline(owner, after, until, limit)
        following = self.store.get(owner, [(each.slot, each.seq + 1) for each in page])
        later = {each.place: each.valid_from for each in following}
        found = []
        for stored in page:
            if stored.stage in GONE or _is_expired(stored, self.clock()):
                continue
            with suppress(MemoryFault):  # it was reported, and keeps no other from being listed
                found.append(self.open(stored, secrets, later.get((stored.slot, stored.seq + 1))))
        return found, page[-1].memory_id if len(page) == limit else None

    def forget(self, owner: str, key: str) -> int:
        """Delete all values of a key; answers how many there were. They are not recalled or found from then on.

        Index and folds still hold them, sealed, until the next consolidation.

        Raises:
            MemoryFault: that is no key.
        """
        _check_key(key)
        secrets = self.vault.to_read(owner)
        if secrets is None:
            return 0
        slot, forgotten = secrets.slot(key), 0
        for stored in self._all(owner, slot):
            forgotten += self._forget(stored)
        return forgotten

    def open(
        self, stored: Stored, secrets: Secrets, valid_to: float | None, manifest: Manifest | None = None
    ) -> Memory:
        """The memory in an item, wherever its content is.

        Args:
            manifest: if it was read already; it is read anew where it does not have the fold.

        Raises:
            MemoryFault: it is damaged, or was deleted just now.
        """
        for _ in range(3):
            if stored.stage in (Stage.FORGOTTEN, Stage.EXPIRED) or stored.key_id != secrets.key_id:
                raise MemoryFault(MemoryReason.MEMORY_UNKNOWN, "It was deleted.")
            if stored.fold is None:
                try:
                    return memory_of(stored, opened(stored, secrets), valid_to, self.clock())
                except UnreadableError as error:
                    self.folds.report(stored, error)
                    raise _damaged() from None
            try:
                content = self.folds.read(secrets, stored, manifest)
            except UnreadableError:
                raise _damaged() from None
            if content is not None:
                return memory_of(stored, content, valid_to, self.clock())
            # It was moved to another fold just now: the item says to which.
            manifest = None
            there = self.store.get(stored.owner, [stored.place])
            if not there or self.vault.to_read(stored.owner) != secrets:
                raise MemoryFault(MemoryReason.MEMORY_UNKNOWN, "It was deleted.")
            stored = there[0]
        self.folds.report(stored, UnreadableError("no fold that counts holds it"))
        raise _damaged()

    def _valid(self, owner: str, slot: str, as_of: float | None) -> tuple[Stored | None, Stored | None]:
        """The value that held then, and the one that followed it."""
        following = None
        for stored in self._all(owner, slot, _PAGE if as_of is not None else 1):
            if as_of is None or stored.valid_from <= as_of:
                return stored, following
            following = stored
        return None, None

    def _all(self, owner: str, slot: str, page: int = _PAGE) -> Iterator[Stored]:
        """The values of a slot, the newest first."""
        before = None
        while found := self.store.versions(owner, slot, page, before):
            yield from found
            before = found[-1].seq

    def _noted(
        self, secrets: Secrets, idempotency_key: str, content: Content, memory_type: MemoryType, retention: Retention
    ) -> Stored:
        """The note that this request was made, which is made before anything is stored.

        Raises:
            MemoryFault: the key was sent with another request.
        """
        sent = content.to_json() | {"provenance": None, "type": memory_type.value, "retention": astuple(retention)}
        now = self.clock()
        note = Stored(
            owner=secrets.owner,
            slot=secrets.request(idempotency_key),
            seq=0,
            memory_id=f"request-{uuid7(now)}",  # behind all ids of memories: no list of them comes upon it
            memory_type=memory_type,
            stage=Stage.REQUEST,
            due=round(now + REPEATED_FOR, 3),
            valid_from=now,
            key_id=secrets.key_id,
            content=None,
            once=secrets.once([idempotency_key, sent]),
        )
        for _ in range(_TRIES):
            there = self._put(note)
            if there.due > now:
                if there.once != note.once:
                    raise MemoryFault(
                        MemoryReason.IDEMPOTENCY_KEY_REUSED,
                        "Send a new Idempotency-Key; this one belongs to another memory.",
                    )
                return there
            # It is too old, and is about to be taken away.
            renewed = replace(note, memory_id=there.memory_id, revision=there.revision + 1)
            with suppress(MemoryOutcomeUnknownError):
                if self.store.move(renewed):
                    return renewed
        raise MemoryFault(MemoryReason.MEMORY_BUSY, "Others use this Idempotency-Key all the time; try again.")

    def _repeated(self, request: Stored, slot: str, found: Sequence[Stored]) -> Stored | None:
        """What was stored by this request among the values of a slot, of which the newest were read already."""
        since = request.valid_from - _SKEW
        while found:
            for stored in found:
                if stored.once == request.once and stored.valid_from >= since:
                    return stored
            if len(found) < _REPEATS or found[-1].valid_from < since:
                return None
            found = self.store.versions(request.owner, slot, _REPEATS, found[-1].seq)
        return None

    def _made(
        self,
        secrets: Secrets,
        slot: str,
        before: Stored | None,
        content: Content,
        memory_type: MemoryType,
        retention: Retention,
        once: str,
    ) -> Stored:
        now = asked = self.clock()
        if before is not None:
            now = max(now, round(before.valid_from + 0.001, 3))
        is_working = memory_type is MemoryType.WORKING
        made = Stored(
            owner=secrets.owner,
            slot=slot,
            seq=0 if before is None else before.seq + 1,
            memory_id=uuid7(now),
            memory_type=memory_type,
            stage=Stage.WORKING if is_working else Stage.FRESH,
            due=round(asked + WORKING_FOR, 3) if is_working else asked,
            valid_from=now,
            key_id=secrets.key_id,
            content=None,
            retention=retention,
            once=once,
        )
        return replace(made, content=content.sealed(secrets, made.bound))

    def _put(self, made: Stored) -> Stored:
        """What is stored at this place; a write without an answer is made again until there is one."""
        for _ in range(_TRIES):
            try:
                return self.store.put(made)
            except MemoryOutcomeUnknownError:
                self.sleep(0.05)
        raise MemoryFault(MemoryReason.MEMORY_BUSY, "Nobody can say whether it was stored; send the same again.")

    def _forget(self, stored: Stored) -> bool:
        """Take the content away; whether this did it."""
        while stored.stage is not Stage.FORGOTTEN:
            gone = replace(
                stored,
                stage=Stage.FORGOTTEN,
                due=self.clock(),
                content=None,
                fold=None,
                once="",
                revision=stored.revision + 1,
            )
            try:
                if self.store.move(gone):
                    return True
            except MemoryOutcomeUnknownError:
                self.sleep(0.05)
            there = self.store.get(stored.owner, [stored.place])
            if not there:
                return False
            stored = there[0]
        return False


def _damaged() -> MemoryFault:
    return MemoryFault(MemoryReason.MEMORY_DAMAGED, "This memory is damaged; others are not. It was reported.")


def _is_expired(stored: Stored, now: float) -> bool:
    return stored.retention.expires_at is not None and now >= stored.retention.expires_at


def _check_key(key: object) -> None:
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
        raise MemoryFault(MemoryReason.MEMORY_INVALID, f"A key is a text of 1 to {LONGEST_KEY} characters.")


def _check(content: Content, retention: Retention, now: float) -> None:
    """Refuse what cannot be remembered."""
    _check_key(content.key)
    wrong = ""
    if not all(isinstance(text, str) for text in (content.session, *content.concepts)):
        wrong = "A session is a text, and so is each concept."
    elif not 0 <= retention.worth <= 1 or (retention.half_life is not None and not 0 < retention.half_life < inf):
        wrong = "worth is from 0 to 1, and a half-life is some seconds."
    elif retention.expires_at is not None and retention.expires_at <= now:
        wrong = "It would be over before it is stored: give it a later end."
    else:
        try:
            _, _, size = checked({"memory_id": "-", **content.to_json()})
            if size > LARGEST_VALUE:
                wrong = f"A memory holds at most {LARGEST_VALUE} bytes: store a summary, or parts under other keys."
        except RecordError:
            wrong = "The value is not JSON that every reader reads alike: no NaN, no lone surrogates, not too deep."
    if wrong:
        raise MemoryFault(MemoryReason.MEMORY_INVALID, wrong)
