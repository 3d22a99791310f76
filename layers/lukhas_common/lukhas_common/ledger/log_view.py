"""One look at the log: its lock, its public checkpoint and its tiles, held against each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead, LogObjects, LogState
from lukhas_common.tlog.checkpoint import Checkpoint, CheckpointError
from lukhas_common.tlog.merkle import EMPTY_ROOT
from lukhas_common.tlog.notes import NoteError, parse_note
from lukhas_common.tlog.tiles import TileError
from lukhas_common.tlog.tree import TileMissingError, TileReader, root_at


@dataclass(frozen=True, slots=True)
class Published:
    """The public checkpoint, with the tag of this version."""

    head: LogHead
    etag: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Tiles, each as it was when it was read first: what is built on is what was checked."""

    reader: TileReader
    data: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        if path not in self.data:
            self.data[path] = self.reader.read(path)
        return self.data[path]


@dataclass(frozen=True, slots=True)
class LogView:
    """What a look at the log found; it is consistent.

    Attributes:
        head: in the lock; None before the log began.
        published: as far as the log is public, which may be behind.
        tiles: they have the root of the public checkpoint.
    """

    head: LogHead | None
    published: Published | None
    tiles: TileReader

    @property
    def size(self) -> int:
        """Leaves of the log."""
        return self.head.size if self.head else 0

    @property
    def root(self) -> bytes:
        """Of the tree of these leaves, 32 bytes."""
        return self.head.root if self.head else EMPTY_ROOT

    @property
    def public_size(self) -> int:
        """Leaves of the log as far as it is public."""
        return self.published.head.size if self.published else 0

    @property
    def behind(self) -> LogHead | None:
        """The head of the log, where the public checkpoint has still to follow it."""
        return None if self.published and self.published.head == self.head else self.head


def look(origin: str, state: LogState, objects: LogObjects) -> LogView:
    """Look at the log.

    Raises:
        LogForkError: it contradicts itself.
    """
    # The public checkpoint only ever follows the lock. Read before it, it may be behind because a sequencer is at
    # work, but ahead or different only if something is wrong.
    published = published_checkpoint(origin, objects)
    view = LogView(state.load(), published, Kept(objects))
    if view.head is None:
        if published is not None:
            raise LogForkError(Fork.LOCK_MISSING, "a checkpoint is published, but there is no lock")
        return view
    committed = _parsed(view.head.note, origin, Fork.LOCK_ALTERED, "the lock holds no checkpoint of this log")
    if (committed.size, committed.root) != (view.head.size, view.head.root):
        raise LogForkError(Fork.LOCK_ALTERED, "the lock holds the checkpoint of another size or root")
    if published is None:
        return view
    check_public(view.head, published.head)
    try:
        root = root_at(view.tiles, published.head.size)
    except (TileMissingError, TileError):
        root = b""
    if root != published.head.root:
        raise LogForkError(Fork.TILES_DIFFER, f"the tiles do not have the root of size {published.head.size}")
    return view


def published_checkpoint(origin: str, objects: LogObjects) -> Published | None:
    """The public checkpoint.

    Raises:
        LogForkError: what is published is no checkpoint of this log.
    """
    found = objects.checkpoint()
    if found is None:
        return None
    note, etag = found
    checkpoint = _parsed(note, origin, Fork.CHECKPOINT_UNREADABLE, "what is published is no checkpoint of this log")
    return Published(LogHead(checkpoint.size, checkpoint.root, note), etag)


def check_public(head: LogHead, published: LogHead) -> None:
    """Check that this may be public while the log is committed to ``head``.

    Raises:
        LogForkError: it is ahead, or another checkpoint of the same size.
    """
    if published.size > head.size:
        raise LogForkError(Fork.CHECKPOINT_AHEAD, f"size {published.size} is published, the lock has {head.size}")
    if published.size == head.size and published != head:
        raise LogForkError(Fork.CHECKPOINT_DIFFERS, f"the public checkpoint of size {head.size} is not the lock's")


def _parsed(note: bytes, origin: str, reason: Fork, text: str) -> Checkpoint:
    try:
        checkpoint = Checkpoint.parse(parse_note(note).text)
    except (NoteError, CheckpointError):
        raise LogForkError(reason, text) from None
    if checkpoint.origin != origin:
        raise LogForkError(reason, text)
    return checkpoint
