"""How far a long run is: shown to whoever waits for it, and kept in a file for the next run."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TextIO

BATCH, SECONDS = 200, 1.0
"""Rows, or the time, after which the progress file is on disk."""


class ProgressError(Exception):
    """The progress file cannot be used; the text says why."""


class Progress:
    """The names of rows that are in the ledger, in a file, so that the next run need not look them up.

    The file belongs to one ledger and one source, and to one run at a time.

    Raises:
        ProgressError: it belongs elsewhere, or is none.
    """

    def __init__(self, path: Path | None, belongs: dict[str, str]) -> None:
        self.known: set[str] = set()
        self._new: list[bytes] = []
        self._since, self._file = time.monotonic(), -1
        if path is None:
            return
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProgressError(f"{path} is in use by another run") from None
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        try:
            lines: list[dict[str, str]] = [json.loads(line) for line in whole.splitlines()]
            self.known = {line["row"] for line in lines[1:]}
        except (ValueError, KeyError, TypeError):
            raise ProgressError(f"{path} is no progress file") from None
        if lines and lines[0] != belongs:
            raise ProgressError(f"{path} belongs to another ledger or source")
        if not lines and content and not _json(belongs).startswith(content):
            raise ProgressError(f"{path} is no progress file")
        os.ftruncate(self._file, len(whole))  # a killed run may leave half a line
        if not lines:
            self._write([_json(belongs)])

    def add(self, row_id: str) -> None:
        """Keep the name of a row, which is in the ledger by now."""
        if self._file >= 0:
            self._new.append(_json({"row": row_id}))
            if len(self._new) >= BATCH or time.monotonic() - self._since >= SECONDS:
                self.flush()

    def flush(self) -> None:
        new, self._new, self._since = self._new, [], time.monotonic()
        self._write(new)

    def close(self) -> None:
        if self._file >= 0:
            self.flush()
            os.close(self._file)
            self._file = -1

    def _write(self, lines: Iterable[bytes]) -> None:
        data = b"".join(lines)
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)


class Bar:
    """How far it is: one line that moves on a terminal, else a line every few seconds."""

    def __init__(self, total: int, stream: TextIO, timer: Callable[[], float] = time.monotonic) -> None:
        self._total, self._stream, self._timer = total, stream, timer
        self._terminal = stream.isatty()
        self._began = timer()
        self._first: int | None = None
        self._shown = -1e9

    def show(self, done: int, rejected: int, *, last: bool) -> None:
        """Show it, unless it was shown just now."""
        now = self._timer()
        if self._first is None:
            self._first = done
        if not last and now - self._shown < (0.1 if self._terminal else 5.0):
            return
        self._shown = now
        text = self._text(done, rejected, now)
        if self._terminal:
            filled = 30 * done // max(self._total, 1)
            text = f"\r[{'#' * filled}{'.' * (30 - filled)}] {text}\x1b[K"
        print(text, end="" if self._terminal and not last else "\n", file=self._stream, flush=True)

    def _text(self, done: int, rejected: int, now: float) -> str:
        rate = (done - (self._first or 0)) / max(now - self._began, 0.001)
        eta = str(timedelta(seconds=round((self._total - done) / rate))) if rate else "-"
        share = 100 * done // max(self._total, 1)
        return f"{done}/{self._total} rows ({share} %), {rate:.0f} rows/s, ETA {eta}, {rejected} rejected"


def _json(value: dict[str, str]) -> bytes:
    return json.dumps(value).encode() + b"\n"
