"""What the ledger holds about one person, as that person looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lukhas_common.access.streams import access_stream
from lukhas_common.consent.models import stream_of
from lukhas_common.ledger.ledger import Ledger, Opened
from lukhas_common.memory.vault import subject_of

PAGE_SIZE = 1_500_000
"""Bytes of the entries of one page; as JSON in Lambda's JSON they are up to three times as long."""

About = Literal["consent", "access"]


@dataclass(frozen=True, slots=True)
class PersonalLedger:
    """The streams of one person: what they consented to, who accessed their data, what of their memory was erased."""

    ledger: Ledger
    user_id: str

    def __post_init__(self) -> None:
        """What was erased a moment ago is not shown, though this process may still hold the key."""
        self.ledger.keys.refresh(self.user_id)

    def page(self, about: About, start: int, limit: int) -> tuple[list[Opened], int | None]:
        """Entries from ``start`` on, ``limit`` at most, and where the next page starts; None at the end.

        A page is shorter where its entries are long: an answer holds 6 MB.
        """
        found: list[Opened] = []
        size = 0
        for entry in self.ledger.entries(self._stream(about), start):
            size += len(entry.content)
            if len(found) == limit or (found and size > PAGE_SIZE):
                return found, entry.seq
            found.append(self.ledger.open(entry))
        return found, None

    def find(self, name: str, *, in_person: bool = True) -> Opened | None:
        """The entry with this id, hash, or hash of its consent record; None where there is none.

        Args:
            in_person: look among the accesses, too, and among the erasures of memories.
        """
        return next(self._named(name, in_person), None)

    def _named(self, name: str, in_person: bool) -> Iterator[Opened]:
        for opened in self.ledger.read(self._stream("consent")):
            if name in (opened.entry.entry_id, opened.entry.hash.hex(), opened.body.get("record_hash")):
                yield opened
        if not in_person:
            return
        for entry in self.ledger.entries(subject_of(self.user_id)):
            # The others say which objects count, and are for the memory alone.
            if entry.subject is None and name in (entry.entry_id, entry.hash.hex()):
                yield self.ledger.open(entry)
        # Accesses are many: only the one that is asked for is unsealed.
        for entry in self.ledger.entries(self._stream("access")):
            if name in (entry.entry_id, entry.hash.hex()):
                yield self.ledger.open(entry)

    def _stream(self, about: About) -> str:
        return stream_of(self.user_id) if about == "consent" else access_stream(self.user_id)
