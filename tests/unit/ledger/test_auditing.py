"""Whole ledgers are clean, and what is damaged is told of in order; and the parts of the audit by themselves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.ledger.auditing.audit import Fault, Report, audit
from lukhas_common.ledger.auditing.inventory import Inventory
from lukhas_common.ledger.auditing.leaves import Leaves
from lukhas_common.ledger.auditing.ports import Row
from lukhas_common.ledger.memory_log import MemoryLogState
from tests.unit.ledger.audit_world import (
    NOW,
    Kept,
    MemoryArchive,
    MemoryTable,
    a_ledger,
    a_log,
    few,
    flipped,
    head_of,
    only,
)
from tests.unit.ledger.fakes import Process


@pytest.mark.parametrize("sizes", [(0,), (1,), (255,), (256,), (257,), (512,), (65_537,), (7, 300, 65_536, 66_000)])
def test_a_whole_log_is_clean(sizes: tuple[int, ...]) -> None:
    kept = a_log(*sizes)
    report = kept.report(table=None, opens=None)
    assert (report.is_clean, report.findings, report.size) == (True, [], sizes[-1])
    assert report.root == (kept.state.head.root.hex() if kept.state.head else None)
    assert kept.bucket() == []
    assert kept.archive.most_read <= 270, "what is read at once is bounded"


def test_a_whole_ledger_is_clean_and_told_of() -> None:
    kept = a_ledger().copy()
    report = kept.report()
    assert report.is_clean
    assert (report.size, report.checkpoints, report.entries, report.pending) == (600, 9, 605, 5)
    assert report.objects == len(kept.archive.objects)
    assert (report.opened + report.erased, report.erased > 0, report.later) == (605, True, 0)
    assert report.oldest_pending == 0.008
    assert kept.table.scans == 1
    assert kept.found() == []
    assert kept.report(opens=None).opened == 0
    assert kept.report(table=None, opens=None).entries is None
    assert kept.archive.most_read < 600


def test_a_ledger_that_did_not_begin_is_clean() -> None:
    kept = Kept(MemoryArchive(), MemoryLogState(), MemoryTable(), Process(), NOW, [0])
    report = kept.report()
    assert (report.is_clean, report.size, report.root, report.entries) == (True, 0, None, 0)


@few
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_every_log_is_clean_however_it_grew(steps: list[int]) -> None:
    kept = a_log(*[sum(steps[: end + 1]) for end in range(len(steps))])
    assert kept.report(table=None, opens=None).findings == []


def test_a_log_may_grow_during_the_audit() -> None:
    """Tiles, entries and the lock are read when the next batch is about to be published."""
    before, after = a_ledger((90, 30), 0), a_ledger((90, 30, 300), 0)
    kept = a_ledger((90, 30, 300), 0).copy()
    kept.archive.versions.pop()
    report = kept.report()
    assert (report.findings, report.size, report.later) == ([], before.size, after.size - before.size)
    assert kept.bucket() == []
    # All of it may appear after the lock was read.
    heads = iter([head_of(kept.archive.versions[-1]), *[after.state.head] * 9])
    kept.state = type("State", (), {"load": lambda _: next(heads)})()  # type: ignore[assignment]
    assert kept.report().findings == []


def test_a_log_whose_first_batch_is_being_published_is_clean() -> None:
    kept = a_ledger((90,), 0).copy()
    kept.archive.versions = []
    kept.now = NOW + 100
    report = kept.report()
    assert (report.findings, report.size, report.later) == ([], 0, 90)
    kept.archive.objects = {}
    assert kept.report().findings == []


def test_a_lock_that_cannot_be_believed_allows_nothing() -> None:
    kept = a_ledger().copy()
    assert kept.state.head is not None
    kept.state.head = replace(kept.state.head, size=10**6)
    kept.archive.put("tile/entries/009.p/1", b"\0\1x")
    assert [each.place for each in kept.report(table=None).findings] == ["tile/entries/009.p/1", "the lock"]


def test_damage_in_several_places_is_told_in_the_order_of_the_log() -> None:
    kept = a_ledger().copy()
    kept.archive.put("tile/0/001", flipped(kept.archive["tile/0/001"], 40))
    kept.archive.put("tile/entries/000", flipped(kept.archive["tile/entries/000"], 40))
    kept.archive.put("tile/1/000.p/2", flipped(kept.archive["tile/1/000.p/2"], 40))
    kept.archive.put("extra", b"")
    assert kept.state.head is not None
    kept.state.head = replace(kept.state.head, size=7)
    index = max(row.entry.leaf_index or 0 for row in kept.table.rows.values() if isinstance(row, Row))
    kept.table.rows = {
        key: row for key, row in kept.table.rows.items() if isinstance(row, Row) and row.entry.leaf_index != index
    }
    report = kept.report(opens=None)
    assert [each.place for each in report.findings if each.stream is None] == [
        "tile/entries/000, leaf 1",
        "tile/0/001, leaf 257",
        "tile/1/000.p/2, leaf 256",
        "extra",
        "the lock",
        f"leaf {index}",
    ]
    told = json.loads(json.dumps(report.to_json()))
    assert (told["clean"], told["total"], told["findings"][0]["path"]) == (False, report.total, "tile/entries/000")
    assert str(report.findings[0]).startswith("altered: tile/entries/000, leaf 1: ")


@pytest.mark.parametrize("path", ["index.html", "tile/0/0", "tile/0/000.p/256", "tile/64/000", "checkpoint2"])
def test_what_is_no_part_of_a_log_is_found(path: str) -> None:
    kept = a_ledger().copy()
    kept.archive.put(path, b"x")
    finding = only(kept.found())
    assert (finding.fault, finding.path) == (Fault.EXTRA, path)


# ---------------------------------------------------------------- parts


@given(st.sets(st.tuples(st.integers(-1, 2), st.integers(0, 5), st.integers(1, 256)), max_size=40))
def test_an_inventory_answers_what_was_put_into_it(tiles: set[tuple[int, int, int]]) -> None:
    inventory = Inventory()
    for tile in tiles:
        inventory.add(*tile)
    for level in range(-1, 3):
        for index in range(6):
            widths = sorted(width for each in tiles if each[:2] == (level, index) for width in each[2:])
            assert inventory.widths(level, index) == widths
            assert all(inventory.has(level, index, width) is (width in widths) for width in (1, 7, 255, 256))
    for size in (0, 300, 70_000):
        beyond = [each for each in tiles if each[1] * 256 + each[2] > size >> 8 * max(each[0], 0)]
        assert sorted(inventory.beyond(size)) == sorted(beyond)


@given(st.integers(0, 70), st.data())
def test_leaves_know_which_of_them_were_claimed(size: int, data: st.DataObject) -> None:
    claimed = data.draw(st.sets(st.integers(0, max(size - 1, 0)), max_size=size))
    with Leaves() as leaves:
        leaves.append([bytes([number]) * 32 for number in range(size)])
        leaves.finish()
        assert all(leaves.claim(index) for index in claimed)
        assert not any(leaves.claim(index) for index in claimed)
        assert [leaves.hash_at(index)[:1] for index in range(size)] == [bytes([number]) for number in range(size)]
        left = [index for index in range(size) if index not in claimed]
        assert list(leaves.unclaimed(100)) == left
        assert list(leaves.unclaimed(2)) == left[:2]


def test_progress_is_told() -> None:
    seen: dict[str, tuple[int, int]] = {}
    audit(a_ledger().copy().audited(), NOW, progress=lambda what, done, of: seen.update({what: (done, of)}))
    assert seen == {
        "checkpoints": (9, 0),
        "objects": (len(a_ledger().archive.objects), 0),
        "leaves": (600, 600),
        "entries": (605, 0),
    }


def test_findings_beyond_the_limit_are_counted() -> None:
    kept = a_ledger().copy()
    for path in kept.archive.objects:
        kept.archive.put(path, flipped(kept.archive[path], 0))
    report: Report = kept.report(limit=2, table=None)
    assert len(report.findings) == 2
    assert report.total > 5
