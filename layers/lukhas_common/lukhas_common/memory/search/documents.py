"""What is searched: memories as documents, and the table an index keeps of them."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from lukhas_common.memory.search.terms import number

NO_SESSION = 0
_EARLIEST, _LATEST = -(1 << 62), 1 << 62
_MOST_KINDS = 255


@dataclass(frozen=True, slots=True)
class Document:
    """A memory's searchable side.

    Attributes:
        memory_id: a UUID in its 36-character form.
        text: what is searched; who said it belongs in it, as in ``Caroline: I went to the support group``.
        at: when it was said or happened, in seconds since the epoch.
        kind: tier or type, to filter by; at most 255 different ones in an index.
        session: the conversation it is part of; its neighbours there, in order of time, lend it their score.
        concepts: names to filter by.
        key: under which it is stored; an index keeps 8 bytes of its hash.
        valid_from: before then it is not found; ``valid_until``: from then on neither.
    """

    memory_id: str
    text: str
    at: float
    kind: str
    session: str = ""
    concepts: tuple[str, ...] = ()
    key: str = ""
    valid_from: float | None = None
    valid_until: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A row a document, ordered by session, time and id, so that neighbours in a session are neighbours here.

    Attributes:
        ids: the 16 bytes of each UUID.
        keys: hashes, 0 where there is no key; ``sessions`` likewise.
        kinds: into the index's names of kinds.
        at: milliseconds since the epoch, as ``valid_from`` and ``valid_until``.
        lengths: how many terms a document has, each as often as it occurs.
    """

    ids: npt.NDArray[np.uint8]
    keys: npt.NDArray[np.uint64]
    kinds: npt.NDArray[np.uint8]
    sessions: npt.NDArray[np.uint64]
    at: npt.NDArray[np.int64]
    valid_from: npt.NDArray[np.int64]
    valid_until: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.uint32]

    def taken(self, rows: npt.NDArray[np.intp]) -> Table:
        """These rows, in this order."""
        return Table(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def joined(self, other: Table) -> Table:
        """These rows, then the other's; not in order yet."""
        return Table(
            **{
                field.name: np.concatenate([getattr(self, field.name), getattr(other, field.name)])
                for field in fields(self)
            }
        )

    def order(self) -> npt.NDArray[np.intp]:
        """The rows by session, time and id."""
        halves = halved(self.ids)
        return np.lexsort((halves[:, 1], halves[:, 0], self.at, self.sessions))


def table(documents: Sequence[Document], kinds: Sequence[str], lengths: Sequence[int]) -> Table:
    """The table of documents, in their order.

    Raises:
        ValueError: an id is no UUID, or a time no number.
    """
    count = len(documents)
    ids = b"".join([uuid.UUID(document.memory_id).bytes for document in documents])
    of_kind = {kind: code for code, kind in enumerate(kinds)}
    return Table(
        ids=np.frombuffer(ids, np.uint8).reshape(count, 16),
        keys=np.array([hashed(document.key) for document in documents], np.uint64),
        kinds=np.array([of_kind[document.kind] for document in documents], np.uint8),
        sessions=np.array([hashed(document.session) for document in documents], np.uint64),
        at=np.array([milliseconds(document.at) for document in documents], np.int64),
        valid_from=np.array([_bound(document.valid_from, _EARLIEST) for document in documents], np.int64),
        valid_until=np.array([_bound(document.valid_until, _LATEST) for document in documents], np.int64),
        lengths=np.array(lengths, np.uint32),
    )


def kinds_of(new: Iterable[str], known: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of kinds: the known ones, then the new ones in order of the alphabet.

    Raises:
        ValueError: there are more than 255.
    """
    kinds = (*known, *sorted(set(new) - set(known)))
    if len(kinds) > _MOST_KINDS:
        raise ValueError(f"an index holds at most {_MOST_KINDS} kinds of documents")
    return kinds


def hashed(name: str) -> int:
    """A name's number; 0 for none."""
    return number(name) if name else NO_SESSION


def milliseconds(seconds: float) -> int:
    """Whole milliseconds.

    Raises:
        ValueError: it is not a finite number, or is millions of years away.
    """
    if not math.isfinite(seconds) or abs(seconds) > 1e14:
        raise ValueError("a time is a finite number of seconds since the epoch")
    return round(seconds * 1000)


def _bound(seconds: float | None, otherwise: int) -> int:
    return otherwise if seconds is None else milliseconds(seconds)


def halved(ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Ids as two numbers each, which order as the ids do."""
    halves: npt.NDArray[np.uint64] = np.ascontiguousarray(ids).view(">u8").astype(np.uint64)
    return halves


def memory_id(row: npt.NDArray[np.uint8]) -> str:
    """The UUID of a row of ``ids``."""
    digits = row.tobytes().hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
