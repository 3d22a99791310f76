"""Notices that code has changed, by looking at file times at most once a second."""

import time
from collections.abc import Callable
from pathlib import Path

Stamp = tuple[int, int]  # how many files, and the time of the newest in nanoseconds


class Sources:
    """Stamps of folders; a stamp differs from an older one if a file was added, removed or written."""

    def __init__(self, every: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        """Look again ``every`` so many seconds of ``clock``."""
        self._every, self._clock = every, clock
        self._seen: dict[Path, tuple[float, Stamp]] = {}

    def stamp(self, *folders: Path) -> tuple[Stamp, ...]:
        """Return one stamp per folder."""
        return tuple(self._stamp(folder) for folder in folders)

    def _stamp(self, folder: Path) -> Stamp:
        now = self._clock()
        looked, stamp = self._seen.get(folder, (-self._every, (0, 0)))
        if now - looked >= self._every:
            times = [f.stat().st_mtime_ns for f in folder.rglob("*") if "__pycache__" not in f.parts and f.is_file()]
            stamp = (len(times), max(times, default=0))
            self._seen[folder] = (now, stamp)
        return stamp
