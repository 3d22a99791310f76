"""What an entry says: canonical JSON, commitments and seals, held to RFC 8785's own vectors."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto.macs import mac
from lukhas_common.crypto.sealing import seal
from lukhas_common.ledger.entries import Entry, EntryAlteredError, LedgerError, chain_hash
from lukhas_common.ledger.records import (
    MAX_RECORD,
    SALT,
    Record,
    canonical,
    commitment,
    entry_of,
    opened,
    record_from,
)
from tests.unit.ledger.fakes import Process, with_altered

KEY = bytes(range(32))
RECORD = Record("s", 3, "id", "kind", 1_800_000_000.123, bytes([7]) * 32, {"name": "Ada", "n": 1})
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=12,
)


def test_json_is_canonical_as_the_vectors_of_its_rfc_have_it(shared: Path) -> None:
    folder = shared / "vectors" / "jcs" / "testdata"
    tried = 0
    for file in sorted((folder / "input").glob("*.json")):
        expected = bytes.fromhex((folder / "outhex" / f"{file.stem}.txt").read_text())
        assert expected == (folder / "output" / file.name).read_bytes().rstrip(b"\n")
        assert canonical(json.loads(file.read_bytes())) == expected, file.name
        tried += 1
    assert tried == 6


@pytest.mark.parametrize(
    ("number", "text"),
    [
        # RFC 8785, appendix B.
        (0.0, b"0"),
        (-0.0, b"0"),
        (5e-324, b"5e-324"),
        (-5e-324, b"-5e-324"),
        (1.7976931348623157e308, b"1.7976931348623157e+308"),
        (9007199254740992.0, b"9007199254740992"),
        (-9007199254740992.0, b"-9007199254740992"),
        (295147905179352830000.0, b"295147905179352830000"),
        (9.999999999999997e22, b"9.999999999999997e+22"),
        (1e23, b"1e+23"),
        (1.0000000000000001e23, b"1.0000000000000001e+23"),
        (999999999999999700000.0, b"999999999999999700000"),
        (999999999999999900000.0, b"999999999999999900000"),
        (1e21, b"1e+21"),
        (9.999999999999997e-7, b"9.999999999999997e-7"),
        (0.000001, b"0.000001"),
        (333333333.3333332, b"333333333.3333332"),
        (333333333.33333325, b"333333333.33333325"),
        (333333333.3333333, b"333333333.3333333"),
        (333333333.3333334, b"333333333.3333334"),
        (333333333.33333343, b"333333333.33333343"),
        (-0.0000033333333333333333, b"-0.0000033333333333333333"),
        (1424953923781206.2, b"1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_the_appendix_of_the_rfc_has_it(number: float, text: bytes) -> None:
    assert canonical(number) == text


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        2**53,
        -(2**53),
        10**5000,
        {1: "a"},
        {None: "a"},
        {"\ud800": 1},
        "\udfff",
        b"bytes",
        {"a", "set"},
        [object()],
    ],
    ids=lambda value: str(type(value)),
)
def test_what_is_no_json_is_refused(value: Any) -> None:
    for inside in (value, [value], {"a": value}):
        with pytest.raises(LedgerError, match="not canonical JSON") as raised:
            canonical(inside)
        assert "bytes" not in str(raised.value)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(LedgerError, match="RecursionError"):
        canonical(deep)


@given(VALUES)
def test_a_record_is_read_as_it_was_written_and_can_be_written_again(body: Any) -> None:
    record = replace(RECORD, body={"value": body})
    again = record_from(record.canonical())
    assert again == record
    assert again.canonical() == record.canonical()
    assert again.body.keys() == {"value"}


@pytest.mark.parametrize("salted", [True, False])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{}",
        b"\xff",
        b"[1]",
        RECORD.canonical().replace(b'"version":1', b'"version":2'),
        RECORD.canonical().replace(b'"n":1', b'"n":'),
        RECORD.canonical().replace(b"2027-", b"yesterday "),
        RECORD.canonical().replace(b'"previous":"07', b'"previous":"x7'),
    ],
)
def test_what_is_no_record_is_not_read(content: bytes, salted: bool) -> None:
    with pytest.raises(EntryAlteredError):
        record_from(content)
    if salted:
        entry = Entry("s", 3, "id", RECORD.previous, commitment(bytes(SALT), content), bytes(SALT) + content)
        with pytest.raises(EntryAlteredError):
            opened(entry, None)


def test_a_record_has_its_largest_size() -> None:
    empty = len(replace(RECORD, body={"x": ""}).canonical())
    assert len(replace(RECORD, body={"x": "a" * (MAX_RECORD - empty)}).canonical()) == MAX_RECORD == 262_144
    with pytest.raises(LedgerError, match="at most 262144"):
        replace(RECORD, body={"x": "a" * (MAX_RECORD - empty + 1)}).canonical()


@pytest.mark.parametrize(("subject", "key_id", "key"), [(None, None, None), ("p", "k", KEY)])
def test_an_entry_opens_to_what_it_was_made_of(subject: str | None, key_id: str | None, key: bytes | None) -> None:
    salt = bytes([9]) * SALT
    entry = entry_of(RECORD, salt, subject, key_id, key)
    assert opened(entry, key) == (salt, RECORD.canonical())
    assert entry.commitment == mac(salt, RECORD.canonical())
    assert entry.hash == hashlib.sha256(RECORD.previous + entry.commitment).digest()
    assert (b"Ada" in entry.content) is (key is None)


@given(
    st.sampled_from(["stream", "seq", "entry_id", "previous", "commitment", "content", "subject", "key_id"]),
    st.sampled_from([None, KEY]),
)
def test_an_entry_with_any_attribute_altered_does_not_open(attribute: str, key: bytes | None) -> None:
    subject, key_id = (None, None) if key is None else ("p", "k")
    entry = entry_of(RECORD, bytes(SALT), subject, key_id, key)
    bad = with_altered(entry, attribute)
    if (attribute, key) == ("subject", KEY):
        return  # that decides on the key that is asked for, so another subject's key opens nothing
    with pytest.raises(EntryAlteredError):
        opened(bad, key)


def test_an_entry_without_the_subject_or_the_key_that_it_needs_does_not_open() -> None:
    entry = entry_of(RECORD, bytes(SALT), "p", "k", KEY)
    for bad, key in (
        (replace(entry, subject=None), KEY),
        (replace(entry, key_id=None), KEY),
        (replace(entry, subject=None, key_id=None), None),
        (entry, None),
        (entry, bytes(32)),
    ):
        with pytest.raises(EntryAlteredError):
            opened(bad, key)


def test_a_record_opens_at_its_own_place_only() -> None:
    """Even with its commitment and content moved there, and sealed anew by somebody who has the key."""
    content = bytes(SALT) + RECORD.canonical()
    committed = commitment(bytes(SALT), RECORD.canonical())
    sealed = entry_of(RECORD, bytes(SALT), "p", "k", KEY)
    for place in ({"stream": "other"}, {"seq": 4}, {"previous": bytes(32)}, {"entry_id": "another"}):
        clear = Entry("s", 3, "id", RECORD.previous, committed, content)
        with pytest.raises(EntryAlteredError, match="belongs elsewhere"):
            opened(replace(clear, **place), None)
        with pytest.raises(EntryAlteredError):
            opened(replace(sealed, **place), KEY)
    bound = canonical(["lukhas ledger entry v1", "s", 3, "k"])
    again = replace(sealed, content=seal(KEY, content, bound))
    assert opened(again, KEY)[1] == RECORD.canonical()


def test_two_entries_that_say_the_same_have_nothing_in_common() -> None:
    process = Process()
    for stream in ("a", "b"):
        process.ledger.append(stream, "k", {"same": "words"}, subject="p")
        process.ledger.append(stream, "k", {"same": "words"}, subject="p")
    entries = [entry for stream in ("a", "b") for entry in process.entries.read(stream, 0, 10)]
    assert len({entry.commitment for entry in entries}) == 4
    assert len({entry.hash for entry in entries}) == 4
    assert len({process.ledger.open(entry).salt for entry in entries}) == 4
    assert len({entry.content[: 12 + SALT] for entry in entries}) == 4
    # Even the very same record twice.
    assert entry_of(RECORD, b"1" * SALT, None, None, None).commitment != commitment(b"2" * SALT, RECORD.canonical())


def test_what_is_stored_in_clear_tells_nothing_of_what_is_sealed() -> None:
    """Who guesses the whole record can still not tell from what is stored in clear whether the guess is right."""
    process = Process()
    process.ledger.append("s", "diagnosis", {"of": "Ada Lovelace"}, subject="p")
    entry = process.entries.newest("s")
    record = process.ledger.open(entry)
    assert record.record is not None
    assert record.salt is not None
    guesses = [record.record.canonical(), canonical({"of": "Ada Lovelace"}), b"diagnosis"]
    clear = [entry.stream, str(entry.seq), entry.entry_id, "p", entry.key_id]
    known = [b"", bytes(32), entry.previous, *(text.encode() for text in clear)]
    derived = {
        how
        for guess in guesses
        for key in known
        for joined in (key + guess, guess + key)
        for how in (
            mac(key, guess),
            mac(guess, key),
            hashlib.sha256(joined).digest(),
            chain_hash(entry.previous, hashlib.sha256(joined).digest()),
            chain_hash(entry.previous, mac(key, guess)),
        )
    }
    stored = entry.commitment + entry.hash + entry.previous + entry.content + "".join(clear).encode()
    assert not any(how in stored for how in derived)
    assert mac(record.salt, guesses[0]) == entry.commitment
    for part in (record.salt, b"Ada Lovelace", b"diagnosis"):
        assert part not in stored
    assert len(record.salt) == 32
    assert all(a != b for a, b in itertools.pairwise([entry.previous, entry.commitment, entry.hash]))
