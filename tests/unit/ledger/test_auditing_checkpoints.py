"""Whatever is wrong with a checkpoint or the lock, the audit finds it: altered, unsigned, forked, or gone back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.ledger.auditing.audit import Fault, audit
from lukhas_common.ledger.log_ports import LogHead
from lukhas_common.tlog.checkpoint import CheckpointError, Verifier
from tests.unit.ledger.audit_world import (
    BOTH,
    a_ledger,
    a_log,
    few,
    flipped,
    head_of,
    note_of,
    only,
    place,
)
from tests.unit.ledger.sequencer_world import ORIGIN, VERIFIERS


@few
@given(st.data())
def test_an_altered_checkpoint_is_found(data: st.DataObject) -> None:
    kept = a_ledger().copy()
    number = data.draw(st.integers(0, len(kept.archive.versions) - 1))
    note = kept.archive.versions[number]
    assert note is not None
    kept.archive.versions[number] = flipped(note, data.draw(st.integers(0, len(note) - 1)))
    finding = kept.bucket()[0]
    assert (finding.fault, finding.path) == (Fault.UNSIGNED, "checkpoint")
    assert f"version v{number}:" in finding.text
    assert kept.found()[0] == finding


@pytest.mark.parametrize("line", [0, 1])
@pytest.mark.parametrize("number", [0, 4, 8])
def test_each_signature_of_each_checkpoint_must_be_there(line: int, number: int) -> None:
    kept = a_ledger().copy()
    lines = (kept.archive.versions[number] or b"").splitlines(keepends=True)
    kept.archive.versions[number] = b"".join([*lines[:4], lines[4 + line]])
    finding = only(kept.bucket())
    assert (finding.fault, finding.path) == (Fault.UNSIGNED, "checkpoint")
    # The others still prove the log.
    assert kept.report(state=None, table=None).size == (600 if number < 8 else 513)


def test_without_any_genuine_checkpoint_the_rest_is_still_compared() -> None:
    kept = a_ledger().copy()
    kept.archive.versions = [b"x"]
    assert [each.fault for each in kept.bucket()] == [Fault.UNSIGNED]
    assert kept.report().size == 600
    kept.archive.put("tile/0/001", flipped(kept.archive["tile/0/001"], 40))
    assert [each.path for each in kept.bucket()] == ["checkpoint", "tile/0/001"]


@few
@given(st.integers(0, 7), st.integers(1, 8))
def test_a_log_that_went_back_is_found(to: int, versions: int) -> None:
    kept = a_ledger().copy()
    kept.archive.versions.append(kept.archive.versions[to])
    finding = kept.bucket()[0]
    assert (finding.fault, finding.path) == (Fault.REORDERED, "checkpoint")
    assert f"version v9: size {kept.sizes[to]}" in finding.text or "after size 600" in finding.text


def test_a_log_that_was_cut_back_is_found_by_the_lock_the_entries_or_a_kept_checkpoint() -> None:
    kept = a_ledger().copy()
    newest = kept.archive.versions.pop()
    assert newest is not None
    for path in [path for path in kept.archive.objects if path not in _of_sizes(kept.sizes[:-1])]:
        del kept.archive.objects[path]
    assert kept.bucket() == []
    finding = only(kept.report(state=None, table=None, known=[newest]).findings)
    assert (finding.fault, *place(finding)) == (Fault.MISSING, "checkpoint", 513)
    assert kept.report().findings == [], "as while a batch is being published"
    kept.now += 1000
    finding = only(kept.found())
    assert (finding.fault, finding.place) == (Fault.ALTERED, "the lock")
    assert "513" in finding.text
    kept.state.head = head_of(kept.archive.versions[-1] or b"")
    assert {each.fault for each in kept.found()} == {Fault.EXTRA}
    assert len(kept.found()) == 87


def _of_sizes(sizes: list[int]) -> set[str]:
    """The paths of a log that had these sizes."""
    return set(a_log(*[size for size in sizes if size]).archive.objects)


def test_a_kept_checkpoint_must_be_a_beginning_of_the_log() -> None:
    kept = a_ledger().copy()
    for number, note in enumerate(kept.archive.versions):
        assert note is not None
        assert kept.report(known=[note]).findings == [], number
    forked = note_of(300, bytes(32))
    finding = only(kept.report(known=[forked]).findings)
    assert (finding.fault, finding.path) == (Fault.FORKED, "checkpoint")
    with pytest.raises(CheckpointError):
        kept.report(known=[flipped(forked, 30)])


@few
@given(st.integers(1, 8), st.sampled_from(BOTH))
def test_a_forked_checkpoint_that_is_signed_well_is_found(number: int, beside: bool) -> None:
    kept = a_ledger().copy()
    forked = note_of(kept.sizes[number], bytes(32))
    if beside:
        kept.archive.versions.insert(number + 1, forked)
    else:
        kept.archive.versions[number] = forked
    finding = kept.bucket()[0]
    assert finding.path == "checkpoint"
    if not beside and number == 8:
        assert (finding.fault, finding.leaf_index) == (Fault.ALTERED, 513)
    else:
        assert finding.fault is Fault.FORKED
        assert f"size {kept.sizes[number]}" in finding.text


def test_a_fork_as_the_only_checkpoint_is_found() -> None:
    kept = a_ledger().copy()
    kept.archive.versions = [note_of(600, bytes(32))]
    finding = kept.bucket()[0]
    assert (finding.fault, *place(finding)) == (Fault.ALTERED, "checkpoint", 0)
    kept.archive.versions = [note_of(0, bytes(32))]
    assert kept.bucket()[0].path == "checkpoint"


@pytest.mark.parametrize("number", range(9))
def test_a_checkpoint_that_was_published_twice_or_deleted_is_found(number: int) -> None:
    kept = a_ledger().copy()
    kept.archive.versions.insert(number + 1, kept.archive.versions[number])
    assert (only(kept.bucket()).fault, kept.bucket()[0].path) == (Fault.REORDERED, "checkpoint")
    kept = a_ledger().copy()
    kept.archive.versions.insert(number + 1, None)
    assert (only(kept.bucket()).fault, kept.bucket()[0].path) == (Fault.MISSING, "checkpoint")


def test_other_keys_do_not_do() -> None:
    kept = a_ledger().copy()
    other = Verifier(ORIGIN, LocalSigner("Ed25519", bytes([1]) * 32).public_key)
    assert audit(replace(kept.audited(), verifiers=VERIFIERS[:1]), kept.now).is_clean
    assert audit(replace(kept.audited(), verifiers=[*VERIFIERS, other]), kept.now).is_clean
    for verifiers in ([other], [other, VERIFIERS[1]], [Verifier("else/where", VERIFIERS[0].key)]):
        report = audit(replace(kept.audited(), verifiers=verifiers, state=None, table=None), kept.now)
        assert {each.fault for each in report.findings} == {Fault.UNSIGNED}
        assert report.total == 9


# ---------------------------------------------------------------- the lock


def test_a_lock_that_is_not_the_published_checkpoint_is_found() -> None:
    whole = a_ledger()
    head = whole.state.head
    assert head is not None
    forked, older = note_of(600, bytes(32)), whole.archive.versions[-2] or b""
    resigned = note_of(600, head.root)
    unsigned = flipped(head.note, len(head.note) - 9)
    wrong = {
        "no lock": None,
        "fork": LogHead(600, bytes(32), forked),
        "signed again": LogHead(600, head.root, resigned),
        "size": replace(head, size=601),
        "root": replace(head, root=bytes(32)),
        "older": head_of(older),
        "unsigned": replace(head, note=unsigned),
        "ahead of a late log": LogHead(700, head.root, note_of(700, head.root, at=whole.now - 1000)),
    }
    for name, changed in wrong.items():
        kept = whole.copy()
        kept.state.head = changed
        finding = only(kept.report(table=None).findings)
        assert (finding.place, finding.path, finding.stream) == ("the lock", None, None), name
        assert finding.fault is (Fault.MISSING if changed is None else Fault.ALTERED)
        assert kept.report(state=None, table=None).is_clean
    kept = whole.copy()
    kept.state.head = LogHead(700, head.root, note_of(700, head.root, at=whole.now - 100))
    assert kept.report().is_clean, "a batch is being published"
    for error in (KeyError, TypeError, ValueError):
        kept.state = type("State", (), {"load": lambda _, error=error: (_ for _ in ()).throw(error())})()
        assert "cannot be read" in only(kept.report(table=None).findings).text


def test_when_only_the_lock_is_genuine_it_tells_the_root() -> None:
    kept = a_ledger().copy()
    kept.archive.versions = [b"x"]
    kept.archive.put("tile/0/002.p/88", flipped(kept.archive["tile/0/002.p/88"], 40))
    assert [each.path for each in kept.report().findings] == ["checkpoint", "tile/0/002.p/88"]
