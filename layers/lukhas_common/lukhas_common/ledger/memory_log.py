"""The sequencer's ports in memory: for tests, and for use as a library without storage."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead
from lukhas_common.tlog.tree import TileMissingError


@dataclass
class MemoryLogState:
    """The LogState port."""

    head: LogHead | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def load(self) -> LogHead | None:
        return self.head

    def swap(self, old: LogHead | None, new: LogHead) -> bool:
        with self._lock:
            if _place(self.head) == _place(old):
                self.head = new
            return self.head == new


@dataclass
class MemoryLogObjects:
    """The LogObjects port."""

    objects: dict[str, bytes] = field(default_factory=dict)
    published: tuple[bytes, str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def read(self, path: str) -> bytes:
        if path not in self.objects:
            raise TileMissingError(path)
        return self.objects[path]

    def put_new(self, path: str, data: bytes) -> None:
        if self.objects.setdefault(path, data) != data:
            raise LogForkError(Fork.OBJECT_DIFFERS, f"{path} holds other bytes than it should")

    def checkpoint(self) -> tuple[bytes, str] | None:
        return self.published

    def put_checkpoint(self, note: bytes, etag: str | None) -> bool:
        with self._lock:
            current = self.published[1] if self.published else None
            if current != etag:
                return False
            self.published = note, str(int(current or 0) + 1)
            return True


@dataclass
class MemoryStaging:
    """The Staging port."""

    bundles: dict[str, bytes] = field(default_factory=dict)

    def put(self, name: str, data: bytes) -> None:
        self.bundles[name] = data

    def get(self, name: str) -> bytes | None:
        return self.bundles.get(name)

    def delete(self, name: str) -> None:
        self.bundles.pop(name, None)

    def names(self) -> list[str]:
        return list(self.bundles)


def _place(head: LogHead | None) -> tuple[int, bytes] | None:
    return None if head is None else (head.size, head.root)
