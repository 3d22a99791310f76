"""Which entries the log took, batch by batch: what those follow who read what happened, without looking for it.

The sequencer writes it; it says where entries are and when the log took them, nothing of what they say.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

FOLLOWED = ("access/", "audit/")
"""How the streams begin whose entries are told: who was let in or refused, and what became of logins."""

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries that the log took at once.

    Attributes:
        start: leaves of the log before it; ``size`` with it.
        at: seconds since the epoch, when it was taken; later where that had to be repeated.
        places: stream and seq of each entry that is followed, in the order of the log.
    """

    start: int
    size: int
    at: float
    places: tuple[tuple[str, int], ...]

    def encode(self) -> bytes:
        """The batch as it is stored: compressed JSON."""
        content = {"version": _VERSION, "start": self.start, "size": self.size, "at": self.at, "places": self.places}
        return zlib.compress(json.dumps(content, separators=(",", ":")).encode())


class Feed(Protocol):
    """Keeps batches for a time. ``put`` may replace the batch of the same size, which began earlier or later then.

    ``after`` answers the batches of a larger size, in order. Each begins where one before it ended, or sooner.
    """

    def put(self, batch: Batch) -> None: ...
    def after(self, size: int) -> Iterator[Batch]: ...


class FeedError(ValueError):
    """This is no batch."""


def decode_batch(data: bytes) -> Batch:
    """Read a batch.

    Raises:
        FeedError: it is none.
    """
    try:
        content: Any = json.loads(zlib.decompress(data))
        if content["version"] != _VERSION:
            raise FeedError(f"a batch of version {content['version']} cannot be read")
        places = tuple((str(stream), int(seq)) for stream, seq in content["places"])
        return Batch(int(content["start"]), int(content["size"]), float(content["at"]), places)
    except (zlib.error, KeyError, TypeError, ValueError) as error:
        raise FeedError("not a batch of the log") from error


class MemoryFeed:
    """The Feed port in memory."""

    def __init__(self) -> None:
        self.batches: dict[int, bytes] = {}

    def put(self, batch: Batch) -> None:
        self.batches[batch.size] = batch.encode()

    def after(self, size: int) -> Iterator[Batch]:
        return (decode_batch(data) for reached, data in sorted(self.batches.items()) if reached > size)
