"""Good tokens in every other encoding that hypothesis finds, and values that were never issued: none is accepted."""

from __future__ import annotations

import base64
from typing import Any

import cbor2
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lukhas_common.crypto.base64url import unb64url
from lukhas_common.identity.errors import Reason
from tests.security.forge import ACCESS, SIGNED, Target, jws, long_form, refusal

TARGETS = {kind: Target(kind) for kind in SIGNED}


def is_refused(target: Target, token: str) -> bool:
    return refusal(target.world, token) in (
        Reason.TOKEN_INVALID,
        Reason.SIGNATURE_INVALID,
        Reason.AUTHORIZATION_MALFORMED,
    )


@pytest.mark.parametrize("kind", SIGNED)
@given(data=st.data())
def test_class_16_no_other_spelling_in_base64(kind: str, data: st.DataObject) -> None:
    """Padding, the standard alphabet, other cases, unused bits, white space between the characters."""
    target = TARGETS[kind]
    prefix = "QRG_" if kind == "QRG" else ""
    segments = target.token.removeprefix(prefix).split(".")
    at = data.draw(st.integers(0, len(segments) - 1))
    segment = segments[at]
    raw, cut = unb64url(segment), data.draw(st.integers(0, len(segment)))
    last = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    segments[at] = data.draw(
        st.sampled_from(
            [
                segment + "=" * data.draw(st.integers(1, 4)),
                base64.b64encode(raw).decode(),
                base64.b64encode(raw).decode().rstrip("="),
                base64.urlsafe_b64encode(raw).decode() + "==",
                segment[:cut] + data.draw(st.sampled_from(["=", "\n", " ", "\r\n", "%3D", "A"])) + segment[cut:],
                segment[:cut] + segment[cut:].swapcase(),
                segment[:-1] + last,
                base64.b32encode(raw).decode(),
                raw.hex(),
            ]
        )
    )
    altered = prefix + ".".join(segments)
    assert altered == target.token or is_refused(target, altered)


def head(kind: int, number: int, width: int) -> bytes:
    """The head of a CBOR item with its number in more bytes than it needs: 1, 2, 4 or 8."""
    return bytes([kind << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[width]]) + number.to_bytes(width, "big")


LENGTHS = {1: 0xFF, 2: 0xFFFF, 4: 2**32 - 1, 8: 2**64 - 1}


def rewritten(value: Any, draw: Any) -> bytes:
    """The same CBOR value in an encoding that is drawn: longer heads, indefinite lengths, other orders."""
    if isinstance(value, bool) or value is None:
        return cbor2.dumps(value)
    if isinstance(value, int):
        kind, number = (0, value) if value >= 0 else (1, -1 - value)
        widths = [width for width, most in LENGTHS.items() if number <= most]
        return draw(st.sampled_from([cbor2.dumps(value), *(head(kind, number, width) for width in widths)]))
    if isinstance(value, (bytes, str)):
        kind, data = (2, value) if isinstance(value, bytes) else (3, value.encode())
        cut = draw(st.integers(0, len(data)))
        pieces = b"".join(cbor2.dumps(piece.decode() if kind == 3 else piece) for piece in (data[:cut], data[cut:]))
        widths = [width for width, most in LENGTHS.items() if len(data) <= most]
        longer = [head(kind, len(data), width) + data for width in widths]
        return draw(st.sampled_from([cbor2.dumps(value), bytes([kind << 5 | 31]) + pieces + b"\xff", *longer]))
    if isinstance(value, cbor2.CBORTag):
        return draw(st.sampled_from([b"\xd2", b"\xd8\x12", b"\xd9\x00\x12", b"\xd9\xd9\xf7\xd2"])) + rewritten(
            value.value, draw
        )
    kind, items = (4, [[item] for item in value]) if isinstance(value, (list, tuple)) else (5, list(value.items()))
    if kind == 5:
        items = draw(st.permutations(items))
    inner = b"".join(rewritten(each, draw) for item in items for each in item)
    starts = [cbor2.dumps([None] * len(items))[:1] if kind == 4 else bytes([0xA0 + len(items)])]
    starts += [head(kind, len(items), width) for width in LENGTHS]
    return draw(st.sampled_from([*(start + inner for start in starts), bytes([kind << 5 | 31]) + inner + b"\xff"]))


@given(data=st.data())
def test_class_16_no_other_encoding_of_the_same_cbor(data: st.DataObject) -> None:
    """Of the whole, and, signed anew by the right key, of the header or the claims."""
    target = TARGETS["QRG"]
    raw = unb64url(target.token.removeprefix("QRG_"))
    other = rewritten(cbor2.loads(raw), data.draw)
    assert other == raw or is_refused(target, long_form(other))
    header, claims = (cbor2.dumps(part, canonical=True) for part in target.parts()[:2])
    protected = rewritten(cbor2.loads(header), data.draw)
    assert protected == header or is_refused(target, target.forged(protected, b""))
    payload = rewritten(cbor2.loads(claims), data.draw)
    assert payload == claims or is_refused(target, target.forged(b"", payload))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("kind", SIGNED)
@given(part=st.integers(0, 1), name=st.integers(0, 9), value=JSON)
def test_class_11_no_value_of_a_member_breaks_a_reader(kind: str, part: int, name: int, value: Any) -> None:
    """Signed by the right key: what is not refused as a token says nothing that counts."""
    target = TARGETS[kind]
    members = list(target.parts()[part])
    label = members[name % len(members)]
    changes = [{}, {}]
    changes[part] = {label: value}
    assume(value != target.parts()[part][label])
    token = target.forged(*changes)
    decision = target.world.ask(token)
    assert decision.reason is not Reason.UNAVAILABLE
    assert not target.world.audit.alarms
    assert not decision.allowed or label in ("jti", "client_id", "exp", "iat", "auth_time", 4, 6)


@given(text=st.binary(max_size=40), kind=st.sampled_from(ACCESS))
def test_class_16_no_bytes_are_a_header_or_claims(text: bytes, kind: str) -> None:
    target = TARGETS[kind]
    assert is_refused(target, target.forged(b"\0" + text, b""))
    assert is_refused(target, jws(text, text, target.signer.sign))
    assert is_refused(target, long_form(b"\xd2\x84" + text + bytes(25)))
