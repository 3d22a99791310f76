"""What the ledger holds about one person, as that person looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from lukhas_common.access.streams import access_stream
from lukhas_common.consent.models import stream_of
from lukhas_common.ledger.ledger import Ledger, Opened

About = Literal["consent", "access"]


@dataclass(frozen=True, slots=True)
class PersonalLedger:
    """The streams of one person: what they consented to, and who accessed their data."""

    ledger: Ledger
    user_id: str

    def __post_init__(self) -> None:
        """What was erased a moment ago is not shown, though this process may still hold the key."""
        self.ledger.keys.refresh(self.user_id)

    def page(self, about: About, start: int, limit: int) -> tuple[list[Opened], int | None]:
        """Entries from ``start`` on, ``limit`` at most, and where the next page starts; None at the end."""
        found = list(islice(self.ledger.read(self._stream(about), start), limit + 1))
        return found[:limit], found[limit].entry.seq if len(found) > limit else None

    def find(self, name: str) -> Opened | None:
        """The entry with this id, hash, or hash of its consent record; None where there is none."""
        return next(self._named(name), None)

    def _named(self, name: str) -> Iterator[Opened]:
        for opened in self.ledger.read(self._stream("consent")):
            if name in (opened.entry.entry_id, opened.entry.hash.hex(), opened.body.get("record_hash")):
                yield opened
        # Accesses are many: only the one that is asked for is unsealed.
        for entry in self.ledger.entries(self._stream("access")):
            if name in (entry.entry_id, entry.hash.hex()):
                yield self.ledger.open(entry)

    def _stream(self, about: About) -> str:
        return stream_of(self.user_id) if about == "consent" else access_stream(self.user_id)
