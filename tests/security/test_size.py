"""Sizes under attack: what is too long is not read at all, and nothing short costs much to read."""

from __future__ import annotations

import json

import pytest

from lukhas_common.identity import jose
from lukhas_common.identity.errors import Reason
from lukhas_common.qrg import tokens
from tests.security import forge
from tests.security.forge import NOW, Target, refusal


@pytest.mark.parametrize("length", [8193, 100_000, 5_000_000])
@pytest.mark.parametrize("prefix", ["", "QRG_", "rt_", "eyJhbGciOiJFUzI1NiJ9."])
def test_class_17_long_tokens_are_refused_unread(
    access: Target, length: int, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their length, before base64: a reader that got as far would fail the request in another way."""
    monkeypatch.setattr(jose, "unb64url", None)
    monkeypatch.setattr(tokens, "unb64url", None)
    for char in ("a", ".", "_"):
        token = prefix + char * (length - len(prefix))
        assert access.world.ask(token).reason in (Reason.TOKEN_INVALID, Reason.AUTHORIZATION_MALFORMED)
        assert not access.world.audit.alarms


@pytest.mark.parametrize("kind", forge.SIGNED)
def test_class_17_the_limit_is_8192_characters(kind: str) -> None:
    target = Target(kind)

    def padded(count: int) -> str:
        target.grant("x" * count)
        return target.forged(claims={"scope": "identity:read " + "x" * count})

    most = (8192 - len(padded(0))) * 3 // 4
    lengths = {len(token): target.world.ask(token).allowed for token in map(padded, range(most - 8, most + 8))}
    assert max(length for length, allowed in lengths.items() if allowed) in (8191, 8192)
    assert all(allowed is (length <= 8192) for length, allowed in lengths.items())
    assert not all(lengths.values())


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"":'])
def test_class_17_deep_nesting_is_refused(access: Target, opening: bytes) -> None:
    for depth in (10, 500, 900 if len(opening) > 1 else 3000):
        whole = opening * depth + b"1" + {b"[": b"]", b'{"a":': b"}", b'[{"":': b"}]"}[opening] * depth
        for part in (opening * depth, whole):
            assert refusal(access.world, access.forged(part, b"")) is Reason.TOKEN_INVALID
            assert refusal(access.world, access.forged(b"", part)) is Reason.TOKEN_INVALID
            assert refusal(access.world, access.forged(b"", b'{"exp":' + part + b"}")) is Reason.TOKEN_INVALID


def test_class_17_many_members_and_long_numbers_are_refused(access: Target) -> None:
    many = json.dumps({**access.parts()[1], **{str(number): 0 for number in range(200)}}).encode()
    for claims in (
        many,
        b'{"exp":' + b"9" * 3900 + b"}",
        b'{"exp":1e' + b"9" * 3000 + b"}",
        b'{"exp":-' + b"9" * 3000 + b"}",
    ):
        assert refusal(access.world, access.forged(b"", claims)) is Reason.TOKEN_INVALID
    for count in (5000, 100_000):
        claims = json.dumps({str(number): 0 for number in range(count)}).encode()
        assert refusal(access.world, access.forged(b"", claims)) is Reason.TOKEN_INVALID


def test_class_17_lengths_that_cbor_only_claims_are_refused(long_form: Target) -> None:
    for head in ("5b", "7b", "9b", "bb", "db"):
        for length in ("00000000ffffffff", "7fffffffffffffff", "ffffffffffffffff"):
            data = bytes.fromhex(head + length) + bytes(40)
            refusal(long_form.world, forge.long_form(data))
            refusal(long_form.world, forge.long_form(b"\xd2\x84" + data))
            refusal(long_form.world, long_form.forged(data, b""))
            refusal(long_form.world, long_form.forged(b"", data))


@pytest.mark.parametrize("opening", ["81", "a100", "a1", "c0", "d2", "d281", "9f", "bf", "5f", "d90102 81"])
def test_class_17_deep_cbor_is_refused(long_form: Target, opening: str) -> None:
    for depth in (4, 9, 500, 2000):
        data = bytes.fromhex(opening) * depth + bytes(40)
        for token in (
            forge.long_form(data),
            long_form.forged(data[:5000], b""),
            long_form.forged(b"", data[:5000]),
            long_form.forged(claims={"exp": NOW, 99: [data]}),
        ):
            refusal(long_form.world, token)
