"""Checkpoints: signed twice, and refused for any change to them."""

from __future__ import annotations

import base64
import struct
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto.keys import PublicKey
from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.tlog.checkpoint import Checkpoint, CheckpointError, sign_checkpoint, verify_checkpoint
from lukhas_common.tlog.merkle import MAX_SIZE
from lukhas_common.tlog.notes import NoteError, SignatureLine, SignedNote, parse_note
from lukhas_common.tlog.verifiers import Kind, Verifier

ORIGIN, NOW = "log.example/2026", 1_800_000_000.9
ED25519, ML_DSA = LocalSigner("Ed25519", b"e" * 32), LocalSigner("ML-DSA-44", b"m" * 32)
OWN = (
    Verifier(ORIGIN, ED25519.public_key),
    Verifier(ORIGIN, ML_DSA.public_key, Kind.ML_DSA_44_COSIGNATURE),
)
WITNESS = Verifier("witness.example", LocalSigner("Ed25519", b"w" * 32).public_key, Kind.ED25519_COSIGNATURE)
CHECKPOINT = Checkpoint(ORIGIN, 20_852_163, sha256(b"root").digest())
NOTE = sign_checkpoint(CHECKPOINT, ED25519, ML_DSA, NOW)
ROOT = base64.b64encode(CHECKPOINT.root).decode()
RAW = {
    Kind.ED25519: base64.urlsafe_b64decode(ED25519.public_key.jwk["x"] + "="),
    Kind.ML_DSA_44_COSIGNATURE: base64.urlsafe_b64decode(ML_DSA.public_key.jwk["pub"] + "=="),
}

lines = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[chr(each) for each in range(32)]),
    min_size=1,
    max_size=60,
)
checkpoints = st.builds(
    Checkpoint,
    lines,
    st.integers(0, MAX_SIZE),
    st.binary(min_size=32, max_size=32),
    st.lists(lines, max_size=3).map(tuple),
)


def key_id(name: str, kind: Kind) -> bytes:
    identifier = {Kind.ED25519: b"\x01", Kind.ML_DSA_44_COSIGNATURE: b"\x06"}[kind]
    return sha256(name.encode() + b"\n" + identifier + RAW[kind]).digest()[:4]


def witnessed(note: bytes, checkpoint: Checkpoint, timestamp: int) -> bytes:
    """The note with one more line: a witness's, made here by hand."""
    message = f"cosignature/v1\ntime {timestamp}\n{checkpoint.text()}".encode()
    signature = struct.pack(">Q", timestamp) + LocalSigner("Ed25519", b"w" * 32).sign(message)
    line = base64.b64encode(WITNESS.key_id + signature).decode()
    return note + f"— {WITNESS.name} {line}\n".encode()


def resigned(*lines: SignatureLine, text: str | None = None) -> bytes:
    return SignedNote(text or CHECKPOINT.text(), lines).render()


@given(checkpoint=checkpoints)
def test_a_checkpoint_that_is_written_is_read_back(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


def test_a_checkpoint_is_three_lines_and_its_extensions() -> None:
    assert CHECKPOINT.text() == f"log.example/2026\n20852163\n{ROOT}\n"
    assert replace(CHECKPOINT, extensions=("a", "b")).text() == f"log.example/2026\n20852163\n{ROOT}\na\nb\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n\n",
        f"log\n1\n{ROOT}",
        f"log\n1\n{ROOT}\n\n",
        f"log\n1\n{ROOT}\n\nextension\n",
        f"log\n1\n{ROOT}\nextension",
        f"\n1\n{ROOT}\n",
        f"log\n\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n+1\n{ROOT}\n",
        f"log\n01\n{ROOT}\n",
        f"log\n00\n{ROOT}\n",
        f"log\n1 \n{ROOT}\n",
        f"log\n1_0\n{ROOT}\n",
        f"log\n٣\n{ROOT}\n",
        f"log\n0x1\n{ROOT}\n",
        f"log\n{2**63}\n{ROOT}\n",
        f"log\n{'9' * 5000}\n{ROOT}\n",
        "log\n1\n",
        "log\n1\n\n",
        f"log\n1\n{ROOT[:-1]}\n",
        f"log\n1\n{ROOT[:-4]}\n",
        f"log\n1\nAAAA{ROOT}\n",
        f"log\n1\n{ROOT} \n",
        "log\n1\n" + "A" * 42 + "B=\n",
        "log\n1\n" + "_" * 42 + "8=\n",
        f"lo\tg\n1\n{ROOT}\n",
        f"lo\rg\n1\n{ROOT}\n",
        f"lo\ud800g\n1\n{ROOT}\n",
        f"lo{chr(0xDFFF)}g\n1\n{ROOT}\n",
        f"log\n1\n{ROOT}\nex\0tension\n",
        f"{'l' * 256}\n1\n{ROOT}\n",
        f"{'ä' * 128}\n1\n{ROOT}\n",
    ],
    ids=lambda text: repr(text)[:40],
)
def test_what_is_no_text_of_a_checkpoint_is_refused(text: str) -> None:
    assert Checkpoint.parse(f"log\n1\n{ROOT}\n").size == 1
    with pytest.raises(CheckpointError):
        Checkpoint.parse(text)


def test_an_origin_has_up_to_255_bytes() -> None:
    longest = replace(CHECKPOINT, origin="ä" * 127 + "l")
    own = [replace(verifier, name=longest.origin) for verifier in OWN]
    assert verify_checkpoint(sign_checkpoint(longest, ED25519, ML_DSA, NOW), longest.origin, own) == longest


def test_a_log_signs_as_the_standards_say() -> None:
    note = parse_note(NOTE)
    assert note.text == CHECKPOINT.text()
    first, second = note.signatures
    assert (first.name, first.key_id) == (ORIGIN, key_id(ORIGIN, Kind.ED25519))
    assert ED25519.public_key.verifies(CHECKPOINT.text().encode(), first.signature)
    assert (second.name, second.key_id) == (ORIGIN, key_id(ORIGIN, Kind.ML_DSA_44_COSIGNATURE))
    assert len(second.signature) == 8 + 2420
    assert second.signature[:8] == struct.pack(">Q", 1_800_000_000)
    name = bytes([len(ORIGIN)]) + ORIGIN.encode()
    numbers = bytes(8) + struct.pack(">Q", 20_852_163)
    message = b"subtree/v1\n\0" + name + struct.pack(">Q", 1_800_000_000) + name + numbers + CHECKPOINT.root
    assert ML_DSA.public_key.verifies(message, second.signature[8:])


def test_what_both_keys_signed_is_believed() -> None:
    assert verify_checkpoint(NOTE, ORIGIN, OWN) == CHECKPOINT
    assert verify_checkpoint(NOTE, ORIGIN, OWN[:1]) == CHECKPOINT
    assert verify_checkpoint(NOTE, ORIGIN, OWN[1:]) == CHECKPOINT


def test_a_change_to_any_byte_is_refused() -> None:
    for place in range(len(NOTE)):
        refuse(NOTE[:place] + bytes([NOTE[place] ^ 1 << place % 8]) + NOTE[place + 1 :], OWN)


@given(place=st.integers(0, len(NOTE) - 1), data=st.binary(max_size=3), cut=st.integers(0, 3))
def test_anything_put_in_or_cut_out_is_refused(place: int, data: bytes, cut: int) -> None:
    other = NOTE[:place] + data + NOTE[place + cut :]
    if other != NOTE:
        refuse(other, OWN)


@given(note=st.binary(max_size=300))
def test_no_bytes_break_the_verification(note: bytes) -> None:
    refuse(note, OWN)


def test_one_good_signature_of_every_kind_is_demanded() -> None:
    first, second = parse_note(NOTE).signatures
    refuse(resigned(first), OWN)
    refuse(resigned(second), OWN)
    assert verify_checkpoint(resigned(second, first), ORIGIN, OWN) == CHECKPOINT
    refuse(NOTE, [*OWN, WITNESS])
    refuse(NOTE, [])
    noted = witnessed(NOTE, CHECKPOINT, 1_800_000_001)
    assert verify_checkpoint(noted, ORIGIN, [*OWN, WITNESS]) == CHECKPOINT
    assert verify_checkpoint(noted, ORIGIN, [WITNESS]) == CHECKPOINT


def test_one_key_of_a_kind_is_enough_while_keys_are_changed() -> None:
    successor = Verifier(ORIGIN, LocalSigner("Ed25519", b"s" * 32).public_key)
    assert verify_checkpoint(NOTE, ORIGIN, [*OWN, successor]) == CHECKPOINT
    refuse(NOTE, [successor, OWN[1]])


def test_signatures_by_unknown_keys_are_ignored_but_a_bad_one_by_a_known_key_is_not() -> None:
    first, second = parse_note(NOTE).signatures
    bad = replace(first, signature=first.signature[:-1] + bytes([first.signature[-1] ^ 1]))
    for unknown in (replace(bad, name="other.example"), replace(bad, key_id=b"1234")):
        assert verify_checkpoint(resigned(unknown, first, second, unknown), ORIGIN, OWN) == CHECKPOINT
    refuse(resigned(first, second, bad), OWN)
    refuse(resigned(bad, first, second), OWN)
    for cut in (first.signature[:-1], first.signature + b"\0", b"\0"):
        refuse(resigned(first, second, replace(first, signature=cut)), OWN)
    for cut in (second.signature[:-1], second.signature + b"\0", second.signature[:8], b"\0"):
        refuse(resigned(first, second, replace(second, signature=cut)), OWN)


def test_the_origin_must_be_the_one_that_was_asked_for() -> None:
    with pytest.raises(CheckpointError, match="another log"):
        verify_checkpoint(NOTE, "log.example/2027", OWN)


def test_a_kind_of_signature_does_not_pass_for_another() -> None:
    """The same Ed25519 key as log and as witness signs different messages."""
    as_witness = replace(OWN[0], kind=Kind.ED25519_COSIGNATURE)
    first = parse_note(NOTE).signatures[0]
    refuse(resigned(replace(first, key_id=as_witness.key_id)), [as_witness])
    refuse(resigned(replace(first, key_id=as_witness.key_id, signature=bytes(8) + first.signature)), [as_witness])


def test_extension_lines_that_only_ml_dsa_would_vouch_for_are_refused() -> None:
    extended = ("one more line",)
    signed = sign_checkpoint(replace(CHECKPOINT, extensions=extended), ED25519, ML_DSA, NOW)
    first, second = parse_note(signed).signatures
    text = replace(CHECKPOINT, extensions=extended).text()
    assert verify_checkpoint(resigned(first, second, text=text), ORIGIN, OWN).extensions == extended
    assert verify_checkpoint(resigned(first, text=text), ORIGIN, OWN[:1]).extensions == extended
    refuse(resigned(first, second, text=text), OWN[1:])
    assert verify_checkpoint(resigned(second), ORIGIN, OWN[1:]) == CHECKPOINT


def test_a_time_that_no_clock_can_show_is_refused() -> None:
    assert verify_checkpoint(witnessed(NOTE, CHECKPOINT, 2**63 - 1), ORIGIN, [WITNESS]) == CHECKPOINT
    refuse(witnessed(NOTE, CHECKPOINT, 2**63), [WITNESS])
    for now in (1.0, 2**63 - 1):
        assert verify_checkpoint(sign_checkpoint(CHECKPOINT, ED25519, ML_DSA, now), ORIGIN, OWN) == CHECKPOINT
    for now in (0.0, 0.9, -1.0, 2.0**63):
        with pytest.raises(CheckpointError):
            sign_checkpoint(CHECKPOINT, ED25519, ML_DSA, now)


def test_a_log_signs_only_with_keys_of_the_right_algorithms_and_under_a_name() -> None:
    for signers in ((ML_DSA, ED25519), (ED25519, ED25519), (ML_DSA, ML_DSA)):
        with pytest.raises(CheckpointError):
            sign_checkpoint(CHECKPOINT, *signers, NOW)
    with pytest.raises(CheckpointError):
        sign_checkpoint(replace(CHECKPOINT, origin="my log"), ED25519, ML_DSA, NOW)


@pytest.mark.parametrize("verifier", [*OWN, WITNESS], ids=lambda each: each.kind.name)
def test_a_verifier_key_is_read_back(verifier: Verifier) -> None:
    assert Verifier.parse(verifier.vkey) == verifier
    name, digits, encoded = verifier.vkey.split("+", 2)
    assert (name, bytes.fromhex(digits)) == (verifier.name, verifier.key_id)
    assert base64.b64decode(encoded)[0] == verifier.kind


@given(place=st.integers(0, len(WITNESS.vkey) - 1), data=st.text(max_size=2), cut=st.integers(0, 2))
def test_a_verifier_key_with_any_change_is_refused(place: int, data: str, cut: int) -> None:
    other = WITNESS.vkey[:place] + data + WITNESS.vkey[place + cut :]
    if other != WITNESS.vkey:
        with pytest.raises(NoteError):
            Verifier.parse(other)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "+",
        "++",
        "a",
        "a+00000000",
        "a+00000000+",
        "a+00000000+AA==",
        "a+00000000+Ag==",
        "a\ud800+00000000+AQ==",
        WITNESS.vkey.upper(),
        WITNESS.vkey + "\n",
        " " + WITNESS.vkey,
        "+" + WITNESS.vkey,
    ],
    ids=lambda each: repr(each)[:30],
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(vkey)


def test_a_verifier_key_of_a_kind_that_is_not_used_or_with_a_lone_surrogate_is_refused() -> None:
    for kind in (0, 2, 3, 5, 7, 255):
        encoded = bytes([kind]) + RAW[Kind.ED25519]
        digits = sha256(b"a\n" + encoded).hexdigest()[:8]
        with pytest.raises(NoteError):
            Verifier.parse(f"a+{digits}+{base64.b64encode(encoded).decode()}")
    with pytest.raises(NoteError):
        Verifier.parse("\ud800" + WITNESS.vkey)


def test_a_verifier_is_made_of_a_name_and_a_key_that_go_together() -> None:
    es256 = PublicKey.of("ES256", bytes(64))
    for name, key, kind in [
        ("a b", ED25519.public_key, Kind.ED25519),
        ("a", ED25519.public_key, Kind.ML_DSA_44_COSIGNATURE),
        ("a", ML_DSA.public_key, Kind.ED25519),
        ("a", es256, Kind.ED25519_COSIGNATURE),
    ]:
        with pytest.raises(NoteError):
            Verifier(name, key, kind)


def test_a_verifier_whose_name_fits_no_signed_message_believes_nothing() -> None:
    long = Verifier("a" * 256, ML_DSA.public_key, Kind.ML_DSA_44_COSIGNATURE)
    assert not long.verifies(CHECKPOINT, bytes(2428))


def refuse(note: bytes, verifiers: object) -> None:
    with pytest.raises(CheckpointError):
        verify_checkpoint(note, ORIGIN, verifiers)  # type: ignore[arg-type]
