"""The hashes of all leaves, kept on disk during an audit, and a bit for each that says whether it has an entry.

That is 32 bytes of disk and a bit of memory a leaf: entries come in no order of the log, so that each would need a
bundle of its own to be read if the leaves were not kept.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from types import TracebackType

from lukhas_common.tlog.merkle import HASH_SIZE


class Leaves:
    """Written once from the first to the last, then read anywhere."""

    def __init__(self) -> None:
        self.size = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._claimed = bytearray()

    def __enter__(self) -> Leaves:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, hashes: list[bytes]) -> None:
        """Write the hashes of the next leaves."""
        self._file.write(b"".join(hashes))
        self.size += len(hashes)

    def finish(self) -> None:
        """From now on they are read."""
        self._file.flush()
        self._claimed = bytearray(-(-self.size // 8))

    def hash_at(self, index: int) -> bytes:
        return os.pread(self._file.fileno(), HASH_SIZE, index * HASH_SIZE)

    def claim(self, index: int) -> bool:
        """Note that a leaf has an entry; answers whether it had none yet."""
        byte, bit = index // 8, 1 << index % 8
        is_new = not self._claimed[byte] & bit
        self._claimed[byte] |= bit
        return is_new

    def unclaimed(self, limit: int) -> Iterator[int]:
        """The first leaves that have no entry."""
        for byte, bits in enumerate(self._claimed):
            if bits != 0xFF:
                for index in range(byte * 8, min(byte * 8 + 8, self.size)):
                    if not bits >> index % 8 & 1:
                        yield index
                        limit -= 1
                        if limit <= 0:
                            return
