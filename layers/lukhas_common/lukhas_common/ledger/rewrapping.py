"""Re-wrapping: moving the stored data keys under the newest key of the key service, once that key was replaced.

What the data keys sealed stays as it is. A run may be cut off anywhere and begun again, also while people register,
read and erase, and while another run is under way: each key is exchanged by one conditional write, against what was
read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from lukhas_common.ledger.data_keys import StoredKey


class NotRewrappableError(Exception):
    """A wrapped key was altered, or wrapped by a key that is not known here."""


class WrappedKeys(Protocol):
    """The stored data keys.

    ``wrapped`` answers those that are not destroyed; of one that is added meanwhile, perhaps nothing. ``exchange``
    stores a key as it is wrapped now, unless it was destroyed or wrapped anew since it was read; it answers whether
    what it was given is stored. A late one brings nothing back.
    """

    def wrapped(self) -> Iterable[StoredKey]: ...
    def exchange(self, stored: StoredKey, wrapped: bytes) -> bool: ...


class Rewrapper(Protocol):
    """A key service that knows its newest key and those before.

    ``rewrap`` answers a key as the newest one wraps it, or None where that one wrapped it already; the data key itself
    stays in the service. It raises NotRewrappableError.
    """

    def rewrap(self, subject: str, key_id: str, wrapped: bytes) -> bytes | None: ...


@dataclass(slots=True)
class Rewrapped:
    """What a run did.

    Attributes:
        moved: keys that are under the newest one since.
        there: keys that were under it before.
        changed: keys that were destroyed, or moved by somebody else, in between.
        failed: subjects whose key is not to be opened by any known one; it was left as it is.
    """

    moved: int = 0
    there: int = 0
    changed: int = 0
    failed: list[str] = field(default_factory=list)


def rewrap_all(keys: WrappedKeys, service: Rewrapper, *, dry_run: bool = False) -> Rewrapped:
    """Move every stored key.

    Args:
        dry_run: only count; ``moved`` are those that would be.
    """
    done = Rewrapped()
    for stored in keys.wrapped():
        key_id, before = stored.key_id or "", stored.wrapped or b""
        try:
            wrapped = service.rewrap(stored.subject, key_id, before)
        except NotRewrappableError:
            done.failed.append(stored.subject)
            continue
        if wrapped is None:
            done.there += 1
        elif dry_run or keys.exchange(stored, wrapped):
            done.moved += 1
        else:
            done.changed += 1
    return done
