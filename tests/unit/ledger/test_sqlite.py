"""What only a file can get wrong: other processes, locks, crashes, and what is left of a destroyed key."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.ledger.entries import EntryAlteredError, LeafConflictError, LedgerBusyError, OutcomeUnknownError
from lukhas_common.ledger.erasure import Erasures
from lukhas_common.ledger.sqlite import SqliteDataKeys, SqliteEntries, open_ledger
from lukhas_common.ledger.verify import verify_chain
from tests.fakes import Clock
from tests.unit.ledger.contract import a_chain, an_entry, leaf
from tests.unit.ledger.fakes import SECRET


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


def all_bytes(path: Path) -> bytes:
    """All that the files of a database hold, free pages and write-ahead log included."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def reading(path: Path) -> sqlite3.Connection:
    """A reader that holds on to the state of now, until it is closed."""
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    return reader


def test_a_ledger_outlives_its_process(path: Path) -> None:
    clock = Clock()
    receipt = open_ledger(path, SECRET, clock).append("s", "k", {"a": 1}, subject="p")
    again = open_ledger(path, SECRET, clock)
    assert again.newest("s").body == {"a": 1}
    assert again.newest("s").receipt == receipt
    erased = Erasures(again, clock).erase("p", "s")
    assert open_ledger(path, SECRET, clock).get("s", 0).record is None
    assert erased.receipt.seq == 1
    verify_chain(again.store.read("s", 0, 10))


def test_nothing_about_a_person_opens_without_the_secret(path: Path) -> None:
    ledger = open_ledger(path, SECRET, Clock())
    ledger.append("s", "k", {"name": "Ada Lovelace"}, subject="p")
    assert b"Lovelace" not in all_bytes(path)
    assert SECRET not in all_bytes(path)
    with pytest.raises(Exception, match="another key"):
        open_ledger(path, bytes(32), Clock()).newest("s")


def test_only_the_owner_reads_the_files(path: Path) -> None:
    open_ledger(path, SECRET, Clock()).append("s", "k", {})
    with closing(reading(path)):
        open_ledger(path, SECRET, Clock()).append("s", "k", {})
        files = list(path.parent.iterdir())
        assert {file.name for file in files} == {"ledger", "ledger-wal", "ledger-shm"}
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@settings(max_examples=8)
@given(st.data(), st.integers(1, 80))
def test_no_byte_of_a_destroyed_key_is_left_in_any_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, subjects: int
) -> None:
    """However many keys there are, and however long, and whatever is written in between."""
    path = tmp_path_factory.mktemp("erased") / "ledger"
    keys, entries = SqliteDataKeys(path), SqliteEntries(path)
    size = data.draw(st.sampled_from([60, 200, 700, 5000]))
    wrapped = {f"{n:03}": f"<wrapped {n:06}>".encode() * (size // 16) for n in range(subjects)}
    order = data.draw(st.permutations(sorted(wrapped)))
    held_open = reading(path) if data.draw(st.booleans()) else None  # the log is not cleared by chance
    for subject in order:
        keys.add(subject, f"key {subject}", wrapped[subject])
    for n in range(data.draw(st.integers(0, 20))):
        entries.put(an_entry("s", n, content=bytes(3000)))
    assert all(content[:16] in all_bytes(path) for content in wrapped.values())
    if held_open:
        held_open.close()
    erased = data.draw(st.lists(st.sampled_from(order), min_size=1, max_size=min(subjects, 12), unique=True))
    for n, subject in enumerate(erased):
        keys.erase(subject, "e", 5.0)
        if n % 2:
            keys.logged(subject, "e")
            keys.add(subject, f"new key {subject}", b"new")
        assert wrapped[subject][:16] not in all_bytes(path)
    left = all_bytes(path)
    for subject, content in wrapped.items():
        assert (content[:16] in left) is (subject not in erased)
        assert keys.load(subject).wrapped == (content if subject not in erased else keys.load(subject).wrapped)


def test_a_key_is_gone_from_the_write_ahead_log_while_others_have_the_file_open(path: Path) -> None:
    keys = SqliteDataKeys(path)
    with closing(reading(path)) as other:
        keys.add("p", "k", b"<the wrapped key>")
        assert b"<the wrapped key>" in path.with_name("ledger-wal").read_bytes()
        other.execute("COMMIT")
        keys.erase("p", "e", 5.0)
        assert b"<the wrapped key>" not in all_bytes(path)
        assert path.with_name("ledger-wal").stat().st_size == 0


def test_an_erasure_is_not_answered_while_a_reader_holds_back_a_copy(path: Path) -> None:
    keys = SqliteDataKeys(path, patience=0.05)
    keys.add("p", "k", b"<the wrapped key>")
    with closing(reading(path)), pytest.raises(LedgerBusyError, match="erase again"):
        keys.erase("p", "e", 5.0)
    assert keys.load("p").erased_at == 5.0
    with closing(reading(path)) as reader:
        reader.execute("COMMIT")
        assert keys.erase("p", "e", 5.0).unlogged == "e"
        assert b"<the wrapped key>" not in all_bytes(path)


def test_a_reader_that_leaves_in_time_does_not_fail_an_erasure(path: Path) -> None:
    keys = SqliteDataKeys(path, patience=10)
    keys.add("p", "k", b"<the wrapped key>")
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    leaves = threading.Timer(0.2, reader.close)
    leaves.start()
    keys.erase("p", "e", 5.0)
    leaves.join()
    assert b"<the wrapped key>" not in all_bytes(path)


def test_a_file_that_others_hold_is_a_busy_ledger_and_nothing_was_written(path: Path) -> None:
    entries = SqliteEntries(path, patience=0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerBusyError):
            entries.put(an_entry("s"))
        assert entries.newest("s") is None
    entry = an_entry("s")
    assert entries.put(entry) == entry


@pytest.mark.parametrize(
    ("code", "raised"),
    [(sqlite3.SQLITE_BUSY, LedgerBusyError), (sqlite3.SQLITE_IOERR, OutcomeUnknownError)],
)
def test_a_commit_that_fails_leaves_the_outcome_open(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: int, raised: type[Exception]
) -> None:
    entries = SqliteEntries(path)

    class Failing(sqlite3.Connection):
        def execute(self, statement: str, *arguments: Any) -> Any:
            if statement == "COMMIT":
                error = sqlite3.OperationalError("no")
                error.sqlite_errorcode = code
                raise error
            return super().execute(statement, *arguments)

    connect = sqlite3.connect
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", lambda *args, **named: connect(*args, **named, factory=Failing))
        with pytest.raises(raised):
            entries.put(an_entry("s"))
    assert entries.newest("s") is None


def test_what_is_wrong_with_the_file_itself_is_told_as_it_is(path: Path) -> None:
    entries = SqliteEntries(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE entries")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        entries.newest("s")


def test_what_python_cannot_read_in_the_file_is_told_as_it_is(path: Path) -> None:
    """Such an error has no code of SQLite."""
    entries = SqliteEntries(path)
    entries.put(an_entry("s"))
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE entries SET subject = CAST(x'ff' AS TEXT)")
        other.commit()
    with pytest.raises(sqlite3.OperationalError, match="decode"):
        entries.newest("s")


def test_leaves_are_settled_together_or_not_at_all(path: Path) -> None:
    entries = SqliteEntries(path)
    chain = a_chain("s", 3)
    for entry in chain:
        entries.put(entry)
    with pytest.raises(LeafConflictError):
        entries.settle([(leaf(chain[0]), 0), (replace(leaf(chain[1]), commitment=bytes(32)), 1)])
    assert entries.read("s", 0, 10) == chain


def test_each_commit_is_durable(path: Path) -> None:
    entries = SqliteEntries(path)
    with entries._connected() as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_an_altered_file_is_noticed(path: Path) -> None:
    ledger = open_ledger(path, SECRET, Clock())
    ledger.append("s", "k", {"n": 1}, subject="p")
    ledger.append("s", "k", {"n": 2})
    with closing(sqlite3.connect(path)) as other:
        changed = "CAST(replace(content, '\"n\":2', '\"n\":3') AS BLOB)"
        other.execute(f"UPDATE entries SET content = {changed} WHERE seq = 1")  # noqa: S608
        other.commit()
    assert ledger.get("s", 0).body == {"n": 1}
    with pytest.raises(EntryAlteredError, match="s 1"):
        ledger.get("s", 1)
