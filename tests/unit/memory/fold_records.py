"""Records to fold, and folds of them to read."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from lukhas_common.crypto import sealing
from lukhas_common.memory.folds.fold import Fold
from lukhas_common.memory.folds.writing import Written

KEY = bytes(range(32))


def seal(data: bytes, bound: bytes) -> bytes:
    return sealing.seal(KEY, data, bound)


def unseal(data: bytes, bound: bytes) -> bytes:
    return sealing.unseal(KEY, data, bound)


def uuid7(since: int, random: int) -> str:
    return str(UUID(int=since << 80 | 7 << 76 | (random >> 62) << 64 | 2 << 62 | random & (1 << 62) - 1))


def rfc3339(since: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=since)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def exactly(value: Any) -> str:
    """A text that differs where values do, and be it only as 1 and 1.0 do."""
    return json.dumps(value, sort_keys=True)


moments = st.integers(0, 253_402_300_799_999)
instants = moments.map(rfc3339)
seconds = moments.map(lambda since: since / 1000)
uuids7 = st.builds(uuid7, st.integers(0, (1 << 48) - 1), st.integers(0, (1 << 74) - 1))
formed = st.one_of(
    uuids7,
    st.uuids().map(str),
    instants,
    st.binary(min_size=8, max_size=8).map(bytes.hex),
    st.binary(min_size=9, max_size=9).map(lambda data: base64.b64encode(data).decode()),
    st.sampled_from(["2026-02-30T00:00:00.000Z", "2026-01-01T24:00:00.000Z", "0000-01-01T00:00:00.000Z"]),
    st.integers(0, 99).map("conversation/one/{}".format),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1.0, 1, True, "1", 2**53, 1e300]),
    texts,
    formed,
)
concepts = st.lists(st.sampled_from(["lamp", "lamps", "Lamp", "the", "été", ""]), max_size=3)
values = st.recursive(
    scalars,
    lambda inside: st.one_of(st.lists(inside, max_size=3), st.dictionaries(texts, inside, max_size=3)),
    max_leaves=8,
)
names = st.one_of(st.sampled_from(["key", "value", "provenance", "valid_from", ""]), texts)
members = st.dictionaries(names.filter(lambda name: name != "memory_id"), values, max_size=5)
ids = st.one_of(uuids7, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))


@st.composite
def record_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Records that differ in everything, or have all their members of one kind."""
    kinds = [scalars, formed, texts, uuids7, instants, seconds, concepts, st.uuids().map(str)]
    named = st.dictionaries(names.filter(lambda name: name != "memory_id"), st.sampled_from(kinds), max_size=4)
    alike = draw(st.booleans())
    always, sometimes = draw(named), draw(named)
    seldom = {name: kind for name, kind in sometimes.items() if name not in always}
    one = st.fixed_dictionaries(always, optional=seldom) if alike else members
    some = st.lists(uuids7 if alike else ids, unique=True, min_size=draw(st.sampled_from([0, 8])), max_size=12)
    return [{**draw(one), "memory_id": memory_id} for memory_id in draw(some)]


BEGAN = 1_767_225_600_000
SESSION = uuid7(BEGAN, 0x111)


def turns(count: int, random: int = 0x155) -> list[dict[str, Any]]:
    """Memories of a conversation, as they are folded; the key of each has a word of its own."""
    return [
        {
            "memory_id": uuid7(BEGAN + 1000 * row, random + row),
            "seq": 0,
            "type": "episodic",
            "valid_from": (BEGAN + 1000 * row) / 1000,
            "key": f"lamp/{SESSION}/number{row}",
            "value": {"role": "assistant" if row % 2 else "user", "text": f"The Lamp by canal {row} is out"},
            "provenance": {"origin": ["user", "assistant"][row % 2], "request_id": f"request {row}"},
            "session": SESSION,
            "concepts": ["lamp", "canal"][: row % 3],
        }
        for row in range(count)
    ]


@dataclass
class Store:
    """Holds the bytes of one fold, and counts the range reads."""

    data: bytes
    reads: list[tuple[int, int]] = field(default_factory=list)

    def read(self, offset: int, length: int) -> bytes:
        assert offset >= 0
        assert length >= 0
        self.reads.append((offset, length))
        return self.data[offset : offset + length]


def opened(written: Written, **options: Any) -> Fold:
    """A fold opened by what its writer answered."""
    store = Store(written.data)
    return Fold.open(store.read, len(written.data), fold_id=written.fold_id, footer=written.footer, **options)


def same(found: Sequence[dict[str, Any]], records: Sequence[dict[str, Any]]) -> bool:
    """Whether these are the records, in the order of their ids."""
    return [exactly(one) for one in found] == [
        exactly(one) for one in sorted(records, key=lambda one: one["memory_id"])
    ]
