"""The sequencer: turns pending entries into leaves of the public log, a batch at a time.

The order of its writes makes it safe to kill it anywhere and to run it twice at once. A batch is staged, then
committed by one conditional write of the lock, then applied: tiles, leaf indexes, checkpoint. Whoever comes next
and finds the public checkpoint behind the lock applies the staged bundle of the lock's head again, which changes
nothing that was applied already. From this follows what is relied on below:

- The public checkpoint is never ahead of the lock, and at the same size it is the lock's, byte for byte.
- All entries below the size of the public checkpoint have their leaf index.
- While the lock is ahead, the bundle of its head is staged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lukhas_common.audit import Audit
from lukhas_common.crypto.ring_keys import Signers
from lukhas_common.ledger.bundles import BundleError, StagedBundle, bundle_name, decode_bundle, size_in
from lukhas_common.ledger.entries import Inbox, Leaf, LeafConflictError, LedgerError
from lukhas_common.ledger.feed import FOLLOWED, Batch, Feed
from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead, LogObjects, LogState, Staging
from lukhas_common.ledger.log_view import LogView, Published, check_public, look, published_checkpoint
from lukhas_common.times import Clock
from lukhas_common.tlog.checkpoint import Checkpoint, sign_checkpoint
from lukhas_common.tlog.tiles import TileError
from lukhas_common.tlog.tree import TileMissingError, TileReader, grow

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did.

    Attributes:
        size: leaves of the log that this run knows of last.
        root: of the log of this size, in hex.
        sequenced: entries that this run appended, in how many ``batches``; what it finished for others is not counted.
    """

    size: int
    root: str
    sequenced: int
    batches: int


@dataclass(frozen=True)
class Sequencer:
    """The sequencer of one log.

    Attributes:
        origin: name of the log.
        audit: must not append to this ledger: each run would make work for the next.
        feed: is told which entries the log took; None: nobody follows it.
    """

    origin: str
    inbox: Inbox
    state: LogState
    objects: LogObjects
    staging: Staging
    ed25519: Signers
    ml_dsa_44: Signers
    audit: Audit
    clock: Clock
    feed: Feed | None = None

    def run(self, limit: int, deadline: float) -> Summary:
        """Append what is pending, and publish the log where that was not done yet. May run twice at once.

        Args:
            limit: entries of one batch at most.
            deadline: seconds since the epoch after which no further batch is begun; one is always tried.

        Raises:
            LogForkError: the parts of the log contradict each other; someone was alarmed.
            LeafConflictError: the log and an entry do; someone was alarmed.
            Exception: whatever a port or a signer raised. The next run finishes what was begun.
        """
        try:
            return self._run(limit, deadline)
        except LogForkError as error:
            self.audit.alarm("ledger.forked", error, origin=self.origin, reason=error.reason)
            raise
        except LeafConflictError as error:
            self.audit.alarm("ledger.forked", error, origin=self.origin, reason="leaf_conflict")
            raise

    def _run(self, limit: int, deadline: float) -> Summary:
        sequenced = batches = 0
        view = self._level()
        # The log begins with the checkpoint of the empty tree, so that there is one before the first entry.
        while view.head is None:
            self._append(view, [])
            view = self._level()
        self._clean(view.size)
        while leaves := self.inbox.pending(limit):
            appended = self._append(view, leaves)
            sequenced, batches = sequenced + appended, batches + bool(appended)
            view = self._level()
            if self.clock() >= deadline:
                break
        return Summary(view.size, view.root.hex(), sequenced, batches)

    def _level(self) -> LogView:
        """A look at the log in which its public checkpoint is that of the lock."""
        while True:
            view = look(self.origin, self.state, self.objects)
            if view.behind is None:
                return view
            self._replay(view.behind, view)

    def _append(self, view: LogView, leaves: list[Leaf]) -> int:
        """Commit the log to these entries and apply them; answers how many, none if another sequencer was faster."""
        bundle = _grown(view.tiles, view.size, leaves)
        self.staging.put(bundle_name(bundle.size, bundle.root), bundle.encode())
        checkpoint = Checkpoint(self.origin, bundle.size, bundle.root)
        note = sign_checkpoint(checkpoint, self.ed25519.current(), self.ml_dsa_44.current(), self.clock())
        head = LogHead(bundle.size, bundle.root, note)
        if not self.state.swap(view.head, head):
            # The bundle stays: another sequencer may have staged the same one, and be about to commit to it.
            return 0
        self._apply(head, bundle, view.published)
        return len(leaves)

    def _replay(self, head: LogHead, view: LogView) -> None:
        """Apply the staged bundle of the lock's head, as whoever committed to it did or would have done."""
        bundle = self._staged(head)
        # A log begins with the public checkpoint of size 0. A bundle leads on from what is public; of two sequencers,
        # the slower may stage one of the same name that begins earlier, never later.
        has_begun = view.published is not None or head.size == 0
        if bundle is None or bundle.start > view.public_size or not has_begun:
            if published_checkpoint(self.origin, self.objects) != view.published:
                return  # another sequencer is at work, and published since
            reason = Fork.BUNDLE_MISSING if has_begun else Fork.CHECKPOINT_MISSING
            raise LogForkError(reason, f"nothing leads on from what is public to size {head.size}")
        # The staging area is not locked against writing, and what is put into the log stays there: so compute anew.
        if _grown(view.tiles, bundle.start, bundle.leaves) != bundle:
            raise LogForkError(Fork.BUNDLE_ALTERED, f"the bundle of size {head.size} has other tiles than its entries")
        self._apply(head, bundle, view.published)

    def _staged(self, head: LogHead) -> StagedBundle | None:
        data = self.staging.get(bundle_name(head.size, head.root))
        try:
            bundle = None if data is None else decode_bundle(data)
        except BundleError:
            raise LogForkError(Fork.BUNDLE_ALTERED, f"the bundle of size {head.size} cannot be read") from None
        if bundle is not None and (bundle.size, bundle.root) != (head.size, head.root):
            raise LogForkError(Fork.BUNDLE_ALTERED, f"the bundle of size {head.size} is for another one")
        return bundle

    def _apply(self, head: LogHead, bundle: StagedBundle, published: Published | None) -> None:
        """Carry out what the log was committed to; every part may be repeated."""
        for path, data in bundle.tiles.items():
            self.objects.put_new(path, data)
        if bundle.leaves:
            self.inbox.settle(bundle.placed)
        if bundle.leaves and self.feed is not None:
            self.feed.put(_told(bundle, self.clock()))
        # Before it is public, so that a run which dies here is finished, and recorded, by the next.
        self.audit.record("ledger.sequenced", origin=self.origin, size=head.size, count=len(bundle.leaves))
        self._publish(head, published)
        self.staging.delete(bundle_name(head.size, head.root))

    def _publish(self, head: LogHead, published: Published | None) -> None:
        """Publish the checkpoint unless it or a larger one is public already."""
        for _ in range(_TRIES):
            if published is not None and published.head.size >= head.size:
                if published.head.size == head.size:
                    check_public(head, published.head)
                return
            if self.objects.put_checkpoint(head.note, published.etag if published else None):
                return
            published = published_checkpoint(self.origin, self.objects)
        raise LedgerError("others publish checkpoints all the time: run again")

    def _clean(self, reached: int) -> None:
        """Drop what others left in the staging area.

        Nobody can commit to a size that the lock has reached, and what it reached is public. A larger bundle may
        still be committed to, even by a write whose caller gave up long ago.

        Args:
            reached: a size of the lock, and of the public checkpoint, too.
        """
        for name in self.staging.names():
            size = size_in(name)
            if size is not None and size <= reached:
                self.staging.delete(name)


def _told(bundle: StagedBundle, now: float) -> Batch:
    """What the feed is told of a bundle."""
    followed = tuple((leaf.stream, leaf.seq) for leaf in bundle.leaves if leaf.stream.startswith(FOLLOWED))
    return Batch(bundle.start, bundle.size, now, followed)


def _grown(tiles: TileReader, start: int, leaves: Sequence[Leaf]) -> StagedBundle:
    """The bundle that appends these entries to the log of size ``start``."""
    try:
        growth = grow(tiles, start, [leaf.commitment for leaf in leaves])
    except (TileMissingError, TileError):
        raise LogForkError(Fork.TILES_DIFFER, f"the tiles of size {start} cannot be read") from None
    return StagedBundle(start, growth.root, tuple(leaves), growth.tiles)
