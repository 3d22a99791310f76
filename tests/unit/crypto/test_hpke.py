"""Sealing to a recipient's key: vectors of the IETF's HPKE group, a second implementation, and what must not open."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.crypto import aes_gcm, hpke
from lukhas_common.crypto.hpke import OpeningKey, RecipientKey
from lukhas_common.crypto.sealed_files import SEGMENT, open_file, seal_file
from lukhas_common.crypto.sealing import OVERHEAD, SealError
from tests.unit.crypto.hpke_oracle import AES_256_GCM, KEM, key_and_nonce, shared_secret

VECTOR = json.loads((Path(__file__).parents[2] / "fixtures" / "hpke_mlkem768_x25519.json").read_text())
KEY = OpeningKey(bytes(range(32)))
TO = KEY.recipient()
HEADER = 4 + 32 + hpke.OVERHEAD
WHOLE = SEGMENT + OVERHEAD


def opened(sealed: bytes, key: OpeningKey = KEY) -> bytes:
    return b"".join(open_file(key, [sealed]))


def sealed(content: bytes) -> bytes:
    return b"".join(seal_file(TO, [content]))


THREE = sealed(b"a" * SEGMENT + b"b" * SEGMENT + b"c" * SEGMENT)


def test_the_vector_of_the_hpke_group() -> None:
    """Its key pair is ours, and the oracle below, which opens what we seal, comes to its secrets."""
    seed = bytes.fromhex(VECTOR["skRm"])
    assert VECTOR["kem_id"] == KEM
    assert OpeningKey(seed).recipient().raw.hex() == VECTOR["pkRm"]
    secret = shared_secret(seed, bytes.fromhex(VECTOR["enc"]))
    assert secret.hex() == VECTOR["shared_secret"]
    key, nonce = key_and_nonce(secret, bytes.fromhex(VECTOR["info"]), VECTOR["aead_id"])
    assert (key.hex(), nonce.hex()) == (VECTOR["key"], VECTOR["base_nonce"])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=99), st.binary(max_size=40))
def test_a_second_implementation_opens_what_was_sealed(seed: bytes, secret: bytes, info: bytes) -> None:
    """So the code point, the KDF and the AEAD are those of the module's docstring."""
    key = OpeningKey(seed)
    made = key.recipient().seal(secret, info)
    assert len(made) == len(secret) + hpke.OVERHEAD
    aead, nonce = key_and_nonce(shared_secret(seed, made[:1120]), info, AES_256_GCM)
    assert aes_gcm.decrypt(aead, nonce, made[1120:], b"") == secret == key.open(made, info)


@given(st.binary(max_size=70), st.data())
def test_no_bit_of_a_sealed_secret_may_change(secret: bytes, data: st.DataObject) -> None:
    made = TO.seal(secret, b"info")
    flipped = bytearray(made)
    bit = data.draw(st.integers(0, 8 * len(made) - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    shorter = made[: data.draw(st.integers(0, len(made) - 1))]
    for key, altered, info in (
        (KEY, bytes(flipped), b"info"),
        (KEY, shorter, b"info"),
        (KEY, made + b"\0", b"info"),
        (KEY, made, b"other"),
        (OpeningKey(bytes(32)), made, b"info"),
    ):
        with pytest.raises(SealError):
            key.open(altered, info)


def test_keys_are_what_they_say() -> None:
    assert RecipientKey.from_text(TO.as_text()) == TO
    assert len(TO.as_text()) == hpke.PUBLIC_TEXT
    assert OpeningKey.from_text(KEY.as_text()) == KEY != OpeningKey.random()
    assert KEY.seed.hex() not in repr(KEY)
    assert "seed" not in repr(KEY)
    for text in ("", "A", TO.as_text(), KEY.as_text()[:-1], KEY.as_text() + "A"):
        with pytest.raises(ValueError):  # noqa: PT011 - each for its own reason
            OpeningKey.from_text(text)
    not_reduced = b"\xff" * 3 + TO.raw[3:]
    without_order = TO.raw[:-32] + bytes(32)
    for raw in (b"", TO.raw[:-1], TO.raw + b"\0", bytes(32), not_reduced, without_order):
        with pytest.raises(ValueError):  # noqa: PT011
            RecipientKey(raw)
    for seed in (b"", bytes(31), bytes(33), "0" * 32):
        with pytest.raises(ValueError, match="32 bytes"):
            OpeningKey(seed)  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 2 * SEGMENT + 2).map(bytes), max_size=4), st.integers(1, 3 * SEGMENT))
def test_a_file_comes_back_however_it_is_cut_up(pieces: list[bytes], size: int) -> None:
    made = b"".join(seal_file(TO, pieces))
    content = b"".join(pieces)
    segments = max(1, -(-len(content) // SEGMENT))
    assert len(made) == HEADER + len(content) + segments * OVERHEAD
    cut = (made[start : start + size] for start in range(0, len(made), size))
    assert b"".join(open_file(KEY, cut)) == content


@given(st.data())
def test_no_bit_of_a_file_may_change(data: st.DataObject) -> None:
    content = data.draw(st.binary(max_size=300))
    flipped = bytearray(sealed(content))
    bit = data.draw(st.integers(0, 8 * len(flipped) - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        opened(bytes(flipped))


def test_every_bit_of_the_header_counts() -> None:
    small = sealed(b"")
    for position in [*range(0, HEADER, 7), *range(HEADER - 50, len(small))]:
        with pytest.raises(SealError):
            opened(small[:position] + bytes([small[position] ^ 1]) + small[position + 1 :])


@given(st.integers(0, len(THREE) - 1))
def test_a_file_that_was_cut_short_is_refused(length: int) -> None:
    with pytest.raises(SealError):
        opened(THREE[:length])


def test_segments_stay_where_they_are() -> None:
    """At every boundary as well: a file without its last segment is not a shorter file."""
    header, parts = THREE[:HEADER], [THREE[start : start + WHOLE] for start in range(HEADER, len(THREE), WHOLE)]
    assert len(parts) == 3
    one, two, three = parts
    for wrong in (
        [],
        [one],
        [one, two],
        [two, one, three],
        [one, three],
        [two, three],
        [one, one, two, three],
        [one, two, three, three],
        [one, two, three, b"\0"],
    ):
        with pytest.raises(SealError):
            opened(header + b"".join(wrong))
    other = sealed(b"a" * SEGMENT + b"b" * SEGMENT + b"c" * SEGMENT)
    with pytest.raises(SealError):
        opened(header + other[HEADER:])
    with pytest.raises(SealError):
        opened(header + one + two + other[-WHOLE:])
    assert opened(header + one + two + three)[-1:] == b"c"


def test_segments_belong_to_their_header_even_under_one_content_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """As whoever knows the content key could make them: a header for one, the segments of another."""
    monkeypatch.setattr("lukhas_common.crypto.sealed_files.secrets", SimpleNamespace(token_bytes=bytes))
    one, other = sealed(b"one"), sealed(b"two")
    with pytest.raises(SealError):
        opened(one[:HEADER] + other[HEADER:])
    assert opened(other) == b"two"


def test_nobody_else_opens_it() -> None:
    with pytest.raises(SealError):
        opened(THREE, OpeningKey.random())
