"""Verifying a whole stream: that nothing in it was altered, left out, put in or moved."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from lukhas_common.ledger.entries import GENESIS, Entry, EntryAlteredError
from lukhas_common.ledger.ledger import Opened, Receipt
from lukhas_common.ledger.records import opened


def verify_chain(
    entries: Sequence[Entry],
    *,
    opens: Callable[[Entry], Opened] | None = None,
    destroyed: Container[str] | None = None,
    receipt: Receipt | None = None,
) -> None:
    """Verify all entries of one stream, from its first.

    Chained are the previous hash and the commitment; content is held against its commitment where it can be read.
    Of an entry whose key is destroyed, neither the content nor whose it was can be verified any more; leaf indexes
    are for the public log to verify.

    Args:
        opens: reads sealed content, as ``Ledger.open`` does; without it only content that is not sealed is read.
        destroyed: ids of the data keys of which erasures tell: content that no key opens must name one of them.
        receipt: of any entry of the stream: it must still be there. Without one, nothing shows that all of the stream
            was renamed, or its end cut off, or its last entry altered if that is sealed.

    Raises:
        EntryAlteredError: names the first place that does not hold what was appended there. Of two neighbours that
            contradict each other, it is the first, if what follows bears out the second.
    """
    stream = receipt.stream if receipt else entries[0].stream if entries else ""
    for seq, entry in enumerate(entries):
        if (entry.stream, entry.seq) != (stream, seq):
            raise _altered(stream, seq, f"missing, or out of order: {entry.stream} {entry.seq} is in its place")
        if entry.previous != (entries[seq - 1].hash if seq else GENESIS):
            first = seq > 0 and _is_borne_out(entries, seq, receipt, opens)
            raise _altered(stream, seq - first, "its hash is not what the next entry has" if first else "not chained")
        if _read(entry, opens) is False and destroyed is not None and entry.key_id not in destroyed:
            raise _altered(stream, seq, "no key opens it, and no erasure tells of its key")
        if receipt and receipt.seq == seq and receipt.hash != entry.hash:
            raise _altered(stream, seq, "not what its receipt says")
    if receipt and receipt.seq >= len(entries):
        raise _altered(stream, len(entries), "missing")


def _is_borne_out(
    entries: Sequence[Entry], seq: int, receipt: Receipt | None, opens: Callable[[Entry], Opened] | None
) -> bool:
    """Whether the entry after this one has its hash, or its receipt, or what it says itself, bears it out."""
    entry = entries[seq]
    if receipt and receipt.seq == seq and receipt.hash == entry.hash:
        return True
    if seq + 1 < len(entries) and entries[seq + 1].previous == entry.hash:
        return True
    try:
        return _read(entry, opens) is True
    except EntryAlteredError:
        return False


def _read(entry: Entry, opens: Callable[[Entry], Opened] | None) -> bool | None:
    """Whether the content could be read, None if nobody tried.

    Raises:
        EntryAlteredError: it is not what its commitment says.
    """
    if opens is not None:
        return opens(entry).record is not None
    if entry.key_id is None or entry.subject is None:
        opened(entry, None)
        return True
    return None


def _altered(stream: str, seq: int, why: str) -> EntryAlteredError:
    return EntryAlteredError(f"{stream} {seq}: {why}")
