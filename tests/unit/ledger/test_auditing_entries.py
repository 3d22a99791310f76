"""Whatever is damaged in the table of entries, the audit finds it, and names the right place first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.ledger.auditing.audit import Fault, Finding
from lukhas_common.ledger.auditing.contents import Contents
from lukhas_common.ledger.auditing.findings import Findings
from lukhas_common.ledger.auditing.ports import Row, Unreadable
from lukhas_common.ledger.entries import Entry
from lukhas_common.ledger.erasure import KIND
from lukhas_common.ledger.ledger import Opened
from lukhas_common.ledger.ledger_audit import STRANGERS
from tests.unit.ledger.audit_world import (
    Kept,
    MemoryTable,
    a_ledger,
    a_small_ledger,
    last_of,
    only,
)
from tests.unit.ledger.fakes import Process, with_altered

SEQUENCED = sorted(place for place, row in a_small_ledger().table.rows.items() if row.entry.leaf_index is not None)  # type: ignore[union-attr]
ATTRIBUTES = ["entry_id", "previous", "commitment", "content", "leaf_index", "key_id", "subject"]


def entry_at(finding: Finding) -> tuple[str | None, int | None]:
    return finding.stream, finding.seq


@given(st.sampled_from(SEQUENCED), st.sampled_from(ATTRIBUTES))
def test_an_altered_entry_is_found(where: tuple[str, int], attribute: str) -> None:
    kept = a_small_ledger()
    entry = kept.table[where]
    if entry.subject == "gone" and attribute in ("entry_id", "content", "subject"):
        return  # nobody can tell any more
    kept.table.put(with_altered(entry, attribute))
    first = kept.found()[0]
    assert entry_at(first) == where
    if attribute in ("previous", "commitment", "leaf_index"):
        assert entry_at(kept.report(opens=None).findings[0]) == where
    if attribute == "commitment":
        assert (only(kept.found(opens=None)).fault, first.leaf_index) == (Fault.ALTERED, entry.leaf_index)
    if attribute == "leaf_index":
        assert first.fault is Fault.REORDERED
        assert f"its leaf is {entry.leaf_index}," in first.text


@given(st.sampled_from(sorted(a_small_ledger().table.rows)))
def test_without_contents_all_that_is_chained_is_found(where: tuple[str, int]) -> None:
    kept = a_small_ledger()
    kept.table.put(with_altered(kept.table[where], "previous"))
    finding = only(kept.report(opens=None).findings)
    assert (finding.fault, entry_at(finding)) == (Fault.ALTERED, where)


@given(st.data())
def test_an_altered_pending_entry_is_found(data: st.DataObject) -> None:
    """Its commitment is nowhere but in the chain; of the last two that contradict each other, either may be it."""
    kept = a_ledger((90,), 60).copy()
    pending = sorted(place for place in kept.table.rows if kept.table[place].leaf_index is None)
    where = data.draw(st.sampled_from(pending))
    kept.table.put(with_altered(kept.table[where], "commitment"))
    assert entry_at(kept.found()[0]) == where
    without = kept.report(opens=None).findings
    last = last_of(kept, where[0])
    if where[1] == last:
        assert without == []
    else:
        assert entry_at(only(without)) == (where if where[1] < last - 1 else (where[0], last))


@given(st.sampled_from(SEQUENCED), st.integers(0, 74))
def test_an_entry_that_moved_is_found(where: tuple[str, int], seq: int) -> None:
    """To another number, to another stream, or to another leaf."""
    kept = a_small_ledger()
    entry = kept.table[where]
    for moved in (replace(entry, seq=last_of(kept, where[0]) + 2 + seq), replace(entry, stream="new")):
        twin = kept.copy()
        del twin.table.rows[where]
        twin.table.put(moved)
        named = [entry_at(each) for each in twin.found()]
        assert named[0] in (where, (moved.stream, moved.seq), ("new", 0))
        assert {(moved.stream, moved.seq), (moved.stream, last_of(kept, where[0]) + 1), ("new", 0)} & set(named)
    kept.table.put(replace(entry, leaf_index=75 + seq))
    finding = only(kept.found(opens=None))
    assert (finding.fault, entry_at(finding)) == (Fault.REORDERED, where)
    assert finding.text == f"its leaf is {entry.leaf_index}, not {75 + seq}"
    kept.table.put(replace(entry, stream="new", seq=0, leaf_index=75 + seq, commitment=bytes(32)))
    assert (Fault.EXTRA, "new", 0) in [(each.fault, *entry_at(each)) for each in kept.found(opens=None)]
    for nowhere in (-1, -600):
        kept.table.put(replace(entry, leaf_index=nowhere))
        assert entry_at(kept.found()[0]) == where


@given(st.sampled_from(SEQUENCED))
def test_a_deleted_entry_is_found(where: tuple[str, int]) -> None:
    kept = a_small_ledger()
    index = kept.table[where].leaf_index
    is_last = where[1] == last_of(kept, where[0])
    del kept.table.rows[where]
    findings = kept.found()
    assert (Fault.MISSING, None, index) in [(each.fault, each.stream, each.leaf_index) for each in findings]
    if not is_last:
        assert (Fault.MISSING, *where) in [(each.fault, each.stream, each.seq) for each in findings]
    assert len([each for each in findings if "no erasure" not in each.text]) == (1 if is_last else 2)


@pytest.mark.parametrize("seq", [0, 1])
def test_several_deleted_entries_are_one_gap(seq: int) -> None:
    kept = a_small_ledger()
    for each in range(seq, seq + 3):
        del kept.table.rows["a", each]
    gap = only([each for each in kept.found() if each.stream])
    assert (entry_at(gap), gap.text) == (("a", seq), f"missing, and all up to {seq + 2}")


def test_a_deleted_stream_is_found_by_its_leaves() -> None:
    kept = a_small_ledger()
    indexes = sorted(kept.table[key].leaf_index or 0 for key in SEQUENCED if key[0] == "d")
    kept.table.rows = {key: row for key, row in kept.table.rows.items() if key[0] != "d"}
    report = kept.report(limit=1000)
    assert [each.leaf_index for each in report.findings] == indexes
    assert (report.total, kept.report(limit=3).findings) == (len(indexes), report.findings[:3])


@given(st.lists(st.sampled_from(SEQUENCED), min_size=2, max_size=2, unique=True))
def test_swapped_entries_of_the_table_are_found(pair: list[tuple[str, int]]) -> None:
    kept = a_small_ledger()
    one, other = (kept.table[where] for where in pair)
    kept.table.put(replace(other, stream=one.stream, seq=one.seq, leaf_index=one.leaf_index))
    kept.table.put(replace(one, stream=other.stream, seq=other.seq, leaf_index=other.leaf_index))
    findings = kept.report(opens=None).findings
    first = min(pair, key=lambda where: a_small_ledger().table[where].leaf_index or 0)
    assert (findings[0].fault, entry_at(findings[0])) == (Fault.REORDERED, first)
    assert set(pair) <= {entry_at(each) for each in findings}


@given(st.sampled_from(SEQUENCED), st.sampled_from(["new", "a"]))
def test_a_leaf_with_two_entries_is_found(where: tuple[str, int], stream: str) -> None:
    kept = a_small_ledger()
    seq = last_of(kept, stream) + 1 if stream == "a" else 0
    kept.table.put(replace(kept.table[where], stream=stream, seq=seq))
    findings = kept.report(opens=None).findings
    twice = [each for each in findings if each.fault is Fault.EXTRA]
    assert only(twice).leaf_index == kept.table[where].leaf_index
    assert f"{where[0]} {where[1]}" in twice[0].text
    assert f"{stream} {seq}" in twice[0].text


def test_the_inbox_must_have_what_is_pending_and_nothing_else() -> None:
    whole = a_small_ledger()
    for where in (SEQUENCED[0], sorted(set(whole.table.rows) - set(SEQUENCED))[0]):
        kept = whole.copy()
        entry = kept.table[where]
        kept.table.put(entry, is_marked=entry.leaf_index is not None)
        finding = only(kept.found())
        assert (finding.fault, entry_at(finding)) == (Fault.ALTERED, where)
        assert "inbox" in finding.text
    kept = whole.copy()
    pending = sorted(set(whole.table.rows) - set(SEQUENCED))[0]
    for wrong in ("x", "b4f1c9f0-8f1e-4f0e-9b1e-0a4f3f1c2d3e"):
        kept.table.put(replace(kept.table[pending], entry_id=wrong))
        assert entry_at(kept.report(opens=None).findings[0]) == pending


@given(st.sampled_from(sorted(a_small_ledger().table.rows)))
def test_what_is_no_entry_is_found(where: tuple[str, int]) -> None:
    kept = a_small_ledger()
    kept.table.rows[where] = Unreadable(*where)
    assert where in [entry_at(each) for each in kept.found()]
    assert {each.stream for each in kept.found() if "no erasure" not in each.text} <= {where[0], None}


def test_what_was_chained_anew_is_named_where_it_begins() -> None:
    """The log bears out the commitment of the entry before."""
    kept = a_small_ledger()
    forged = replace(kept.table["a", 3], previous=bytes(32))
    kept.table.put(forged)
    kept.table.put(replace(kept.table["a", 4], previous=forged.hash))
    assert entry_at(kept.found(opens=None)[0]) == ("a", 3)


def test_the_last_entry_is_not_named_for_the_one_before() -> None:
    kept = a_ledger((30, 10), 0).copy()
    last = last_of(kept, "a")
    kept.table.put(replace(kept.table["a", last - 1], commitment=bytes(32)))
    assert entry_at(only(kept.found(opens=None))) == ("a", last - 1)


def test_the_last_entry_under_another_number_is_found() -> None:
    kept = a_ledger((30, 10), 0).copy()
    last = last_of(kept, "a")
    entry = kept.table["a", last]
    del kept.table.rows["a", last]
    kept.table.put(replace(entry, seq=last + 1))
    finding = only(kept.found(opens=None))
    assert (finding.fault, *entry_at(finding)) == (Fault.MISSING, "a", last)


def test_who_claims_a_leaf_of_two_entries_with_another_commitment_is_named_apart() -> None:
    kept = a_small_ledger()
    entry = kept.table["a", 3]
    kept.table.put(replace(entry, stream="new", seq=0))
    kept.table.put(replace(entry, stream="stray", seq=0, previous=bytes(32), commitment=bytes(32)))
    findings = kept.found(opens=None)
    assert [each.text for each in findings if each.fault is Fault.EXTRA] == ["several entries have it: a 3, new 0"]
    assert ("stray", 0) in [entry_at(each) for each in findings]


def test_entries_may_come_in_any_order() -> None:
    """Nobody promises one; and only what seems broken is read again."""
    whole = a_small_ledger()
    whole.table.shuffled = True
    assert whole.found() == []
    damaged = a_small_ledger()
    damaged.table.put(replace(damaged.table["a", 3], previous=bytes(32)))
    damaged.table.put(replace(damaged.table["d", 5], commitment=bytes(32)))
    del damaged.table.rows["audit/c", 7]
    findings = damaged.found()
    assert set(damaged.table.reads) == {"a", "audit/c", "d"}
    damaged.table.shuffled = True
    assert damaged.found() == findings
    assert len(findings) == 4


def test_content_that_no_key_opens_must_be_told_of_by_an_erasure() -> None:
    kept = a_small_ledger()
    for key, row in list(kept.table.rows.items()):
        if isinstance(row, Row) and row.entry.subject == "p":
            kept.table.put(replace(row.entry, key_id="another"))
            first = key
    findings = kept.report().findings
    assert only(findings).fault is Fault.MISSING
    assert kept.table[first].stream
    assert "no erasure" in findings[0].text
    kept = a_small_ledger()
    row = kept.table[SEQUENCED[0]]
    kept.table.put(replace(row, subject=f"{STRANGERS}2027-01-15", key_id="swept"))
    assert kept.report().is_clean, "the keys of strangers are swept"


def test_an_erasure_that_was_told_of_during_the_audit_is_none() -> None:
    """The scan came past the stream that tells of it before it did."""
    kept = a_small_ledger()
    scan, told = kept.table.scan, [place for place in SEQUENCED if _tells_of_erasure(kept, kept.table[place])]
    late = iter([True])

    def early() -> object:
        without = next(late, False)
        return iter([row for row in scan() if not (without and (row.entry.stream, row.entry.seq) in told)])  # type: ignore[union-attr]

    kept.table.scan = early  # type: ignore[method-assign, assignment]
    assert len(told) == 1
    assert "no erasure" not in str(kept.report().findings)


def _tells_of_erasure(kept: Kept, entry: Entry) -> bool:
    return "erasure_id" in kept.process.ledger.open(entry).body


@pytest.mark.parametrize(("kind", "findings"), [(KIND, 0), ("note", 1)])
def test_only_an_erasure_tells_of_a_key_that_is_gone(kind: str, findings: int) -> None:
    process, found = Process(), Findings()
    process.ledger.append("s", kind, {"key_id": "gone"})
    told = process.ledger.newest("s")
    assert told is not None
    sealed = replace(told.entry, subject="p", key_id="gone")
    contents = Contents(lambda entry: told if entry == told.entry else Opened(entry, None), found)
    for entry in (sealed, told.entry):
        contents.check(entry)
    contents.finish(MemoryTable())
    assert (len(found.first), contents.opened, contents.erased) == (findings, 1, 1)


def test_an_entry_counts_once_and_pending_ones_come_last() -> None:
    kept = a_small_ledger()
    pending = sorted(set(kept.table.rows) - set(SEQUENCED))[0]
    for where in (pending, ("d", 5)):
        kept.table.put(replace(kept.table[where], content=bytes(100), commitment=bytes(32)))
    assert [entry_at(each) for each in kept.found()] == [("d", 5), pending]
