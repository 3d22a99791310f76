"""Whatever is altered in a stream is found, and the first such place is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.ledger.entries import Entry, EntryAlteredError
from lukhas_common.ledger.ledger import Receipt
from lukhas_common.ledger.verify import verify_chain
from tests.unit.ledger.contract import a_chain, an_entry
from tests.unit.ledger.fakes import Process, with_altered

CHAINED = ["stream", "seq", "previous", "commitment"]
READ = [*CHAINED, "entry_id", "content", "subject", "key_id"]
SUBJECTS = st.lists(st.sampled_from([None, "p", "erased"]), min_size=1, max_size=8)


def written(subjects: list[str | None]) -> tuple[Process, list[Entry], set[str]]:
    """A stream with entries about these; the key of one of them was destroyed, and that is told."""
    process = Process()
    for n, subject in enumerate(subjects):
        process.ledger.append("s", "k", {"n": n}, subject=subject)
    destroyed = process.data_keys.load("erased").key_id
    process.data_keys.erase("erased", "e", process.clock())
    fresh = process.another()
    return fresh, process.entries.read("s", 0, 100), {destroyed} if destroyed else set()


def receipt_of(chain: list[Entry]) -> Receipt:
    return Receipt(chain[-1].stream, chain[-1].seq, chain[-1].hash)


def named(verify: Callable[[], None]) -> tuple[str, int]:
    """The place that an EntryAlteredError names."""
    with pytest.raises(EntryAlteredError) as raised:
        verify()
    stream, seq = str(raised.value).partition(":")[0].split(" ")
    return stream, int(seq)


@given(SUBJECTS)
def test_a_stream_as_it_was_appended_is_verified(subjects: list[str | None]) -> None:
    process, chain, destroyed = written(subjects)
    verify_chain(chain)
    verify_chain(chain, receipt=receipt_of(chain))
    verify_chain(chain, opens=process.ledger.open, destroyed=destroyed, receipt=receipt_of(chain[:1]))
    verify_chain([replace(entry, leaf_index=n) for n, entry in enumerate(chain)], opens=process.ledger.open)
    verify_chain([])


@given(SUBJECTS, st.sampled_from(READ), st.data())
def test_any_alteration_is_found_where_it_is(subjects: list[str | None], attribute: str, data: st.DataObject) -> None:
    process, chain, destroyed = written(subjects)
    place = data.draw(st.integers(0, len(chain) - 1))
    if subjects[place] == "erased" and attribute not in (*CHAINED, "key_id"):
        return  # nobody can tell any more
    bad = list(chain)
    bad[place] = with_altered(chain[place], attribute)

    def verify() -> None:
        verify_chain(bad, opens=process.ledger.open, destroyed=destroyed, receipt=receipt_of(chain))

    assert named(verify) == ("s", place)


@given(st.integers(1, 8), st.sampled_from(CHAINED), st.data())
def test_without_any_key_all_that_is_chained_is_found(length: int, attribute: str, data: st.DataObject) -> None:
    chain = sealed(length)
    place = data.draw(st.integers(0, length - 1))
    bad = [*chain[:place], with_altered(chain[place], attribute), *chain[place + 1 :]]
    assert named(lambda: verify_chain(bad, receipt=receipt_of(chain))) == ("s", place)
    if attribute == "commitment" and place == length - 1:
        verify_chain(bad)  # nothing comes after it
    elif (attribute != "commitment" or place < length - 2) and (attribute, place) != ("stream", 0):
        assert named(lambda: verify_chain(bad)) == ("s", place)


def sealed(length: int) -> list[Entry]:
    """A stream of which nobody can open anything."""
    return [replace(entry, subject="p", key_id="k") for entry in a_chain("s", length)]


@pytest.mark.parametrize("attribute", ["content", "commitment", "entry_id", "subject", "key_id"])
def test_what_is_about_nobody_needs_no_key_to_be_verified(attribute: str) -> None:
    _, chain, _ = written([None, None])
    bad = [chain[0], with_altered(chain[1], attribute)]
    assert named(lambda: verify_chain(bad)) == ("s", 1)


@given(SUBJECTS, st.booleans(), st.data())
def test_what_is_left_out_put_in_or_moved_is_found(
    subjects: list[str | None], with_keys: bool, data: st.DataObject
) -> None:
    process, chain, _ = written(subjects)
    opens = process.ledger.open if with_keys else None
    first = data.draw(st.integers(0, len(chain) - 1))
    second = data.draw(st.integers(first, len(chain) - 1))
    without = chain[:first] + chain[second + 1 :]
    assert named(lambda: verify_chain(without, opens=opens, receipt=receipt_of(chain))) == ("s", first)
    if second < len(chain) - 1:
        assert named(lambda: verify_chain(without, opens=opens)) == ("s", first)
    twice = [*chain[: first + 1], *chain[first:]]
    assert named(lambda: verify_chain(twice, opens=opens, receipt=receipt_of(chain))) == ("s", first + 1)
    if first != second:
        swapped = list(chain)
        swapped[first], swapped[second] = chain[second], chain[first]
        assert named(lambda: verify_chain(swapped, opens=opens)) == ("s", first)


@given(SUBJECTS, st.data())
def test_a_forged_entry_is_found_where_it_is(subjects: list[str | None], data: st.DataObject) -> None:
    """Forged by somebody who can write any unsealed entry, chained to the one before it."""
    process, chain, _ = written(subjects)
    place = data.draw(st.integers(0, len(chain) - 1))
    forger = Process()
    for entry in chain[:place]:
        forger.entries.put(entry)
    forger.ledger.append("s", "k", {"forged": True})
    forged = forger.entries.newest("s")
    replaced = [*chain[:place], forged, *chain[place + 1 :]]
    inserted = [*chain[:place], forged, *(replace(entry, seq=entry.seq + 1) for entry in chain[place:])]
    for bad in (replaced, inserted):
        for opens in (None, process.ledger.open):
            assert named(lambda: verify_chain(bad, opens=opens, receipt=receipt_of(chain))) == ("s", place)  # noqa: B023


def test_of_the_last_two_the_one_that_reads_well_is_believed() -> None:
    process, chain, _ = written(["p", "p"])
    bad = [with_altered(chain[0], "commitment"), chain[1]]
    # The first cannot be opened here, as after an erasure; the second can.
    unread = replace(bad[0], key_id="another")
    assert named(lambda: verify_chain([unread, chain[1]], opens=process.ledger.open)) == ("s", 0)
    assert named(lambda: verify_chain([chain[0], an_entry("s", 1, subject="p", key_id="k")])) == ("s", 1)


def test_content_that_no_key_opens_must_be_told_of_by_an_erasure() -> None:
    process, chain, destroyed = written([None, "erased", "p"])
    verify_chain(chain, opens=process.ledger.open)
    assert named(lambda: verify_chain(chain, opens=process.ledger.open, destroyed=frozenset())) == ("s", 1)
    hidden = [*chain[:2], replace(chain[2], key_id=sorted(destroyed)[0] + "0")]
    assert named(lambda: verify_chain(hidden, opens=process.ledger.open, destroyed=destroyed)) == ("s", 2)


def test_a_receipt_finds_what_was_cut_off_or_rewritten() -> None:
    _, chain, _ = written([None, "p", "p"])
    assert named(lambda: verify_chain([], receipt=receipt_of(chain))) == ("s", 0)
    assert named(lambda: verify_chain(chain[:2], receipt=receipt_of(chain))) == ("s", 2)
    assert named(lambda: verify_chain(chain, receipt=replace(receipt_of(chain[:2]), hash=bytes(32)))) == ("s", 1)
    assert named(lambda: verify_chain(chain, receipt=replace(receipt_of(chain), stream="other"))) == ("other", 0)


def test_a_stream_whose_beginning_was_replaced_is_found() -> None:
    """All of it written anew, each chained to the one before, but for the first to anything."""
    chain = [an_entry("s", previous=bytes([1]) * 32)]
    chain += [an_entry("s", 1, chain[0].hash)]
    sealed_anew = [replace(entry, subject="p", key_id="k") for entry in chain]
    assert named(lambda: verify_chain(sealed_anew)) == ("s", 0)
