"""Whatever is damaged in a tile or bundle of the log, the audit finds it, and names the right place first."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lukhas_common.ledger.auditing.audit import Fault
from lukhas_common.ledger.auditing.ports import Row
from lukhas_common.tlog.tiles import bundle_path, parse_path, tile_path
from lukhas_common.tlog.tree import grow
from tests.unit.ledger.audit_world import (
    BOTH,
    ENTRY,
    Kept,
    a_ledger,
    a_log,
    few,
    findings_of,
    flipped,
    leaf_of,
    only,
    paths,
    place,
)
from tests.unit.tlog.logs import Tiles


@few
@given(st.data(), st.sampled_from(BOTH))
def test_an_altered_byte_is_found_where_it_is(data: st.DataObject, whole: bool) -> None:
    kept = a_ledger().copy()
    path = data.draw(paths(kept))
    offset = data.draw(st.integers(0, len(kept.archive[path]) - 1))
    kept.archive.put(path, flipped(kept.archive[path], offset, 1 << data.draw(st.integers(0, 7))))
    finding = only(findings_of(kept, whole))
    assert (finding.fault, *place(finding)) == (Fault.ALTERED, path, leaf_of(path, offset))


@settings(max_examples=5)
@given(st.data())
def test_an_altered_byte_is_found_at_any_level(data: st.DataObject) -> None:
    kept = a_log(7, 300, 65_536, 66_000).copy()
    level = data.draw(st.sampled_from(["entries", "0", "1", "2"]))
    path = data.draw(paths(kept, lambda path: path.startswith(f"tile/{level}/")))
    offset = data.draw(st.integers(0, len(kept.archive[path]) - 1))
    kept.archive.put(path, flipped(kept.archive[path], offset, 128))  # no digit, so not the leaf of another number
    finding = only(kept.bucket())
    assert (finding.fault, *place(finding)) == (Fault.ALTERED, path, leaf_of(path, offset))


@few
@given(st.data(), st.sampled_from(["cut", "longer", "empty"]))
def test_an_object_of_another_length_is_found(data: st.DataObject, how: str) -> None:
    kept = a_ledger().copy()
    path = data.draw(paths(kept))
    whole = kept.archive[path]
    cut = data.draw(st.integers(1, len(whole) - 1))
    kept.archive.put(path, {"cut": whole[:cut], "longer": whole + whole[-cut:], "empty": b""}[how])
    finding = only(kept.bucket())
    assert (finding.fault, finding.path) == (Fault.ALTERED, path)


@few
@given(st.data(), st.sampled_from(BOTH), st.sampled_from(BOTH))
def test_a_removed_object_is_found(data: st.DataObject, whole: bool, versioned: bool) -> None:
    kept = a_ledger().copy()
    path = data.draw(paths(kept))
    if versioned:
        kept.archive.objects[path].append(None)
    else:
        del kept.archive.objects[path]
    findings = findings_of(kept, whole)
    texts = ["it is not there", "it has more than one version", "it was deleted"]
    assert {(each.path, each.text) for each in findings} == {(path, text) for text in texts[: 3 if versioned else 1]}


@few
@given(st.data())
def test_an_object_that_was_deleted_and_came_back_is_found(data: st.DataObject) -> None:
    kept = a_ledger().copy()
    path = data.draw(paths(kept))
    kept.archive.objects[path] = [kept.archive[path], None, bytes(bytearray(kept.archive[path]))]
    assert {(each.path, each.text) for each in kept.bucket()} == {
        (path, "it was deleted"),
        (path, "it has more than one version"),
    }


@pytest.mark.parametrize("index", [0, 1, 2])
def test_where_nothing_is_left_of_a_tile_nothing_else_is_named(index: int) -> None:
    """Neither other tiles, nor checkpoints, nor entries, of which nobody can tell."""
    kept = a_ledger().copy()
    width = min(256, 600 - index * 256)
    gone = {bundle_path(index, width), tile_path(0, index, width)}
    older = {path for path in kept.archive.objects if path.startswith(tuple(gone)) or path in gone}
    for all_gone in (gone, gone | older):
        for path in all_gone & kept.archive.objects.keys():
            del kept.archive.objects[path]
        findings = kept.found(opens=None)
        assert {(each.fault, each.path) for each in findings} == {(Fault.MISSING, path) for path in all_gone}


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_bundle_that_cannot_be_read_is_named_even_if_its_tile_is_missing(index: int) -> None:
    kept = a_ledger().copy()
    width = min(256, 600 - index * 256)
    del kept.archive.objects[tile_path(0, index, width)]
    kept.archive.put(bundle_path(index, width), kept.archive[bundle_path(index, width)][:-1])
    assert {(each.fault, each.path) for each in kept.bucket()} == {
        (Fault.ALTERED, bundle_path(index, width)),
        (Fault.MISSING, tile_path(0, index, width)),
    }


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_bundle_and_its_tile_that_were_altered_differently_are_both_named(index: int) -> None:
    kept = a_ledger().copy()
    width = min(256, 600 - index * 256)
    bundle, tile = bundle_path(index, width), tile_path(0, index, width)
    kept.archive.put(bundle, flipped(kept.archive[bundle], 9 * ENTRY + 7))
    kept.archive.put(tile, flipped(kept.archive[tile], 20 * 32))
    first, second, *_ = kept.bucket()
    assert (first.fault, *place(first)) == (Fault.ALTERED, bundle, index * 256 + 9)
    # Where an older checkpoint tells which entry was altered, the other damage is named exactly, too.
    assert (place(second) == (tile, index * 256 + 20)) if index < 2 else (f"or {tile} is not" in first.text)


@pytest.mark.parametrize("index", [0, 1, 257])
def test_without_an_older_checkpoint_either_may_be_it(index: int) -> None:
    kept = a_log(66_000).copy()
    width = min(256, 66_000 - index * 256)
    bundle, tile = bundle_path(index, width), tile_path(0, index, width)
    kept.archive.put(bundle, flipped(kept.archive[bundle], 9 * ENTRY + 7))
    kept.archive.put(tile, flipped(kept.archive[tile], 20 * 32))
    first, *others = kept.bucket()
    assert (first.fault, *place(first)) == (Fault.ALTERED, bundle, index * 256 + 9)
    assert f"or {tile} is not" in first.text
    assert tile not in [each.path for each in others]


@pytest.mark.parametrize("level", ["0", "1"])
def test_a_removed_tile_is_found_at_any_level(level: str) -> None:
    for path in [path for path in a_log(65_537 + 256).archive.objects if path.startswith(f"tile/{level}/")][::50]:
        kept = a_log(65_537 + 256).copy()
        del kept.archive.objects[path]
        finding = only(kept.bucket())
        assert (finding.fault, finding.path) == (Fault.MISSING, path)


@few
@given(st.data())
def test_what_was_written_twice_is_found(data: st.DataObject) -> None:
    kept = a_ledger().copy()
    path = data.draw(paths(kept))
    # A copy: the same bytes in another object of Python.
    kept.archive.objects[path].insert(0, bytes(bytearray(kept.archive[path])))
    finding = only(kept.bucket())
    assert (finding.fault, finding.path) == (Fault.ALTERED, path)
    assert "version" in finding.text


@few
@given(st.data())
def test_swapped_objects_are_found(data: st.DataObject) -> None:
    kept = a_ledger().copy()
    kind = data.draw(st.sampled_from(["tile/entries/00", "tile/0/00"]))
    first, second = (f"{kind}{number}" for number in (0, 1))
    kept.archive.objects[first], kept.archive.objects[second] = (
        kept.archive.objects[second],
        kept.archive.objects[first],
    )
    findings = kept.bucket()
    assert [place(each) for each in findings] == [(first, 0), (second, 256)]


def swapped(bundle: bytes, one: int, other: int) -> bytes:
    entries = [bundle[start : start + ENTRY] for start in range(0, len(bundle), ENTRY)]
    entries[one], entries[other] = entries[other], entries[one]
    return b"".join(entries)


@few
@given(st.data(), st.sampled_from(BOTH))
def test_swapped_entries_are_found(data: st.DataObject, whole: bool) -> None:
    kept = a_ledger().copy()
    path = data.draw(paths(kept, lambda path: "entries" in path))
    tile = parse_path(path)
    assert tile is not None
    assume(tile.width > 1)
    one, other = sorted(data.draw(st.lists(st.integers(0, tile.width - 1), min_size=2, max_size=2, unique=True)))
    kept.archive.put(path, swapped(kept.archive[path], one, other))
    finding = only(findings_of(kept, whole))
    assert place(finding) == (path, tile.index * 256 + one)
    if kept.main(path):
        assert finding.fault is Fault.REORDERED
        assert f"leaf {tile.index * 256 + other}" in finding.text


def rewritten(kept: Kept, leaves: list[bytes], upto: int) -> None:
    """Replace all objects of the newest size by those of another log, up to a level; the older ones stay."""
    for path, data in grow(Tiles(), 0, leaves).tiles.items():
        tile = parse_path(path)
        assert tile is not None
        if (tile.level or 0) <= upto:
            kept.archive.put(path, data)


def leaves_of(kept: Kept) -> list[bytes]:
    bundles = [bundle_path(index, min(256, kept.size - index * 256)) for index in range(-(-kept.size // 256))]
    whole = b"".join(kept.archive[path] for path in bundles)
    return [whole[start + 2 : start + ENTRY] for start in range(0, len(whole), ENTRY)]


@few
@given(st.data(), st.sampled_from([0, 1]), st.sampled_from(BOTH))
def test_entries_that_were_replaced_with_the_tiles_above_are_found(data: st.DataObject, upto: int, whole: bool) -> None:
    """The first one is named exactly where a checkpoint between it and the end of its tile was published."""
    kept = a_ledger().copy()
    leaves = leaves_of(kept)
    one, other = sorted(data.draw(st.lists(st.integers(0, 599), min_size=2, max_size=2, unique=True)))
    leaves[one], leaves[other] = leaves[other], leaves[one]
    rewritten(kept, leaves, upto)
    findings = findings_of(kept, whole)
    after = min(size for size in kept.sizes if size > one)
    if after % 256 and after // 256 == one // 256 and after != 600:
        assert findings[0].path == bundle_path(one // 256, min(256, 600 - one // 256 * 256))
        assert findings[0].leaf_index == one
    else:
        assert findings[0].fault is Fault.ALTERED
        assert findings[0].leaf_index is not None
        assert findings[0].leaf_index <= one < after
    if whole:
        entries = [(each.stream, each.seq) for each in findings if each.stream]
        rows = {row.entry.leaf_index: place for place, row in kept.table.rows.items() if isinstance(row, Row)}
        assert set(entries) <= {rows[one], rows[other]}


@settings(max_examples=5)
@given(st.integers(0, 65_999))
def test_in_a_log_that_grew_at_once_a_replaced_entry_is_found_by_its_tile(leaf: int) -> None:
    kept = a_log(66_000).copy()
    leaves = leaves_of(kept)
    leaves[leaf] = bytes(32)
    rewritten(kept, leaves, 0)
    finding = only(kept.bucket())
    width = min(256, 66_000 - leaf // 256 * 256)
    assert finding.fault is Fault.ALTERED
    if width == 256:
        assert place(finding) == (bundle_path(leaf // 256), leaf // 256 * 256)
    else:
        assert (finding.path, finding.leaf_index) == ("checkpoint", 0)
    rewritten(kept, leaves, 9)
    finding = only(kept.bucket())
    assert (finding.fault, *place(finding)) == (Fault.ALTERED, "checkpoint", 0)


def test_what_an_older_checkpoint_proves_clears_all_that_came_after() -> None:
    """Everything was replaced but the tiles of the log when it had 7 leaves."""
    kept = a_log(7, 300, 65_536, 66_000).copy()
    leaves = leaves_of(kept)
    leaves[3] = bytes(32)
    rewritten(kept, leaves, 9)
    findings = kept.bucket()
    assert [place(each) for each in findings if each.fault is Fault.ALTERED] == [
        ("tile/entries/000", 3),
        ("tile/1/000", 0),
        ("tile/2/000.p/1", 0),
    ]


def test_a_log_of_whole_tiles_that_was_replaced_is_found_by_its_root() -> None:
    kept = a_log(512).copy()
    rewritten(kept, [bytes(32)] * 512, 9)
    assert [place(each) for each in kept.bucket()] == [("checkpoint", 0)]


def test_what_no_later_log_has_is_found() -> None:
    kept = a_ledger().copy()
    index, width = divmod(600, 256)
    beyond = {
        bundle_path(index, width + 1): kept.archive[bundle_path(index, width)] + b"\0\1x",
        bundle_path(7, 9): b"\0\1x" * 9,
        tile_path(0, index, width + 1): kept.archive[tile_path(0, index, width)] + bytes(32),
        tile_path(1, 0, 3): kept.archive[tile_path(1, 0, 2)] + bytes(32),
        tile_path(3, 0, 1): bytes(32),
    }
    for path, data in beyond.items():
        twin = kept.copy()
        twin.archive.put(path, data)
        finding = only(twin.found())
        assert (finding.fault, finding.path) == (Fault.EXTRA, path)
        # Whoever has the bucket alone cannot know whether a batch is about to be published.
        could_be = path == bundle_path(index, width + 1)
        assert [each.path for each in twin.bucket()] == ([] if could_be else [path])
    kept.archive.put(bundle_path(index, width + 1), b"\0\1x" * (width + 1))
    finding = only(kept.bucket())
    assert (finding.fault, *place(finding)) == (Fault.ALTERED, bundle_path(index, width + 1), 512)


def test_however_many_tiles_contradict_their_bundles_each_is_named() -> None:
    kept = a_log(66_000).copy()
    for index in range(200):
        for path, offset in ((bundle_path(index), 3 * ENTRY + 9), (tile_path(0, index), 5 * 32)):
            kept.archive.put(path, flipped(kept.archive[path], offset))
    found = kept.report(limit=1000, state=None, table=None).findings
    assert {place(each) for each in found} >= {(bundle_path(index), index * 256 + 3) for index in range(200)}
