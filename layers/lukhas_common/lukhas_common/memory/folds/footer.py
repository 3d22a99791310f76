"""The footer of a fold: where its frames and its index are, and what they hash to; JSON, compressed and sealed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

from lukhas_common.memory.folds import rows, zstandard
from lukhas_common.memory.folds.layout import (
    HEADER,
    LONGEST_DOCUMENT,
    LONGEST_FOOTER,
    LONGEST_INDEX,
    LONGEST_PAYLOAD,
    MOST_FRAMES,
)
from lukhas_common.memory.folds.records import LONGEST_ID


@dataclass(frozen=True, slots=True)
class Stored:
    """A frame as the footer lists it.

    Attributes:
        length: bytes, with the header.
        document: bytes of the document before it was compressed; no more are made of it.
        digest: SHA-256 of all its bytes, in hex.
    """

    length: int
    document: int
    records: int
    first: str
    last: str
    digest: str


@dataclass(frozen=True)
class Footer:
    """Where everything is.

    Attributes:
        dictionary: SHA-256 of the dictionary of the frames, in hex; None if they have none.
        index: bytes of the index, which follows the frames.
        digest: SHA-256 of the frames and the index, in hex.
    """

    fold_id: str
    dictionary: str | None
    frames: tuple[Stored, ...]
    index: int
    index_digest: str
    digest: str

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """Where each frame begins, and at the end where the index does."""
        return tuple(accumulate((one.length for one in self.frames), initial=0))

    @cached_property
    def firsts(self) -> tuple[int, ...]:
        """The number of the first record of each frame, counted through the fold."""
        return tuple(accumulate((one.records for one in self.frames[:-1]), initial=0))

    @cached_property
    def records(self) -> int:
        """How many there are."""
        return sum(one.records for one in self.frames)

    def compressed(self) -> bytes:
        """As it is stored, before it is sealed."""
        found = asdict(self) | {"frames": [list(asdict(one).values()) for one in self.frames]}
        return zstandard.compress(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode())


def read_footer(compressed: bytes) -> Footer:
    """The footer again.

    Raises:
        ValueError: it is none, or says what no fold can have.
    """
    try:
        found = json.loads(zstandard.decompress(compressed, LONGEST_FOOTER))
        footer = Footer(**found | {"frames": tuple(Stored(*one) for one in found["frames"])})
    except (TypeError, KeyError, RecursionError):
        raise ValueError("it has not what a footer has") from None
    listed = footer.frames
    if not (
        all(map(_is_text, (footer.fold_id, footer.index_digest, footer.digest)))
        and (footer.dictionary is None or _is_text(footer.dictionary))
        and _within(footer.index, 1, LONGEST_INDEX)
        and len(listed) <= MOST_FRAMES
        and all(map(_possible, listed))
        and all(one.last < two.first for one, two in pairwise(listed))
    ):
        raise ValueError("it says what no fold can have")
    return footer


def _possible(one: Stored) -> bool:
    return (
        _within(one.length, HEADER, HEADER + LONGEST_PAYLOAD)
        and _within(one.document, 1, LONGEST_DOCUMENT)
        and _within(one.records, 1, rows.MOST)
        and all(_is_text(text) for text in (one.first, one.last, one.digest))
        and one.first <= one.last
        and max(len(one.first), len(one.last)) <= LONGEST_ID
    )


def _within(number: Any, least: int, most: int) -> bool:
    return type(number) is int and least <= number <= most


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
