"""Staging bundles: all that is needed to finish a batch of entries once the log is committed to it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lukhas_common import strict_json
from lukhas_common.ledger.entries import Leaf
from lukhas_common.tlog.merkle import HASH_SIZE
from lukhas_common.tlog.notes import b64, unb64
from lukhas_common.tlog.tiles import parse_path

_VERSION = 1
_NAME = re.compile(r"(0|[1-9][0-9]{0,18})-[0-9a-f]{64}")


class BundleError(ValueError):
    """This is no staging bundle."""


@dataclass(frozen=True, slots=True)
class StagedBundle:
    """A batch that is to be appended to the log.

    Attributes:
        start: leaves of the log before it, so the leaf index of its first entry; the others follow in order.
        root: of the log with it, 32 bytes.
        leaves: its entries.
        tiles: by path, what the log with it has and the one before had not.
    """

    start: int
    root: bytes
    leaves: tuple[Leaf, ...]
    tiles: dict[str, bytes]

    @property
    def size(self) -> int:
        """Leaves of the log with it."""
        return self.start + len(self.leaves)

    @property
    def placed(self) -> list[tuple[Leaf, int]]:
        """Its entries, each with its leaf index."""
        return [(leaf, self.start + place) for place, leaf in enumerate(self.leaves)]

    def encode(self) -> bytes:
        """The bundle as it is staged: JSON, bytes in base64."""
        content = {
            "version": _VERSION,
            "start": self.start,
            "root": b64(self.root),
            "leaves": [[leaf.stream, leaf.seq, b64(leaf.commitment)] for leaf in self.leaves],
            "tiles": {path: b64(data) for path, data in self.tiles.items()},
        }
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def bundle_name(size: int, root: bytes) -> str:
    """Under which name the bundle is staged that leads to this size and root."""
    return f"{size}-{root.hex()}"


def size_in(name: str) -> int | None:
    """The size in the name of a bundle; None if it is no such name."""
    match = _NAME.fullmatch(name)
    return None if match is None else int(match[1])


def decode_bundle(data: bytes) -> StagedBundle:
    """Read a bundle.

    Raises:
        BundleError: it is anything but what ``encode`` writes.
    """
    try:
        bundle = _bundle(strict_json.loads(data))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BundleError("not a staging bundle") from None
    # Whatever else was there, such as a further member, another version or spacing, is not written again.
    if bundle.encode() != data:
        raise BundleError("not a staging bundle as it is written")
    return bundle


def _bundle(content: Any) -> StagedBundle:
    leaves = tuple(Leaf(stream, seq, unb64(commitment)) for stream, seq, commitment in content["leaves"])
    bundle = StagedBundle(
        content["start"],
        unb64(content["root"]),
        leaves,
        {path: unb64(tile) for path, tile in content["tiles"].items()},
    )
    if not _is_count(bundle.start) or len(bundle.root) != HASH_SIZE:
        raise BundleError("a start or root that cannot be")
    if not all(isinstance(leaf.stream, str) and _is_count(leaf.seq) for leaf in leaves):
        raise BundleError("an entry has no stream or number")
    if not all(parse_path(path) for path in bundle.tiles):
        raise BundleError("a tile has no path of one")
    return bundle


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0
