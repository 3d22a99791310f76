"""The ports in memory keep to the conditions that those on AWS keep to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lukhas_common.ledger.log_ports import Fork, LogForkError, LogHead
from lukhas_common.ledger.memory_log import MemoryLogObjects, MemoryLogState, MemoryStaging
from lukhas_common.tlog.tree import TileMissingError

ONE, TWO, THREE = (LogHead(size, bytes([size]) * 32, b"note %d" % size) for size in (1, 2, 3))


def test_the_lock_changes_hands_once() -> None:
    state = MemoryLogState()
    assert state.load() is None
    assert not state.swap(ONE, TWO)
    assert state.load() is None
    assert state.swap(None, ONE)
    assert state.swap(None, replace(ONE)), "it is there already"
    assert not state.swap(None, TWO)
    assert not state.swap(replace(ONE, root=bytes(32)), TWO)
    assert not state.swap(replace(ONE, size=7), TWO)
    assert state.load() == ONE
    assert state.swap(ONE, TWO)
    assert not state.swap(ONE, THREE)
    assert not state.swap(ONE, replace(TWO, note=b"signed by another")), "it is ours to the byte or not ours"
    assert state.load() == TWO


def test_the_log_keeps_to_its_conditions() -> None:
    objects = MemoryLogObjects()
    with pytest.raises(TileMissingError):
        objects.read("tile/0/000")
    objects.put_new("tile/0/000", b"data")
    objects.put_new("tile/0/000", b"data")
    with pytest.raises(LogForkError) as refusal:
        objects.put_new("tile/0/000", b"other")
    assert refusal.value.reason is Fork.OBJECT_DIFFERS
    assert objects.read("tile/0/000") == b"data"
    assert objects.checkpoint() is None
    assert not objects.put_checkpoint(b"zero", "of nothing")
    assert objects.put_checkpoint(b"one", None)
    assert not objects.put_checkpoint(b"two", None)
    first = objects.checkpoint()
    assert first is not None
    assert first[0] == b"one"
    assert objects.put_checkpoint(b"two", first[1])
    assert not objects.put_checkpoint(b"three", first[1])
    assert (objects.checkpoint() or [b""])[0] == b"two"


def test_the_staging_area_keeps_bundles() -> None:
    staging = MemoryStaging()
    for data in (b"first", b"second"):
        staging.put("1-x", data)
    assert staging.names() == ["1-x"]
    assert staging.get("1-x") == b"second"
    staging.delete("1-x")
    staging.delete("1-x")
    assert staging.get("1-x") is None
