"""What an entry says: records in canonical JSON, their commitments, and how they are sealed."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from lukhas_common import times
from lukhas_common.crypto.macs import mac
from lukhas_common.crypto.sealing import SealError, seal, unseal
from lukhas_common.ledger.entries import Entry, EntryAlteredError, LedgerError

SALT = 32
"""Bytes of the random salt of a commitment."""

MAX_RECORD = 256 * 1024
"""Bytes of a canonical record; an item of DynamoDB holds 400 KB."""

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One event: what kind, when (seconds since the epoch, kept to the millisecond), and what there is to say of it.

    Attributes:
        body: JSON values only; integers beyond 2^53 are refused, because canonical JSON has none.
    """

    stream: str
    seq: int
    entry_id: str
    kind: str
    at: float
    previous: bytes
    body: Mapping[str, Any]

    def canonical(self) -> bytes:
        """The record in canonical JSON (RFC 8785).

        Raises:
            LedgerError: the body holds what canonical JSON cannot, or too much.
        """
        content = canonical(
            {
                "version": _VERSION,
                "stream": self.stream,
                "seq": self.seq,
                "entry_id": self.entry_id,
                "kind": self.kind,
                "at": times.rfc3339(self.at),
                "previous": self.previous.hex(),
                "body": self.body,
            }
        )
        if len(content) > MAX_RECORD:
            raise LedgerError(f"a record holds at most {MAX_RECORD} bytes")
        return content


def canonical(value: Any) -> bytes:
    """Canonical JSON (RFC 8785) of a value.

    Raises:
        LedgerError: it holds what canonical JSON cannot.
    """
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"not canonical JSON: {type(error).__name__}") from None


def record_from(content: bytes) -> Record:
    """The record in its canonical JSON.

    Raises:
        EntryAlteredError: it is none.
    """
    try:
        read = json.loads(content, parse_int=_number)
        if read["version"] != _VERSION:
            raise EntryAlteredError(f"a record of version {read['version']} cannot be read")
        return Record(
            stream=read["stream"],
            seq=read["seq"],
            entry_id=read["entry_id"],
            kind=read["kind"],
            at=times.from_rfc3339(read["at"]),
            previous=bytes.fromhex(read["previous"]),
            body=read["body"],
        )
    except (ValueError, KeyError, TypeError):
        raise EntryAlteredError("the content of an entry is no record") from None


def commitment(salt: bytes, record: bytes) -> bytes:
    """What is published of a record, 32 bytes."""
    return mac(salt, record)


def entry_of(record: Record, salt: bytes, subject: str | None, key_id: str | None, key: bytes | None) -> Entry:
    """The entry of a record, sealed under the subject's data key where there is one."""
    plain = record.canonical()
    content = salt + plain
    if key is not None:
        content = seal(key, content, _bound(record.stream, record.seq, key_id))
    return Entry(
        record.stream,
        record.seq,
        record.entry_id,
        record.previous,
        commitment(salt, plain),
        content,
        subject,
        key_id,
    )


def opened(entry: Entry, key: bytes | None) -> tuple[bytes, bytes]:
    """Salt and canonical record of an entry, held against its commitment.

    Raises:
        EntryAlteredError: the content was altered, or is another entry's.
    """
    content = entry.content
    if (entry.subject is None) is not (entry.key_id is None):
        raise EntryAlteredError(f"{entry.stream} {entry.seq}: a subject and its key go together")
    if entry.key_id is not None:
        try:
            content = unseal(key or b"", content, _bound(entry.stream, entry.seq, entry.key_id))
        except SealError:
            raise EntryAlteredError(f"{entry.stream} {entry.seq}: the content does not unseal") from None
    salt, plain = content[:SALT], content[SALT:]
    if not hmac.compare_digest(commitment(salt, plain), entry.commitment):
        raise EntryAlteredError(f"{entry.stream} {entry.seq}: the content is not what its commitment says")
    record = record_from(plain)
    place = (entry.stream, entry.seq, entry.entry_id, entry.previous)
    if (record.stream, record.seq, record.entry_id, record.previous) != place:
        raise EntryAlteredError(f"{entry.stream} {entry.seq}: the record belongs elsewhere")
    return salt, plain


def _number(text: str) -> int | float:
    """A number without a fraction; one beyond 2^53 was a float, as only these may be so large."""
    value = int(text)
    return value if abs(value) < 2**53 else float(value)


def _bound(stream: str, seq: int, key_id: str | None) -> bytes:
    """What sealed content is bound to: it opens at its own place only."""
    return canonical(["lukhas ledger entry v1", stream, seq, key_id])
