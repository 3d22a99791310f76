"""Signatures under attack: only the one algorithm, by the right key, over exactly what is sent."""

from __future__ import annotations

import hashlib
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from lukhas_common.crypto.base64url import b64url, unb64url
from lukhas_common.identity.errors import Reason
from tests.security.forge import SIGNED, Sign, Target, refusal, to_be_signed

P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
L = 2**252 + 27742317777372353535851937790883648493


def test_class_9_no_signature_over_what_is_decoded(signed: Target) -> None:
    """Nor over a part of it, or over its hash."""
    if signed.kind == "QRG":
        protected, payload = (cbor2.dumps(part, canonical=True) for part in signed.parts()[:2])
        others = [payload, protected, protected + payload, cbor2.dumps([protected, {}, payload])]
        others.append(cbor2.dumps(["Signature1", cbor2.loads(protected), b"", payload]))
        message = to_be_signed(protected, payload)
    else:
        header, claims = (unb64url(part) for part in signed.token.split(".")[:2])
        others = [claims, header + claims, header + b"." + claims, b64url(claims).encode()]
        message = signed.token.rpartition(".")[0].encode()
    for other in (*others, hashlib.sha256(message).digest(), message + b".", message[:-1], message.swapcase(), b""):
        token = signed.forged(sign=lambda _, other=other: signed.signer.sign(other))
        assert refusal(signed.world, token) is Reason.SIGNATURE_INVALID


def numbers(*pairs: tuple[int, int]) -> list[bytes]:
    return [r.to_bytes(32, "big") + s.to_bytes(32, "big") for r, s in pairs]


PSYCHIC = numbers(
    (0, 0), (0, 1), (1, 0), (1, 1), (P256, P256), (P256, 0), (P256 + 1, 1), (P256 - 1, P256 - 1), (2**256 - 1, 1)
)


@pytest.mark.parametrize(
    "signature", [*PSYCHIC, b"", b"\0", bytes(2420), b"\xff" * 2420, bytes(64), bytes(3309)], ids=len
)
def test_class_8_no_psychic_signature(signed: Target, signature: bytes) -> None:
    token = signed.forged(sign=lambda _: signature)
    assert refusal(signed.world, token) in (Reason.SIGNATURE_INVALID, Reason.TOKEN_INVALID)


def test_class_8_no_signature_of_another_length(signed: Target) -> None:
    sign = signed.signer.sign
    for change in (
        lambda raw: raw[:-1],
        lambda raw: raw[1:],
        lambda raw: raw + b"\0",
        lambda raw: b"\0" + raw,
        lambda raw: raw * 2,
        lambda raw: raw[len(raw) // 2 :] + raw[: len(raw) // 2],
        lambda raw: raw[: len(raw) // 2],
    ):
        token = signed.forged(sign=lambda message, change=change: change(sign(message)))
        assert refusal(signed.world, token) is Reason.SIGNATURE_INVALID


def test_class_8_no_der_signature() -> None:
    target = Target("ES256")
    for digest in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512()):
        token = target.forged(sign=lambda message, by=digest: target.signer._private.sign(message, ec.ECDSA(by)))
        assert refusal(target.world, token) is Reason.SIGNATURE_INVALID


def test_class_8_ed25519_signatures_have_one_form() -> None:
    """S + L, R of a small order, and the all-zero signature, on a ring of Ed25519."""
    target = Target("Ed25519")
    sign = target.signer.sign
    assert target.world.ask(target.forged()).allowed

    def larger(message: bytes) -> bytes:
        raw = sign(message)
        return raw[:32] + (int.from_bytes(raw[32:], "little") + L).to_bytes(32, "little")

    identity, order_2 = b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"
    attacks: list[Sign] = [larger, lambda message: sign(message)[:32] + bytes(32)]
    attacks += [lambda _, point=point: point + bytes(32) for point in (identity, order_2, bytes(32), b"\xff" * 32)]
    attacks += [lambda message, point=point: point + sign(message)[32:] for point in (identity, order_2)]
    for attack in attacks:
        assert refusal(target.world, target.forged(sign=attack)) is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("kind", SIGNED)
def test_class_18_the_signature_of_another_token_is_none_of_this(kind: str) -> None:
    target = Target(kind)
    eve = Target.__new__(Target)
    eve.__dict__ = {**target.__dict__, "token": target.of_another()}
    mine, other = target.parts(), eve.parts()
    for claims, signature in (
        (mine[1], other[2]),
        (other[1], mine[2]),
        (mine[1], b""),
        (other[1], mine[2][:-1] + b"\0"),
    ):
        token = target.forged(claims=claims, sign=lambda _, signature=signature: signature)
        assert refusal(target.world, token) in (Reason.SIGNATURE_INVALID, Reason.TOKEN_INVALID)
    swapped = target.forged(claims={"sub": list(target.world.users.users)[1]}, sign=lambda _: mine[2])
    assert refusal(target.world, swapped) is Reason.SIGNATURE_INVALID


def test_class_18_no_signature_is_stripped(signed: Target) -> None:
    if signed.kind == "QRG":
        parts: list[Any] = cbor2.loads(unb64url(signed.token.removeprefix("QRG_"))).value
        for stripped in (parts[:3], [*parts[:3], None], [*parts[:3], b""], [*parts[:3], False], [*parts[:3], []]):
            data = cbor2.dumps(cbor2.CBORTag(18, stripped))
            refusal(signed.world, f"QRG_{b64url(data)}")
        return
    message = signed.token.rpartition(".")[0]
    for end in ("", ".", "..", ".A", ".AA", ".null", ".bnVsbA", ".e30", ".IiI"):
        refusal(signed.world, message + end)


def test_class_18_every_truncation_is_refused(target: Target) -> None:
    """By one character, by two, and at every tenth place."""
    for cut in {*range(0, len(target.token), 11), *range(len(target.token) - 12, len(target.token))}:
        refusal(target.world, target.token[:cut])
        refusal(target.world, target.token[len(target.token) - cut :])
