"""Encrypted bytes, fields and envelopes: what was not meant to open does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto import aes_gcm
from lukhas_common.crypto.encrypt import (
    EncryptionKey,
    MacKey,
    RootKey,
    authenticate,
    decrypt_bytes,
    encrypt_bytes,
    is_authentic,
)
from lukhas_common.crypto.envelope import BranchKey, branch_of, disclose, enclose, rewrap
from lukhas_common.crypto.fields import Fields
from lukhas_common.crypto.sealing import OVERHEAD, SealError, derive, seal, unseal, unseal_committed

ROOT = Path(__file__).resolve().parents[3]
BRANCH = BranchKey("one", EncryptionKey(bytes(32)))


def test_the_example_of_the_seed() -> None:
    key = b"\x00" * 32
    cipher = encrypt_bytes(key, b"Sensitive text")
    assert decrypt_bytes(key, cipher) == b"Sensitive text"
    assert decrypt_bytes(EncryptionKey(key), cipher) == b"Sensitive text"
    assert len(cipher) == len(b"Sensitive text") + OVERHEAD


def test_aes_gcm_is_called_in_one_place() -> None:
    for folder in ("layers", "functions", "scripts"):
        for file in (ROOT / folder).rglob("*.py"):
            assert "AESGCM" not in file.read_text() or file.name == "aes_gcm.py", file


@given(st.binary(max_size=60), st.binary(max_size=20), st.data())
def test_no_bit_may_change(plain: bytes, bound: bytes, data: st.DataObject) -> None:
    sealed = encrypt_bytes(bytes(32), plain, bound=bound)
    assert decrypt_bytes(bytes(32), sealed, bound=bound) == plain
    flipped = bytearray(sealed)
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    for key, altered, other in (
        (bytes(32), bytes(flipped), bound),
        (bytes(32), sealed[: data.draw(st.integers(0, len(sealed) - 1))], bound),
        (bytes(32), sealed, bound + b"x"),
        (b"\1" * 32, sealed, bound),
    ):
        with pytest.raises(SealError):
            decrypt_bytes(key, altered, bound=other)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_whatever_holds_bytes_is_encrypted_and_decrypted(kind: Callable[[bytes], Any]) -> None:
    key = RootKey.random().encryption("x")
    sealed = encrypt_bytes(key, kind(b"Ada"), bound=kind(b"here"))
    assert decrypt_bytes(key, kind(sealed), bound=kind(b"here")) == b"Ada"
    for wrong in ("Ada", 3, None):
        with pytest.raises(TypeError):
            encrypt_bytes(key, wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            decrypt_bytes(key, wrong)  # type: ignore[arg-type]
    with pytest.raises(SealError):
        decrypt_bytes(key, kind(b""))


def test_what_was_sealed_before_opens_where_it_was_stored_and_nowhere_else() -> None:
    """Even where its nonce begins as the header does."""
    for nonce in (bytes(12), b"LKS\x01" + bytes(8)):
        old = nonce + aes_gcm.encrypt(bytes(32), nonce, b"p" * 80, b"b")
        assert unseal(bytes(32), old, b"b") == b"p" * 80
        with pytest.raises(SealError):
            unseal_committed(bytes(32), old, b"b")


def test_a_key_is_committed_to() -> None:
    """Content that is authentic under another key is refused for its commitment."""
    one, other = seal(bytes(32), b"p", b""), seal(b"\1" * 32, b"p", b"")
    salt = other[4:20]
    out = derive(b"\1" * 32, b"lukhas sealed bytes v1", salt=salt, length=76)
    assert other[20:52] == out[44:]
    for mixed in (other[:20] + one[20:52] + other[52:], other[:20] + bytes(32) + other[52:]):
        with pytest.raises(SealError):
            unseal_committed(b"\1" * 32, mixed, b"")


def test_keys_serve_one_purpose() -> None:
    root = RootKey(bytes(32))
    assert len({root.encryption("a").secret, root.encryption("b").secret, root.mac("a").secret, root.secret}) == 4
    assert root.mac("a") == root.mac("a") != root.mac("b")
    assert "00" not in repr(root)
    for wrong in (root, root.mac("a"), "0" * 32, bytearray(32)):
        with pytest.raises(TypeError):
            encrypt_bytes(wrong, b"")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        authenticate(root.encryption("a"), b"")  # type: ignore[arg-type]
    for length in (0, 16, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            encrypt_bytes(bytes(length), b"")
    tag = authenticate(MacKey(bytes(32)), b"d")
    assert is_authentic(MacKey(bytes(32)), b"d", tag)
    assert not is_authentic(MacKey(bytes(32)), b"e", tag)


def test_a_field_opens_in_its_own_place_only() -> None:
    fields = Fields.of("users", "k1", RootKey(bytes(32)))
    sealed = fields.seal("ada", "email", "ada@example.org")
    assert fields.unseal("ada", "email", sealed) == "ada@example.org"
    for table, key_id, item, attribute in (
        ("other", "k1", "ada", "email"),
        ("users", "k2", "ada", "email"),
        ("users", "k1", "bob", "email"),
        ("users", "k1", "ada", "phone"),
    ):
        with pytest.raises(SealError):
            Fields.of(table, key_id, RootKey(bytes(32))).unseal(item, attribute, sealed)


def test_a_beacon_finds_equal_values_of_one_attribute() -> None:
    fields = Fields.of("users", "k1", RootKey(bytes(32)))
    beacon = fields.beacon("email", "a@b.c")
    assert beacon == Fields.of("users", "k2", RootKey(bytes(32))).beacon("email", "a@b.c")
    assert len({beacon, fields.beacon("email", "a@b.d"), fields.beacon("name", "a@b.c")}) == 3
    assert fields.beacon("email", "a@b.c", 16) == beacon[:4]
    for bits in (0, 4, 12, 264):
        with pytest.raises(ValueError, match="beacon"):
            fields.beacon("email", "x", bits)


def test_an_envelope_is_rewrapped_and_its_content_stays() -> None:
    other = BranchKey("two", EncryptionKey(b"\2" * 32))
    envelope = enclose(BRANCH, b"plain", b"bound")
    moved = rewrap(BRANCH, other, envelope, b"bound")
    assert (branch_of(envelope), branch_of(moved)) == ("one", "two")
    assert disclose(BRANCH, envelope, b"bound") == disclose(other, moved, b"bound") == b"plain"
    assert moved.endswith(envelope[-len(b"plain") - OVERHEAD :])
    for branch, what, bound in ((BRANCH, moved, b"bound"), (other, moved, b""), (other, envelope, b"bound")):
        with pytest.raises(SealError):
            disclose(branch, what, bound)
    renamed = moved.replace(b"two", b"one", 1)
    with pytest.raises(SealError):
        disclose(BranchKey("one", other.key), renamed, b"bound")
    for length in range(len(envelope)):
        with pytest.raises(SealError):
            disclose(BRANCH, envelope[:length], b"bound")
    with pytest.raises(ValueError, match="255"):
        BranchKey("", BRANCH.key)
