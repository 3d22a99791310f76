"""Folds as sealed objects: written, opened with one read, and read record by record with one read each."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lukhas_common.audit import Audit
from lukhas_common.crypto.sealing import SealError
from lukhas_common.memory.contents import Content, UnreadableError
from lukhas_common.memory.errors import MemoryFault, MemoryReason
from lukhas_common.memory.folds.dictionaries import train_dictionary
from lukhas_common.memory.folds.errors import FoldError
from lukhas_common.memory.folds.fold import Fold, RangeReader
from lukhas_common.memory.folds.words import words
from lukhas_common.memory.folds.writing import write
from lukhas_common.memory.manifest import FoldCheck, FoldPlace, Manifest, Manifests, fold_name
from lukhas_common.memory.ports import MemoryObjects
from lukhas_common.memory.stored import Stored
from lukhas_common.memory.vault import Secrets, folder_of, subject_of
from lukhas_common.times import Clock

MOST_MATCHES = 20
"""Memories that a search of one fold answers; each may take a read."""

HELD = 32
"""Folds that a process holds opened: their footers, and the frame that was read last."""


class _NotInItError(FoldError):
    """A fold does not have a record that an item says it has."""


@dataclass
class Folds:
    """Reads and writes the folds of all people. What is damaged is reported to ``audit``."""

    objects: MemoryObjects
    manifests: Manifests
    audit: Audit
    clock: Clock
    _held: OrderedDict[str, Fold] = field(default_factory=OrderedDict, repr=False)

    def read(self, secrets: Secrets, stored: Stored, manifest: Manifest | None = None) -> Content | None:
        """What a folded memory says; None where the manifest does not have its fold any more.

        Args:
            manifest: if it was read already; its fold may have been deleted since.

        Raises:
            UnreadableError: the frame that holds it is damaged, or the fold is missing; that was reported.
        """
        known = manifest or self.manifests.current(stored.owner, secrets.key_id)
        place = known.folds.get(stored.fold or "")
        if place is None:
            return None
        try:
            record = self._opened(secrets, place).record(stored.memory_id)
            if record is None:
                raise _NotInItError(stored.memory_id)
            return Content.from_json(record)
        except (FoldError, KeyError) as error:
            if isinstance(error, KeyError) and manifest is not None:
                return None  # the object was deleted after that manifest was read
            self._report(secrets, place, error)
            raise UnreadableError("its fold is damaged, or is missing") from None

    def report(self, stored: Stored, error: Exception) -> None:
        """Raise the alarm about an item that cannot be read."""
        self.audit.alarm("memory.damaged", error, memory_id=stored.memory_id)

    def write(self, secrets: Secrets, records: Iterable[Mapping[str, Any]], dictionary: str) -> FoldPlace:
        """Put a fold of these records.

        Args:
            dictionary: name of the object with the dictionary to use, empty for none. One that is damaged is reported,
                and none is used.
        """
        records = list(records)
        content = None
        try:
            content = self._dictionary(secrets, dictionary) if dictionary else None
        except LookupError as error:
            self.audit.alarm("memory.dictionary_damaged", error, dictionary=dictionary.rpartition("/")[2])
            dictionary = ""
        made = write(
            records,
            key=secrets.naming,
            dictionary=content,
            seal=secrets.seal,
        )
        name = folder_of(secrets.owner, secrets.key_id) + fold_name(made.fold_id, made.digest)
        self.objects.put(name, made.data)
        times = [float(record["valid_from"]) for record in records]
        return FoldPlace(
            name=name,
            made_at=self.clock(),
            fold_id=made.fold_id,
            sha256=made.digest,
            size=len(made.data),
            raw=made.raw,
            records=made.records,
            footer=made.footer,
            oldest=min(times),
            newest=max(times),
            dictionary=dictionary,
        )

    def trained(self, secrets: Secrets, records: Iterable[Mapping[str, Any]]) -> str:
        """Put a dictionary that was trained on these records; its name, empty where they are too few."""
        data = train_dictionary(records)
        if data is None:
            return ""
        name = secrets.name("dictionary", data)
        self.objects.put(name, secrets.seal(data, name.encode()))
        return name

    def records(
        self, secrets: Secrets, places: Sequence[FoldPlace]
    ) -> tuple[list[dict[str, Any]], dict[str, tuple[int, ...]]]:
        """The records of some folds, each once, and the frames that could not be read; -1 for a whole fold."""
        found: dict[str, dict[str, Any]] = {}
        damaged: dict[str, tuple[int, ...]] = {}
        for place in places:
            frames: list[int] = []
            try:
                for record in self._opened(secrets, place).records(lambda error: frames.append(error.frame)):  # noqa: B023
                    found[record["memory_id"]] = record
            except (FoldError, KeyError) as error:
                frames.append(-1)
                self._report(secrets, place, error)
            else:
                if frames:
                    self._report(secrets, place, UnreadableError("frames are damaged"))
            if frames:
                damaged[place.name] = tuple(frames)
        return [found[memory_id] for memory_id in sorted(found)], damaged

    def search(self, secrets: Secrets, place: FoldPlace, text: str) -> list[str]:
        """The ids of the memories in a fold whose key or concepts have any of the words of a text, the best first.

        What is in a damaged frame is left out, and reported.

        Raises:
            MemoryFault: its index is damaged; what it holds can be recalled.
        """
        try:
            return self._opened(secrets, place).search(
                words(text), MOST_MATCHES, lambda error: self._report(secrets, place, error)
            )
        except (FoldError, KeyError) as error:
            self._report(secrets, place, error)
            raise MemoryFault(MemoryReason.MEMORY_DAMAGED, "A fold cannot be searched; it was reported.") from None

    def check(self, secrets: Secrets, place: FoldPlace) -> FoldCheck:
        """Read a whole fold, and compare it with what the manifest says."""
        try:
            data = self.objects.read(place.name)
            frames = self._open(secrets, place, lambda start, length: data[start : start + length]).verify()
        except (FoldError, KeyError) as error:
            self._report(secrets, place, error)
            return FoldCheck(False, (-1,))
        intact = len(data) == place.size and hashlib.sha256(data).hexdigest() == place.sha256
        if frames or not intact:
            self._report(secrets, place, UnreadableError("it is not what was stored"))
        return FoldCheck(intact, tuple(frames))

    def _opened(self, secrets: Secrets, place: FoldPlace) -> Fold:
        if place.name not in self._held:
            self._held[place.name] = self._open(secrets, place)
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(place.name)
        return self._held[place.name]

    def _open(self, secrets: Secrets, place: FoldPlace, reader: RangeReader | None = None) -> Fold:
        return Fold.open(
            reader or (lambda start, length: self.objects.read(place.name, start, length)),
            place.size,
            fold_id=place.fold_id,
            footer=place.footer,
            unseal=secrets.unseal,
            dictionaries=lambda _digest: self._dictionary(secrets, place.dictionary),
        )

    def _dictionary(self, secrets: Secrets, name: str) -> bytes:
        """A dictionary.

        Raises:
            LookupError: it is not there, or not what was stored.
        """
        try:
            return secrets.unseal(self.objects.read(name), name.encode())
        except SealError:
            raise LookupError("the dictionary was altered") from None

    def _report(self, secrets: Secrets, place: FoldPlace, error: Exception) -> None:
        if isinstance(error, KeyError) and self._is_erased(secrets):
            return  # that it is gone is as it should be
        self.audit.alarm("memory.fold_damaged", error, fold=place.name.rpartition("/")[2])

    def _is_erased(self, secrets: Secrets) -> bool:
        return self.manifests.ledger.keys.store.load(subject_of(secrets.owner)).key_id != secrets.key_id
