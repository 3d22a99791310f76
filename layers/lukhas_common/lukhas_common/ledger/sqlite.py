"""The ledger's ports on one SQLite file: for development on one machine."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper, StoredKey
from lukhas_common.ledger.entries import Entry, Leaf, LeafConflictError, LedgerBusyError, OutcomeUnknownError
from lukhas_common.ledger.ledger import Ledger
from lukhas_common.times import Clock

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    stream TEXT NOT NULL, seq INTEGER NOT NULL, entry_id TEXT NOT NULL, previous BLOB NOT NULL,
    commitment BLOB NOT NULL, content BLOB NOT NULL, subject TEXT, key_id TEXT, leaf_index INTEGER,
    PRIMARY KEY (stream, seq)
);
CREATE INDEX IF NOT EXISTS pending ON entries (entry_id) WHERE leaf_index IS NULL;
CREATE TABLE IF NOT EXISTS data_keys (
    subject TEXT PRIMARY KEY, key_id TEXT, erased_at REAL, erased_key TEXT, unlogged TEXT, wrapped_id INTEGER
);
-- Rows are only ever added at the end and overwritten in place, so no page keeps an old copy of a key.
CREATE TABLE IF NOT EXISTS wrapped_keys (id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL);
"""

_LOAD = """
SELECT data_keys.key_id, wrapped_keys.wrapped, erased_at, erased_key, unlogged
FROM data_keys LEFT JOIN wrapped_keys ON wrapped_keys.id = wrapped_id WHERE subject = ?
"""


def open_ledger(path: Path, secret: bytes, clock: Clock) -> Ledger:
    """The ledger in this file, which is made if there is none.

    Args:
        secret: 32 bytes, kept elsewhere than the file; without it nothing opens that is about a person.
    """
    keys = DataKeys(SqliteDataKeys(path), LocalWrapper(secret), clock)
    return Ledger(SqliteEntries(path), keys, clock)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A file whose every use has a connection of its own, so that threads and processes may share it.

    Attributes:
        patience: seconds to wait while others hold the file.
    """

    path: Path
    patience: float = 5.0

    def __post_init__(self) -> None:
        self.path.touch(mode=0o600)  # SQLite gives the files beside it the same mode
        with self._connected() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=self.patience, isolation_level=None)) as db:
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA secure_delete = ON")
                yield db
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                raise LedgerBusyError("other processes hold the file: try again") from error
            raise

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other overlaps.

        Raises:
            LedgerBusyError: nothing was written, as others write all the time.
            OutcomeUnknownError: it failed while it was made durable.
        """
        with self._connected() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            try:
                db.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if _is_busy(error):
                    raise  # SQLite says so before it writes anything
                raise OutcomeUnknownError(f"the file could not be written: {error}") from error


class SqliteEntries(_Stored):
    """The EntryStore and Inbox ports."""

    def put(self, entry: Entry) -> Entry:
        with self._writing() as db:
            db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", astuple(entry))
            return _get(db, entry.stream, entry.seq) or entry

    def get(self, stream: str, seq: int) -> Entry | None:
        with self._connected() as db:
            return _get(db, stream, seq)

    def newest(self, stream: str) -> Entry | None:
        with self._connected() as db:
            found = db.execute("SELECT * FROM entries WHERE stream = ? ORDER BY seq DESC LIMIT 1", (stream,)).fetchone()
            return Entry(*found) if found else None

    def read(self, stream: str, start: int, limit: int) -> list[Entry]:
        wanted = "SELECT * FROM entries WHERE stream = ? AND seq >= ? ORDER BY seq LIMIT ?"
        with self._connected() as db:
            return [Entry(*found) for found in db.execute(wanted, (stream, start, limit))]

    def pending(self, limit: int) -> list[Leaf]:
        wanted = "SELECT stream, seq, commitment FROM entries WHERE leaf_index IS NULL ORDER BY entry_id LIMIT ?"
        with self._connected() as db:
            return [Leaf(*found) for found in db.execute(wanted, (limit,))]

    def settle(self, leaves: list[tuple[Leaf, int]]) -> None:
        with self._writing() as db:
            for leaf, index in leaves:
                entry = _get(db, leaf.stream, leaf.seq)
                if entry is None or entry.commitment != leaf.commitment or entry.leaf_index not in (None, index):
                    raise LeafConflictError(f"{leaf.stream} {leaf.seq} is not what the log has at {index}")
                change = "UPDATE entries SET leaf_index = ? WHERE stream = ? AND seq = ?"
                db.execute(change, (index, leaf.stream, leaf.seq))


class SqliteDataKeys(_Stored):
    """The DataKeyStore port. Of a key that is destroyed, no byte is left in the files."""

    def load(self, subject: str) -> StoredKey:
        with self._connected() as db:
            return _load(db, subject)

    def add(self, subject: str, key_id: str, wrapped: bytes) -> StoredKey:
        with self._writing() as db:
            stored = _load(db, subject)
            if stored.key_id is None and stored.erased_key != key_id:
                wrapped_id = db.execute("INSERT INTO wrapped_keys (wrapped) VALUES (?)", (wrapped,)).lastrowid
                change = """
                    INSERT INTO data_keys (subject, key_id, wrapped_id) VALUES (?, ?, ?) ON CONFLICT (subject)
                    DO UPDATE SET key_id = excluded.key_id, wrapped_id = excluded.wrapped_id
                """
                db.execute(change, (subject, key_id, wrapped_id))
            return _load(db, subject)

    def erase(self, subject: str, erasure_id: str, now: float) -> StoredKey:
        with self._writing() as db:
            stored = _load(db, subject)
            late = stored.erased_at is not None and stored.erased_at >= now
            if stored.key_id is not None and stored.unlogged is None and not late:
                overwrite = """
                    UPDATE wrapped_keys SET wrapped = zeroblob(length(wrapped))
                    WHERE id = (SELECT wrapped_id FROM data_keys WHERE subject = ?)
                """
                change = """
                    UPDATE data_keys
                    SET key_id = NULL, wrapped_id = NULL, erased_at = ?, erased_key = key_id, unlogged = ?
                    WHERE subject = ?
                """
                db.execute(overwrite, (subject,))
                db.execute(change, (now, erasure_id, subject))
            stored = _load(db, subject)
        self._clear_write_ahead_log()
        return stored

    def logged(self, subject: str, erasure_id: str) -> None:
        with self._writing() as db:
            change = "UPDATE data_keys SET unlogged = NULL WHERE subject = ? AND unlogged = ?"
            db.execute(change, (subject, erasure_id))

    def unlogged(self) -> list[str]:
        with self._connected() as db:
            return [found[0] for found in db.execute("SELECT subject FROM data_keys WHERE unlogged IS NOT NULL")]

    def _clear_write_ahead_log(self) -> None:
        """Drop the old pages that the write-ahead log still holds.

        Raises:
            LedgerBusyError: somebody reads them; erasing again drops them.
        """
        until = time.monotonic() + self.patience
        with self._connected() as db:
            while db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > until:
                    raise LedgerBusyError("the key is destroyed, but a reader holds back a copy of it: erase again")
                time.sleep(0.01)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)  # Python's own errors have none
    return bool(code & 0xFF == sqlite3.SQLITE_BUSY)


def _get(db: sqlite3.Connection, stream: str, seq: int) -> Entry | None:
    found = db.execute("SELECT * FROM entries WHERE stream = ? AND seq = ?", (stream, seq)).fetchone()
    return Entry(*found) if found else None


def _load(db: sqlite3.Connection, subject: str) -> StoredKey:
    found = db.execute(_LOAD, (subject,)).fetchone()
    return StoredKey(subject, *found) if found else StoredKey(subject)
